"""Events of older shapes are brought up, newer ones are never mangled, and bytes may be wrapped."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from eventsourcing.cipher import AESCipher
from eventsourcing.compressor import ZlibCompressor
from eventsourcing.persistence import EventStore, MapperDeserialisationError, StoredEvent
from eventsourcing.popo import POPOAggregateRecorder
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict

from adapters.crypto import MemoryKeys
from adapters.mapper import ERASED, EventMapper
from adapters.postgres.log import PostgresLog
from adapters.postgres.recorder import LogFactory
from application.store import replay
from domain.shared.aggregate import Event
from domain.upcasters import upcast, upcast_versions, upcasts
from tests.core.letters import Letter
from tests.core.test_log import appending
from tests.given import NOW

AUTHOR = UUID(int=1)
TOPIC = Letter.Posted.TOPIC


def envelope(letter_id: UUID, version: int = 1) -> dict[str, Any]:
    return {
        "originator_id": str(letter_id),
        "originator_version": version,
        "timestamp": NOW.isoformat(),
        "originator_topic": Letter.TOPIC,
    }


def sealed(keys: MemoryKeys, words: str, place: str) -> dict[str, str]:
    sealer = keys.sealer(AUTHOR)
    assert sealer is not None
    return {"sealed": base64.b64encode(sealer.seal(json.dumps(words).encode(), place)).decode()}


def first_shape(keys: MemoryKeys, letter_id: UUID) -> bytes:
    """A letter as the first release stored it."""
    text = sealed(keys, "Merhaba", f"{letter_id}/1/text")
    facts = {"author_id": str(AUTHOR), "text": text, "weight": "0.25"}
    return json.dumps(envelope(letter_id) | facts).encode()


def test_an_event_goes_through_every_shape_it_has_had() -> None:
    keys, letter_id = MemoryKeys(), uuid4()
    payload = first_shape(keys, letter_id)
    read = EventMapper(keys).decode(TOPIC, payload, schema_version=1, subject=AUTHOR)
    assert isinstance(read, Letter.Posted)
    assert (read.words, read.grams, read.originator_id) == ("Merhaba", 250, letter_id)


async def test_a_person_who_was_erased_is_so_in_every_shape() -> None:
    keys = MemoryKeys()
    payload = first_shape(keys, uuid4())
    await keys.destroy(AUTHOR)
    read = EventMapper(keys).decode(TOPIC, payload, schema_version=1, subject=AUTHOR)
    assert isinstance(read, Letter.Posted)
    assert read.words == ERASED


def test_a_shape_of_a_newer_release_is_refused_and_not_guessed() -> None:
    stamped = envelope(uuid4(), 2) | {"stamps": ["tulip"], "colour": "red"}
    mapper = EventMapper(MemoryKeys())
    with pytest.raises(MapperDeserialisationError, match="version 3, and this release knows up to"):
        mapper.decode(
            "test_letter.stamped", json.dumps(stamped).encode(), schema_version=3, subject=None
        )


def test_a_kind_that_this_release_does_not_know_is_refused() -> None:
    mapper = EventMapper(MemoryKeys())
    with pytest.raises(MapperDeserialisationError, match="does not know this kind"):
        mapper.decode("os:system", b"{}", schema_version=1, subject=None)


def test_a_shape_without_its_upcaster_is_refused() -> None:
    assert upcast("test_none", {"a": 1}, stored=2, present=2) == {"a": 1}
    with pytest.raises(Exception, match="nothing brings version 1 up to 2"):
        upcast("test_none", {}, stored=1, present=3)


def test_each_version_has_one_upcaster() -> None:
    assert upcast_versions(TOPIC) == [1, 2]
    for since in (0, 1):
        with pytest.raises(ValueError, match="can't be upcast, or is already"):
            upcasts(TOPIC, since=since)(dict)


async def test_old_and_new_shapes_lie_in_one_stream(
    event_log: PostgresLog, database_url: str
) -> None:
    """What an older release appended is replayed together with what this one appends."""
    letter = Letter.post(uuid4(), AUTHOR, "Selam", now=NOW)
    letter.stamp("first")
    posted, stamped = letter.collect_events()
    await event_log.append(appending([posted]))
    old = envelope(letter.id, 2) | {"stamp": "first"}
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "SELECT append_events(%s, %s, %s, %s, %s, %s, %s, %s, NULL, NULL, NULL, NULL)",
            (
                *([1], [letter.id], [2], ["test_letter.stamped"], [1], [None]),
                *([json.dumps(old).encode()], [msgspec.json.encode(appending([]).metadata)]),
            ),
        )
    letter.stamp("second", "third")
    await event_log.append(appending(letter.collect_events()))
    history = await event_log.load(letter.id)
    assert history[1].event == stamped  # brought up to what it would be today
    read = replay(history)
    assert isinstance(read, Letter)
    assert (read.words, read.stamps) == ("Selam", ("first", "second", "third"))


def cipher() -> AESCipher:
    return AESCipher(Environment("", {"CIPHER_KEY": AESCipher.create_key(16)}))


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("encrypted", [True, False])
def test_the_library_s_event_store_reads_what_it_wrote(compressed: bool, encrypted: bool) -> None:
    mapper = EventMapper(
        MemoryKeys(),
        compressor=ZlibCompressor() if compressed else None,
        cipher=cipher() if encrypted else None,
    )
    recorder = POPOAggregateRecorder()
    store = EventStore(mapper, recorder)
    letter = Letter.post(uuid4(), AUTHOR, "Güle güle", now=NOW)
    letter.stamp("first")
    events = letter.collect_events()
    store.put(events)
    assert list(store.get(letter.id)) == list(events)
    payloads = [stored.state for stored in recorder.select_events(letter.id)]
    assert all((b"originator_id" in each) != (compressed or encrypted) for each in payloads)


def test_the_library_upcasts_by_what_the_payload_says() -> None:
    keys = MemoryKeys()
    letter = Letter.post(uuid4(), AUTHOR, "Selam", now=NOW)
    mapper = EventMapper(keys)
    stored = mapper.to_stored_event(letter.collect_events()[0])
    assert msgspec.json.decode(stored.state)["class_version"] == 3
    old = StoredEvent(letter.id, 1, TOPIC, first_shape(keys, letter.id))
    read = mapper.to_domain_event(old)
    assert isinstance(read, Letter.Posted)
    assert read.grams == 250


async def test_the_library_s_tools_and_the_running_system_read_each_other(
    event_log: PostgresLog, database_url: str
) -> None:
    known = conninfo_to_dict(database_url)
    environment = {
        "POSTGRES_DBNAME": str(known["dbname"]),
        "POSTGRES_HOST": str(known.get("host", "")),
        "POSTGRES_PORT": str(known.get("port", "5432")),
        "POSTGRES_USER": str(known["user"]),
        "POSTGRES_PASSWORD": str(known.get("password", "")),
    }
    letter = Letter.post(uuid4(), AUTHOR, "Selam", now=NOW)
    first: list[Event] = [each for each in letter.collect_events() if isinstance(each, Event)]
    await event_log.append(appending(first))
    letter.stamp("by the library")
    second = letter.collect_events()
    with LogFactory(Environment("", environment)) as factory:
        store = EventStore(EventMapper(event_log._keys), factory.application_recorder())
        store.put(second)
        assert list(store.get(letter.id)) == [*first, *second]
    assert [each.event for each in await event_log.load(letter.id)] == [*first, *second]
