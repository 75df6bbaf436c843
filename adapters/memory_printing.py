"""A print house in memory, for tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from application.ports import PrintTicket, TakenOver, TicketRefused, Unavailable
from domain.production import HouseReport


class MemoryPrintHouse:
    """Keeps tickets by their ids; while `down` is set nobody knows what it does. One that does not
    `tells_back` has printed what it has.
    """

    def __init__(self, *, tells_back: bool = False) -> None:
        self.tickets: dict[UUID, PrintTicket] = {}
        self.contents: dict[UUID, dict[str, bytes]] = {}
        self.reports: dict[UUID, HouseReport] = {}
        self.cancelled: set[UUID] = set()
        self.refuses = ""
        self.down = False
        self._tells_back = tells_back

    async def hand_over(self, ticket: PrintTicket, files: Mapping[str, bytes]) -> TakenOver:
        self._must_be_up()
        if self.refuses:
            raise TicketRefused(self.refuses)
        self.tickets.setdefault(ticket.ticket_id, ticket)
        self.contents[ticket.ticket_id] = {each.name: files[each.digest] for each in ticket.files}
        number = [*self.tickets].index(ticket.ticket_id) + 1
        return TakenOver(reference=f"PH{number:08d}", tells_back=self._tells_back)

    async def cancel(self, ticket_id: UUID) -> None:
        self._must_be_up()
        self.cancelled.add(ticket_id)

    async def forget(self, ticket_ids: Collection[UUID]) -> int:
        held = self.tickets.keys() & {*ticket_ids}
        for each in held:
            del self.tickets[each], self.contents[each]
        return len(held)

    async def report(
        self,
        ticket_id: UUID,
        attempt: int,  # noqa: ARG002 - the port has it
    ) -> HouseReport | None:
        self._must_be_up()
        return self.reports.get(ticket_id)

    def _must_be_up(self) -> None:
        if self.down:
            raise Unavailable("the print house is down")
