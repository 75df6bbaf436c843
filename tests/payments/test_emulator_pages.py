"""The hosted page as a shopper meets it, and what is left of a card afterwards: nothing."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from adapters.iyzico.emulator.cards import CARDS, is_plausible
from adapters.iyzico.emulator.quick_fills import GROUPS
from adapters.iyzico.emulator.shopper import PAYS, PAYS_AFTER_BANK_PAGE
from application.ports import CheckoutLine, NotFinal, Paid, Refunded
from domain.shared.money import Money
from tests.payments.merchant import call
from tests.payments.test_emulator_threeds import START, at_bank, order
from tests.payments.till import SETTINGS, SHOP_IP, Till, checkout, till_at


async def test_amounts_are_written_the_way_the_language_writes_them(till: Till) -> None:
    visit = await till.visit(checkout("1260.00"))
    turkish = await till.browser.get(visit.form.page_url)
    english = await till.browser.get(visit.form.page_url.replace("lang=tr", "lang=en"))
    assert "1.260,00 TL" in turkish.text
    assert "Kart numarası" in turkish.text
    assert '<html lang="tr">' in turkish.text
    assert "TRY 1,260.00" in english.text
    assert "Card number" in english.text


async def test_pages_load_nothing_from_elsewhere(till: Till) -> None:
    visit = await till.visit()
    reply = await till.browser.get(visit.form.page_url)
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    for address in re.findall(r'(?:src|href)="([^"]+)"', reply.text):
        assert address.startswith("/cpp")
    for asset in ("style.css", "page.js", "return.js"):
        found = await till.browser.get(f"{till.base_url}/cpp/{asset}")
        assert found.status_code == httpx.codes.OK
        assert "http" not in found.text


async def test_no_page_carries_inline_script_or_style(till: Till) -> None:
    visit = await till.visit()
    pages = [(await till.browser.get(visit.form.page_url)).text]
    await till.pay(visit, PAYS)
    pages.append((await till.browser.get(visit.form.page_url)).text)
    for page in pages:
        assert not re.search(r"<script>|<style|\son\w+=|\sstyle=", page)


async def test_what_the_merchant_sends_is_shown_as_text(till: Till) -> None:
    request = checkout("10.00")
    line: CheckoutLine = replace(request.lines[0], name='<script>alert("1")</script>')
    visit = await till.visit(replace(request, lines=(line,)))
    page = (await till.browser.get(visit.form.page_url)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


async def test_the_way_back_carries_the_token_and_nothing_else(till: Till) -> None:
    request = checkout(callback_url="https://shop.example.org/payments/return?x=1&y=2")
    visit = await till.visit(request)
    screen = await till.pay(visit, PAYS)
    assert screen.form is not None
    assert screen.form.action == request.callback_url
    assert screen.form.fields == {"token": visit.form.token}


async def test_a_paid_page_leads_back_and_charges_nobody_again(fresh_till: Till) -> None:
    visit = await fresh_till.visit()
    form_page = await fresh_till.shopper.open(visit.form.page_url)
    await fresh_till.shopper.enter_card(form_page, PAYS)
    assert (await fresh_till.shopper.enter_card(form_page, PAYS)).leads_back
    assert (await fresh_till.shopper.open(visit.form.page_url)).leads_back
    assert len((await fresh_till.look("book"))["payments"]) == 1


async def test_an_expired_page_takes_no_card(fresh_till: Till) -> None:
    visit = await fresh_till.visit()
    form_page = await fresh_till.shopper.open(visit.form.page_url)
    await fresh_till.control("clock", advance_seconds=SETTINGS.page_lifetime_seconds)
    assert (await fresh_till.shopper.open(visit.form.page_url)).status == httpx.codes.GONE
    assert (await fresh_till.shopper.enter_card(form_page, PAYS)).status == httpx.codes.GONE
    assert isinstance(await fresh_till.ask(visit), NotFinal)


async def test_a_card_that_the_merchant_sent_has_no_hosted_page(till: Till) -> None:
    screen = await at_bank(till, await call(till, START, body=order()))
    assert screen.code
    address = screen.address.replace("/payment/mock/init3ds", "/cpp")
    assert (await till.shopper.open(address)).status == httpx.codes.NOT_FOUND


async def test_a_page_that_never_was_is_not_found(till: Till) -> None:
    screen = await till.shopper.open(f"{till.base_url}/cpp?token=none&lang=en")
    assert screen.status == httpx.codes.NOT_FOUND
    assert screen.alert


@pytest.mark.parametrize(
    "typed",
    [
        {"number": "4111111111111111 1"},
        {"number": "123"},
        {"expiry": "13/40"},
        {"expiry": "01/20"},
        {"expiry": "soon"},
        {"expiry": "1/" + "9" * 5000},
        {"expiry": "12/²²"},
        {"cvc": "12"},
        {"cvc": ""},
        {"holder": "  "},
    ],
)
async def test_a_mistyped_card_is_pointed_out_before_any_bank_is_asked(
    till: Till, typed: dict[str, str]
) -> None:
    visit = await till.visit()
    good = {"holder": "Ayşe Yılmaz", "number": PAYS, "expiry": "12/40", "cvc": "123"}
    fields = good | typed | {"token": visit.form.token, "lang": "tr"}
    reply = await till.browser.post(f"{till.base_url}/cpp/pay", data=fields)
    assert reply.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'role="alert"' in reply.text
    (wrong,) = re.findall(r'<input id="(\w+)"[^>]*aria-invalid="true"', reply.text)
    assert wrong in typed
    assert isinstance(await till.ask(visit), NotFinal)


async def test_three_wrong_codes_end_at_the_shop_unpaid(fresh_till: Till) -> None:
    visit = await fresh_till.visit()
    screen = await fresh_till.shopper.open(visit.form.page_url)
    screen = await fresh_till.shopper.enter_card(screen, PAYS_AFTER_BANK_PAGE)
    for _ in range(3):
        screen = await fresh_till.shopper.confirm_at_bank(screen, "no")
    assert screen.leads_back
    assert (await fresh_till.look("book"))["payments"] == []


def test_every_card_on_offer_is_one_the_table_knows() -> None:
    numbers = {card.number for card in CARDS}
    assert all(is_plausible(number) for number in numbers)
    offered = [fill.card.number for _, fills in GROUPS for fill in fills]
    assert sorted(offered) == sorted(numbers)
    assert len(numbers) == len(CARDS)


async def test_everything_is_still_there_after_a_restart(tmp_path: Path) -> None:
    settings = replace(SETTINGS, database=tmp_path / "provider.db")
    async with till_at(settings) as before:
        visit, open_visit = await before.visit(), await before.visit()
        await before.pay(visit, PAYS)
        booked = await before.look("book")
    async with till_at(settings) as after:
        paid = await after.ask(visit)
        assert isinstance(paid, Paid)
        assert await after.look("book") == booked
        assert isinstance(await after.ask(open_visit), NotFinal)
        refunded = await after.gateway.refund(
            refund_id=visit.request.attempt_id,
            line=paid.lines[0],
            amount=Money.of(1),
            ip=SHOP_IP,
        )
        assert isinstance(refunded, Refunded)


async def test_no_card_number_is_kept_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with till_at(replace(SETTINGS, database=tmp_path / "provider.db")) as till:
        for number in (PAYS, PAYS_AFTER_BANK_PAGE, "4111111111111129", "4242424242424242"):
            visit = await till.visit()
            await till.pay(visit, number)
            told = str(await till.look("calls")) + str(await till.look("book"))
            assert number not in told + caplog.text
            assert number.encode() not in _everything_in(tmp_path)


def _everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())
