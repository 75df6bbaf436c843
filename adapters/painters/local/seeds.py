"""Where all chance in a picture comes from: a digest of what was asked for."""

from __future__ import annotations

import hashlib

import numpy as np

from application.ports import Brief

VERSION = "local-1"


def seed(brief: Brief, variant: int) -> int:
    """The same brief, variant and version give the same number; the size is left out so that
    preview, master and print sheet show one picture.
    """
    parts = (
        VERSION,
        str(variant),
        brief.kind,
        brief.language,
        brief.prompt,
        brief.title,
        brief.author,
    )
    told = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
    return int.from_bytes(hashlib.sha256(told).digest(), "big")


def stream(number: int, purpose: str) -> np.random.Generator:
    """Independent chance for one purpose, so that one part does not disturb another."""
    salt = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([number, salt])))
