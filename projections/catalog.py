"""What visitors see of the catalogue: the message cards on offer."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.catalog.message_card import CardDesign, MessageCard
from domain.shared.money import Money
from projections.base import Fold
from projections.reads import Reads


class MessageCardRow(Struct, frozen=True, kw_only=True):
    """A message card; retired ones stay, because drafts and orders may have them."""

    card_id: UUID
    version: int
    position: int
    made_position: int
    design: CardDesign
    price: Money
    offered: bool


message_cards = Fold(
    "message_cards",
    MessageCardRow,
    version=1,
    key=["card_id"],
    indexes=["made_position"],
)


@message_cards.on(MessageCard.Made)
def made(_row: MessageCardRow | None, event: MessageCard.Made, at: Recorded) -> MessageCardRow:
    return MessageCardRow(
        card_id=event.originator_id,
        version=event.originator_version,
        position=at.position,
        made_position=at.position,
        design=event.design,
        price=event.price,
        offered=True,
    )


@message_cards.on(MessageCard.Repriced)
def repriced(row: MessageCardRow, event: MessageCard.Repriced, at: Recorded) -> MessageCardRow:
    return replace(row, version=event.originator_version, position=at.position, price=event.price)


@message_cards.on(MessageCard.Retired)
def retired(row: MessageCardRow, event: MessageCard.Retired, at: Recorded) -> MessageCardRow:
    return replace(row, version=event.originator_version, position=at.position, offered=False)


@message_cards.on(MessageCard.Published)
def published(row: MessageCardRow, event: MessageCard.Published, at: Recorded) -> MessageCardRow:
    return replace(row, version=event.originator_version, position=at.position, offered=True)


async def offered_cards(reads: Reads, *, after: int | None, limit: int) -> list[MessageCardRow]:
    """The cards on offer in the order in which they were made; `after` is a `made_position`."""
    return await reads.all(
        MessageCardRow,
        "SELECT * FROM read.message_cards WHERE offered"
        " AND (%(after)s::bigint IS NULL OR made_position > %(after)s)"
        " ORDER BY made_position LIMIT %(limit)s",
        {"after": after, "limit": limit},
    )
