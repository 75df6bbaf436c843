"""Commands for operators: forgetting a person who asked for it, and the certificate of that."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
import typer

from api.erasure import Certificate, certificate_of
from api.wording import words_of
from application.identity import Claims, CreditsWouldBeForfeited, ErasePerson, user_of_email
from application.store import Store
from deploy.bootstrap import System
from deploy.cli_operate import people_app, with_system
from deploy.faults import SetupFault
from deploy.screen import console
from domain.identity import User
from domain.shared.errors import Refusal
from projections.erasures import checkpoint_over, erasure_of, unsettled

SOON_SECONDS = 5.0
NEEDED = ("erasures", "orders", "payments", "design_jobs")

Person = Annotated[str, typer.Argument(help="The person's id or e-mail address.")]


@people_app.command("erase")
def erase(
    person: Person,
    reference: Annotated[
        str, typer.Option(help="Where the request is filed; it must not name anybody.")
    ],
    forfeit_credits: Annotated[
        bool, typer.Option(help="The person has said that they give up unspent credits.")
    ] = False,
) -> None:
    """Forget a person for good, but for what the law wants kept. There is no way back.

    Refused while an order, a payment or work of theirs is open.
    """

    async def work(system: System) -> None:
        person_id = await _person(system, person)
        await _must_be_fresh(system)
        command = ErasePerson(
            person_id=person_id,
            admin_id=None,
            reference=reference,
            unsettled=await unsettled(system.reads, person_id),
            forfeit_credits=forfeit_credits,
        )
        await system.bus.execute(command)
        console.print(f"{person_id} is being erased; see: polikrami people erasure {person_id}")

    try:
        with_system(work)
    except CreditsWouldBeForfeited as refusal:
        said = words_of(refusal.code).detail("en", refusal.facts)
        raise SetupFault(f"{said} Here that is --forfeit-credits.") from refusal
    except Refusal as refusal:
        raise SetupFault(words_of(refusal.code).detail("en", refusal.facts)) from refusal


@people_app.command("erasure")
def erasure(
    person: Annotated[UUID, typer.Argument(help="The person's id.")],
    language: Annotated[str, typer.Option(help="tr or en.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """The certificate of an erasure, or how far it is."""
    if language not in {"tr", "en"}:
        raise SetupFault(f"There is no language {language}; there are: tr, en.")

    async def work(system: System) -> Certificate:
        await _must_be_fresh(system)
        row = await erasure_of(system.reads, person)
        if row is None:
            raise SetupFault(f"Nobody asked that {person} be erased.")
        return certificate_of(row, await checkpoint_over(system.reads, row.position))

    found = with_system(work)
    chosen: Literal["tr", "en"] = "tr" if language == "tr" else "en"
    text = msgspec.json.encode(found).decode() if as_json else getattr(found.text, chosen)
    typer.echo(text.rstrip("\n"))


async def _person(system: System, given: str) -> UUID:
    store = Store(system.event_log, system.clock.now())
    try:
        if await store.find(User, UUID(given)) is None:
            raise SetupFault(f"Nobody has the id {given}.")
        return UUID(given)
    except ValueError:
        user = await user_of_email(given, store, claims=system.ports.of(Claims))
        if user is None:
            raise SetupFault("Nobody has this e-mail address.") from None
        return user.id


async def _must_be_fresh(system: System) -> None:
    head = await system.event_log.head()
    if not await system.reads.reach(NEEDED, head, timeout_seconds=SOON_SECONDS):
        raise SetupFault("The read models are behind; is the projector running?")
