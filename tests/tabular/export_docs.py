"""The page about exported tables, written from the code: `python -m tests.tabular.export_docs`."""

from __future__ import annotations

from collections.abc import Iterator

from projections.exports import EXPORTS
from tests.sources import ROOT

DOCUMENT = ROOT / "docs" / "exports.md"
HEAD = """# Tables to take away

Finance takes whole tables to other programs, as CSV, XLSX, Parquet or JSON Lines:

```sh
polikrami finance exports list
polikrami finance exports write ledger-entries entries.parquet --since 2026-01 --until 2026-03
```

Over HTTP they are `GET /api/v1/finance/exports/<table>?format=csv&since=2026-01`, for finance
alone. Rows are read and written in batches, all of one state of the books, so that memory stays
flat however many there are; a process writes two at a time.

Names of columns are never changed or reused; new columns come at the end. Amounts are decimals with
two places (text in JSON, numbers in XLSX), moments are UTC, ids are text. In CSV a text that a
spreadsheet would take for a formula begins with `'`. A workbook gets another sheet after 1,048,575
rows.

This page is written by `python -m tests.tabular.export_docs`.
"""


def document() -> str:
    """The page as it has to be."""
    return "\n".join([HEAD, *_tables()])


def _tables() -> Iterator[str]:
    for name, export in sorted(EXPORTS.items()):
        sieves = ", ".join(f"`{sieve}`" for sieve in export.sieves)
        yield f"## {name}\n\n{export.meaning} Sieved by {sieves}.\n"
        yield "| column | kind | meaning |\n|---|---|---|"
        yield from (
            f"| `{each.name}` | {each.kind.replace('_', ' ')} | {each.meaning} |"
            for each in export.columns
        )
        yield ""


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
