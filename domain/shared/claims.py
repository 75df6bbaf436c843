"""Uniqueness: what may exist only once is an aggregate whose id follows from it."""

from __future__ import annotations

from uuid import UUID, uuid5

from domain.shared.aggregate import Aggregate, Created, event

CLAIMS = UUID("3e0f4f5c-9a55-4a0e-8a0b-5f1f0b6c7d21")


def claim_id(kind: str, digest: bytes) -> UUID:
    """The id of the claim on a thing; `digest` is a keyed one, so that the id tells nothing."""
    return uuid5(CLAIMS, f"{kind}/{digest.hex()}")


class EmailClaim(Aggregate):
    """An e-mail address belongs to one person. Two who claim it at once meet in the log."""

    TOPIC = "email_claim"

    class Claimed(Created, frozen=True, kw_only=True):
        TOPIC = "email_claim.claimed"
        person_id: UUID

    @event(Claimed)
    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
