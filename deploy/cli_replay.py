"""Commands for operators: building read models anew, comparing, switching, mending, verifying."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.bootstrap import System
from deploy.cli_operate import with_system
from deploy.cli_projections import models_named, projections_app
from deploy.faults import SetupFault
from deploy.screen import console
from projections import READ_MODELS, replay
from projections.base import Unfoldable
from projections.replay import Comparison, Explained, OfKey, OfRange, OfStream, Part, Workshop

T = TypeVar("T")

Name = Annotated[str, typer.Argument(help="The read model's name.")]
Names = Annotated[str, typer.Argument(help="The read model's name, or `all`.")]


@projections_app.command("build")
def build_projection(
    name: Name,
    anew: Annotated[bool, typer.Option(help="Begin a new one, even if one was begun.")] = False,
) -> None:
    """Build a read model beside the one that serves; interrupted, it goes on where it stopped."""

    async def work(shop: Workshop) -> None:
        model = shop.newest(name)
        with _progress(f"building {name}") as tell:
            made = await replay.build(shop, model, tell=tell, anew=anew)
        _say(
            f"{_named(made)} stands at position {made.position:,} and is followed from there."
            f" See `projections diff {name}`, then `projections switch {name}`."
        )

    _with_shop(work)


@projections_app.command("rebuild")
def rebuild_projection(
    name: Names,
    keep: Annotated[bool, typer.Option(help="Keep the table before, to go back to.")] = False,
) -> None:
    """Build a read model anew beside the one that serves, then switch to it."""
    models = {model.name: model for model in models_named(name)}

    async def work(shop: Workshop) -> None:
        for each in models:
            with _progress(f"rebuilding {each}") as tell:
                position = await replay.rebuild(
                    shop.pool, shop.event_log, model=shop.newest(each), tell=tell, keep=keep
                )
            _say(f"{each} was rebuilt up to position {position:,}.")

    _with_shop(work)


@projections_app.command("diff")
def diff_projection(
    name: Name,
    show: Annotated[int, typer.Option(min=0, help="How many rows to show.")] = 20,
) -> None:
    """Show what a switch would change: rows that differ, and the events that touch them."""

    async def work(shop: Workshop) -> None:
        with _progress(f"comparing {name}") as tell:
            found = await replay.diff(shop, name, tell=tell, shown=show)
        for line in _told(found):
            _say(line)

    _with_shop(work)


@projections_app.command("switch")
def switch_projection(
    name: Name,
    back: Annotated[bool, typer.Option("--back", help="To the build that served before.")] = False,
) -> None:
    """Let the build that waits serve, at once for all readers; or go back to the one before."""

    async def work(shop: Workshop) -> None:
        with _progress(f"switching {name}") as tell:
            to = replay.switch_back if back else replay.switch
            made = await to(shop, name, tell=tell)
        _say(f"{_named(made)} serves, at position {made.position:,}.")

    _with_shop(work)


@projections_app.command("drop")
def drop_build(
    name: Name,
    build: Annotated[int, typer.Option(help="The build's number, as `list` shows it.")],
    version: Annotated[int | None, typer.Option(help="If two versions have this number.")] = None,
) -> None:
    """Remove a build that is retired or was given up; never the one that serves."""

    async def work(shop: Workshop) -> None:
        gone = await replay.drop(shop, name, number=build, version=version)
        _say(f"{_named(gone)} is gone.")

    _with_shop(work)


@projections_app.command("replay")
def replay_part(
    name: Name,
    key: Annotated[str | None, typer.Option(help="One row; parts of a key by commas.")] = None,
    stream: Annotated[UUID | None, typer.Option(help="The rows one aggregate touches.")] = None,
    first: Annotated[int | None, typer.Option("--from", help="The rows of a range: from")] = None,
    last: Annotated[int | None, typer.Option("--to", help="to this position.")] = None,
) -> None:
    """Compute some rows anew from the log and mend the table: of a key, a stream or a range."""
    part = _part(key, stream, first=first, last=last)

    async def work(shop: Workshop) -> None:
        with _progress(f"replaying {name}") as tell:
            done = await replay.replay_part(shop, name, part=part, tell=tell)
        for change in done.changes:
            _say(f"{_key(change.key)}: {_repaired(change)}")
        _say(
            f"{name}: {done.rows:,} rows computed anew at position {done.build.position:,},"
            f" {len(done.changes):,} changed."
        )

    _with_shop(work)


@projections_app.command("verify")
def verify_projection(name: Names) -> None:
    """Prove that the live table equals its fold; exit status 1 if it does not."""
    models = models_named(name)

    async def work(shop: Workshop) -> bool:
        good = True
        for model in models:
            with _progress(f"verifying {model.name}") as tell:
                verdict = await replay.verify(shop.pool, shop.event_log, model=model, tell=tell)
            good &= verdict.equal
            if verdict.equal:
                _say(
                    f"{model.name}: {verdict.rows:,} rows equal their fold"
                    f" at position {verdict.position:,}."
                )
            else:
                _say(
                    f"{model.name} is wrong at position {verdict.position:,}"
                    f" in {verdict.wrong:,} rows: missing {_keys(verdict.missing)},"
                    f" unexpected {_keys(verdict.unexpected)},"
                    f" different {_keys(verdict.different)}. Rebuild it.",
                    style="red",
                )
        return good

    if not _with_shop(work):
        raise typer.Exit(1)


def _with_shop(work: Callable[[Workshop], Awaitable[T]]) -> T:
    """Do something with the read models of this release."""

    async def connected(system: System) -> T:
        return await work(Workshop(system.pool, system.event_log, READ_MODELS))

    try:
        return with_system(connected)
    except replay.ReplayRefused as refused:
        raise SetupFault(str(refused)) from refused
    except Unfoldable as error:
        raise SetupFault(f"The log can not be folded: {error}.") from error
    except KeyboardInterrupt:
        _say("Stopped; what serves was not touched, and a build goes on where it stopped.")
        raise typer.Exit(130) from None


def _part(key: str | None, stream: UUID | None, *, first: int | None, last: int | None) -> Part:
    parts: list[Part] = []
    if key is not None:
        parts.append(OfKey(key))
    if stream is not None:
        parts.append(OfStream(stream))
    if first is not None and last is not None:
        parts.append(OfRange(first, last))
    elif first is not None or last is not None:
        raise SetupFault("A range needs both: --from and --to.")
    if len(parts) != 1:
        raise SetupFault("Say which part: --key, --stream, or --from with --to.")
    return parts[0]


def _told(found: Comparison) -> Iterator[str]:
    yield f"At position {found.position:,}, {found.serving} serves; beside it, {found.candidate}."
    if found.only_serving:
        yield f"Columns only of the one that serves: {', '.join(found.only_serving)}."
    if found.only_candidate:
        yield f"Columns only of the candidate: {', '.join(found.only_candidate)}."
    if not found.differing:
        yield "All rows are the same."
        return
    yield (
        f"{found.differing:,} rows differ: {found.missing:,} missing from the candidate,"
        f" {found.unexpected:,} only there, {found.changed:,} changed."
    )
    for each in found.shown:
        yield f"  {_key(each.key)} {_difference(each)}"
        if each.events:
            causes = ", ".join(f"{cause.position} {cause.topic}" for cause in each.causes)
            more = each.events - len(each.causes)
            yield f"    events: {causes}" + (f", and {more:,} before" if more else "")
    if found.differing > len(found.shown):
        yield f"  and {found.differing - len(found.shown):,} more; --show shows more of them."


def _repaired(change: replay.Change) -> str:
    """What was done to a row; not its values, which may be about a person."""
    if change.before is None:
        return "was missing"
    if change.after is None:
        return "should not have been there"
    fields = change.before.__struct_fields__
    changed = [
        name for name in fields if getattr(change.before, name) != getattr(change.after, name)
    ]
    return f"mended {', '.join(changed)}"


def _key(key: object) -> str:
    """A key as `--key` takes it."""
    return ",".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _difference(each: Explained) -> str:
    if each.right is None:
        return "is missing from the candidate"
    if each.left is None:
        return "is only in the candidate"
    return "; ".join(f"{name}: {was} → {will}" for name, (was, will) in each.changed.items())


def _keys(keys: list[object]) -> str:
    return "; ".join(map(_key, keys)) or "none"


def _named(build: replay.Build) -> str:
    return str(build).capitalize()


def _say(text: str, style: str | None = None) -> None:
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _progress(text: str) -> Iterator[replay.Tell]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    eyes = Console(stderr=True)
    with Progress(*columns, console=eyes, disable=not eyes.is_terminal) as shown:
        task = shown.add_task(text, total=None, pace="")

        def tell(progress: replay.Progress) -> None:
            left = progress.seconds_left
            pace = f"{progress.per_second:,.0f}/s"
            if left is not None:
                pace += f", {int(left) // 60}:{int(left) % 60:02} left"
            shown.update(task, completed=progress.done, total=progress.total, pace=pace)

        yield tell
