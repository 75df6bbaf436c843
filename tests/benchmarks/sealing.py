"""Personal data: what its encryption costs per event, and how quickly keys are destroyed."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle
from statistics import median
from typing import Annotated
from uuid import UUID, uuid4

from adapters.crypto import MasterKeys
from adapters.mapper import EventMapper
from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.postgres.rotation import rotate
from domain.shared.address import Address
from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, Personal
from tests.benchmarks.holds import appending, new_id
from tests.benchmarks.measure import Figure, Latencies, in_flight, ratio
from tests.databases import open_keys
from tests.given import NOW
from tests.keys.conftest import fenced
from tests.keys.vaults import nothing_told, until

TIMES = 5_000
ROUNDS = 5
PERSONS = [UUID(int=number) for number in range(1, 2_001)]
DESTROYED = 200
WRAPPED = 20_000
MASTER = MasterKeys({"bench": bytes(32)}, "bench")
HOME = Address(name="Ayşe Işık", line="Gül Sokağı 5", district="Çankaya", province="Ankara")


class Parcel(Aggregate):
    """The same facts, in the clear and sealed."""

    TOPIC = "bench_parcel"

    class Plain(Created, frozen=True, kw_only=True):
        TOPIC = "bench_parcel.plain"
        customer_id: UUID
        recipient: Address
        note: str

    class Sealed(Created, frozen=True, kw_only=True):
        TOPIC = "bench_parcel.sealed"
        SUBJECT = "customer_id"
        customer_id: UUID
        recipient: Annotated[Address, PERSONAL]
        note: Personal


def a_parcel(kind: type[Parcel.Plain | Parcel.Sealed], customer_id: UUID) -> Event:
    """An event on a stream of its own."""
    return kind(
        originator_id=new_id(),
        originator_version=1,
        timestamp=NOW,
        originator_topic=Parcel.TOPIC,
        customer_id=customer_id,
        recipient=HOME,
        note="leave it with the neighbour",
    )


async def sealing_figures(log: PostgresLog, pool: Pool, database_url: str) -> list[Figure]:
    """Mapping, appending, destroying and wrapping anew."""
    async with open_keys(pool, database_url, master=MASTER) as keys:
        await fenced(keys)
        figures = await _mapped(keys)
        figures += await _appended(log)
        figures += await _destroyed(keys, pool, database_url)
    return figures + await _rewrapped(pool)


async def _mapped(keys: PersonKeys) -> list[Figure]:
    await keys.fetch(PERSONS, create=True)
    mapper = EventMapper(keys)
    found: dict[str, float] = {}
    for kind in (Parcel.Plain, Parcel.Sealed):
        event = a_parcel(kind, PERSONS[0])
        payload = mapper.encode(event)
        name = kind.TOPIC.rpartition(".")[2]
        found[f"encode_{name}"] = _microseconds(lambda event=event: mapper.encode(event))  # type: ignore[misc]  # bound at once
        found[f"decode_{name}"] = _microseconds(
            lambda kind=kind, payload=payload: mapper.decode(  # type: ignore[misc]  # bound at once
                kind.TOPIC, payload, schema_version=1, subject=PERSONS[0]
            )
        )
    return [
        Figure(
            name=f"{step}_{name}_us",
            value=found[f"{step}_{name}"],
            unit="µs of CPU",
            beside="" if name == "plain" else "the same event without personal fields",
            ratio=None
            if name == "plain"
            else ratio(found[f"{step}_plain"], found[f"{step}_sealed"]),
        )
        for step in ("encode", "decode")
        for name in ("plain", "sealed")
    ]


async def _appended(log: PostgresLog) -> list[Figure]:
    """In turns, so that all of them have the same weather."""
    customers = cycle(PERSONS)
    kinds: dict[str, Callable[[], Event]] = {
        "plain": lambda: a_parcel(Parcel.Plain, next(customers)),
        "sealed": lambda: a_parcel(Parcel.Sealed, next(customers)),
        "sealed_for_new_persons": lambda: a_parcel(Parcel.Sealed, uuid4()),
    }
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, make in kinds.items():

            async def append(make: Callable[[], Event] = make) -> None:
                await log.append(appending(make()))

            rates[name].append((await in_flight(64, 60, append)).per_second)
    plain = median(rates["plain"])
    return [
        Figure(
            name=f"append_{name}_64_in_flight_per_s",
            value=median(each),
            unit="events/s",
            beside="" if name == "plain" else "the same event without personal fields",
            ratio=None if name == "plain" else ratio(median(each), plain),
        )
        for name, each in rates.items()
    ]


async def _destroyed(keys: PersonKeys, pool: Pool, database_url: str) -> list[Figure]:
    """How long after `destroy` has returned another reader of the vault still has the key."""
    destroying, hearing = Latencies(), Latencies()
    async with open_keys(pool, database_url, master=MASTER) as others:
        await fenced(others)
        await others.fetch(PERSONS)
        for person in PERSONS[:DESTROYED]:
            began = time.perf_counter()
            await keys.destroy(person)
            done = time.perf_counter()
            await until(lambda person=person: others.sealer(person) is None)  # type: ignore[misc]  # bound at once
            destroying.each.append(done - began)
            hearing.each.append(time.perf_counter() - done)
    return [
        Figure(name="destroy_p50_ms", value=destroying.percentile_ms(50), unit="ms"),
        Figure(name="destroyed_heard_after_p50_ms", value=hearing.percentile_ms(50), unit="ms"),
        Figure(name="destroyed_heard_after_p99_ms", value=hearing.percentile_ms(99), unit="ms"),
    ]


async def _rewrapped(pool: Pool) -> list[Figure]:
    old, new = bytes([1]) * 32, bytes([2]) * 32
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE vault.person_keys SET wrapped_key = NULL, destroyed_at = now()"
            " WHERE wrapped_key IS NOT NULL"
        )
    before = PersonKeys(pool, MasterKeys.of(old))
    await before.fetch([uuid4() for _ in range(WRAPPED)], create=True)
    began = time.perf_counter()
    rotated = await rotate(PersonKeys(pool, MasterKeys.of(new, [old])), nothing_told)
    rate = rotated.rewrapped / (time.perf_counter() - began)
    return [Figure(name="rotate_per_s", value=rate, unit="keys/s")]


def _microseconds(work: Callable[[], object]) -> float:
    """Time of the processor for one, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TIMES):
            work()
        best = min(best, time.process_time() - began)
    return best / TIMES * 1e6
