"""Uniqueness: what may exist only once is an aggregate whose id follows from it."""

from __future__ import annotations

from uuid import UUID, uuid5

from domain.shared.aggregate import Aggregate, Created, Event, event

CLAIMS = UUID("3e0f4f5c-9a55-4a0e-8a0b-5f1f0b6c7d21")


def claim_id(kind: str, digest: bytes) -> UUID:
    """The id of the claim on a thing; `digest` is a keyed one, so that the id tells nothing."""
    return uuid5(CLAIMS, f"{kind}/{digest.hex()}")


class EmailClaim(Aggregate):
    """An e-mail address belongs to one person, or to nobody after its owner was erased. Two who
    claim it at once meet in the log.
    """

    TOPIC = "email_claim"

    class Claimed(Created, frozen=True, kw_only=True):
        TOPIC = "email_claim.claimed"
        person_id: UUID

    class Released(Event, frozen=True, kw_only=True):
        TOPIC = "email_claim.released"
        person_id: UUID

    class ClaimedAgain(Event, frozen=True, kw_only=True):
        TOPIC = "email_claim.claimed_again"
        person_id: UUID

    def release(self) -> None:
        """Let somebody else have the address; a second time changes nothing."""
        if self.person_id:
            self.emit(EmailClaim.Released, person_id=self.person_id)

    def claim_again(self, person_id: UUID) -> None:
        """Give a released address to its next owner."""
        if self.person_id is None:
            self.emit(EmailClaim.ClaimedAgain, person_id=person_id)

    @event(Claimed)
    def __init__(self, person_id: UUID) -> None:
        self.person_id: UUID | None = person_id

    @event(Released)
    def _released(self) -> None:
        self.person_id = None

    @event(ClaimedAgain)
    def _claimed_again(self, person_id: UUID) -> None:
        self.person_id = person_id
