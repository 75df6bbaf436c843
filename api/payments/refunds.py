"""What finance does about a refund that the provider refused: try it again, or pay it by bank."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, post
from msgspec import Meta, Struct

from api.ask import Ask, Done, Rate
from application.four_eyes import Hand
from application.payments import RecordPaidOutside, RetryRefund
from domain.shared.four_eyes import CHECKING_ROLE

TRIES = {"rate": Rate("payments", 30)}


class RefundFollowed(Done, frozen=True, kw_only=True):
    """The refund that was paid outside, or the new one that was asked for."""

    refund_id: UUID


class PaidOutsideBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bank's reference of the transfer, such as "EFT 2026-11-22/17". It is kept for ever, so it
    names nobody.
    """

    reference: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{2,59}$(?!\n)")]


class RefusedRefundsController(Controller):
    path = "/payments/{attempt_id:uuid}/refunds/{refund_id:uuid}"
    tags = ("payments",)

    @post(
        "/retry",
        operation_id="RetryRefund",
        summary="Ask the provider again for what it refused to give back",
        status_code=202,
        opt=TRIES,
    )
    async def retry(self, ask: Ask, attempt_id: UUID, refund_id: UUID) -> Response[RefundFollowed]:
        """For finance; needs an `Idempotency-Key`. It is a refund of its own, and the work item of
        the refused one is resolved. 409 when the provider has not refused it, when the money is
        that of credits, or when the provider gives nothing back any more. 422 when the money has
        gone otherwise.
        """
        ask.must_be(CHECKING_ROLE)
        command = RetryRefund(
            attempt_id=attempt_id, refund_id=refund_id, request_id=ask.new_id(), by=_hand(ask)
        )
        return await ask.run(command, status=202, required_key=True)

    @post(
        "/paid-outside",
        operation_id="RecordPaidOutside",
        summary="Say that our own bank account paid what the provider refused to give back",
        status_code=200,
        opt=TRIES,
    )
    async def paid_outside(
        self, ask: Ask, attempt_id: UUID, refund_id: UUID, data: PaidOutsideBody
    ) -> Response[RefundFollowed]:
        """For finance; needs an `Idempotency-Key`. The money counts as given back, and the work
        item is resolved. Refused as a retry is.
        """
        ask.must_be(CHECKING_ROLE)
        command = RecordPaidOutside(
            attempt_id=attempt_id, refund_id=refund_id, reference=data.reference, by=_hand(ask)
        )
        return await ask.run(command, required_key=True)


def _hand(ask: Ask) -> Hand:
    return Hand(person_id=ask.person, session_id=ask.who.session_id)
