"""Staff may look into every history, and read nothing personal or secret there."""

from __future__ import annotations

from typing import Any

from adapters.mapper import personal_fields
from domain.shared.aggregate import EVENTS
from tests.security.town import EMAILS, SECRET_WORDS, Town

WORDS = (*SECRET_WORDS, *EMAILS.values(), "Sisli bir sahil", "+905321112233")


async def everything(town: Town) -> dict[str, Any]:
    """The ids of all that ever happened in the town, each with the kind of its last event."""
    rows = await town.system.reads.rows("SELECT stream_id, type FROM events ORDER BY position")
    return {str(stream_id): topic for stream_id, topic in rows}


async def test_every_history_can_be_read_and_holds_nothing_personal(town: Town) -> None:
    town.tokens["finance"] = await town.log_in("finance")
    found = await everything(town)
    assert any(personal_fields(EVENTS[topic]) for topic in found.values())
    for aggregate_id, topic in found.items():
        for path in (f"/history/{aggregate_id}", f"/history/{aggregate_id}/steps?limit=100"):
            answer = await town.client.get(path, headers=town.headers("finance"))
            assert answer.is_success, (topic, answer.text)
            assert [word for word in WORDS if word in answer.text] == [], topic
