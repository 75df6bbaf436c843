"""What we take for granted of iyzico, asked of the emulator, and of its sandbox where keys are.

A person with keys sets IYZICO_SANDBOX_API_KEY and IYZICO_SANDBOX_SECRET_KEY. Nothing is paid here:
that takes a browser. Where the forms of answers differ is written to iyzico-contract.json.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from iyzipay import (
    ApiTest,
    BinNumber,
    Cancel,
    CardList,
    CheckoutForm,
    CheckoutFormInitialize,
    InstallmentInfo,
    Payment,
    Refund,
)

from adapters.iyzico import requests
from adapters.iyzico.answers import TransactionReference, has_succeeded, payment_outcome
from adapters.iyzico.offers import IyzicoInstallments
from adapters.iyzico.refunds import RefundAsked, refund_outcome
from adapters.iyzico.reports import IyzicoReports
from adapters.iyzico.sdk import DailyTransactions, PaymentDetails, ScrolledTransactions
from adapters.iyzico.vault import IyzicoCards
from application.ports import (
    CheckoutForm as OpenedForm,
)
from application.ports import (
    CheckoutRequest,
    Declined,
    Invalid,
    Misconfigured,
    NotFinal,
    PaymentExpectation,
)
from domain.invoices import ISTANBUL
from domain.shared.money import Money
from tests.payments.contract.sides import HOSTS, Side, differences, form_of
from tests.payments.till import SHOP_IP, checkout

pytestmark = pytest.mark.allow_hosts(HOSTS)

RETURN = "https://shop.example.com/return"
CREDIT_CARD = "552608"
YESTERDAY = datetime.now(ISTANBUL).date() - timedelta(days=1)


def expected(request: CheckoutRequest) -> PaymentExpectation:
    """What an honest answer agrees with."""
    return PaymentExpectation(
        attempt_id=request.attempt_id, order_id=request.order_id, total=request.total
    )


async def test_our_keys_are_taken(side: Side) -> None:
    assert await side.merchant().check_keys() is None
    answer = await side.answer("test", ApiTest, send=lambda api, options: api.retrieve(options))
    assert has_succeeded(answer)


async def test_a_wrong_signature_is_our_misconfiguration(side: Side) -> None:
    refused = await side.merchant(secret_key="sandbox-wrong").check_keys()
    assert isinstance(refused, Misconfigured)
    assert refused.code == "1000"


async def test_an_unknown_key_is_our_misconfiguration(side: Side) -> None:
    refused = await side.merchant(api_key="sandbox-wrong").check_keys()
    assert isinstance(refused, Misconfigured)
    assert refused.code == "1001"


async def test_a_page_opens_signed(side: Side) -> None:
    request = checkout("10.50", "4.50", callback_url=RETURN)
    form = await side.gateway().open_checkout(request)
    assert isinstance(form, OpenedForm), form
    assert 60 <= form.expires_in_seconds <= 3600
    body = requests.checkout_form(checkout("10.50", callback_url=RETURN))
    await side.answer(
        "initialize", CheckoutFormInitialize, send=lambda sdk, options: sdk.create(body, options)
    )


async def test_a_basket_that_does_not_add_up_is_refused(side: Side) -> None:
    body = requests.checkout_form(checkout("10.50", callback_url=RETURN)) | {"price": "11.00"}
    answer = await side.answer(
        "initialize_wrong",
        CheckoutFormInitialize,
        send=lambda sdk, options: sdk.create(body, options),
    )
    assert answer["errorCode"] == "5062"


async def test_a_page_nobody_has_paid_is_not_final(side: Side) -> None:
    request = checkout("10.50", callback_url=RETURN)
    gateway = side.gateway()
    form = await gateway.open_checkout(request)
    assert isinstance(form, OpenedForm), form
    assert isinstance(await gateway.outcome(form.token, expected(request)), NotFinal)
    body = requests.retrieval(form.token, request.attempt_id)
    answer = await side.answer(
        "retrieve", CheckoutForm, send=lambda sdk, options: sdk.retrieve(body, options)
    )
    told = payment_outcome(answer, form.token, expected=expected(request), secret_key=side.keys[1])
    assert isinstance(told, NotFinal)


async def test_a_token_nobody_has_is_not_final_and_not_a_no(side: Side) -> None:
    request = checkout("10.50", callback_url=RETURN)
    told = await side.gateway().outcome(str(uuid4()), expected(request))
    assert told == NotFinal("ERROR_5124")


async def test_an_attempt_nobody_has_paid_has_no_payment(side: Side) -> None:
    body = requests.payment_of(uuid4())
    answer = await side.answer(
        "detail", Payment, send=lambda sdk, options: sdk.retrieve(body, options)
    )
    assert not has_succeeded(answer)


async def test_the_beginning_of_a_card_tells_its_kind(side: Side) -> None:
    body = {"locale": "en", "binNumber": CREDIT_CARD}
    answer = await side.answer(
        "bin", BinNumber, send=lambda sdk, options: sdk.retrieve(body, options)
    )
    assert answer["cardType"] == "CREDIT_CARD"


async def test_instalments_are_offered_to_a_credit_card(side: Side) -> None:
    offers = await IyzicoInstallments(side.merchant()).offers(
        Money.of(100), card_prefix=CREDIT_CARD
    )
    assert isinstance(offers, tuple), offers
    assert all(offer.plans for offer in offers)
    assert offers[0].credit
    body = {"locale": "en", "price": "100.00", "binNumber": CREDIT_CARD}
    await side.answer(
        "installments", InstallmentInfo, send=lambda sdk, options: sdk.retrieve(body, options)
    )


async def test_nobody_keeps_cards_under_a_key_that_is_not_there(side: Side) -> None:
    kept = await IyzicoCards(side.merchant()).cards(str(uuid4()))
    assert kept == () or isinstance(kept, Misconfigured)
    body = {"locale": "en", "cardUserKey": str(uuid4())}
    await side.answer("cards", CardList, send=lambda sdk, options: sdk.retrieve(body, options))


async def test_a_line_that_is_not_there_is_not_refunded(side: Side) -> None:
    reference = TransactionReference("1", "1")
    asked = RefundAsked(uuid4(), Money.of(1))
    body = requests.refund(reference, refund_id=asked.refund_id, amount=asked.amount, ip=SHOP_IP)
    answer = await side.answer(
        "refund", Refund, send=lambda sdk, options: sdk.create(body, options)
    )
    told = refund_outcome(answer, reference, asked=asked, secret_key=side.keys[1])
    assert isinstance(told, Invalid | Declined)


async def test_a_payment_that_is_not_there_is_not_cancelled(side: Side) -> None:
    body = requests.cancel("1", cancel_id=uuid4(), ip=SHOP_IP)
    answer = await side.answer(
        "cancel", Cancel, send=lambda sdk, options: sdk.create(body, options)
    )
    assert not has_succeeded(answer)


async def test_the_report_on_an_attempt_can_be_asked_for(side: Side) -> None:
    query = {"paymentConversationId": str(uuid4())}
    answer = await side.answer(
        "report", PaymentDetails, send=lambda sdk, options: sdk.retrieve(query, options)
    )
    assert not (has_succeeded(answer) and answer.get("payments"))


async def test_a_days_books_can_be_read_by_page_and_by_cursor(side: Side) -> None:
    query = {"transactionDate": YESTERDAY.isoformat()}
    paged = await side.answer(
        "transactions",
        DailyTransactions,
        send=lambda sdk, options: sdk.retrieve(query | {"page": "1"}, options),
    )
    cursor = {"documentScrollVoSortingOrder": "ASC", "lastId": ""}
    scrolled = await side.answer(
        "scroll",
        ScrolledTransactions,
        send=lambda sdk, options: sdk.retrieve(query | cursor, options),
    )
    ids = [[row["transactionId"] for row in told["transactions"]] for told in (paged, scrolled)]
    assert ids[0][:10] == ids[1][:10]


async def test_a_days_books_are_what_we_read(side: Side) -> None:
    reports = IyzicoReports(side.merchant(), today=lambda: YESTERDAY + timedelta(days=1))
    async for page in reports.transactions(YESTERDAY):
        assert all(row.day == YESTERDAY for row in page)
    assert isinstance(await reports.payouts(YESTERDAY), tuple)
    assert isinstance(await reports.bounced(YESTERDAY), tuple)


def test_the_notes_tell_where_the_sides_differ_in_form() -> None:
    ours = form_of({"status": "success", "price": 1, "rows": [{"id": "1"}]})
    theirs = form_of({"status": "success", "price": "1", "rows": [{"id": 1, "new": None}]})
    notes = {"emulator": {"call": ours, "same": ours}, "sandbox": {"call": theirs, "same": ours}}
    assert differences(notes) == {
        "call": {
            ".price": {"emulator": "number", "sandbox": "str"},
            ".rows[].id": {"emulator": "str", "sandbox": "number"},
            ".rows[].new": {"emulator": None, "sandbox": "NoneType"},
        }
    }
