"""Our account at the bank: which statements of it are known, and where one is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.bank.statements import (
    DayLines,
    Statement,
    StatementChanged,
    StatementDoesNotFollow,
    StatementForm,
    StatementLine,
    account_id_of,
    by_day,
)
from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.money import Money, total


class ImportedFile(Struct, frozen=True, kw_only=True):
    """A statement file: the digest of its bytes, and who brought it; None is an operator."""

    digest: str
    imported_by: UUID | None


class KnownStatement(Struct, frozen=True, kw_only=True):
    """The frame of a statement that was imported."""

    since: date
    until: date
    opening: Money
    closing: Money


class Gap(Struct, frozen=True, kw_only=True):
    """Between two statements money moved that neither of them tells of."""

    after: date
    before: date
    closing: Money
    opening: Money


class BankAccount(Aggregate):
    """All imports append to it, so that two at once meet in the log and each sees the other."""

    TOPIC = "bank_account"
    SNAPSHOTS = True
    iban: str
    files: set[str]
    days: dict[date, DayLines]
    statements: list[KnownStatement]

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "bank_account.opened"
        iban: str

    class StatementImported(Event, frozen=True, kw_only=True):
        TOPIC = "bank_account.statement_imported"
        form: StatementForm
        number: str
        since: date
        until: date
        opening: Money
        closing: Money
        lines: int
        new_lines: int
        days: tuple[DayLines, ...]
        digest: str
        imported_by: UUID | None

    @classmethod
    def open(cls, iban: str, now: datetime) -> BankAccount:
        """The account, before any statement of it."""
        return cls.begin(cls.Opened, id=account_id_of(iban), now=now, iban=iban)

    def knows(self, digest: str) -> bool:
        """Whether this very file was imported."""
        return digest in self.files

    def must_agree(self, statement: Statement, new: Sequence[StatementLine]) -> None:
        """`new` are those of its lines that are not known.

        A day stays as it was told, but the last one of a statement may go on. Raises
        `StatementChanged` or `StatementDoesNotFollow`.
        """
        told = {each.day: each.lines for each in by_day(statement.lines)}
        more = {each.day: each.lines for each in by_day(new)}
        for day in sorted({*self._within(statement), *told}):
            lines, added = told.get(day, 0), more.get(day, 0)
            known = self.days[day].lines if day in self.days else 0
            gone = day < statement.until and lines - added < known
            if gone or (added and self._is_closed(day)):
                raise StatementChanged(day=day, known=known, told=lines)
        self._must_follow(statement, new)

    def add(
        self, statement: Statement, new: Sequence[StatementLine], *, file: ImportedFile
    ) -> None:
        """Keep its frame, and what the days have with its new lines."""
        self.emit(
            BankAccount.StatementImported,
            form=statement.form,
            number=statement.number,
            since=statement.since,
            until=statement.until,
            opening=statement.opening,
            closing=statement.closing,
            lines=len(statement.lines),
            new_lines=len(new),
            days=by_day(new),
            digest=file.digest,
            imported_by=file.imported_by,
        )

    def gaps(self) -> tuple[Gap, ...]:
        """Where the closing balance of one statement is not the opening one of the next."""
        return gaps_between(self.statements)

    def gaps_with(self, statement: Statement) -> tuple[Gap, ...]:
        """The gaps that there would be if this statement were known, too."""
        return gaps_between([*self.statements, _frame(statement)])

    @property
    def closing(self) -> Money | None:
        """The closing balance of the statement that goes furthest; None when there is none."""
        if not self.statements:
            return None
        last = max(self.statements, key=lambda each: each.until)
        same = [each for each in self.statements if each.until == last.until]
        return same[-1].closing

    def _must_follow(self, statement: Statement, new: Sequence[StatementLine]) -> None:
        """Where nothing is missing before it, all lines make the balance with which it ends."""
        if not new or any(each.until > statement.until for each in self.statements):
            return
        frames = sorted(
            [*self.statements, _frame(statement)], key=lambda each: (each.since, each.until)
        )
        if gaps_between(frames):
            return
        first = frames[0]
        known = [each.net for day, each in self.days.items() if day >= first.since]
        reckoned = first.opening + total(
            (*known, *(line.signed for line in new)), first.opening.currency
        )
        if reckoned != statement.closing:
            raise StatementDoesNotFollow(reckoned=reckoned, closing=statement.closing)

    def _within(self, statement: Statement) -> list[date]:
        return [day for day in self.days if statement.since <= day <= statement.until]

    def _is_closed(self, day: date) -> bool:
        """Whether a statement went on after this day, so that nothing can come to it any more."""
        return any(each.since <= day < each.until for each in self.statements)

    @event(Opened)
    def __init__(self, iban: str) -> None:
        self.iban = iban
        self.files = set()
        self.days = {}
        self.statements = []

    @event(StatementImported)
    def _imported(
        self,
        since: date,
        until: date,
        opening: Money,
        closing: Money,
        days: tuple[DayLines, ...],
        digest: str,
    ) -> None:
        self.files.add(digest)
        self.statements.append(
            KnownStatement(since=since, until=until, opening=opening, closing=closing)
        )
        for each in days:
            known = self.days.get(each.day, DayLines(each.day, 0, each.net * 0))
            self.days[each.day] = DayLines(each.day, known.lines + each.lines, known.net + each.net)


def _frame(statement: Statement) -> KnownStatement:
    return KnownStatement(
        since=statement.since,
        until=statement.until,
        opening=statement.opening,
        closing=statement.closing,
    )


def gaps_between(statements: Sequence[KnownStatement]) -> tuple[Gap, ...]:
    """Where the closing balance of one statement is not the opening one of the next."""
    found = []
    last: KnownStatement | None = None
    for each in sorted(statements, key=lambda each: (each.since, each.until)):
        if last is None:
            last = each
            continue
        if each.since > last.until and each.opening != last.closing:
            found.append(
                Gap(
                    after=last.until,
                    before=each.since,
                    closing=last.closing,
                    opening=each.opening,
                )
            )
        if each.until >= last.until:
            last = each
    return tuple(found)
