"""The processes that make up a running system, and how each is started and found ready."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial

from deploy.local.ports import healthy, listening
from deploy.local.programs import Child
from deploy.settings import Settings

BACKGROUND = ("projector", "reactor", "worker", "renderer", "sealer")
LOOPBACK = "127.0.0.1"


def prints_locally(settings: Settings) -> bool:
    """Whether covers go to the local print house."""
    return settings.printing.kind == "http" and settings.printing.url is None


def emulated(settings: Settings) -> bool:
    """Whether anything of the world outside has to be stood in for."""
    connections = settings.connections
    carrier = connections.carrier_url or settings.shipping.carrier != "simulated" or None
    return None in (settings.iyzico, connections.smtp_url, carrier) or prints_locally(settings)


def command(
    name: str,
    *arguments: str,
    env: Mapping[str, str],
    ready: Callable[[], bool] | None = None,
) -> Child:
    """A `polikrami` command as a child process with this environment."""
    program = (sys.executable, "-m", "deploy.cli")
    return Child(name=name, argv=(*program, *arguments), env=env, ready=ready)


def migration(env: Mapping[str, str]) -> Child:
    """Prepare the database with demo data, and end."""
    return command("migrate", "migrate", "--demo", env=env)


def serving(settings: Settings, env: Mapping[str, str]) -> list[Child]:
    """Every process to keep running, in the order of starting."""
    web = settings.web
    host = LOOPBACK if web.host in {"0.0.0.0", "::"} else web.host  # noqa: S104  # compared, not bound
    children = [command(name, "serve", name, env=env) for name in BACKGROUND]
    if emulated(settings):
        ready = partial(listening, LOOPBACK, web.emulators_port)
        children.insert(0, command("emulators", "serve", "emulators", env=env, ready=ready))
    ready = partial(healthy, host, web.port, path="/health/ready")
    return [*children, command("api", "serve", "api", env=env, ready=ready)]
