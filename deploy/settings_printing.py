"""The settings of the print house: a folder, or a service over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from msgspec import Struct

from deploy.environment import Environment
from deploy.secret import Secret

PRINTING_MEANINGS: dict[str, str] = {
    "PRINT_HOUSE": "folder (the default: tickets and files in PRINT_HOUSE_DIR) or http",
    "PRINT_HOUSE_DIR": "where the folder print house lies (DATA_DIR/print-house)",
    "PRINT_HOUSE_URL": "the print house's API; local and without it, the local one answers",
    "PRINT_HOUSE_KEY": "what we show the print house to be let in",
}
LOCAL_KEY = "local-print-house"
"""What we show to the local print house; it opens nothing else."""

HouseKind = Literal["folder", "http"]


class PrintHouseSettings(Struct, frozen=True, kw_only=True):
    """Where covers are printed; without `url` by the local print house."""

    kind: HouseKind
    folder: Path
    url: str | None
    key: Secret


def read_printing(variables: Environment, *, data_dir: Path, local: bool) -> PrintHouseSettings:
    """What is set, or what is usual. Over HTTP production needs the address and the key."""
    kind = cast(HouseKind, variables.choice("PRINT_HOUSE", "folder", options=("folder", "http")))
    schemes = ("http", "https") if local else ("https",)
    url = variables.url("PRINT_HOUSE_URL", schemes=schemes)
    key = variables.secret("PRINT_HOUSE_KEY")
    if kind == "http" and not local:
        for name in ("PRINT_HOUSE_URL", "PRINT_HOUSE_KEY"):
            if not variables.given(name):
                variables.fault(name, "is not given", fix="set it, or PRINT_HOUSE to folder")
    if url and key is None:
        variables.fault("PRINT_HOUSE_KEY", "is not given", fix="set what the print house gave you")
    place = variables.text("PRINT_HOUSE_DIR", str(data_dir / "print-house"))
    return PrintHouseSettings(
        kind=kind,
        folder=Path(place).expanduser().absolute(),
        url=url,
        key=key or Secret(LOCAL_KEY.encode()),
    )
