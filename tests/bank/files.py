"""Statements for tests, and how banks would write them in three formats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

from domain.bank import BankParty, Statement, StatementLine
from domain.shared.money import Money, total

OURS = "TR330006100519786457841326"
PAYER = "TR320010009999901234567890"
DAY = date(2026, 3, 2)


def a_line(
    amount: str,
    text: str = "",
    *,
    day: date = DAY,
    reference: str = "",
    party: tuple[str, str] = ("Ayşe Yılmaz", PAYER),
) -> StatementLine:
    """A movement; below 0 it goes out."""
    signed = Money.of(amount)
    return StatementLine(
        booked_on=day,
        direction="in" if signed.amount > 0 else "out",
        amount=Money.of(abs(signed.amount)),
        bank_reference=reference,
        party=BankParty(name=party[0], iban=party[1], text=text),
    )


def a_statement(
    *lines: StatementLine,
    opening: str = "10000.00",
    since: date | None = None,
    until: date | None = None,
    iban: str = OURS,
) -> Statement:
    """A statement that adds up."""
    days = [line.booked_on for line in lines] or [DAY]
    first = Money.of(opening)
    return Statement(
        form="csv",
        iban=iban,
        since=since or min(days),
        until=until or max(days),
        opening=first,
        closing=first + total(line.signed for line in lines),
        lines=lines,
    )


def turkish(amount: Decimal) -> str:
    """1.234,56"""
    text = f"{amount:,.2f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def as_csv(statement: Statement, *, separator: str = ";", newest_first: bool = False) -> bytes:
    """As a bank's export, with Turkish names and figures where the separator allows it."""
    figure = turkish if separator == ";" else (lambda amount: f"{amount:.2f}")
    head = [
        ("Hesap", statement.iban),
        ("Başlangıç", f"{statement.since:%d.%m.%Y}"),
        ("Bitiş", f"{statement.until:%d.%m.%Y}"),
        ("Açılış bakiyesi", figure(statement.opening.amount)),
        ("Kapanış bakiyesi", figure(statement.closing.amount)),
    ]
    rows: list[tuple[str, ...]] = []
    balance = statement.opening
    for line in statement.lines:
        balance += line.signed
        rows.append(
            (
                f"{line.booked_on:%d.%m.%Y}",
                figure(line.signed.amount),
                figure(balance.amount),
                line.party.text,
                line.party.name,
                line.party.iban,
                line.bank_reference,
            )
        )
    if newest_first:
        rows.reverse()
    columns = ("Tarih", "Tutar", "Bakiye", "Açıklama", "Karşı taraf", "Karşı IBAN", "Dekont No")
    quoted = [
        separator.join('"' + cell.replace('"', '""') + '"' for cell in row)
        for row in (*head, columns, *rows)
    ]
    return "\r\n".join(quoted).encode("utf-8")


def as_mt940(statement: Statement) -> bytes:
    """As one MT940 message."""

    def amount(money: Money) -> str:
        return f"{money.amount:.2f}".replace(".", ",").lstrip("-")

    def balance(money: Money, day: date) -> str:
        return f"{'C' if money.amount >= 0 else 'D'}{day:%y%m%d}{money.currency}{amount(money)}"

    out = [":20:STMT", f":25:{statement.iban}", ":28C:7/1"]
    out.append(f":60F:{balance(statement.opening, statement.since - timedelta(days=1))}")
    for line in statement.lines:
        mark = "C" if line.direction == "in" else "D"
        reference = f"//{line.bank_reference}" if line.bank_reference else ""
        out.append(
            f":61:{line.booked_on:%y%m%d}{line.booked_on:%m%d}{mark}{amount(line.amount)}"
            f"NTRFNONREF{reference}"
        )
        party = line.party
        out.append(f":86:166?00HAVALE?20{party.text}?31{party.iban}?32{party.name}")
    out.append(f":62F:{balance(statement.closing, statement.until)}")
    return "\r\n".join([*out, "-"]).encode("utf-8")


def as_camt(statement: Statement) -> bytes:
    """As camt.053.001.08."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>',
        "<Id>7</Id><FrToDt>",
        f"<FrDtTm>{statement.since}T00:00:00</FrDtTm><ToDtTm>{statement.until}T23:59:59</ToDtTm>",
        f"</FrToDt><Acct><Id><IBAN>{statement.iban}</IBAN></Id></Acct>",
        _balance("OPBD", statement.opening, statement.since),
        _balance("CLBD", statement.closing, statement.until),
        *(_entry(line) for line in statement.lines),
        "</Stmt></BkToCstmrStmt></Document>",
    ]
    return "".join(parts).encode("utf-8")


def _balance(code: str, money: Money, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(money)}"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _amount(money: Money) -> str:
    mark = "CRDT" if money.amount >= 0 else "DBIT"
    return f'<Amt Ccy="{money.currency}">{abs(money.amount):.2f}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'


def _entry(line: StatementLine) -> str:
    side = "Dbtr" if line.direction == "in" else "Cdtr"
    party = line.party
    return (
        f"<Ntry>{_amount(line.signed)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{line.booked_on}</Dt></BookgDt>"
        f"<AcctSvcrRef>{escape(line.bank_reference)}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>"
        f"<{side}><Pty><Nm>{escape(party.name)}</Nm></Pty></{side}>"
        f"<{side}Acct><Id><IBAN>{party.iban}</IBAN></Id></{side}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{escape(party.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def all_forms(statement: Statement) -> Sequence[bytes]:
    """The same statement in each format."""
    return (
        as_csv(statement),
        as_csv(statement, separator=","),
        as_csv(statement, newest_first=True),
        as_mt940(statement),
        as_camt(statement),
    )
