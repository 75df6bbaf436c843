"""Statements as camt.053 (ISO 20022), of any version; XML that refers to anything is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from lxml import etree
from lxml.etree import _Element
from msgspec import Struct

from adapters.bank_statements.joining import joined
from adapters.bank_statements.texts import (
    day_of,
    money_of,
    must_be_readable,
    party,
    unreadable,
    words,
)
from domain.bank import Direction, Statement, StatementLine, plain_iban
from domain.shared.money import Money, total

MOST_STATEMENTS = 400
BOOKED = "BOOK"


class _Entry(Struct, frozen=True):
    """What an entry says of all its details, of which a batch may have thousands."""

    booked_on: date
    reference: str
    text: str
    line: int | None


def read_camt(content: bytes) -> Statement:
    """Raises `StatementUnreadable`."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise unreadable("xml") from error
    if root.getroottree().docinfo.doctype:
        raise unreadable("doctype")
    statements = [each for each in root.iter("{*}Stmt") if isinstance(each.tag, str)]
    if not 1 <= len(statements) <= MOST_STATEMENTS:
        raise unreadable("not_a_statement")
    must_be_readable(sum(1 for _ in root.iter("{*}Ntry", "{*}TxDtls")))
    return joined([_statement(each) for each in statements])


def _statement(node: _Element) -> Statement:
    balances = {_text(each, "Tp", "CdOrPrtry", "Cd"): each for each in _all(node, "Bal")}
    opening = balances.get("OPBD", balances.get("PRCD"))
    closing = balances.get("CLBD")
    if opening is None or closing is None:
        raise unreadable("no_opening" if opening is None else "no_closing")
    lines = tuple(line for entry in _all(node, "Ntry") for line in _lines(entry))
    since, until = _frame(node, opening=opening, closing=closing)
    days = [line.booked_on for line in lines]
    iban = _text(node, "Acct", "Id", "IBAN")
    if not iban:
        raise unreadable("no_account")
    return Statement(
        form="camt053",
        iban=plain_iban(iban),
        number=words(_text(node, "ElctrncSeqNb") or _text(node, "Id"), "number"),
        since=min([since, *days]),
        until=max([until, *days]),
        opening=_signed(opening),
        closing=_signed(closing),
        lines=lines,
    )


def _frame(node: _Element, *, opening: _Element, closing: _Element) -> tuple[date, date]:
    first, last = _text(node, "FrToDt", "FrDtTm"), _text(node, "FrToDt", "ToDtTm")
    until = day_of(last) if last else _day(closing, "Dt")
    if first:
        return day_of(first), until
    code = _text(opening, "Tp", "CdOrPrtry", "Cd")
    return (_day(opening, "Dt") if code == "OPBD" else until), until


def _lines(entry: _Element) -> Iterator[StatementLine]:
    status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
    if status and status != BOOKED:
        return
    details = [each for part in _all(entry, "NtryDtls") for each in _all(part, "TxDtls")]
    whole = _signed(entry)
    mark = _text(entry, "CdtDbtInd")
    parts = [_signed_part(each, mark) for each in details]
    given = [part for part in parts if part is not None]
    same = {part.currency for part in given} == {whole.currency}
    told = len(details) > 1 and len(given) == len(details) and same
    common = _Entry(
        booked_on=_day(entry, "BookgDt"),
        reference=_text(entry, "AcctSvcrRef"),
        text=_text(entry, "AddtlNtryInf"),
        line=entry.sourceline,
    )
    if not told or total(given, whole.currency) != whole:
        yield _line(common, whole, details=details)
        return
    for detail, part in zip(details, given, strict=True):
        yield _line(common, part, details=[detail])


def _line(entry: _Entry, signed: Money, *, details: Sequence[_Element]) -> StatementLine:
    if not signed.amount:
        raise unreadable("zero", line=entry.line)
    direction: Direction = "in" if signed.amount > 0 else "out"
    payer = "Dbtr" if direction == "in" else "Cdtr"
    one = details[0] if len(details) == 1 else None
    said = [
        entry.text,
        *(each.text or "" for detail in details for each in detail.iter("{*}Ustrd")),
        *(_text(detail, "Refs", "EndToEndId") for detail in details),
    ]
    parties = None if one is None else _one(one, "RltdPties")
    name, iban = "", ""
    if parties is not None:
        name = _text(parties, payer, "Nm") or _text(parties, payer, "Pty", "Nm")
        iban = _text(parties, f"{payer}Acct", "Id", "IBAN")
    own = "" if one is None else _text(one, "Refs", "AcctSvcrRef")
    return StatementLine(
        booked_on=entry.booked_on,
        direction=direction,
        amount=Money(abs(signed.amount), signed.currency),
        bank_reference=words(own or entry.reference, "reference"),
        party=party(name=name, iban=iban, text=" ".join(said)),
    )


def _signed(node: _Element) -> Money:
    """The amount of a balance or an entry, below 0 for a debit."""
    amount = _one(node, "Amt")
    mark = _text(node, "CdtDbtInd")
    if amount is None or mark not in {"CRDT", "DBIT"}:
        raise unreadable("amount", line=node.sourceline)
    found = money_of(amount.text or "", str(amount.get("Ccy", "")), line=node.sourceline)
    return found * (1 if mark == "CRDT" else -1)


def _signed_part(detail: _Element, usual_mark: str) -> Money | None:
    amount = _one(detail, "Amt")
    if amount is None:
        amount = _one(detail, "AmtDtls", "TxAmt", "Amt")
    if amount is None:
        return None
    mark = _text(detail, "CdtDbtInd") or usual_mark
    found = money_of(amount.text or "", str(amount.get("Ccy", "")), line=detail.sourceline)
    return found * (1 if mark == "CRDT" else -1)


def _day(node: _Element, name: str) -> date:
    return day_of(_text(node, name, "Dt") or _text(node, name, "DtTm"), line=node.sourceline)


def _all(node: _Element, name: str) -> list[_Element]:
    return list(node.iterchildren("{*}" + name))


def _one(node: _Element, *names: str) -> _Element | None:
    found: _Element | None = node
    for name in names:
        found = next(found.iterchildren("{*}" + name), None) if found is not None else None
    return found


def _text(node: _Element, *names: str) -> str:
    found = _one(node, *names)
    return "" if found is None else (found.text or "").strip()
