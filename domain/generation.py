"""One painting of candidates for a draft: asked for, previewed, and ended exactly once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, event
from domain.shared.artwork import Candidate
from domain.shared.errors import Conflict, Invalid
from domain.shared.prompts import unwanted

SHORTEST_PROMPT, LONGEST_PROMPT = 3, 1000
VARIANTS = 3
"""How many candidates a generation makes."""

State = Literal["requested", "completed", "failed", "expired", "cancelled"]


class PromptLength(Invalid):
    """A prompt has `shortest` to `longest` characters. Fact also: `length`."""


class PromptRefused(Invalid):
    """The prompt asks for what is not painted here. Fact: `category`."""


class GenerationEnded(Conflict):
    """It can't be cancelled any more. Fact: `state`."""


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be painted: the customer's words, and the book's. `language` is tr or en."""

    prompt: str
    title: str
    author: str
    book_kind: str
    language: str


class Pixels(Struct, frozen=True):
    """The size of the originals: that of the printed sheet, so that nothing is scaled later."""

    width: int
    height: int


class Request(Struct, frozen=True, kw_only=True):
    """What a customer asks for: for which draft, showing what, for how many credits, by when."""

    customer_id: UUID
    draft_id: UUID
    wish: Wish
    size: Pixels
    credits: int
    deadline: datetime


class _Happened(Event, frozen=True, kw_only=True):
    """What all events after the first have: whose generation it is, and of which draft."""

    CONCERNS = ("customer_id",)
    SHOWS: ClassVar[tuple[str, ...]] = ("draft_id",)
    customer_id: UUID
    draft_id: UUID


class Generation(Aggregate):
    """Under way until it ends in one of four ways; whatever comes later changes nothing.

    At its deadline it is over, whether or not somebody has noticed yet.
    """

    TOPIC = "generation"

    class Requested(Created, frozen=True, kw_only=True):
        TOPIC = "generation.requested"
        CONCERNS = ("customer_id",)
        SHOWS = ("draft_id", "credits", "deadline")
        SUBJECT = "customer_id"
        customer_id: UUID
        draft_id: UUID
        wish: Annotated[Wish, PERSONAL]
        size: Pixels
        credits: int
        deadline: datetime

    class Previewed(_Happened, frozen=True, kw_only=True):
        TOPIC = "generation.previewed"
        SHOWS = ("draft_id", "variant")
        variant: int
        preview_digest: str

    class Completed(_Happened, frozen=True, kw_only=True):
        TOPIC = "generation.completed"
        candidates: tuple[Candidate, ...]

    class Failed(_Happened, frozen=True, kw_only=True):
        TOPIC = "generation.failed"
        SHOWS = ("draft_id", "reason")
        reason: str

    class Expired(_Happened, frozen=True, kw_only=True):
        TOPIC = "generation.expired"

    class Cancelled(_Happened, frozen=True, kw_only=True):
        TOPIC = "generation.cancelled"

    @classmethod
    def request(cls, generation_id: UUID, request: Request, *, now: datetime) -> Generation:
        """A new generation. Raises `PromptLength` and `PromptRefused`."""
        prompt = request.wish.prompt.strip()
        if not SHORTEST_PROMPT <= len(prompt) <= LONGEST_PROMPT:
            limits = {"shortest": SHORTEST_PROMPT, "longest": LONGEST_PROMPT}
            raise PromptLength("/prompt", length=len(prompt), **limits)
        if category := unwanted(prompt):
            raise PromptRefused("/prompt", category=category)
        return cls.begin(
            cls.Requested,
            id=generation_id,
            now=now,
            customer_id=request.customer_id,
            draft_id=request.draft_id,
            wish=replace(request.wish, prompt=prompt),
            size=request.size,
            credits=request.credits,
            deadline=request.deadline,
        )

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or its deadline has come."""
        return self.state != "requested" or self.now >= self.deadline

    def preview(self, variant: int, preview_digest: str) -> None:
        """Show how a variant is going to look; once for each, and only while it is under way."""
        if not self.is_over and variant not in self.previews:
            self._happens(Generation.Previewed, variant=variant, preview_digest=preview_digest)

    def complete(self, candidates: tuple[Candidate, ...]) -> None:
        """It has been painted; ignored once it is over."""
        if not self.is_over:
            self._happens(Generation.Completed, candidates=candidates)

    def fail(self, reason: str) -> None:
        """It could not be painted; `reason` is a stable code. Ignored when it has ended."""
        if self.state == "requested":
            self._happens(Generation.Failed, reason=reason)

    def expire(self) -> None:
        """It took too long; ignored before the deadline, and when it has ended."""
        if self.state == "requested" and self.is_over:
            self._happens(Generation.Expired)

    def cancel(self) -> None:
        """The customer does not want it any more. Raises `GenerationEnded`."""
        if self.state == "cancelled":
            return
        if self.state != "requested":
            raise GenerationEnded(state=self.state)
        self._happens(Generation.Cancelled)

    def _happens(self, kind: type[Event], **facts: Any) -> None:
        self.emit(kind, customer_id=self.customer_id, draft_id=self.draft_id, **facts)

    @event(Requested)
    def __init__(
        self,
        customer_id: UUID,
        draft_id: UUID,
        wish: Wish,
        size: Pixels,
        credits: int,
        deadline: datetime,
    ) -> None:
        self.customer_id = customer_id
        self.draft_id = draft_id
        self.wish = wish
        self.size = size
        self.credits = credits
        self.deadline = deadline
        self.state: State = "requested"
        self.previews: dict[int, str] = {}
        self.candidates: tuple[Candidate, ...] = ()
        self.reason = ""

    @event(Previewed)
    def _previewed(self, variant: int, preview_digest: str) -> None:
        self.previews[variant] = preview_digest

    @event(Completed)
    def _completed(self, candidates: tuple[Candidate, ...]) -> None:
        self.state = "completed"
        self.candidates = candidates

    @event(Failed)
    def _failed(self, reason: str) -> None:
        self.state = "failed"
        self.reason = reason

    @event(Expired)
    def _expired(self) -> None:
        self.state = "expired"

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.state = "cancelled"
