"""Why credits are given or taken by hand: the list of codes, in both languages."""

from __future__ import annotations

from msgspec import Struct

from domain.shared.errors import Invalid


class UnknownReason(Invalid):
    """There is no such reason. Facts: `reason` and `known`."""


class ReasonNotFit(Invalid):
    """The reason is for giving only, or for taking only. Facts: `reason` and `credits`."""


class EntryReason(Struct, frozen=True, kw_only=True):
    """A reason as the customer reads it, and whether it is for giving, for taking, or both."""

    tr: str
    en: str
    gives: bool = True
    takes: bool = True

    def fits(self, credits: int) -> bool:
        """Whether so many credits, negative when taken, can have this reason."""
        return self.gives if credits > 0 else self.takes


REASONS: dict[str, EntryReason] = {
    "goodwill": EntryReason(tr="iyi niyet", en="goodwill", takes=False),
    "complaint": EntryReason(tr="şikâyetiniz üzerine telafi", en="your complaint", takes=False),
    "campaign": EntryReason(tr="kampanya", en="a campaign", takes=False),
    "correction": EntryReason(tr="bir hatanın düzeltilmesi", en="the correction of an error"),
    "misuse": EntryReason(tr="kötüye kullanım", en="misuse", gives=False),
    "test": EntryReason(tr="sistem denemesi", en="a test of the system"),
}


def must_be_a_reason(code: str, credits: int) -> None:
    """Raises `UnknownReason` or `ReasonNotFit`."""
    if code not in REASONS:
        raise UnknownReason("/reason", reason=code, known=", ".join(REASONS))
    if not REASONS[code].fits(credits):
        raise ReasonNotFit("/reason", reason=code, credits=credits)
