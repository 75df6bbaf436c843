"""Pictures on their way to a cover: what is known of a file, and of a painted candidate."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct


class Candidate(Struct, frozen=True, kw_only=True):
    """One painted suggestion of a generation. The original is clean and stays private until the
    order is paid; the preview carries the sample mark. The painter's version and the variant are
    what a larger picture of the same kind is painted from.
    """

    variant: int
    original_digest: str
    preview_digest: str
    painter_version: str
    width: int
    height: int


class Artwork(Struct, frozen=True, kw_only=True):
    """The picture that is going to be printed; sizes in pixels, digests are SHA-256 in hex.

    A painted one also knows the generation it comes from, the variant and the painter's version.
    """

    digest: str
    media_type: str
    width: int
    height: int
    preview_digest: str
    generation_id: UUID | None = None
    variant: int | None = None
    painter_version: str = ""
