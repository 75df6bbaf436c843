"""Finding accounts by e-mail, and starting links, for the other files of the story."""

from __future__ import annotations

from uuid import UUID

from application.identity.ports import Claims, IdentityTerms
from application.links import Links, secret_hash
from application.store import Store
from domain.identity import Challenge, Purpose, User
from domain.shared.claims import EmailClaim, claim_id
from domain.shared.text import folded_email


def email_claim_id(email: str, claims: Claims) -> UUID:
    """The id of the claim on an e-mail address, however it is spelled."""
    return claim_id("email", claims.digest("email", folded_email(email)))


async def user_of_email(email: str, store: Store, *, claims: Claims) -> User | None:
    """The account with this e-mail, or None."""
    return await owner_of(await claim_on_email(email, store, claims=claims), store)


async def claim_on_email(email: str, store: Store, *, claims: Claims) -> EmailClaim | None:
    """The claim on this e-mail; None if nobody ever had it."""
    return await store.find(EmailClaim, email_claim_id(email, claims))


async def owner_of(claim: EmailClaim | None, store: Store) -> User | None:
    """The account that a claim is for at present, or None."""
    return await store.get(User, claim.person_id) if claim and claim.person_id else None


async def started_link(
    user: User, purpose: Purpose, *, store: Store, links: Links, terms: IdentityTerms
) -> Challenge:
    """A new link for a person, or the one that was started a moment ago."""
    challenge_id = Challenge.id_of(user.id, purpose, credential=user.credential, moment=store.now)
    started = await store.find(Challenge, challenge_id)
    return started or Challenge.begin(
        Challenge.Started,
        id=challenge_id,
        now=store.now,
        person_id=user.id,
        purpose=purpose,
        secret_hash=secret_hash(links.secret(purpose, challenge_id)),
        credential=user.credential,
        expires_at=store.now + terms.link_lifetime(purpose),
    )
