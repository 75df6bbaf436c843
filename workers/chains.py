"""Which events of a page have to be reacted to one after the other, and which need not."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from eventsourcing.persistence import MapperDeserialisationError

from application.store import Recorded


def chains(events: Sequence[Recorded]) -> list[list[Recorded]]:
    """The events in chains, each in the order of the log: what happened to the same aggregate or
    belongs to the same story (has the same correlation) stands in one chain.
    """
    parents: dict[UUID, UUID] = {}

    def root(node: UUID) -> UUID:
        while parents.setdefault(node, node) != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for recorded in events:
        story = root(recorded.metadata.correlation_id)
        stream = _stream(recorded)
        if stream is not None:
            parents[root(stream)] = story
    found: dict[UUID, list[Recorded]] = {}
    for recorded in events:
        found.setdefault(root(recorded.metadata.correlation_id), []).append(recorded)
    return list(found.values())


def _stream(recorded: Recorded) -> UUID | None:
    try:
        return recorded.event.originator_id
    except MapperDeserialisationError:
        return None  # its reactions are parked, in whatever order
