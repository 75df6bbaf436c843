"""The gateway when iyzico fails: unknown until asked again, never paid or refunded twice."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from time import monotonic
from uuid import uuid4

import pytest

from adapters.iyzico.connection import THREADS
from adapters.iyzico.emulator.shopper import PAYS
from adapters.iyzico.gateway import IyzicoGateway
from application.ports import (
    CheckoutForm,
    Declined,
    Paid,
    PaidLine,
    PaymentExpectation,
    RateLimited,
    Refunded,
    Unknown,
)
from domain.shared.money import Money
from tests.payments.till import SHOP_IP, Till, checkout, merchant_at

SHORT = 0.3

SPOILT = {
    "timeout_after_commit": Unknown("timeout"),
    "reset_before": Unknown("connection_lost"),
    "reset_after": Unknown("connection_lost"),
    "http_500": Unknown("provider_error"),
    "html": Unknown("unreadable"),
    "truncated": Unknown("unreadable"),
    "rate_limit": RateLimited(),
    "wrong_signature": Unknown("wrong_signature", alarm=True),
}
DISAGREEING = {
    "wrong_amount": Unknown("other_price", alarm=True),
    "wrong_basket": Unknown("other_basket", alarm=True),
    "wrong_currency": Unknown("other_currency", alarm=True),
}

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize(("kind", "expected"), SPOILT.items())
async def test_a_page_that_may_have_opened_is_unknown_and_another_can_be_opened(
    till: Till, kind: str, expected: Unknown | RateLimited
) -> None:
    gateway = till.gateway_with(timeout_seconds=_patience_for(kind))
    await till.control("faults", call="initialize", kind=kind)
    assert await gateway.open_checkout(checkout()) == expected
    assert isinstance(await till.gateway.open_checkout(checkout()), CheckoutForm)


@pytest.mark.parametrize(("kind", "expected"), (SPOILT | DISAGREEING).items())
async def test_a_paid_page_is_unknown_until_the_answer_is_whole(
    till: Till, kind: str, expected: Unknown | RateLimited
) -> None:
    gateway = till.gateway_with(timeout_seconds=_patience_for(kind))
    visit = await till.visit()
    await till.pay(visit, PAYS)
    for call in ("retrieve", "detail"):
        await till.control("faults", call=call, kind=kind)
    assert await gateway.outcome(visit.form.token, visit.expected) == expected
    assert isinstance(await till.ask(visit), Paid)


@pytest.mark.parametrize("kind", [*SPOILT, "wrong_amount", "wrong_currency"])
async def test_a_refund_asked_again_after_any_fault_is_given_once(till: Till, kind: str) -> None:
    gateway = till.gateway_with(timeout_seconds=_patience_for(kind))
    paid = await till.paid()
    refund_id, line, amount = uuid4(), paid.lines[0], Money.of("60.00")
    await till.control("faults", call="refund", kind=kind)
    first = await gateway.refund(refund_id=refund_id, line=line, amount=amount, ip=SHOP_IP)
    again = await till.gateway.refund(refund_id=refund_id, line=line, amount=amount, ip=SHOP_IP)
    assert isinstance(first, Unknown | RateLimited)
    assert isinstance(again, Refunded)
    assert (await till.booked(paid.payment_id))["refunded"] == "60.00"


@pytest.mark.parametrize("kind", ["timeout_after_commit", "reset_after", "html", "rate_limit"])
async def test_nothing_is_refunded_while_the_report_can_not_be_read(till: Till, kind: str) -> None:
    gateway = till.gateway_with(timeout_seconds=_patience_for(kind))
    paid = await till.paid()
    await till.control("faults", call="report", kind=kind)
    answer = await gateway.refund(
        refund_id=uuid4(), line=paid.lines[0], amount=Money.of(1), ip=SHOP_IP
    )
    assert isinstance(answer, Unknown | RateLimited)
    assert (await till.booked(paid.payment_id))["refunded"] == "0"


async def test_nobody_listening_is_unknown() -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert await _ask(f"http://127.0.0.1:{port}") == Unknown("connection_lost")


async def test_a_silent_peer_is_left_in_time() -> None:
    async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with _peer(say_nothing) as base_url:
        began = monotonic()
        assert await _ask(base_url, timeout_seconds=SHORT) == Unknown("timeout")
        assert monotonic() - began < 2 * SHORT + 1


async def test_a_peer_that_drips_is_left_in_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_whole_request(reader)
        gone = asyncio.create_task(reader.read())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not gone.done():
            writer.write(b" ")
            await asyncio.wait([gone], timeout=SHORT / 4)

    async with _peer(drip) as base_url:
        began = monotonic()
        assert await _ask(base_url, timeout_seconds=SHORT) == Unknown("timeout")
        assert monotonic() - began < 2 * SHORT + 1


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_whole_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"[" * 65536)
                await writer.drain()

    async with _peer(pour) as base_url:
        assert await _ask(base_url, timeout_seconds=20) == Unknown("too_large")


async def test_a_peer_that_speaks_no_http_is_unknown() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_whole_request(reader)
        writer.write(b"220 smtp.example.org\r\n")

    async with _peer(babble) as base_url:
        assert await _ask(base_url) == Unknown("connection_lost")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"status": "success"',
        b'{"status": "success", "price": NaN}',
        b'{"price": 1e99999999999999999999}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
async def test_an_answer_that_is_no_object_is_unknown(body: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_whole_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)

    async with _peer(answer) as base_url:
        assert await _ask(base_url) == Unknown("unreadable")


async def test_hanging_calls_never_pile_up_beyond_the_limit() -> None:
    most = 0

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal most
        most = max(most, len(_threads()))
        await reader.read()

    async with _peer(hang) as base_url:
        merchant = merchant_at(base_url, timeout_seconds=SHORT, max_in_flight=3)
        others = _threads()
        asking = [_ask_with(IyzicoGateway(merchant)) for _ in range(12)]
        answers = await asyncio.gather(*asking)
        merchant.close()
        await _until_ended(others)
    assert set(answers) == {Unknown("timeout")}
    assert most <= len(others) + 3


async def test_a_peer_that_takes_no_connection_is_left_in_time_and_so_are_its_threads() -> None:
    with _full_house() as base_url:
        before = _threads()
        merchant = merchant_at(base_url, timeout_seconds=SHORT, max_in_flight=2)
        asking = [_ask_with(IyzicoGateway(merchant)) for _ in range(6)]
        assert set(await asyncio.gather(*asking)) == {Unknown("timeout")}
        assert len(_threads() - before) <= 2
        merchant.close()
        await _until_ended(before)


async def test_a_body_that_comes_byte_by_byte_leaves_no_thread_behind(till: Till) -> None:
    visit = await till.visit()
    before = _threads()
    merchant = merchant_at(till.base_url, timeout_seconds=SHORT)
    for call in ("retrieve", "detail"):
        await till.control("faults", call=call, kind="slow_body", seconds_per_byte=SHORT / 4)
    gateway = IyzicoGateway(merchant)
    assert await gateway.outcome(visit.form.token, visit.expected) == Unknown("timeout")
    merchant.close()
    await _until_ended(before)


async def test_a_caller_who_gives_up_lets_the_connection_go() -> None:
    arrived, left = asyncio.Event(), asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()
        left.set()

    async with _peer(hang) as base_url:
        asking = asyncio.create_task(_ask(base_url, timeout_seconds=60))
        await arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(5):
            await left.wait()


async def test_a_refund_that_may_work_later_is_no_refusal_for_good(till: Till) -> None:
    paid = await till.paid("5406670000000009")
    answer = await till.gateway.refund(
        refund_id=uuid4(), line=paid.lines[0], amount=Money.of(1), ip=SHOP_IP
    )
    assert answer == Unknown("refused_for_now")


async def test_no_line_gives_back_more_than_was_paid_for_it(till: Till) -> None:
    paid = await till.paid(PAYS, "100.00", "50.00")

    async def give_back(line: PaidLine, amount: str) -> object:
        return await till.gateway.refund(
            refund_id=uuid4(), line=line, amount=Money.of(amount), ip=SHOP_IP
        )

    assert isinstance(await give_back(paid.lines[0], "60.00"), Refunded)
    assert await give_back(paid.lines[0], "40.01") == Declined(
        group="NONE", code="5006", message="Amount exceeds what remains"
    )
    assert isinstance(await give_back(paid.lines[0], "40.00"), Refunded)
    assert isinstance(await give_back(paid.lines[1], "50.00"), Refunded)
    assert (await till.booked(paid.payment_id))["refunded"] == "150.00"


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(THREADS)}


async def _until_ended(before: set[threading.Thread]) -> None:
    for thread in _threads() - before:
        await asyncio.to_thread(thread.join, 10)
    assert _threads() <= before


@contextlib.contextmanager
def _full_house() -> Iterator[str]:
    """A listener that nobody answers for, and whose queue is full."""
    with socket.socket() as listener, contextlib.ExitStack() as guests:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            guest = guests.enter_context(socket.socket())
            guest.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                guest.connect(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.asynccontextmanager
async def _peer(handler: Handler) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _patience_for(kind: str) -> float:
    return SHORT if kind == "timeout_after_commit" else 20


async def _read_whole_request(reader: asyncio.StreamReader) -> None:
    # Closing with bytes unread would reset the connection and lose the answer.
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    await reader.readexactly(int(length[1]) if length else 0)


def _gateway(base_url: str, *, timeout_seconds: float, max_in_flight: int = 8) -> IyzicoGateway:
    merchant = merchant_at(base_url, timeout_seconds=timeout_seconds, max_in_flight=max_in_flight)
    return IyzicoGateway(merchant)


async def _ask(base_url: str, *, timeout_seconds: float = 20) -> object:
    return await _ask_with(_gateway(base_url, timeout_seconds=timeout_seconds))


async def _ask_with(gateway: IyzicoGateway) -> object:
    expected = PaymentExpectation(attempt_id=uuid4(), order_id=uuid4(), total=Money.of(1))
    return await gateway.outcome("a-token", expected)
