"""Why a draft says no."""

from __future__ import annotations

from domain.shared.errors import Conflict, Invalid, NotFound


class DraftFrozen(Conflict):
    """The draft has been committed; its content can't change. Fact: `order_id`."""


class WrongMethod(Conflict):
    """The draft's method has no such step. Facts: `method` and `needed`."""


class DraftIncomplete(Conflict):
    """Something needed is not there yet. `missing` lists it: book, artwork, candidate, designer,
    message_card, addresses; separated by commas.
    """


class GenerationUnderWay(Conflict):
    """The draft has a generation that has not ended yet. Fact: `generation_id`."""


class UnknownCandidate(NotFound):
    """The draft has no such candidate."""


class TextMissing(Invalid):
    """A text that is needed says nothing."""


class TooManyCoupons(Conflict):
    """No more coupons than these fit into one draft. Fact: `most`."""
