"""Statement files: every format says the same, and whatever is no statement is refused by name."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.bank_statements import MOST_BYTES, BankStatementFiles
from adapters.bank_statements.texts import MOST_READ, amount_of
from domain.bank import Statement, StatementDoesNotAddUp, StatementUnreadable
from tests.bank.files import (
    DAY,
    OURS,
    PAYER,
    a_line,
    a_statement,
    all_forms,
    as_camt,
    as_csv,
    as_mt940,
    turkish,
)

FILES = BankStatementFiles()
kurus = st.integers(1, 10_000_000_00).map(lambda amount: Decimal(amount) / 100)
words = st.text("ABCÇDEFGĞabcçğıİöşü 0123456789.-", max_size=40).map(
    lambda text: " ".join(text.split())
)
lines = st.builds(
    lambda amount, sign, text, day, reference: a_line(
        str(amount * sign), text, day=DAY + timedelta(days=day), reference=reference
    ),
    kurus,
    st.sampled_from([1, -1]),
    words,
    st.integers(0, 5),
    st.text("ABC0123456789", max_size=12),
)
statements = st.builds(
    lambda lines, opening: a_statement(
        *sorted(lines, key=lambda line: line.booked_on),
        opening=str(opening),
        since=DAY,
        until=DAY + timedelta(days=5),
    ),
    st.lists(lines, max_size=8),
    kurus,
)


def said(statement: Statement) -> object:
    """What must be the same in all formats. Some list the newest line first: which of a day's lines
    came before the other can't be told where their balances fit both ways.
    """
    return (
        statement.iban,
        statement.opening,
        statement.closing,
        sorted(
            (line.booked_on, line.signed, line.bank_reference, str(line.party))
            for line in statement.lines
        ),
    )


def how_it_ends(content: bytes) -> object:
    """What is read, or why it is not."""
    try:
        return FILES.read(content)
    except StatementUnreadable as refusal:
        return refusal.facts["why"]


@given(statements)
def test_every_format_says_the_same(statement: Statement) -> None:
    assert [said(FILES.read(content)) for content in all_forms(statement)] == [said(statement)] * 5


@given(statements)
def test_what_adds_up_is_whole_and_a_kurus_more_is_not(statement: Statement) -> None:
    statement.must_be_whole()
    off = replace(statement, closing=statement.closing + replace(statement.opening, amount=1))
    with pytest.raises(StatementDoesNotAddUp):
        off.must_be_whole()


@given(kurus)
def test_amounts_are_read_as_people_in_turkey_and_as_programs_write_them(amount: Decimal) -> None:
    for text in (turkish(amount), f"{amount:,.2f}", f"{amount:.2f}", f"+{amount:.2f}"):
        assert amount_of(text) == amount
    assert amount_of(f"-{turkish(amount)}") == -amount


@pytest.mark.parametrize("text", ["1.234", "1,234", "1.2.3", "1,2,3,4", "", "-", "1e5", "NaN", "१"])
def test_an_amount_that_can_be_read_in_two_ways_is_not_read(text: str) -> None:
    with pytest.raises(StatementUnreadable):
        amount_of(text)


@given(st.binary(max_size=2000))
@example(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
@example(b":20:x\n:25:y\n:60F:C")
@example("Tarih;Tutar;Açıklama\n".encode())
def test_any_bytes_are_read_or_refused_by_name(content: bytes) -> None:
    assert how_it_ends(content)


@given(statements, st.data())
def test_a_damaged_file_is_read_or_refused_by_name(
    statement: Statement, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(all_forms(statement))))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert how_it_ends(bytes(content))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"x" * (MOST_BYTES + 1), "too_large"),
        (b"\x00\x01;", "encoding"),
        (b"<a", "xml"),
        (b"<a/>", "not_a_statement"),
        (b"<!DOCTYPE a><a/>", "doctype"),
        (b"hello", "not_a_statement"),
        (f"account;{OURS}\ndate;amount;text\n02.03.2026;1,00;x".encode(), "no_opening"),
        (b"date;amount;text\n02.03.2026;1,00;x", "no_account"),
        (f"account;{OURS}\ndate;amount;text\n32.03.2026;1,00;x".encode(), "date"),
        (f"account;{OURS}\ndate;amount;text\n02.03.2026;1.234;x".encode(), "amount"),
        (f"account;{OURS}\ndate;amount;text\n02.03.2026;0,00;x".encode(), "zero"),
        (f"account;{OURS}\ndate;amount;amount;text\n".encode(), "column_twice"),
        (b":20:x\r\n:25:y\r\n", "no_opening"),
        (b"\x01:20:x\r\n:25:y\r\n", "not_a_statement"),
        (b":20:x\r\n:25:y\r\n:60F:C26\r\n:62F:C260302TRY1,00", "balance"),
    ],
)
def test_each_fault_has_its_name(content: bytes, why: str) -> None:
    with pytest.raises(StatementUnreadable) as caught:
        FILES.read(content)
    assert caught.value.facts["why"] == why


@pytest.mark.parametrize(
    "content",
    [
        b"date;amount;text\n" + b"02.03.2026;1,00;x\n" * MOST_READ,
        b":20:x\n:25:y\n" + b":61:2603020302C1,NTRF\n" * (MOST_READ + 1),
        b":20:x\n:25:y\n" * (MOST_READ + 1),
        b"<a><Stmt>" + b"<Ntry/>" * (MOST_READ + 1) + b"</Stmt></a>",
        b"<a><Stmt><Ntry>" + b"<TxDtls/>" * MOST_READ + b"</Ntry></Stmt></a>",
    ],
    ids=["csv", "mt940", "messages", "camt053", "details"],
)
def test_of_a_file_with_too_many_movements_nothing_is_read(content: bytes) -> None:
    with pytest.raises(StatementUnreadable) as caught:
        FILES.read(content)
    assert caught.value.facts["why"] == "too_many_lines"


def test_a_batch_is_as_many_lines_as_it_has_details() -> None:
    whole = as_camt(a_statement(a_line("4000.00", reference="TOPLU"))).decode()
    detail = '<TxDtls><Amt Ccy="TRY">1.00</Amt></TxDtls>'
    start, end = whole.index("<TxDtls>"), whole.index("</NtryDtls>")
    statement = FILES.read((whole[:start] + detail * 4000 + whole[end:]).encode())
    statement.must_be_whole()
    assert len(statement.lines) == 4000
    assert {line.bank_reference for line in statement.lines} == {"TOPLU"}


def test_entities_are_not_looked_up() -> None:
    bomb = (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b"<Document><Stmt><Id>&x;</Id></Stmt></Document>"
    )
    with pytest.raises(StatementUnreadable) as caught:
        FILES.read(bomb)
    assert caught.value.facts["why"] == "doctype"


def test_two_messages_of_a_file_that_do_not_follow_are_refused() -> None:
    first, other = a_statement(a_line("5.00")), a_statement(a_line("6.00"), opening="1.00")
    with pytest.raises(StatementUnreadable) as caught:
        FILES.read(as_mt940(first) + b"\r\n" + as_mt940(other))
    assert caught.value.facts["why"] == "does_not_follow"


def test_two_messages_of_a_file_that_follow_are_one_statement() -> None:
    first = a_statement(a_line("5.00"))
    second = a_statement(a_line("-6.00", day=DAY + timedelta(days=1)), opening="10005.00")
    read = FILES.read(as_mt940(first) + b"\r\n" + as_mt940(second))
    assert (read.opening, read.closing) == (first.opening, second.closing)
    assert len(read.lines) == 2


def test_the_code_page_of_turkish_windows_is_read() -> None:
    read = FILES.read(as_csv(a_statement(a_line("5.00", "ödeme"))).decode().encode("cp1254"))
    assert read.lines[0].party.text == "ödeme"


def test_an_entry_that_is_only_announced_is_no_line() -> None:
    content = as_camt(a_statement(a_line("5.00"))).replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>")
    assert FILES.read(content).lines == ()


def test_a_reversal_goes_the_other_way() -> None:
    content = as_mt940(a_statement(a_line("5.00"))).replace(b"0302C5,00", b"0302RC5,00")
    assert [line.direction for line in FILES.read(content).lines] == ["out"]


def test_what_is_no_iban_is_left_out() -> None:
    content = as_csv(a_statement(a_line("5.00"))).replace(PAYER.encode(), b"12345")
    assert FILES.read(content).lines[0].party.iban == ""


def test_a_line_at_the_turn_of_the_year_is_of_the_day_of_booking() -> None:
    content = as_mt940(a_statement(a_line("5.00", day=date(2026, 1, 1)))).replace(
        b":61:2601010101", b":61:2512310101"
    )
    assert FILES.read(content).lines[0].booked_on == date(2026, 1, 1)
