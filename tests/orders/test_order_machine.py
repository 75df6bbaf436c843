"""The whole life of an order under anything that customers, staff, clocks and others may do."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from application.bus import Command
from application.orders import (
    AttachFinalArtwork,
    CancelOrder,
    ChangeBilling,
    ChangeDelivery,
    ExpireOrder,
    HoldOrder,
    NoteOrder,
    RecordDelivered,
    RecordShipped,
    RefuseOrder,
    ReleaseOrder,
    StartDesign,
    StartProduction,
)
from application.payments import RefundOrder
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.store import Append
from domain.orders import EDGES, Order, OrderMethod, OrderState
from domain.payments import RefundPart
from domain.shared.address import Address
from domain.shared.aggregate import Event, Metadata
from domain.shared.errors import Refusal, StaleVersion
from domain.shared.money import Money
from tests.orders.examples import (
    ADDRESS,
    ARTWORK,
    CUSTOMER,
    FINANCE,
    LINES,
    ORDER,
    PAY_BY,
    STRANGER,
    TOTAL,
    Shop,
    an_order,
    paid_outcome,
)

PLACES = tuple(replace(ADDRESS, line=f"Çınar Sk. {number}") for number in range(3))
OVER: set[OrderState] = {"delivered", "cancelled", "expired"}
UNPRINTED: set[OrderState] = {"awaiting_payment", "paid", "in_design"}


class Lives(RuleBasedStateMachine):
    """The model is what a clerk would have on a card: where it stands, what is doubted, where it
    goes, and the kuruş that were paid and given back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.shop = Shop()
        self.number = 0x900
        self.state: OrderState = "awaiting_payment"
        self.path: list[OrderState] = ["awaiting_payment"]
        self.doubts: list[UUID] = []
        self.delivery, self.billing = ADDRESS, ADDRESS
        self.open: UUID | None = None
        self.paid: UUID | None = None
        self.returned = {line.line_id: 0 for line in LINES}
        self.notes = 0

    def teardown(self) -> None:
        """Once all work has drained, an order that was cancelled keeps no money."""
        try:
            self.run(self.shop.carry_out())
            order = self.order()
            if order.state == "cancelled" and self.paid:
                assert order.refunded == order.paid == TOTAL
            if order.state != "cancelled":
                assert order.refunded.amount * 100 == sum(self.returned.values())
        finally:
            self.runner.close()

    def run(self, action: Any) -> Any:
        return self.runner.run(action)

    def order(self) -> Order:
        return self.run(self.shop.order())  # type: ignore[no-any-return]  # run gives Any

    def new_id(self) -> UUID:
        self.number += 1
        return UUID(int=(7 << 76) | (9 << 64) | self.number)

    def does(self, command: Command, *, expected: bool) -> None:
        """Ask for it: something happens exactly if the model says so."""
        before = self.order().version
        try:
            self.run(self.shop.do(command))
        except Refusal:
            assert not expected, command
        assert (self.order().version > before) == expected, command

    def moves(self, command: Command, *, to: OrderState, expected: bool) -> None:
        """The same for a step."""
        self.does(command, expected=expected)
        if expected:
            self.state = to
            self.path.append(to)

    @initialize(
        method=st.sampled_from(("upload", "artist")),
        begun=st.sampled_from(("paid", "paid", "paid", "open", "open", "placed")),
    )
    def an_order_is_placed(self, method: OrderMethod, begun: str) -> None:
        self.artist, self.artwork = method == "artist", method != "artist"
        placed = an_order(method)
        metadata = Metadata(command_id=CUSTOMER, command="Test", correlation_id=CUSTOMER)
        events = [event for event in placed.collect_events() if isinstance(event, Event)]
        self.run(self.shop.registered())
        self.run(self.shop.log.append(Append(events=events, metadata=metadata)))
        if begun != "placed":
            self.open_an_attempt()
        if begun == "paid":
            self.pay()

    @precondition(lambda self: self.state == "awaiting_payment" and self.open is None)
    @rule()
    def open_an_attempt(self) -> None:
        if self.shop.clock.now() < PAY_BY:
            self.open = self.new_id()
            self.run(self.shop.paying(self.open))

    @precondition(lambda self: self.open is not None)
    @rule()
    def pay(self) -> None:
        assert self.open
        self.run(self.shop.told(paid_outcome(str(self.number)), self.open))
        if self.state == "awaiting_payment":
            self.state, self.paid = "paid", self.open
            self.path.append("paid")
        self.open = None

    @rule(asks=st.sampled_from(("nobody",) * 12 + ("customer", "seller")))
    def cancel(self, asks: str) -> None:
        """Mostly nobody does, or few orders would get far."""
        if asks == "nobody":
            return
        ours: Command = RefuseOrder(order_id=ORDER)
        theirs = CancelOrder(order_id=ORDER, customer_id=CUSTOMER)
        expected = self.state in UNPRINTED
        self.moves(theirs if asks == "customer" else ours, to="cancelled", expected=expected)

    @rule(hours=st.sampled_from((1, 5, 25)))
    def time_passes(self, hours: int) -> None:
        self.shop.clock.pass_(hours=hours)
        late = self.shop.clock.now() >= PAY_BY
        waits = self.state == "awaiting_payment" and self.open is None
        self.moves(ExpireOrder(order_id=ORDER), to="expired", expected=late and waits)

    @precondition(lambda self: self.state == "awaiting_payment")
    @rule()
    def it_gets_late(self) -> None:
        """Also while somebody stands before the provider's page."""
        self.time_passes(25)

    @rule()
    def doubt_it(self) -> None:
        hold_id = self.new_id()
        hold = HoldOrder(order_id=ORDER, hold_id=hold_id, kind="fraud", reason="?", by=FINANCE)
        expected = self.state not in OVER | {"shipped"}
        self.does(hold, expected=expected)
        if expected:
            self.doubts.append(hold_id)

    @precondition(lambda self: self.doubts)
    @rule(which=st.integers(0, 5))
    def doubt_no_more(self, which: int) -> None:
        hold_id = self.doubts.pop(which % len(self.doubts))
        release = ReleaseOrder(order_id=ORDER, hold_id=hold_id, by=FINANCE)
        self.does(release, expected=True)
        self.does(release, expected=False)

    @rule(place=st.sampled_from(PLACES), by=st.sampled_from((CUSTOMER, None)))
    def move(self, place: Address, by: UUID | None) -> None:
        change = ChangeDelivery(order_id=ORDER, by=FINANCE, address=place, customer_id=by)
        expected = self.state in UNPRINTED and place != self.delivery
        self.does(change, expected=expected)
        if expected:
            self.delivery = place

    @rule(place=st.sampled_from(PLACES))
    def bill(self, place: Address) -> None:
        change = ChangeBilling(order_id=ORDER, by=CUSTOMER, address=place, customer_id=CUSTOMER)
        expected = self.state == "awaiting_payment" and place != self.billing
        self.does(change, expected=expected)
        if expected:
            self.billing = place

    @rule()
    def design(self) -> None:
        expected = self.artist and self.state == "paid"
        self.moves(StartDesign(order_id=ORDER), to="in_design", expected=expected)

    @rule()
    def draw(self) -> None:
        expected = self.artist and self.state in {"paid", "in_design"} and not self.artwork
        self.does(AttachFinalArtwork(order_id=ORDER, artwork=ARTWORK), expected=expected)
        self.artwork = self.artwork or expected

    @rule()
    def produce(self) -> None:
        ready = self.state in {"paid", "in_design"} and self.artwork and not self.doubts
        start = StartProduction(order_id=ORDER, print_digest="ef" * 32)
        self.moves(start, to="in_production", expected=ready)

    @rule()
    def go_on(self) -> None:
        """As it mostly does; else few orders would get far."""
        if self.artist and not self.artwork:
            self.draw()
        elif self.state in {"paid", "in_design"}:
            self.produce()
        elif self.state == "in_production":
            self.ship()
        else:
            self.deliver()

    @rule()
    def ship(self) -> None:
        shipped = RecordShipped(order_id=ORDER, shipment_id=STRANGER)
        self.moves(shipped, to="shipped", expected=self.state == "in_production")

    @rule()
    def deliver(self) -> None:
        self.moves(
            RecordDelivered(order_id=ORDER), to="delivered", expected=self.state == "shipped"
        )

    @precondition(lambda self: self.paid and self.state != "cancelled")
    @rule(line=st.sampled_from(LINES), kurus=st.integers(1, 130_000))
    def give_back(self, line: Any, kurus: int) -> None:
        """Part of a line goes back, and never more than is left of it."""
        left = int(line.gross.amount * 100) - self.returned[line.line_id]
        amount = Money.of(f"{kurus // 100}.{kurus % 100:02}")
        part = RefundPart(line_id=line.line_id, amount=amount)
        refund = RefundOrder(
            order_id=ORDER, request_id=self.new_id(), reason="goodwill", parts=(part,)
        )
        try:
            self.run(self.shop.do(refund))
        except Refusal:
            assert kurus > left
            return
        assert kurus <= left
        self.run(self.shop.carry_out())
        self.returned[line.line_id] += kurus

    @rule()
    def two_staff_at_once(self) -> None:
        """Both saw the same order: the first may write, the second has to look again. What is not
        theirs nobody cancels.
        """
        self.does(CancelOrder(order_id=ORDER, customer_id=STRANGER), expected=False)
        version = self.order().version
        for number in range(2):
            note = NoteOrder(
                order_id=ORDER,
                note_id=self.new_id(),
                by=FINANCE,
                text="!",
                shown_to="staff",
                expected_version=version,
            )
            try:
                self.run(self.shop.do(note))
            except StaleVersion:
                assert number == 1
            else:
                assert number == 0
                self.notes += 1

    @invariant()
    def the_card_is_right(self) -> None:
        if not hasattr(self, "artist"):
            return
        order = self.order()
        assert (order.state, order.paid_attempt) == (self.state, self.paid)
        assert order.is_held == (bool(self.doubts) and self.state not in OVER | {"shipped"})
        assert (order.particulars.delivery, order.particulars.billing) == (
            self.delivery,
            self.billing,
        )
        assert len(order.notes) == self.notes
        assert order.refunded <= order.paid
        steps = zip(self.path, self.path[1:], strict=False)
        assert all(after in EDGES[before] for before, after in steps)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
