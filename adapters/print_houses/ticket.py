"""The ticket that goes with a print file: for machines as JSON, for people as a page."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape

import msgspec

from application.ports import PrintTicket

CARD = "message-card.txt"

_PAGE = """<!doctype html>
<html lang="tr">
<meta charset="utf-8">
<title>{number} – {title}</title>
<style>
  @page {{ size: A4; margin: 15mm }}
  body {{ font: 11pt/1.45 "Inter", "DejaVu Sans", sans-serif; color: #111; margin: 2rem auto;
          max-width: 180mm }}
  h1 {{ font-size: 22pt; margin: 0 }}
  .title {{ font-size: 14pt; margin: .2rem 0 1.2rem }}
  .again {{ border: 3px solid #b00020; padding: .5rem .8rem; font-weight: 700; margin: 0 0 1rem }}
  table {{ border-collapse: collapse; width: 100%; margin: 0 0 1.2rem }}
  th, td {{ text-align: left; vertical-align: top; padding: .35rem .6rem;
            border-bottom: 1px solid #bbb }}
  th {{ width: 38%; font-weight: 600 }}
  .files th {{ width: auto }}
  .files td {{ font-size: 9pt }}
  code {{ font-size: 8pt; word-break: break-all }}
  pre {{ white-space: pre-wrap; border: 1px solid #bbb; padding: .8rem; font: inherit }}
  .ids {{ font-size: 8pt; color: #444 }}
</style>
<h1>{number}</h1>
<p class="title">{title}</p>
{again}<table>
{rows}</table>
<table class="files">
<tr><th>Dosya / File</th><th>Bayt / Bytes</th><th>SHA-256</th></tr>
{files}</table>
{card}<p class="ids">Job {job}<br>Ticket {ticket}</p>
</html>
"""

_REASONS = {
    "damaged": "Hasarlı / Damaged",
    "lost": "Kargoda kayıp / Lost on its way",
    "misprint": "Baskı hatası / Misprint",
    "defect": "Kusurlu / Defect",
}


def ticket_json(ticket: PrintTicket) -> bytes:
    """The ticket as a program reads it, in UTF-8, one name a line."""
    return msgspec.json.format(msgspec.json.encode(ticket), indent=2) + b"\n"


def card_of(ticket: PrintTicket, files: Mapping[str, bytes]) -> str:
    """The words of the message card among the files; empty when there is none."""
    [*texts] = (files[file.digest] for file in ticket.files if file.name == CARD)
    return texts[0].decode() if texts else ""


def ticket_page(ticket: PrintTicket, card: str) -> str:
    """The ticket as a person reads it, in Turkish and English, fit for A4."""
    sheet = (ticket.trim_width_mm, ticket.trim_height_mm)
    bleeds = 2 * ticket.bleed_mm
    told = {
        "Termin / Due": ticket.due_on.strftime("%d.%m.%Y"),
        "Adet / Copies": str(ticket.copies),
        "Net boyut / Trim": _size(*sheet),
        "Taşma payı / Bleed": f"{_mm(ticket.bleed_mm)} mm, dört kenarda / on all sides",
        "Tabaka / Sheet": _size(*(side + bleeds for side in sheet)),
        "Kağıt / Paper": ticket.paper,
        "Deneme / Attempt": str(ticket.attempt),
    }
    files = "".join(
        f"<tr><td>{escape(file.name)}</td><td>{file.size_bytes}</td>"
        f"<td><code>{file.digest}</code></td></tr>\n"
        for file in ticket.files
    )
    words = f"<h2>Mesaj kartı / Message card</h2>\n<pre>{escape(card)}</pre>\n" if card else ""
    return _PAGE.format(
        number=escape(ticket.order_number),
        title=escape(ticket.title),
        again=_again(ticket),
        rows="".join(f"<tr><th>{name}</th><td>{escape(told[name])}</td></tr>\n" for name in told),
        files=files,
        card=words,
        job=ticket.print_job_id,
        ticket=ticket.ticket_id,
    )


def _again(ticket: PrintTicket) -> str:
    if not ticket.copy:
        return ""
    reason = escape(_REASONS.get(ticket.reason, ticket.reason))
    return f'<p class="again">Yeniden baskı / Reprint {ticket.copy}: {reason}</p>\n'


def _size(width: Decimal, height: Decimal) -> str:
    return f"{_mm(width)} × {_mm(height)} mm"


def _mm(length: Decimal) -> str:
    return f"{length.normalize():f}"
