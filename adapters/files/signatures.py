"""What kind of file some bytes are, by how they begin."""

from __future__ import annotations

from typing import Literal

Kind = Literal["png", "jpeg", "webp", "tiff", "pdf", "svg"]

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF-", "pdf"),
)


def kind_of(content: bytes) -> Kind | None:
    """The kind as the first bytes tell it; None for everything that is not accepted."""
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    # Only to give a helpful answer: SVG is refused like everything unknown
    return "svg" if b"<svg" in content[:4096].lower() else None
