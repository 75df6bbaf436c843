"""What the gateway says became of a hosted page, for every way a shopper can leave it."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import httpx
import pytest
from msgspec.structs import replace

from adapters.iyzico.emulator.cards import CARDS
from adapters.iyzico.emulator.shopper import (
    FAILS_AT_BANK_PAGE,
    NO_FUNDS,
    PAYS,
    PAYS_AFTER_BANK_PAGE,
)
from application.ports import (
    Declined,
    InReview,
    Invalid,
    Misconfigured,
    NotFinal,
    Paid,
    PaymentExpectation,
    Unknown,
)
from domain.shared.money import Money, total
from tests.payments.till import SETTINGS, Till, checkout, merchant_at, till_at

DECLINING = [card for card in CARDS if card.decline is not None]


async def test_our_keys_are_taken(till: Till) -> None:
    assert await till.merchant.check_keys() is None


async def test_a_wrong_secret_is_our_misconfiguration(till: Till) -> None:
    gateway = till.gateway_with(secret_key="sandbox-other")
    answer = await gateway.open_checkout(checkout())
    assert isinstance(answer, Misconfigured)
    assert answer.code == "1000"


async def test_an_unknown_key_is_our_misconfiguration(till: Till) -> None:
    merchant = merchant_at(till.base_url, api_key="sandbox-other")
    assert await merchant.check_keys() == Misconfigured("1001", "API bilgileri bulunamadı")


async def test_a_hosted_page_opens_where_the_form_says(till: Till) -> None:
    visit = await till.visit()
    screen = await till.shopper.open(visit.form.page_url)
    assert screen.status == httpx.codes.OK
    assert screen.form is not None
    assert screen.form.fields["token"] == visit.form.token
    assert visit.form.expires_in_seconds == 1800


async def test_a_basket_that_does_not_add_up_is_our_mistake(till: Till) -> None:
    request = replace(checkout("10.00"), total=Money(Decimal("11.00")))
    answer = await till.gateway.open_checkout(request)
    assert isinstance(answer, Invalid)
    assert answer.code == "5062"


async def test_nobody_pays_nothing_for_a_line(till: Till) -> None:
    answer = await till.gateway.open_checkout(checkout("10.00", "0.00"))
    assert isinstance(answer, Invalid)


@pytest.mark.parametrize("as_failure", [False, True])
async def test_an_unpaid_page_is_not_final(as_failure: bool) -> None:
    async with till_at(replace(SETTINGS, not_final_as_failure=as_failure)) as till:
        visit = await till.visit()
        assert isinstance(await till.ask(visit), NotFinal)


async def test_a_page_at_the_bank_is_not_final(till: Till) -> None:
    visit = await till.visit()
    screen = await till.shopper.open(visit.form.page_url)
    await till.shopper.enter_card(screen, PAYS_AFTER_BANK_PAGE)
    assert await till.ask(visit) == NotFinal("INIT_THREEDS")


async def test_a_good_card_pays_every_line(till: Till) -> None:
    request = checkout("1260.00", "30.00", "0.01")
    visit = await till.visit(request)
    screen = await till.pay(visit, PAYS)
    outcome = await till.ask(visit)
    assert screen.leads_back
    assert isinstance(outcome, Paid)
    assert outcome.paid == request.total
    assert [(line.line_id, line.paid) for line in outcome.lines] == [
        (line.line_id, line.price) for line in request.lines
    ]
    assert outcome.card_last_four == PAYS[-4:]
    assert outcome.installments == 1


async def test_what_the_provider_keeps_adds_up_to_the_last_digit(till: Till) -> None:
    paid = await till.paid(PAYS, "1260.00", "30.00", "0.01")
    commission = sum((line.commission for line in paid.lines), Decimal(0))
    assert commission == paid.paid.amount * SETTINGS.commission_percent / 100
    assert sum((line.fee for line in paid.lines), Decimal(0)) == SETTINGS.commission_fee


async def test_a_card_can_pay_after_the_banks_page(till: Till) -> None:
    visit = await till.visit()
    await till.pay(visit, PAYS_AFTER_BANK_PAGE)
    assert isinstance(await till.ask(visit), Paid)


async def test_a_mistyped_bank_code_can_be_corrected(till: Till) -> None:
    visit = await till.visit()
    screen = await till.shopper.open(visit.form.page_url)
    bank = await till.shopper.enter_card(screen, PAYS_AFTER_BANK_PAGE)
    again = await till.shopper.confirm_at_bank(bank, "wrong")
    assert again.alert
    await till.shopper.confirm_at_bank(again)
    assert isinstance(await till.ask(visit), Paid)


async def test_giving_up_at_the_bank_pays_nothing(fresh_till: Till) -> None:
    visit = await fresh_till.visit()
    screen = await fresh_till.shopper.open(visit.form.page_url)
    bank = await fresh_till.shopper.enter_card(screen, PAYS_AFTER_BANK_PAGE)
    back = await fresh_till.shopper.give_up_at_bank(bank)
    outcome = await fresh_till.ask(visit)
    assert back.leads_back
    assert isinstance(outcome, Declined)
    assert outcome.group == "THREEDS_FAILED"
    assert (await fresh_till.look("book"))["payments"] == []


async def test_a_failed_bank_check_is_declined(till: Till) -> None:
    visit = await till.visit()
    await till.pay(visit, FAILS_AT_BANK_PAGE)
    assert isinstance(await till.ask(visit), Declined)


@pytest.mark.parametrize("card", DECLINING, ids=lambda card: card.decline.group)
async def test_each_refusing_card_is_declined_with_its_banks_reason(
    till: Till, card: object
) -> None:
    declining = next(each for each in DECLINING if each is card)
    assert declining.decline is not None
    visit = await till.visit()
    screen = await till.pay(visit, declining.number)
    outcome = await till.ask(visit)
    assert screen.alert
    assert isinstance(outcome, Declined)
    assert (outcome.code, outcome.group) == (declining.decline.code, declining.decline.group)


async def test_a_card_nobody_issued_is_declined(till: Till) -> None:
    visit = await till.visit()
    await till.pay(visit, "4242424242424242")
    outcome = await till.ask(visit)
    assert isinstance(outcome, Declined)
    assert outcome.group == "BIN_NOT_FOUND"


async def test_a_second_card_can_pay_after_the_first_was_declined(till: Till) -> None:
    visit = await till.visit()
    await till.pay(visit, NO_FUNDS)
    assert isinstance(await till.ask(visit), Declined)
    await till.pay(visit, PAYS)
    assert isinstance(await till.ask(visit), Paid)


@pytest.mark.parametrize(("ruling", "becomes"), [(1, Paid), (-1, Declined)])
async def test_a_payment_in_review_waits_for_the_fraud_desk(
    till: Till, ruling: int, becomes: type
) -> None:
    await till.control("review", times=1)
    visit = await till.visit()
    await till.pay(visit, PAYS)
    reviewed = await till.ask(visit)
    assert isinstance(reviewed, InReview)
    await till.control("ruling", payment_id=int(reviewed.payment_id), fraud_status=ruling)
    assert isinstance(await till.ask(visit), becomes)


async def test_a_token_the_provider_does_not_know_is_never_taken_as_failed(till: Till) -> None:
    visit = await till.visit()
    assert await till.gateway.outcome(str(uuid4()), visit.expected) == NotFinal("ERROR_5124")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"order_id": uuid4()}, "other_basket"),
        ({"total": Money(Decimal("1289.99"))}, "other_price"),
        ({"total": Money(Decimal("1290.00"), "USD")}, "other_currency"),
    ],
)
async def test_a_signed_answer_to_another_question_raises_the_alarm(
    till: Till, change: dict[str, object], reason: str
) -> None:
    visit = await till.visit()
    await till.pay(visit, PAYS)
    expected: PaymentExpectation = replace(visit.expected, **change)
    assert await till.gateway.outcome(visit.form.token, expected) == Unknown(reason, alarm=True)


async def test_an_instalment_surcharge_is_paid_but_does_not_change_the_price(till: Till) -> None:
    visit = await till.visit(replace(checkout("1260.00", "30.00"), installments=(1, 3)))
    screen = await till.shopper.open(visit.form.page_url)
    await till.shopper.enter_card(screen, PAYS, installments=3)
    outcome = await till.ask(visit)
    assert isinstance(outcome, Paid)
    assert outcome.installments == 3
    assert outcome.paid == Money(Decimal("1328.70"))
    assert total(line.paid for line in outcome.lines) == outcome.paid


async def test_instalments_that_were_not_offered_are_not_charged(till: Till) -> None:
    visit = await till.visit()
    screen = await till.shopper.open(visit.form.page_url)
    await till.shopper.enter_card(screen, PAYS, installments=3)
    outcome = await till.ask(visit)
    assert isinstance(outcome, Paid)
    assert (outcome.installments, outcome.paid) == (1, visit.request.total)


async def test_a_payment_whose_page_can_not_be_asked_about_is_found_by_its_attempt(
    till: Till,
) -> None:
    visit = await till.visit()
    await till.pay(visit, PAYS)
    by_page = await till.ask(visit)
    await till.control("faults", call="retrieve", kind="http_500")
    assert await till.ask(visit) == by_page
    assert await till.gateway.outcome("a-page-they-forgot", visit.expected) == by_page


async def test_what_is_found_by_its_attempt_must_be_what_was_asked_too(till: Till) -> None:
    visit = await till.visit()
    await till.pay(visit, PAYS)
    other = replace(visit.expected, total=Money(Decimal("1289.99")))
    await till.control("faults", call="retrieve", kind="html")
    assert await till.gateway.outcome(visit.form.token, other) == Unknown("other_price", alarm=True)
    for kind in ("html", "wrong_signature"):
        await till.control("faults", call="retrieve", kind="html")
        await till.control("faults", call="detail", kind=kind)
    assert await till.ask(visit) == Unknown("unreadable")
    assert await till.ask(visit) == Unknown("wrong_signature", alarm=True)


async def test_nothing_is_concluded_from_there_being_no_payment_of_an_attempt(till: Till) -> None:
    visit = await till.visit()
    await till.control("faults", call="retrieve", kind="html")
    assert await till.ask(visit) == Unknown("unreadable")


async def test_a_card_the_shopper_lets_be_kept_is_told_by_its_tokens(till: Till) -> None:
    visit = await till.visit()
    screen = await till.shopper.open(visit.form.page_url)
    await till.shopper.enter_card(screen, PAYS, save=True)
    first = await till.ask(visit)
    assert isinstance(first, Paid)
    assert first.saved_card is not None
    assert first.saved_card.last_four == PAYS[-4:]
    assert first.saved_card.association
    known = replace(checkout(), card_user_key=first.saved_card.card_user_key)
    again = await till.visit(known)
    screen = await till.shopper.open(again.form.page_url)
    assert screen.saved_cards == (first.saved_card.card_token,)
    await till.shopper.choose_saved_card(screen, first.saved_card.card_token)
    assert isinstance(await till.ask(again), Paid)


async def test_a_card_that_is_not_kept_leaves_no_tokens(till: Till) -> None:
    assert (await till.paid()).saved_card is None
