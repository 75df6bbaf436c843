"""Paying by bank transfer: what statements bring, what is never guessed, and what goes back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from application.bank import (
    AssignBankLine,
    ExpectTransfer,
    ExplainBankLine,
    LineNoteMissing,
    MatchBankLine,
    ReturnBankLine,
)
from application.bank.commands import new_lines
from application.notifications import SendMail
from application.orders import CancelOrder, ExpireOrder
from application.payments import (
    AskAboutPayment,
    RecordCheckoutFailed,
    RefundOrder,
    StartPayment,
)
from application.ports import NotFinal, PaymentExpectation
from application.settlements import ReportSettlement
from application.store import Store
from application.work import Later, reactions_to
from domain.bank import (
    BankLine,
    LineExplained,
    NotOurAccount,
    OtherCurrencyAccount,
    StatementChanged,
    StatementDoesNotAddUp,
    TransferNotFitting,
    TransferPart,
    WrongDirection,
    account_id_of,
    printed,
)
from domain.invoices import Invoice
from domain.ledger import BOOKINGS, postings_of
from domain.payments import OtherWayOpen, PaymentAttempt, RefundPart
from domain.settlements import Payout
from domain.shared.days import TURKEY
from domain.shared.errors import NotFound
from domain.shared.four_eyes import NotFinance, OwnBenefit
from domain.shared.money import Money
from domain.work_items import WorkItem
from tests.bank.files import DAY, OURS, a_line, a_statement
from tests.bank.shop import NOTE, RULES, TOTAL, BankShop, imported
from tests.manual_entries.examples import FATMA, hand
from tests.orders.examples import (
    ATTEMPT,
    CUSTOMER,
    LINES,
    ORDER,
    OTHER_ATTEMPT,
    SHOPPER,
)

STORED = UUID(int=88)


@pytest.fixture
async def shop() -> BankShop:
    return BankShop()


def booked(shop: BankShop) -> dict[str, Money]:
    """What stands on each account after all that has happened."""
    sums: dict[str, Money] = {}
    for each in shop.log.recorded:
        if type(each.event) in BOOKINGS:
            for posting in postings_of(each.event):
                if posting.unit != "TRY":
                    continue
                before = sums.get(posting.account, Money.of(0))
                sums[posting.account] = before + Money.of(posting.amount)
    return {account: amount for account, amount in sums.items() if amount.amount}


def assign(line: BankLine, reference: str, *, by: UUID = FATMA) -> AssignBankLine:
    return AssignBankLine(line_id=line.id, reference=reference, by=hand(by), note=NOTE)


async def items(shop: BankShop) -> list[WorkItem]:
    """The open questions to finance."""
    store = Store(shop.log, shop.clock.now())
    opened = [each.event for each in shop.log.recorded if isinstance(each.event, WorkItem.Opened)]
    found = [await store.get(WorkItem, each.originator_id) for each in opened]
    return [each for each in found if each.state == "open"]


async def test_a_transfer_with_its_reference_pays_the_order(shop: BankShop) -> None:
    reference = await shop.transferring()
    await shop.tells(a_line(TOTAL, f"FAST {printed(reference).lower()} kapak"))
    order, attempt = await shop.order(), await shop.attempt()
    assert (order.state, order.paid, attempt.provider) == (
        "paid",
        Money.of(TOTAL),
        "bank_transfer",
    )
    assert attempt.capture
    assert [line.paid for line in attempt.capture.lines] == [line.gross for line in LINES]
    await shop.invoiced()
    assert booked(shop) == {
        "bank": Money.of(TOTAL),
        "deferred_revenue": Money.of("-1075.00"),
        "kdv_payable": Money.of("-215.00"),
    }


async def test_the_invoice_says_that_it_was_paid_by_transfer(shop: BankShop) -> None:
    reference = await shop.transferring()
    await shop.tells(a_line(TOTAL, reference))
    await shop.invoiced()
    invoice = await Store(shop.log, shop.clock.now()).get(Invoice, Invoice.id_of(ORDER))
    assert invoice.sale.payment.method == "EFT/Havale"


async def test_when_all_has_gone_back_nothing_stands_on_any_account(shop: BankShop) -> None:
    reference = await shop.transferring()
    await shop.tells(a_line(TOTAL, reference), a_line(TOTAL, reference, reference="2"))
    await shop.invoiced()
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.carry_out()
    codes = [(each.back.amount, each.back.reference) for each in await shop.returns()]
    await shop.tells(*(a_line(f"-{amount.amount}", code) for amount, code in codes))
    assert (await shop.order()).refund_state == "fully"
    assert booked(shop) == {}


async def test_the_customer_reads_how_to_transfer(shop: BankShop) -> None:
    reference = await shop.transferring()
    mails = [each.intent for each in await shop.react() if isinstance(each.intent, SendMail)]
    [told] = [mail for mail in mails if mail.template == "transfer_awaited"]
    assert told.facts["reference"] == printed(reference)
    assert told.amount == Money.of(TOTAL)


async def test_asking_to_pay_again_gives_the_same_reference(shop: BankShop) -> None:
    reference = await shop.transferring()
    shop.clock.pass_(hours=3)
    assert await shop.asks_to_transfer(OTHER_ATTEMPT) == reference


async def test_an_amount_that_is_not_exact_is_looked_at_by_a_person(shop: BankShop) -> None:
    reference = await shop.transferring()
    await shop.tells(a_line("1289.99", reference), a_line("1290.01", reference))
    assert [(line.state, line.aside) for line in await shop.lines()] == [
        ("set_aside", "too_little"),
        ("set_aside", "too_much"),
    ]
    assert [item.kind for item in await items(shop)] == ["unmatched_transfer"] * 2
    assert (await shop.order()).state == "awaiting_payment"
    assert (await shop.attempt()).is_open


@pytest.mark.parametrize("text", ["", "kapak parası", "PK-2222-2223", "Ayşe Yılmaz 1290 TL"])
async def test_nothing_is_guessed_from_names_or_amounts(shop: BankShop, text: str) -> None:
    await shop.transferring()
    await shop.tells(a_line(TOTAL, text))
    [line] = await shop.lines()
    assert (line.state, line.aside) == ("set_aside", "no_reference")
    assert booked(shop) == {"bank": Money.of(TOTAL), "bank_clearing": Money.of(f"-{TOTAL}")}


async def test_finance_gives_a_line_to_the_order_that_it_is_for(shop: BankShop) -> None:
    reference = await shop.transferring()
    await shop.tells(a_line(TOTAL, "kapak"))
    [line] = await shop.lines()
    await shop.do(assign(line, reference))
    await shop.carry_out()
    assert (await shop.order()).state == "paid"
    assert await items(shop) == []
    assert (await shop.do(assign(line, reference))).answer["state"] == "matched"


async def test_a_line_is_given_only_for_the_exact_amount_by_finance_and_not_to_oneself(
    shop: BankShop,
) -> None:
    reference = await shop.transferring()
    await shop.tells(a_line("1000.00"), a_line("-1290.00", "kira"), a_line(TOTAL))
    little, out, exact = await shop.lines()
    await shop.refuses(TransferNotFitting, assign(little, reference))
    await shop.refuses(WrongDirection, assign(out, reference))
    await shop.refuses(NotFinance, assign(exact, reference, by=CUSTOMER))
    await shop.refuses(NotFound, assign(exact, "PK22222222"))
    blank = AssignBankLine(line_id=exact.id, reference=reference, by=hand(FATMA), note="  ")
    await shop.refuses(LineNoteMissing, blank)


async def test_nobody_gives_money_to_their_own_order(shop: BankShop) -> None:
    await shop.registered()
    await shop.placed()
    await shop.employed()
    reference = await shop.asks_to_transfer()
    await shop.tells(a_line(TOTAL))
    [line] = await shop.lines()
    await shop.becomes_finance(CUSTOMER)
    await shop.refuses(OwnBenefit, assign(line, reference, by=CUSTOMER))


async def test_a_second_transfer_goes_back_by_itself(shop: BankShop) -> None:
    reference = await shop.transferring()
    await shop.tells(a_line(TOTAL, reference))
    await shop.tells(a_line(TOTAL, reference, reference="2"))
    [back] = await shop.returns()
    second = (await shop.lines())[1]
    assert (back.back.line_id, back.back.reason) == (second.id, "double_payment")
    assert (back.back.amount, back.back.attempt_id) == (Money.of(TOTAL), None)
    assert second.meaning == "surplus"


async def test_what_went_back_is_confirmed_by_the_statement(shop: BankShop) -> None:
    reference = await shop.transferring()
    await shop.tells(a_line(TOTAL, reference))
    part = RefundPart(line_id=LINES[0].line_id, amount=Money.of("100.00"))
    await shop.do(RefundOrder(order_id=ORDER, request_id=STORED, reason="damaged", parts=(part,)))
    await shop.carry_out()
    [back] = await shop.returns()
    [refund] = (await shop.attempt()).refunds.values()
    assert (refund.state, back.back.attempt_id) == ("pending", ATTEMPT)
    await shop.tells(a_line("-100.00", f"İADE {printed(back.back.reference)}"))
    [refund] = (await shop.attempt()).refunds.values()
    assert refund.state == "refunded"
    assert (await shop.order()).refunded == Money.of("100.00")
    assert booked(shop)["bank"] == Money.of("1190.00")
    assert "bank_clearing" not in booked(shop)


async def test_a_return_of_another_amount_confirms_nothing(shop: BankShop) -> None:
    reference = await shop.transferring()
    await shop.tells(a_line(TOTAL, reference), a_line(TOTAL, reference, reference="2"))
    [back] = await shop.returns()
    code = back.back.reference
    await shop.tells(a_line("-1289.00", code), a_line(TOTAL, code, reference="3"))
    assert [(each.state, each.aside) for each in (await shop.lines())[2:]] == [
        ("set_aside", "too_little"),
        ("set_aside", "wrong_direction"),
    ]
    await shop.tells(a_line(f"-{TOTAL}", code))
    await shop.tells(a_line(f"-{TOTAL}", code, reference="again"))
    assert [each.aside for each in (await shop.lines())[4:]] == [None, "sent_before"]


async def test_a_transfer_for_a_cancelled_order_goes_back(shop: BankShop) -> None:
    reference = await shop.transferring()
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.tells(a_line(TOTAL, reference))
    attempt = await shop.attempt()
    assert (attempt.surplus, (await shop.order()).state) == ("order_cancelled", "cancelled")
    assert sum(each.back.amount.amount for each in await shop.returns()) == Money.of(TOTAL).amount


async def test_a_transfer_of_the_last_day_pays_though_its_statement_comes_a_day_later(
    shop: BankShop,
) -> None:
    reference = await shop.transferring()
    until = (await shop.transfer(reference)).transfer.until.astimezone(TURKEY)
    last = shop.clock.now().astimezone(TURKEY) + timedelta(days=RULES.days)
    assert (until.date(), f"{until:%H:%M:%S}") == (last.date(), "23:59:59")
    shop.clock.pass_(seconds=(until - shop.clock.now()).total_seconds() + 23 * 60 * 60)
    await shop.do(AskAboutPayment(attempt_id=ATTEMPT, asked_by="sweeper", reference="next day"))
    await shop.carry_out()
    await shop.do(ExpireOrder(order_id=ORDER))
    await shop.tells(a_line(TOTAL, reference, day=until.date()))
    assert (await shop.order()).state == "paid"


async def test_a_late_transfer_for_an_expired_order_goes_back(shop: BankShop) -> None:
    reference = await shop.transferring()
    shop.clock.pass_(days=2)
    await shop.do(ExpireOrder(order_id=ORDER))
    assert (await shop.order()).state == "awaiting_payment"
    shop.clock.pass_(days=3)
    await shop.do(AskAboutPayment(attempt_id=ATTEMPT, asked_by="sweeper", reference="day 5"))
    await shop.carry_out()
    assert ((await shop.attempt()).state, (await shop.order()).state) == ("expired", "expired")
    await shop.tells(a_line(TOTAL, reference))
    assert (await shop.attempt()).surplus == "order_expired"
    assert {each.back.reason for each in await shop.returns()} == {"refund"}


async def test_a_late_transfer_of_somebody_who_was_forgotten_goes_back(shop: BankShop) -> None:
    """With their key the attempt has lost its token; the transfer has not."""
    reference = await shop.transferring()
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    shop.clock.pass_(days=6)
    await shop.do(AskAboutPayment(attempt_id=ATTEMPT, asked_by="sweeper", reference="day 6"))
    await shop.carry_out()
    assert (await shop.attempt()).is_settled
    await shop.forgotten()
    await shop.tells(a_line(TOTAL, reference))
    assert (await shop.attempt()).surplus == "order_cancelled"
    codes = [(each.back.amount, each.back.reference) for each in await shop.returns()]
    await shop.tells(*(a_line(f"-{amount.amount}", code) for amount, code in codes))
    assert booked(shop) == {}


@pytest.mark.parametrize("days", [0, 2])
async def test_a_card_may_be_used_instead_and_the_transfer_that_comes_goes_back(
    shop: BankShop, days: int
) -> None:
    """As long as the transfer is waited for, which is longer than an order waits by itself."""
    reference = await shop.transferring()
    shop.clock.pass_(days=days)
    await shop.do(StartPayment(attempt_id=OTHER_ATTEMPT, order_id=ORDER, customer_id=CUSTOMER))
    await shop.react()
    assert (await shop.order()).state == "awaiting_payment"
    attempt = await shop.till.open_form(OTHER_ATTEMPT, SHOPPER)
    shop.gateway.pay(attempt.token)
    await shop.till.confirm(OTHER_ATTEMPT)
    assert (await shop.order()).paid_attempt == OTHER_ATTEMPT
    await shop.tells(a_line(TOTAL, reference))
    assert (await shop.attempt()).surplus == "double_payment"


@pytest.mark.parametrize("reason", ["abandoned", "another_way"])
async def test_money_comes_also_for_a_reference_that_the_attempt_never_learnt_of(
    shop: BankShop, reason: str
) -> None:
    """The mail goes out when the reference is given out; then whoever opened the page died, or
    the customer had chosen a card meanwhile.
    """
    await shop.registered()
    await shop.placed()
    order = StartPayment(
        attempt_id=ATTEMPT, order_id=ORDER, customer_id=CUSTOMER, provider="bank_transfer"
    )
    await shop.do(order)
    wanted = ExpectTransfer(
        attempt_id=ATTEMPT,
        order_id=ORDER,
        customer_id=CUSTOMER,
        parts=tuple(TransferPart(line.line_id, line.gross) for line in LINES),
        amount=Money.of(TOTAL),
        until=shop.clock.now() + timedelta(days=3),
    )
    reference = (await shop.do(wanted)).answer["reference"]
    await shop.do(RecordCheckoutFailed(attempt_id=ATTEMPT, reason=reason))
    await shop.tells(a_line(TOTAL, reference))
    assert ((await shop.attempt()).state, (await shop.order()).state) == ("succeeded", "paid")
    assert "bank_clearing" not in booked(shop)


async def test_a_card_page_that_is_open_gives_way_to_no_transfer(shop: BankShop) -> None:
    await shop.at_the_page()
    wish = StartPayment(
        attempt_id=OTHER_ATTEMPT, order_id=ORDER, customer_id=CUSTOMER, provider="bank_transfer"
    )
    await shop.refuses(OtherWayOpen, wish)


async def test_finance_sends_a_line_back_or_says_that_it_is_other_business(
    shop: BankShop,
) -> None:
    await shop.employed()
    await shop.tells(a_line("50.00", "yanlış hesap"), a_line("-900.00", "kira"))
    stray, rent = await shop.lines()
    back = ReturnBankLine(line_id=stray.id, by=hand(FATMA), note=NOTE)
    reference = (await shop.do(back)).answer["reference"]
    assert (await shop.do(back)).answer["reference"] == reference
    await shop.refuses(WrongDirection, ReturnBankLine(line_id=rent.id, by=hand(FATMA), note=NOTE))
    await shop.do(ExplainBankLine(line_id=rent.id, by=hand(FATMA), note="Mart kirası"))
    await shop.refuses(LineExplained, ExplainBankLine(line_id=stray.id, by=hand(FATMA), note=NOTE))
    await shop.carry_out()
    assert await items(shop) == []
    assert booked(shop) == {
        "bank": Money.of("-850.00"),
        "bank_clearing": Money.of("-50.00"),
        "suspense": Money.of("900.00"),
    }


async def test_a_payout_of_the_provider_is_received(shop: BankShop) -> None:
    payout = Payout(day=DAY, amount=Money.of("700.00"), lines=2)
    await shop.do(ReportSettlement(reference="STL20260302-1", payout=payout))
    await shop.tells(a_line("700.00", "IYZICO ODEME STL20260302-1", party=("IYZICO AS", "")))
    [line] = await shop.lines()
    assert (line.meaning, line.reference) == ("settlement", "STL20260302-1")
    assert booked(shop) == {"bank": Money.of("700.00"), "receivable_iyzico": Money.of("-700.00")}


async def test_a_payout_that_is_reported_later_is_found_when_it_is_looked_at_again(
    shop: BankShop,
) -> None:
    await shop.tells(a_line("700.00", "STL20260302-1", party=("iyzico", "")))
    [line] = await shop.lines()
    assert line.aside == "settlement_unknown"
    payout = Payout(day=DAY, amount=Money.of("700.00"), lines=2)
    await shop.do(ReportSettlement(reference="STL20260302-1", payout=payout))
    [aside] = [each for each in shop.log.recorded if isinstance(each.event, BankLine.SetAside)]
    timers = [each.intent for each in reactions_to(aside) if isinstance(each.intent, Later)]
    assert {timer.command for timer in timers} == {MatchBankLine(line_id=line.id)}
    assert len({timer.due_at for timer in timers}) == 4
    await shop.do(MatchBankLine(line_id=line.id))
    [line] = await shop.lines()
    assert line.meaning == "settlement"


async def test_the_same_statement_and_overlapping_ones_count_once(shop: BankShop) -> None:
    next_day = DAY + timedelta(days=1)
    first, twin = a_line("5.00", "a"), a_line("5.00", "a")
    later = a_line("7.00", "b", day=next_day)
    whole = a_statement(first, twin, later)
    answers = [
        (await shop.do(imported(each))).answer
        for each in (
            a_statement(first),
            a_statement(first, twin),
            whole,
            whole,
            a_statement(later, opening="10010.00"),
        )
    ]
    assert [answer["new_lines"] for answer in answers] == [1, 1, 1, 0, 0]
    assert len(await shop.lines()) == 3
    assert not any(answer["gaps"] for answer in answers)


async def test_of_lines_of_new_days_nobody_asks_whether_they_are_known(shop: BankShop) -> None:
    known, new = a_line("5.00"), a_line("7.00", day=DAY + timedelta(days=1))
    await shop.do(imported(a_statement(known)))
    store = Store(shop.log, shop.clock.now())
    whole = a_statement(known, new)
    _, found = await new_lines(whole, store, rules=RULES)
    (known_id, _), (new_id, _) = whole.identified()
    assert found == [(new_id, new)]
    assert store.asked == {account_id_of(OURS), known_id}


async def test_a_day_that_the_bank_tells_otherwise_later_is_refused(shop: BankShop) -> None:
    next_day = DAY + timedelta(days=1)
    told = a_statement(a_line("5.00"), a_line("7.00", day=next_day))
    await shop.do(imported(told))
    more = a_statement(a_line("5.00"), a_line("6.00"), a_line("7.00", day=next_day))
    other = a_statement(a_line("9.00"), a_line("7.00", day=next_day))
    fewer = a_statement(a_line("7.00", day=next_day), since=DAY)
    for changed in (more, other, fewer):
        await shop.refuses(StatementChanged, imported(changed))


async def test_a_missing_statement_is_told(shop: BankShop) -> None:
    await shop.do(imported(a_statement(a_line("5.00"))))
    later = a_statement(a_line("7.00", day=DAY + timedelta(days=5)), opening="11000.00")
    [gap] = (await shop.do(imported(later))).answer["gaps"]
    assert (gap["closing"]["amount"], gap["opening"]["amount"]) == ("10005.00", "11000.00")
    between = a_statement(a_line("995.00", day=DAY + timedelta(days=2)), opening="10005.00")
    assert not (await shop.do(imported(between))).answer["gaps"]


async def test_statements_of_other_accounts_or_that_do_not_add_up_are_refused(
    shop: BankShop,
) -> None:
    good = a_statement(a_line("5.00"))
    other = a_statement(a_line("5.00"), iban="TR320010009999901234567890")
    await shop.refuses(NotOurAccount, imported(other))
    wrong = replace(good, closing=Money.of("1.00"))
    await shop.refuses(StatementDoesNotAddUp, imported(wrong))
    dollars = replace(good, opening=Money.of("10000.00", "USD"))
    await shop.refuses(OtherCurrencyAccount, imported(dollars))
    assert (await shop.do(imported(good))).answer["new_lines"] == 1


async def test_two_who_import_at_once_take_each_line_once(shop: BankShop) -> None:
    reference = await shop.transferring()
    whole = a_statement(a_line(TOTAL, reference), a_line("5.00"))
    part = a_statement(a_line(TOTAL, reference))
    answers = await asyncio.gather(*(shop.do(imported(each)) for each in (whole, part) * 4))
    assert sum(each.answer["new_lines"] for each in answers) == 2
    await shop.carry_out()
    assert shop.happened().count(PaymentAttempt.Succeeded) == 1


async def test_the_gateway_tells_an_answer_that_contradicts_what_was_asked(
    shop: BankShop,
) -> None:
    reference = await shop.transferring()
    asked = PaymentExpectation(attempt_id=ATTEMPT, order_id=ORDER, total=Money.of(TOTAL))
    assert await shop.bank.outcome(reference, asked) == NotFinal("waiting_for_transfer")
    wrong = PaymentExpectation(attempt_id=ATTEMPT, order_id=ORDER, total=Money.of("1.00"))
    answer = await shop.bank.outcome(reference, wrong)
    assert getattr(answer, "alarm", False)
