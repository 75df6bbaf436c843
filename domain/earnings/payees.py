"""Where a designer wants to be paid: an IBAN that is checked, and rests a while when it changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from domain.earnings.commission import EARNINGS
from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.errors import Conflict, Invalid
from domain.shared.text import is_blank

LAST = 4
LONGEST_HOLDER = 70
"""As long as a name may be in a bank file."""


class NotATurkishIban(Invalid):
    """It has a wrong form, wrong check digits, or is of another country."""


class HolderMissing(Invalid):
    """The account is somebody's, by a name of at most 70 characters, all of which can be
    printed: a bank file holds no others.
    """


class PayeeWithoutIban(Conflict):
    """They have not said where to pay. Fact: `reference` of the payout, empty for one's own."""


class IbanTooFresh(Conflict):
    """The IBAN was changed lately, and rests for fear of thieves. Facts: `reference` and
    `usable_from`.
    """


class _Given(Event, frozen=True, kw_only=True):
    SUBJECT = "person_id"
    CONCERNS = ("person_id",)
    SHOWS = ("usable_from",)
    person_id: UUID
    iban: Personal
    holder: Personal
    usable_from: datetime


class Payee(Aggregate):
    """One per person. The first IBAN is usable at once, each other one after a while, so that who
    takes over an account does not get its money before its owner reads of it.
    """

    TOPIC = "payee"

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "payee.opened"
        person_id: UUID

    class IbanGiven(_Given, frozen=True, kw_only=True):
        TOPIC = "payee.iban_given"

    class IbanChanged(_Given, frozen=True, kw_only=True):
        TOPIC = "payee.iban_changed"

    class IbanRemoved(Event, frozen=True, kw_only=True):
        TOPIC = "payee.iban_removed"
        CONCERNS = ("person_id",)
        person_id: UUID

    @staticmethod
    def id_of(person_id: UUID) -> UUID:
        """The one payee that a person is."""
        return uuid5(EARNINGS, f"payee/{person_id}")

    @classmethod
    def open(cls, person_id: UUID, *, now: datetime) -> Payee:
        """Somebody who has not said where to pay."""
        return cls.begin(cls.Opened, id=cls.id_of(person_id), now=now, person_id=person_id)

    def give(self, iban: str, holder: str, *, rest: timedelta) -> None:
        """Say where to pay; `iban` is plain, and the same one again changes nothing. Raises
        `HolderMissing`.
        """
        holder = " ".join(holder.split())
        if is_blank(holder) or len(holder) > LONGEST_HOLDER or not holder.isprintable():
            raise HolderMissing("/holder")
        if (self.iban, self.holder) == (iban, holder):
            return
        self.emit(
            Payee.IbanChanged if self.had_one else Payee.IbanGiven,
            person_id=self.person_id,
            iban=iban,
            holder=holder,
            usable_from=self.now + rest if self.had_one else self.now,
        )

    def remove(self) -> None:
        """Forget where to pay; a second time changes nothing."""
        if self.iban is not None:
            self.emit(Payee.IbanRemoved, person_id=self.person_id)

    def must_be_payable(self, reference: str = "") -> None:
        """Raises `PayeeWithoutIban`, `IbanTooFresh`."""
        self.must_have_iban(reference)
        if self.now < self.usable_from:
            raise IbanTooFresh(reference=reference, usable_from=self.usable_from)

    def must_have_iban(self, reference: str = "") -> None:
        """Raises `PayeeWithoutIban`."""
        if not self.iban:
            raise PayeeWithoutIban(reference=reference)

    @property
    def last_four(self) -> str:
        """The end of the IBAN, as it is shown; empty when there is none."""
        return self.iban[-LAST:] if self.iban else ""

    @event(Opened)
    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
        self.iban: str | None = None
        self.holder = ""
        self.usable_from: datetime
        self.had_one = False

    @event(IbanGiven)
    def _given(self, iban: str, holder: str, usable_from: datetime) -> None:
        self._is_now(iban, holder, usable_from=usable_from)

    @event(IbanChanged)
    def _changed(self, iban: str, holder: str, usable_from: datetime) -> None:
        self._is_now(iban, holder, usable_from=usable_from)

    @event(IbanRemoved)
    def _removed(self) -> None:
        self.iban = None
        self.holder = ""

    def _is_now(self, iban: str, holder: str, *, usable_from: datetime) -> None:
        self.iban = iban
        self.holder = holder
        self.usable_from = usable_from
        self.had_one = True
