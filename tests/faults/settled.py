"""What follows when money goes back, told a second time from the raw log: all of it or nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.faults.evidence import Evidence, Logged, lira

ENDS = ("payment.line_refunded", "payment.refund_failed", "payment.refunded_outside")


def settlement_faults(seen: Evidence) -> Iterator[str]:
    """Every refund that has gone is documented exactly once and in the commit that settles it, the
    papers are worth what went back, shares went back with fees, and no return waits for money that
    has gone or is over without it.
    """
    gone = seen.of("order.money_returned")
    yield from _document_faults(seen, gone)
    yield from _share_faults(seen, gone)
    yield from _return_faults(seen)


def _document_faults(seen: Evidence, gone: list[Logged]) -> Iterator[str]:
    waiting = _waiting(seen)
    papers: Counter[str] = Counter()
    worth: defaultdict[str, Decimal] = defaultdict(Decimal)
    settled: Counter[str] = Counter()
    commands: dict[str, str] = {}
    for paper in seen.of("return_document.issued"):
        given_back = paper.facts["given_back"]
        papers.update(given_back["refund_ids"])
        worth[given_back["order_id"]] += lira(given_back["returned"])
        commands.update(dict.fromkeys(given_back["refund_ids"], paper.command_id))
    for event in seen.of("order.money_settled"):
        settled.update(event.facts["refund_ids"])
        for refund_id in event.facts["refund_ids"]:
            if commands.get(refund_id) != event.command_id:
                yield f"refund {refund_id} is settled and documented in different commits"
    returned: defaultdict[str, Decimal] = defaultdict(Decimal)
    for event in gone:
        refund_id = event.facts["refund_id"]
        expected = 0 if refund_id in waiting else 1
        if (papers[refund_id], settled[refund_id]) != (expected, expected):
            yield (
                f"refund {refund_id} has {papers[refund_id]} papers and is settled"
                f" {settled[refund_id]} times"
            )
        if expected:
            returned[event.stream] += lira(event.facts["amount"])
    for order_id in {*returned, *worth}:
        if returned[order_id] != worth[order_id]:
            yield f"order {order_id}: {returned[order_id]} went back, papers: {worth[order_id]}"


def _waiting(seen: Evidence) -> set[str]:
    """The refunds of requests of which some are not decided yet."""
    ended = {event.facts["refund_id"] for event in seen.of(*ENDS)}
    requests: defaultdict[str, set[str]] = defaultdict(set)
    for event in seen.of("payment.refund_requested"):
        refund_id = event.facts["refund_id"]
        requests[event.facts.get("request_id") or refund_id].add(refund_id)
    return {each for refunds in requests.values() if refunds - ended for each in refunds}


def _share_faults(seen: Evidence, gone: list[Logged]) -> Iterator[str]:
    """What is reversed of a fee is what went back of it, refund by refund."""
    accrued = {event.facts["accrual"]["order_id"] for event in seen.of("designer_account.accrued")}
    reversed_: defaultdict[str, list[Decimal]] = defaultdict(list)
    for event in seen.of("designer_account.reversed"):
        reversed_[event.facts["reversal_id"]].append(lira(event.facts["returned"]))
    waiting = _waiting(seen)
    for event in gone:
        refund_id = event.facts["refund_id"]
        fee = event.facts["part"]["kind"] == "design_fee" and event.stream in accrued
        if fee and refund_id not in waiting:
            if reversed_[refund_id] != [lira(event.facts["amount"])]:
                yield f"refund {refund_id} of a fee reversed {reversed_[refund_id]}"
        elif refund_id in reversed_ and not fee:
            yield f"refund {refund_id} is no fee, and reversed {reversed_[refund_id]}"


def _return_faults(seen: Evidence) -> Iterator[str]:
    done = {each for event in seen.of("order.money_settled") for each in event.facts["refund_ids"]}
    for stream in seen.streams("return."):
        asked = {each.facts["refund_id"] for each in stream if each.kind == "return.refund_asked"}
        ends = [each for each in stream if each.kind == "return.refunded"]
        if len(ends) > 1:
            yield f"return {stream[0].stream} was refunded {len(ends)} times"
        over = ends or [each for each in stream if each.kind == "return.rejected"]
        if asked & done and not over:
            yield f"return {stream[0].stream} waits for money that has gone"
        for end in ends:
            refund_id = end.facts["refund_id"]
            if refund_id is not None and refund_id not in done:
                yield f"return {end.stream} is refunded, and its money is not settled"
