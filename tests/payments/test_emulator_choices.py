"""What a shopper can choose on the hosted page: instalments, a stored card, a way at the bank."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from adapters.iyzico import requests
from adapters.iyzico.emulator.cards import CARDS
from adapters.iyzico.emulator.shopper import (
    FAILS_AT_BANK_PAGE,
    NO_FUNDS,
    PAYS,
    PAYS_AFTER_BANK_PAGE,
    Screen,
)
from tests.payments.merchant import INITIALIZE, RETRIEVE, Answer, call
from tests.payments.till import SETTINGS, Till, checkout, till_at

ATTEMPT_ONLY = "4141111111111115"


async def opened(till: Till, *prices: str, **more: Any) -> Answer:
    """A page that a merchant has opened, with more in the request than ours sends."""
    body = requests.checkout_form(checkout(*(prices or ("100.00",)))) | more
    answer = await call(till, INITIALIZE, body=body)
    assert answer["status"] == "success", answer
    return answer


async def seen(till: Till, page: Answer) -> Screen:
    """The page as the shopper first sees it."""
    return await till.shopper.open(page["paymentPageUrl"])


async def asked(till: Till, page: Answer) -> Answer:
    """What the provider says became of it."""
    return await call(till, RETRIEVE, body={"token": page["token"]})


async def with_stored_card(till: Till, number: str = PAYS) -> str:
    """Pay with a card and let it be stored; the key of the shopper."""
    page = await opened(till)
    screen = await till.shopper.enter_card(await seen(till, page), number, save=True)
    if screen.code:
        await till.shopper.confirm_at_bank(screen)
    return str((await asked(till, page))["cardUserKey"])


async def test_instalments_are_offered_with_what_they_come_to(till: Till) -> None:
    page = await opened(till, "1000.00", enabledInstallments=[2, 3, 6])
    screen = await seen(till, page)
    text = (await till.browser.get(page["paymentPageUrl"])).text
    assert screen.installments == (1, 2, 3, 6)
    for shown in ("1.000,00 TL", "1.015,00 TL", "3 × 343,33 TL", "1.075,00 TL"):
        assert shown in text


async def test_a_page_without_instalments_offers_no_choice(till: Till) -> None:
    page = await opened(till)
    assert (await seen(till, page)).installments == ()
    assert "100,00 TL</button>" in (await till.browser.get(page["paymentPageUrl"])).text


async def test_the_surcharge_of_chosen_instalments_is_paid(till: Till) -> None:
    page = await opened(till, "1000.00", enabledInstallments=[3])
    await till.shopper.enter_card(await seen(till, page), PAYS, installments=3)
    answer = await asked(till, page)
    assert (answer["price"], answer["paidPrice"]) == (Decimal(1000), Decimal(1030))
    assert answer["installment"] == 3


@pytest.mark.parametrize("chosen", ["6", "-3", "03", "many", ""])
async def test_a_number_of_instalments_that_is_not_offered_is_one(till: Till, chosen: str) -> None:
    page = await opened(till, enabledInstallments=[3])
    fields = {"holder": "A", "number": PAYS, "expiry": "12/40", "cvc": "123"}
    fields |= {"token": page["token"], "installments": chosen}
    await till.browser.post(f"{till.base_url}/cpp/pay", data=fields)
    assert (await asked(till, page))["installment"] == 1


@pytest.mark.parametrize(("number", "currency"), [(PAYS_AFTER_BANK_PAGE, "TRY"), (PAYS, "USD")])
async def test_instalments_a_card_can_not_have_are_refused_before_money_moves(
    till: Till, number: str, currency: str
) -> None:
    page = await opened(till, enabledInstallments=[3], currency=currency)
    screen = await till.shopper.enter_card(await seen(till, page), number, installments=3)
    assert screen.status == httpx.codes.UNPROCESSABLE_ENTITY
    assert "Tek çekim" in screen.alert
    assert "paymentStatus" not in await asked(till, page)


async def test_a_refused_card_keeps_what_was_chosen_but_not_the_number(till: Till) -> None:
    page = await opened(till, enabledInstallments=[3])
    fields = {"holder": "Deniz  Ak", "number": NO_FUNDS, "expiry": "12/40", "cvc": "987"}
    fields |= {"token": page["token"], "installments": "3", "lang": "en"}
    reply = await till.browser.post(f"{till.base_url}/cpp/pay", data=fields)
    typed = reply.text.split("</form>")[0]
    assert reply.status_code == httpx.codes.PAYMENT_REQUIRED
    assert "Not sufficient funds" in typed
    assert 'value="Deniz Ak"' in typed
    assert typed.split(" checked")[0].endswith('TRY 3.00"')
    assert NO_FUNDS not in typed
    assert not re.search(r"\b987\b", typed)


async def test_a_stored_card_is_offered_the_next_time_and_pays(till: Till) -> None:
    key = await with_stored_card(till)
    page = await opened(till, cardUserKey=key)
    screen = await seen(till, page)
    (card_token,) = screen.saved_cards
    assert (await till.shopper.choose_saved_card(screen, card_token)).leads_back
    answer = await asked(till, page)
    assert (answer["paymentStatus"], answer["lastFourDigits"]) == ("SUCCESS", PAYS[-4:])


async def test_a_stored_card_may_lead_to_the_bank(till: Till) -> None:
    key = await with_stored_card(till, PAYS_AFTER_BANK_PAGE)
    page = await opened(till, cardUserKey=key)
    screen = await seen(till, page)
    at_bank = await till.shopper.choose_saved_card(screen, screen.saved_cards[0])
    assert at_bank.code
    assert (await till.shopper.confirm_at_bank(at_bank)).leads_back
    assert (await asked(till, page))["paymentStatus"] == "SUCCESS"


async def test_a_stored_card_of_somebody_else_is_refused(till: Till) -> None:
    theirs = await with_stored_card(till)
    token = (await seen(till, await opened(till, cardUserKey=theirs))).saved_cards[0]
    mine = await with_stored_card(till)
    for page in (await opened(till), await opened(till, cardUserKey=mine)):
        screen = await till.shopper.choose_saved_card(await seen(till, page), token)
        assert screen.status == httpx.codes.UNPROCESSABLE_ENTITY
        assert screen.alert
        assert "paymentStatus" not in await asked(till, page)


async def test_with_a_stored_card_another_one_can_still_be_typed(till: Till) -> None:
    key = await with_stored_card(till)
    page = await opened(till, cardUserKey=key)
    screen = await till.shopper.enter_card(await seen(till, page), "4603450000000000", save=True)
    assert screen.leads_back
    assert (await asked(till, page))["lastFourDigits"] == "0000"
    assert len((await seen(till, await opened(till, cardUserKey=key))).saved_cards) == 2


async def test_a_mistyped_card_stays_chosen_beside_stored_ones(till: Till) -> None:
    page = await opened(till, cardUserKey=await with_stored_card(till))
    fields = {"token": page["token"], "card_token": "", "number": "1", "lang": "en"}
    reply = await till.browser.post(f"{till.base_url}/cpp/pay", data=fields)
    assert reply.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'name="card_token" value="" checked' in reply.text


async def test_no_card_is_stored_unless_that_is_asked_for(till: Till) -> None:
    page = await opened(till)
    screen = await seen(till, page)
    await till.shopper.enter_card(screen, PAYS)
    assert screen.may_save
    assert "cardToken" not in await asked(till, page)


async def test_an_account_without_card_storage_offers_none() -> None:
    async with till_at(replace(SETTINGS, card_storage=False)) as till:
        page = await opened(till)
        screen = await seen(till, page)
        await till.shopper.enter_card(screen, PAYS, save=True)
        assert not screen.may_save
        assert "cardToken" not in await asked(till, page)


@pytest.mark.parametrize("at", range(len(CARDS)))
async def test_without_scripts_a_test_card_is_a_link_that_fills_the_form(
    till: Till, at: int
) -> None:
    page = await opened(till)
    reply = await till.browser.get(page["paymentPageUrl"] + f"&fill={at}")
    typed = reply.text.split("</form>")[0].replace(" ", "")
    assert f'value="{CARDS[at].number}"' in typed
    assert f"fill={at}#pay" in reply.text


async def test_test_cards_never_expire_however_late_it_is(fresh_till: Till) -> None:
    await fresh_till.control("clock", to="2064-02-03T00:00:00Z")
    page = await opened(fresh_till)
    reply = await fresh_till.browser.get(page["paymentPageUrl"] + "&fill=0")
    assert 'name="expiry" value="12/68"' in reply.text
    assert 'data-expiry="12/68"' in reply.text


@pytest.mark.parametrize("fill", ["999", "-1", "9999999999", "a", ""])
async def test_a_link_to_no_test_card_leaves_the_form_empty(till: Till, fill: str) -> None:
    page = await opened(till)
    reply = await till.browser.get(page["paymentPageUrl"] + f"&fill={fill}")
    assert reply.status_code == httpx.codes.OK
    assert 'name="number" value=""' in reply.text


async def test_the_bank_is_asked_for_what_the_instalments_come_to(till: Till) -> None:
    page = await opened(till, "1000.00", enabledInstallments=[3], forceThreeDS=1)
    await till.shopper.enter_card(await seen(till, page), PAYS, installments=3)
    reply = await till.browser.get(
        f"{till.base_url}/payment/mock/init3ds?token={page['token']}&lang=en"
    )
    assert "TRY 1,030.00" in reply.text
    assert "•••• 0006" in reply.text


async def test_a_wrong_code_can_be_typed_again(till: Till) -> None:
    page = await opened(till)
    at_bank = await till.shopper.enter_card(await seen(till, page), PAYS_AFTER_BANK_PAGE)
    again = await till.shopper.confirm_at_bank(at_bank, "000")
    assert again.alert.endswith("2")
    assert (await till.shopper.confirm_at_bank(again)).leads_back
    assert (await asked(till, page))["paymentStatus"] == "SUCCESS"


async def test_who_declines_at_the_bank_returns_unpaid(till: Till) -> None:
    page = await opened(till)
    at_bank = await till.shopper.enter_card(await seen(till, page), PAYS_AFTER_BANK_PAGE)
    assert (await till.shopper.give_up_at_bank(at_bank)).leads_back
    assert (await asked(till, page))["paymentStatus"] == "FAILURE"


async def test_who_walks_away_from_the_bank_leaves_the_payment_open(till: Till) -> None:
    page = await opened(till)
    at_bank = await till.shopper.enter_card(await seen(till, page), PAYS_AFTER_BANK_PAGE)
    left = await till.shopper.leave_the_bank(at_bank)
    assert not left.leads_back
    assert (await asked(till, page))["paymentStatus"] == "INIT_THREEDS"
    assert (await till.shopper.confirm_at_bank(at_bank)).leads_back
    assert (await asked(till, page))["paymentStatus"] == "SUCCESS"


async def test_who_walks_away_may_pay_with_another_card(till: Till) -> None:
    page = await opened(till)
    at_bank = await till.shopper.enter_card(await seen(till, page), PAYS_AFTER_BANK_PAGE)
    await till.shopper.leave_the_bank(at_bank)
    await till.shopper.enter_card(await seen(till, page), PAYS)
    assert (await asked(till, page))["lastFourDigits"] == PAYS[-4:]


@pytest.mark.parametrize("number", [FAILS_AT_BANK_PAGE, ATTEMPT_ONLY])
async def test_a_card_the_bank_can_not_vouch_for_returns_unpaid(till: Till, number: str) -> None:
    page = await opened(till)
    at_bank = await till.shopper.enter_card(await seen(till, page), number)
    assert (await till.shopper.confirm_at_bank(at_bank)).leads_back
    assert (await asked(till, page))["paymentStatus"] == "FAILURE"


async def test_a_page_at_the_bank_expires_too(fresh_till: Till) -> None:
    page = await opened(fresh_till)
    at_bank = await fresh_till.shopper.enter_card(
        await seen(fresh_till, page), PAYS_AFTER_BANK_PAGE
    )
    await fresh_till.control("clock", advance_seconds=SETTINGS.page_lifetime_seconds)
    assert (await fresh_till.shopper.confirm_at_bank(at_bank)).status == httpx.codes.GONE
    assert (await fresh_till.look("book"))["payments"] == []
