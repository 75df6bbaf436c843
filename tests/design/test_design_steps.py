"""Any sequence of steps on a design job, against a model that knows the rules by other means."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.design import DesignJob, Party
from domain.shared.aggregate import Event
from domain.shared.errors import Conflict
from tests.design.examples import ANSWER_BY, ARTISTS, BRIEF, COMMISSION, READER, show
from tests.given import NOW

PATH = {
    ("offer", "new"): "asked",
    ("offer", "declined"): "asked",
    ("accept", "asked"): "working",
    ("decline", "asked"): "declined",
    ("show", "working"): "shown",
    ("show", "changing"): "shown",
    ("revise", "shown"): "changing",
    ("approve", "shown"): "approved",
    ("cancel", "asked"): "cancelled",
    ("cancel", "declined"): "cancelled",
    ("cancel", "working"): "cancelled",
    ("cancel", "shown"): "cancelled",
    ("cancel", "changing"): "cancelled",
}
"""The product's drawing of the workflow: a step, and where it leads from where."""

NAMES = {
    "opened": "new",
    "awaiting_designer": "asked",
    "in_progress": "working",
    "preview_sent": "shown",
    "revision_requested": "changing",
}


class DesignSteps(RuleBasedStateMachine):
    """Whatever is tried, in whatever order, only the drawing's steps are taken."""

    def __init__(self) -> None:
        super().__init__()
        self.job = DesignJob.open(READER, COMMISSION, brief=BRIEF, now=NOW)
        self.place = "new"
        self.asked: list[int] = []
        self.refusers: set[int] = set()
        self.previews = self.revisions = 0
        self.endings: list[str] = []
        self.happened: list[type[Event]] = []

    @rule(who=st.integers(0, 1))
    def offer(self, who: int) -> None:
        allowed = who not in self.refusers
        if self._try(lambda job: job.offer(ARTISTS[who], ANSWER_BY), "offer", allowed=allowed):
            self.asked.append(who)

    @rule()
    def accept(self) -> None:
        self._try(DesignJob.accept, "accept")

    @rule()
    def decline(self) -> None:
        if self._try(lambda job: job.decline("Hayır"), "decline"):
            self.refusers.add(self.asked[-1])

    @rule(back=st.integers(0, 1))
    def lapse(self, back: int) -> None:
        offer = len(self.asked) - back
        if self._silently(lambda job: job.lapse(offer), "decline", wanted=back == 0):
            self.refusers.add(self.asked[-1])

    @rule()
    def send_preview(self) -> None:
        number = self.previews + 1
        self.previews += self._try(lambda job: show(job, number), "show")

    @rule()
    def revise(self) -> None:
        number = self.revisions + 1
        self.revisions += self._try(
            lambda job: job.request_revision(f"{number}"), "revise", allowed=number <= 3
        )

    @rule()
    def approve(self) -> None:
        self._try(DesignJob.approve, "approve")

    @rule(back=st.integers(0, 1))
    def keep_silent(self, back: int) -> None:
        preview = self.previews - back
        self._silently(lambda job: job.approve_unanswered(preview), "approve", wanted=back == 0)

    @rule(by=st.sampled_from(["customer", "designer"]))
    def cancel(self, by: Party) -> None:
        taken_on = by == "customer" or self.place not in {"asked", "declined"}
        self._try(lambda job: job.cancel(by), "cancel", allowed=taken_on)

    @rule(steps=st.integers(1, 6))
    def go_on(self, steps: int) -> None:
        """Along the usual way for a while, so that its far end is often reached."""
        ways: dict[str, Callable[[], None]] = {
            "asked": self.accept,
            "working": self.send_preview,
            "shown": self.revise,
            "changing": self.send_preview,
        }
        for _ in range(steps):
            if self.place in ways:
                ways[self.place]()

    @rule(reminder=st.integers(1, 2))
    def remind(self, reminder: int) -> None:
        preview = self.previews
        self.job.remind(preview, reminder)
        kinds = self._collect()
        assert not kinds or (kinds == [DesignJob.CustomerReminded] and self.place == "shown")

    @invariant()
    def the_job_is_where_the_drawing_says(self) -> None:
        assert NAMES.get(self.job.state, self.job.state) == self.place
        assert (self.job.previews, self.job.revisions) == (self.previews, self.revisions)

    @invariant()
    def revisions_never_exceed_the_limit(self) -> None:
        assert self.happened.count(DesignJob.RevisionRequested) <= 3

    @invariant()
    def there_is_one_ending_and_one_fee_for_approval(self) -> None:
        approved = self.happened.count(DesignJob.Approved)
        assert approved + self.happened.count(DesignJob.Cancelled) <= 1
        assert self.happened.count(DesignJob.FeeEarned) == approved

    def _try(self, decide: Callable[[DesignJob], None], step: str, *, allowed: bool = True) -> bool:
        """Try a step; whether it was taken must be what the drawing and the rule say."""
        there = PATH.get((step, self.place))
        try:
            decide(self.job)
        except Conflict:
            assert not (there and allowed)
            assert not self._collect()
            return False
        return self._taken(step, there if allowed else None)

    def _silently(self, decide: Callable[[DesignJob], None], step: str, *, wanted: bool) -> bool:
        """What time does is never refused."""
        decide(self.job)
        return self._taken(step, PATH.get((step, self.place)) if wanted else None)

    def _taken(self, step: str, there: str | None) -> bool:
        kinds = self._collect()
        assert bool(kinds) == bool(there), (step, self.place, kinds)
        self.place = there or self.place
        return bool(kinds)

    def _collect(self) -> list[type[Event]]:
        kinds = [type(each) for each in self.job.collect_events() if isinstance(each, Event)]
        kinds = [kind for kind in kinds if kind is not DesignJob.Opened]
        self.happened += kinds
        return kinds


TestDesignSteps = DesignSteps.TestCase
TestDesignSteps.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
