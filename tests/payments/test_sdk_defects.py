"""What the SDK does wrong, pinned so that a new version is noticed; and what we do instead."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from iyzipay import (
    ApiTest,
    Payment,
    PayWithIyzico,
    Refund,
    ReportingScrollTransaction,
    RetrievePaymentDetails,
    RetrieveTransactions,
)
from iyzipay.iyzipay_resource import IyzipayResource

from adapters.iyzico.sdk import DailyTransactions, PaymentDetails, ScrolledTransactions
from adapters.iyzico.signing import plain_amount
from application.ports import Misconfigured, Unknown
from tests.payments.till import Till, merchant_at

OPTIONS = {"api_key": "sandbox-key", "secret_key": "sandbox-secret", "base_url": "127.0.0.1:9"}


class Seen:
    """Stands in for `http.client`: keeps what would have been sent, and sends nothing."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.bodies: list[str] = []
        self.keyword_arguments: list[dict[str, Any]] = []

    def HTTPSConnection(self, _host: str, **kwargs: Any) -> Seen:  # noqa: N802 - the SDK's name
        self.keyword_arguments.append(kwargs)
        return self

    def request(self, _method: str, path: str, body: str, _headers: object) -> None:
        self.paths.append(path)
        self.bodies.append(body)

    def getresponse(self) -> None:
        return None


def asked(resource: IyzipayResource, *arguments: object) -> Seen:
    """What a call would have sent."""
    seen = Seen()
    resource.httplib = seen
    resource.header = dict(type(resource).header)
    resource.retrieve(*arguments, OPTIONS)
    return seen


def test_the_sdk_can_not_ask_for_details_by_conversation_and_we_can() -> None:
    query = {"paymentConversationId": "attempt-1"}
    assert asked(RetrievePaymentDetails(), query).paths[0].endswith("?paymentId=None")
    assert asked(PaymentDetails(), query).paths[0].endswith("?paymentConversationId=attempt-1")


def test_the_sdk_asks_for_a_page_none_and_we_never_do() -> None:
    day = {"transactionDate": "2026-11-20"}
    assert asked(RetrieveTransactions(), day).paths[0].endswith("&page=None")
    query = {**day, "page": "1"}
    assert asked(DailyTransactions(), query).paths[0].endswith("?transactionDate=2026-11-20&page=1")


def test_the_sdk_can_not_scroll_without_every_argument_and_escapes_none() -> None:
    first = {"transactionDate": "2026-11-20", "documentScrollVoSortingOrder": "ASC", "lastId": ""}
    with pytest.raises(TypeError):
        asked(ReportingScrollTransaction(), first)
    odd = first | {"lastId": "a&b=c", "conversationId": "1"}
    assert "lastId=a&b=c" in asked(ReportingScrollTransaction(), odd).paths[0]
    assert "lastId=a%26b%3Dc" in asked(ScrolledTransactions(), odd).paths[0]
    assert "lastId=&" in asked(ScrolledTransactions(), first | {"x": "1"}).paths[0]


def test_the_sdk_sets_no_time_out() -> None:
    assert asked(ApiTest()).keyword_arguments == [{}]


def test_the_sdk_sends_four_letters_where_there_is_nothing_to_say() -> None:
    assert asked(ApiTest()).bodies == ["null"]


def test_the_sdk_verifies_to_the_screen_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert Payment().verify_signature(["1"], "sandbox-secret", "0" * 64) is None
    assert "False" in capsys.readouterr().out


def test_the_sdk_strips_one_zero_only() -> None:
    assert IyzipayResource.strip_zero("10.50") == "10.50"
    assert IyzipayResource.strip_zero("10.0") == "10"
    assert plain_amount(Decimal("10.50")) == "10.5"


def test_the_sdk_can_not_ask_what_became_of_its_wallet_page() -> None:
    assert not hasattr(PayWithIyzico, "retrieve")


def test_the_sdk_shares_one_header_between_all_its_resources_and_changes_it() -> None:
    assert Payment().header is Refund().header is IyzipayResource.header


async def test_a_call_of_ours_leaves_the_shared_header_as_it_was(till: Till) -> None:
    before = dict(IyzipayResource.header)
    assert await till.merchant.check_keys() is None
    assert IyzipayResource.header == before


async def test_a_peer_that_never_answers_does_not_hold_us() -> None:
    async with _deaf_peer() as base_url:
        merchant = merchant_at(base_url, timeout_seconds=0.2)
        assert await merchant.check_keys() == Unknown("timeout")


async def test_neither_the_sdk_nor_we_decide_by_the_http_status(fresh_till: Till) -> None:
    await fresh_till.control("habits", failure_status=400)
    stranger = merchant_at(fresh_till.base_url, secret_key="sandbox-other")
    refused = await stranger.check_keys()
    assert isinstance(refused, Misconfigured)
    assert refused.code == "1000"


@contextlib.asynccontextmanager
async def _deaf_peer() -> AsyncIterator[str]:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
