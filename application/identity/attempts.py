"""Proving a password: tries are counted before they are judged, so that none slips through."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from application.bus import Bus, Command, handles
from application.identity.claiming import email_claim_id, user_of_email
from application.identity.ports import Claims, IdentityTerms
from application.ports import PasswordHasher
from application.store import Store
from domain.identity import LogInAttempts, WrongCredentials
from domain.shared.claims import claim_id


class Credentials(Struct, frozen=True, kw_only=True):
    """What somebody shows who wants to be let in; `address` is their network address."""

    email: str
    password: str
    address: str


class Proof(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A password was checked against this hash; the two counts are to be told of the success."""

    person_id: UUID
    password_hash: str
    account_attempts: UUID
    address_attempts: UUID


class CountLogIn(Command, frozen=True, kw_only=True):
    """Count a try to log in, of an account that may not exist. Refused when it comes too early."""

    email: str
    address: str


class CountedLogIn(Struct, frozen=True, kw_only=True):
    """Where the try was counted."""

    account_attempts: UUID
    address_attempts: UUID


@handles
async def count_log_in(
    command: CountLogIn, store: Store, claims: Claims, terms: IdentityTerms
) -> CountedLogIn:
    network = client_network(command.address)
    account = await _attempts(email_claim_id(command.email, claims), store)
    address = await _attempts(claim_id("address", claims.digest("address", network)), store)
    address.count(terms.address_pace)
    account.count(terms.account_pace)
    store.save(account, address)
    return CountedLogIn(account_attempts=account.id, address_attempts=address.id)


async def prove(
    credentials: Credentials, bus: Bus, *, store: Store, passwords: PasswordHasher, claims: Claims
) -> Proof:
    """Check a password. Raises `TooManyLogIns`, or `WrongCredentials` also without an account,
    which then takes as long.
    """
    counted = await bus.execute(CountLogIn(email=credentials.email, address=credentials.address))
    user = await user_of_email(credentials.email, store, claims=claims)
    hashed = user.password_hash if user else None
    right = await passwords.verify(credentials.password, hashed)
    if user is None or not right:
        raise WrongCredentials
    return Proof(
        person_id=user.id,
        password_hash=user.password_hash,
        account_attempts=UUID(counted.answer["account_attempts"]),
        address_attempts=UUID(counted.answer["address_attempts"]),
    )


async def succeed(proof: Proof, store: Store) -> Sequence[LogInAttempts]:
    """The counts of a proof, forgiven; they are yet to be saved."""
    account = await store.get(LogInAttempts, proof.account_attempts)
    address = await store.get(LogInAttempts, proof.address_attempts)
    account.succeed_for_account()
    address.succeed_from_address()
    return account, address


def client_network(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that an IPv6 customer is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


async def _attempts(claim: UUID, store: Store) -> LogInAttempts:
    attempts_id = LogInAttempts.id_of(claim, store.now)
    found = await store.find(LogInAttempts, attempts_id)
    return found or LogInAttempts.open(attempts_id, store.now)
