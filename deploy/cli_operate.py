"""Commands for operators: the first admin, and the connection that every command needs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import msgspec
import typer

from adapters.logs import configure_logs
from api.identity.accounts import Email, PersonName
from api.wording import words_of
from application.identity import BootstrapAdmin, KnownPasswords, accepted_password
from application.ports import PasswordHasher
from deploy.bootstrap import System, running_system
from deploy.faults import SetupFault
from deploy.screen import console
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from domain.shared.errors import Refusal

T = TypeVar("T")

people_app = typer.Typer(help="The first admin, who then grants roles to others.")


def with_system(work: Callable[[System], Awaitable[T]]) -> T:
    """Do something with a connected system."""

    async def connected() -> T:
        settings = load_settings(with_surroundings(os.environ))
        configure_logs(settings.logs.format, "error")
        async with running_system(settings, name="cli", pool_size=4) as system:
            return await work(system)

    return asyncio.run(connected())


@people_app.command("make-admin")
def make_admin(
    email: Annotated[str, typer.Argument(help="The admin's e-mail address.")],
    name: Annotated[str, typer.Option(help="The admin's name.", prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
) -> None:
    """Make sure that an admin with this e-mail exists; further roles are granted by admins.

    Somebody who has an account already keeps their name and password.
    """
    for value, shape, what in ((email, Email, "no e-mail address"), (name, PersonName, "no name")):
        try:
            msgspec.convert(value, shape)
        except msgspec.ValidationError as error:
            raise SetupFault(f"{value!r} is {what}.") from error

    async def work(system: System) -> None:
        hashed = await accepted_password(
            password,
            email,
            passwords=system.ports.of(PasswordHasher),
            known=system.ports.of(KnownPasswords),
        )
        await system.bus.execute(
            BootstrapAdmin(
                person_id=system.ids.new(),
                email=email,
                name=name,
                language="tr",
                password_hash=hashed,
            )
        )

    try:
        with_system(work)
    except Refusal as refusal:
        raise SetupFault(words_of(refusal.code).detail("en", refusal.facts)) from refusal
    console.print(f"{email} is an admin.")
