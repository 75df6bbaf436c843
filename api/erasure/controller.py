"""The routes of being forgotten."""

from __future__ import annotations

import hmac
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from api.ask import OPEN, Ask, Listed, Rate
from api.erasure.certificate import Certificate, certificate_of
from application.identity import (
    Claims,
    Credentials,
    EraseMe,
    ErasePerson,
    Proof,
    Unsettled,
    prove,
)
from application.links import Links, read_token, secret_hash
from application.ports import PasswordHasher
from application.processes.forgetting import CERTIFICATE
from application.store import Store
from domain.shared.errors import NotFound
from projections.design import design_jobs
from projections.erasures import (
    checkpoint_over,
    erasure_list,
    erasure_of,
    erasures,
    unsettled,
)
from projections.identity import person, persons
from projections.orders import orders
from projections.payments import payments
from projections.returns import returns

RARE = Rate("erasures", 20)


class OwnErasure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The password once more, and whether unspent credits are given up."""

    password: Annotated[str, Meta(min_length=1, max_length=1000)]
    forfeit_credits: bool = False


class RequestedErasure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the person's request is filed, without naming anybody; and whether they have said that
    they give up unspent credits.
    """

    reference: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[\w./ -]+$(?!\n)")]
    forfeit_credits: bool = False


class ErasureItem(Struct, frozen=True, kw_only=True):
    """An erasure in the list."""

    person_id: UUID
    state: str
    reference: str
    position: int


class OwnErasureController(Controller):
    """One's own account."""

    path = "/profile"
    tags = ("accounts",)

    @post(
        "/erase",
        operation_id="EraseMe",
        summary="Be forgotten",
        status_code=202,
        opt={"rate": RARE},
    )
    async def erase_me(self, ask: Ask, data: OwnErasure) -> Response[Any]:
        """Close the account for good and destroy what is kept about the caller, but for what the
        law wants kept. All sessions end at once. Refused while an order, a payment or work is open.
        """
        owner = await person(ask.reads, ask.person)
        if owner is None:
            raise NotFound(person_id=ask.person)
        proof = await _proved(ask, owner.email, password=data.password)
        command = EraseMe(
            proof=proof,
            unsettled=await _unsettled(ask, ask.person),
            forfeit_credits=data.forfeit_credits,
        )
        return await ask.run(command, status=202)


class PersonErasureController(Controller):
    """Accounts, for admins."""

    path = "/people"
    tags = ("people",)

    @post(
        "/{person_id:uuid}/erase",
        operation_id="ErasePerson",
        summary="Forget somebody who asked for it",
        status_code=202,
    )
    async def erase(self, ask: Ask, person_id: UUID, data: RequestedErasure) -> Response[Any]:
        """For admins, when a request came in by another way. The same rules hold as for oneself."""
        ask.must_be("admin")
        command = ErasePerson(
            person_id=person_id,
            admin_id=ask.person,
            reference=data.reference,
            unsettled=await _unsettled(ask, person_id),
            forfeit_credits=data.forfeit_credits,
        )
        location = f"/api/v1/people/{person_id}/erasure"
        return await ask.run(command, status=202, location=location)

    @get("/{person_id:uuid}/erasure", operation_id="PersonErasure", summary="How an erasure stands")
    async def erasure(self, ask: Ask, person_id: UUID) -> Response[Certificate]:
        """The certificate, or how far it is. For admins."""
        ask.must_be("admin")
        return await _certificate(ask, person_id)


class ErasuresController(Controller):
    """Erasures and their certificates."""

    path = "/erasures"
    tags = ("people",)

    @get("/", operation_id="Erasures", summary="Erasures")
    async def erasures(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[ErasureItem]]:
        """All erasures, those with the newest news first. For admins."""
        ask.must_be("admin")
        await ask.fresh(erasures)
        page = ask.page(limit, cursor)
        before = int(page.after[0]) if page.after else None
        items = [
            ErasureItem(
                person_id=each.person_id,
                state=each.state,
                reference=each.reference,
                position=each.position,
            )
            for each in await erasure_list(ask.reads, before=before, limit=page.limit + 1)
        ]
        return ask.listed(items, page, key=lambda item: [item.position])

    @get(
        "/{token:str}",
        operation_id="ErasureCertificate",
        summary="A certificate by its link",
        opt=OPEN | {"rate": RARE},
    )
    async def certificate(self, ask: Ask, token: str) -> Response[Certificate]:
        """The certificate, for whoever has the link of the last mail. It names nobody."""
        shown = read_token(token)
        if shown is None:
            raise NotFound
        secret = ask.port(Links).secret(CERTIFICATE, shown.subject_id)
        if not hmac.compare_digest(shown.secret_hash, secret_hash(secret)):
            raise NotFound
        return await _certificate(ask, shown.subject_id)


async def _certificate(ask: Ask, person_id: UUID) -> Response[Certificate]:
    await ask.fresh(erasures)
    row = await erasure_of(ask.reads, person_id)
    if row is None:
        raise NotFound(person_id=person_id)
    return ask.answer(certificate_of(row, await checkpoint_over(ask.reads, row.position)))


async def _unsettled(ask: Ask, person_id: UUID) -> Unsettled:
    await ask.fresh(persons, orders, payments, design_jobs, returns)
    return await unsettled(ask.reads, person_id)


async def _proved(ask: Ask, email: str, *, password: str) -> Proof:
    return await prove(
        Credentials(email=email, password=password, address=ask.ip),
        ask.bus,
        store=Store(ask.log, ask.now),
        passwords=ask.port(PasswordHasher),
        claims=ask.port(Claims),
    )
