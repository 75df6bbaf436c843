"""How sizes, papers, coupons and moments are written, and who keeps the prices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

KEEPERS = ("admin", "finance")
SIZE = r"^[1-9][0-9]{1,2}x[1-9][0-9]{1,2}$(?!\n)"
Size = Annotated[str, Meta(pattern=SIZE, examples=["135x210"])]
Word = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}$(?!\n)", examples=["matte"])]
Code = Annotated[str, Meta(min_length=3, max_length=40, examples=["HOSGELDIN"])]
Moment = Annotated[datetime, Meta(tz=True)]
