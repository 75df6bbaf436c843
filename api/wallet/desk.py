"""What staff do to a customer's wallet."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, Response, post
from msgspec import Meta, Struct

from api.ask import Ask, Done
from application.four_eyes import Hand
from application.wallet import RefundCapture

RefundReason = Literal["candidates_unusable", "charged_in_error", "goodwill"]


class RefundForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which charge, by the id of its hold; without `credits`, all that is left of it."""

    hold_id: UUID
    reason: RefundReason
    credits: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class WalletDeskController(Controller):
    path = "/wallets/{customer_id:uuid}"
    tags = ("wallet",)

    @post(
        "/refunds",
        operation_id="RefundCapture",
        summary="Give back credits that were charged",
        status_code=201,
    )
    async def refund(self, ask: Ask, customer_id: UUID, data: RefundForm) -> Response[Done]:
        """They go back to the lots that had paid, with their ends as they were; for admins and
        finance. 403 for their own, by whatever account. 409 when more is asked than is left of the
        charge, or nothing was charged.
        """
        ask.must_be("admin", "finance")
        command = RefundCapture(
            customer_id=customer_id,
            refund_id=ask.new_id(),
            hold_id=data.hold_id,
            credits=data.credits,
            reason=data.reason,
            by=Hand(person_id=ask.person, session_id=ask.who.session_id),
        )
        return await ask.run(command, status=201, required_key=True, refund_id=command.refund_id)
