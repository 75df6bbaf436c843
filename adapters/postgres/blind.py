"""Reading the log without anybody's key: what is personal reads as erased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from adapters.crypto import Sealer
from adapters.postgres.keys import PersonKeys
from domain.shared.aggregate import Retention


class NoKeys(PersonKeys):
    """Keys for readers who need to know what happened and not to whom it is said to be."""

    def __init__(self) -> None:
        """There is nothing to fetch, so no connection is needed."""

    def sealer(self, person_id: UUID) -> Sealer | None:  # noqa: ARG002  # nobody's
        return None

    async def fetch(
        self,
        persons: Iterable[UUID | None],  # noqa: ARG002  # nobody's
        *,
        create: bool = False,
        retentions: Mapping[UUID, Retention] | None = None,  # noqa: ARG002  # nothing is written
    ) -> None:
        assert not create, "what is written needs keys"
