"""Who takes part in what two people decide, read from the log at the moment of deciding."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from application.store import Store
from domain.identity import User
from domain.shared.four_eyes import Party


class Hand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who acts, and in which session."""

    person_id: UUID
    session_id: UUID | None = None


async def party_of(hand: Hand, store: Store) -> Party:
    """Somebody with the roles and the e-mail that they have now. Raises `NotFound`."""
    user = await store.get(User, hand.person_id)
    return Party(
        person_id=user.id,
        email=user.email,
        roles=frozenset(user.roles),
        session_id=hand.session_id,
    )
