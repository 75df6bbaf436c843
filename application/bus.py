"""The bus: every command goes through here, and is carried out once however often it is asked."""

from __future__ import annotations

import asyncio
import inspect
import typing
from collections import ChainMap
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct

from application.ports import Clock, Ids
from application.store import (
    Append,
    ConcurrentChange,
    EventLog,
    KeyTaken,
    LogUnavailable,
    RequestKey,
    Store,
    StoredAnswer,
)
from application.tracing import here, span
from application.turns import Crowded, Turn, Turns
from domain.shared.aggregate import Metadata
from domain.shared.errors import Invalid, Refusal, StaleVersion, TooMany, Unauthenticated

log = structlog.get_logger()

ATTEMPTS = 60
"""How often a command is decided again when others keep changing what it decided on."""

FLEETING = (Unauthenticated, TooMany, StaleVersion)
"""Refusals that are not kept under the request's key, because asking again may rightly differ."""


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is asked. Its name is the class's name, also where it is stored."""

    by_name: ClassVar[dict[str, type[Command]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        Command.by_name[cls.__name__] = cls


class Actor(Struct, frozen=True, kw_only=True):
    """Who asks: a person with their roles, or the system itself."""

    person_id: UUID | None = None
    session_id: UUID | None = None
    roles: frozenset[str] = frozenset()

    @property
    def caller(self) -> str:
        """The namespace of this actor's request keys."""
        return str(self.person_id) if self.person_id else "system"


SYSTEM = Actor()


class Call(Struct, frozen=True, kw_only=True):
    """The circumstances of a command: who, because of what, under which key."""

    actor: Actor = SYSTEM
    key: str | None = None
    caller: str | None = None
    request_hash: bytes = b""
    correlation_id: UUID | None = None
    causation_position: int | None = None
    trace_id: str = ""


class Receipt(Struct, frozen=True, kw_only=True):
    """What a command did: the aggregate it was about, its version, and where the log stands.

    `answer` holds what the handler said beside that. `replayed` tells that the command had been
    carried out before under the same key.
    """

    id: UUID | None
    version: int
    position: int
    answer: dict[str, Any]
    replayed: bool = False


class KeyReused(Invalid):
    """The request key was used before for another request."""


class _Kept(Struct, frozen=True, omit_defaults=True):
    """The stored form of an answer, or of a refusal."""

    id: UUID | None = None
    version: int = 0
    answer: dict[str, Any] = {}
    refusal: str = ""
    facts: dict[str, Any] = {}
    pointer: str = ""


Handler = Callable[..., Awaitable[Any]]


class _Handled(Struct, frozen=True):
    handler: Handler
    needs: dict[str, type]


class _Deciding(Struct, frozen=True):
    """A command that is being decided, and the attempts that are left for it."""

    handle: Callable[[Store], Awaitable[Any]]
    metadata: Metadata
    key: RequestKey | None
    attempts: Iterator[int]


HANDLERS: dict[type[Command], _Handled] = {}


def handles(handler: Handler) -> Handler:
    """Register a function as the handler of its first parameter's type.

    The second parameter is the `Store`; further ones are ports, found by their types.
    """
    hints = typing.get_type_hints(handler)
    names = list(inspect.signature(handler).parameters)
    command = hints[names[0]]
    if command in HANDLERS:
        raise TypeError(f"{command.__name__} has two handlers")
    HANDLERS[command] = _Handled(handler, {name: hints[name] for name in names[2:]})
    return handler


class Bus:
    """Carries out commands on a log, with the ports that handlers ask for."""

    def __init__(
        self,
        event_log: EventLog,
        ports: Mapping[type, object],
        *,
        clock: Clock,
        ids: Ids,
        pause: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        self._log = event_log
        self._ports: Mapping[type, object] = ChainMap({Clock: clock, Ids: ids}, ports)  # type: ignore[arg-type]  # it only reads the second
        self._clock = clock
        self._ids = ids
        self._pause = pause or _yield
        self._turns = Turns()

    async def execute(self, command: Command, call: Call | None = None) -> Receipt:
        """Carry out `command`, once for each request key.

        Raises the `Refusal` of the rule that said no, `KeyReused`, or `LogUnavailable`.
        """
        call = call or Call()
        with span(f"command {type(command).__name__}"):
            return await self._execute(command, call)

    async def _execute(self, command: Command, call: Call) -> Receipt:
        # Most keys are new, so the command is carried out first: the log takes no key twice, and
        # only who fails has to ask whether it was done before.
        key = self._key(call)
        handled = HANDLERS[type(command)]
        ports = {name: self._ports[need] for name, need in handled.needs.items()}
        metadata = self._metadata(type(command).__name__, call)

        async def handle(store: Store) -> Any:
            return await handled.handler(command, store, **ports)

        deciding = _Deciding(handle, metadata, key, iter(range(ATTEMPTS)))
        streams: frozenset[UUID] = frozenset()
        while True:
            try:
                if not streams:
                    return await self._decide(deciding, self._turns.nobodys)
                async with self._turns.of(streams) as turn:
                    return await self._decide(deciding, turn)
            except Crowded as crowd:
                streams |= crowd.streams

    async def _decide(self, command: _Deciding, turn: Turn) -> Receipt:
        """Decide until the log takes it in. Raises `Crowded` if it needs the turn of more."""
        key, metadata = command.key, command.metadata
        for attempt in command.attempts:
            store = Store(self._log, self._clock.now(), known=turn.known)
            try:
                answer = await command.handle(store)
                if not store.is_sure:
                    continue
                return await self._commit(store, answer, metadata=metadata, key=key, turn=turn)
            except ConcurrentChange:
                log.debug("command_decided_again", command=metadata.command, attempt=attempt + 1)
                touched = store.asked.union(each.id for each in store.saved)
                if not turn.covers(touched):
                    raise Crowded(touched) from None
                turn.met_others()
                await self._pause(attempt)
            except Crowded:
                raise Crowded(store.asked) from None
            except KeyTaken:
                return await self._taken(key)
            except LogUnavailable:
                raise
            except Exception as error:  # noqa: BLE001  # it is raised again, unless the key was used
                if isinstance(error, Refusal) and store.believed:
                    continue
                return await self._fail(error, metadata, key=key)
        raise LogUnavailable(f"{metadata.command} met other changes {ATTEMPTS} times")

    async def _fail(
        self, error: Exception, metadata: Metadata, *, key: RequestKey | None
    ) -> Receipt:
        """The answer of the request before, if this one repeats it; else raises the error."""
        if key and (stored := await self._log.answer(key.caller, key.key)):
            return _repeat(stored, key)
        if not isinstance(error, Refusal):
            raise error
        if not await self._keep_refusal(error, metadata, key=key):
            return await self._taken(key)
        log.info("command_refused", command=metadata.command, code=error.code, facts=error.facts)
        raise error

    async def _commit(
        self,
        store: Store,
        answer: Any,
        *,
        metadata: Metadata,
        key: RequestKey | None,
        turn: Turn,
    ) -> Receipt:
        events = store.pending()
        first = store.saved[0] if store.saved else None
        said = {} if answer is None else msgspec.to_builtins(answer)
        kept = _Kept(first.id if first else None, first.version if first else 0, said)
        if not events and key is None:
            position = store.position
        else:
            position = await self._log.append(
                Append(
                    events=events,
                    metadata=metadata,
                    key=key,
                    answer=msgspec.json.encode(kept) if key else b"",
                )
            )
        for aggregate in store.saved:
            aggregate.pending_events.clear()
        turn.leave(store.saved)
        return Receipt(id=kept.id, version=kept.version, position=position, answer=said)

    async def _keep_refusal(
        self, refusal: Refusal, metadata: Metadata, *, key: RequestKey | None
    ) -> bool:
        """Keep it under the key, if it has one; False when the key was taken in between."""
        if key is None or isinstance(refusal, FLEETING):
            return True
        kept = _Kept(
            refusal=refusal.code,
            facts={name: str(fact) for name, fact in refusal.facts.items()},
            pointer=getattr(refusal, "pointer", ""),
        )
        try:
            await self._log.append(
                Append(events=(), metadata=metadata, key=key, answer=msgspec.json.encode(kept))
            )
        except KeyTaken:
            return False
        return True

    async def _taken(self, key: RequestKey | None) -> Receipt:
        stored = await self._log.answer(key.caller, key.key) if key else None
        if stored is None or key is None:
            raise LogUnavailable("the request with this key has not been answered yet")
        return _repeat(stored, key)

    def _key(self, call: Call) -> RequestKey | None:
        if call.key is None:
            return None
        return RequestKey(
            caller=call.caller or call.actor.caller, key=call.key, request_hash=call.request_hash
        )

    def _metadata(self, name: str, call: Call) -> Metadata:
        command_id = self._ids.new()
        at = here()
        return Metadata(
            command_id=command_id,
            command=name,
            correlation_id=call.correlation_id or command_id,
            causation_position=call.causation_position,
            actor_id=call.actor.person_id,
            session_id=call.actor.session_id,
            trace_id=at.trace_id if at else call.trace_id,
            span_id=at.span_id if at else "",
        )


async def _yield(_attempt: int) -> None:
    await asyncio.sleep(0)


def _repeat(stored: StoredAnswer, key: RequestKey) -> Receipt:
    if stored.request_hash != key.request_hash:
        raise KeyReused
    kept = msgspec.json.decode(stored.answer, type=_Kept)
    if kept.refusal:
        raise _refused_before(kept)
    return Receipt(
        id=kept.id,
        version=kept.version,
        position=stored.position,
        answer=kept.answer,
        replayed=True,
    )


def _refused_before(kept: _Kept) -> Refusal:
    kind = Refusal.by_code[kept.refusal]
    place = (kept.pointer,) if issubclass(kind, Invalid) else ()
    refusal = kind(*place, **kept.facts)
    refusal.replayed = True
    return refusal
