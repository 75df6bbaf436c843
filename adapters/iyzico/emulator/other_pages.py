"""The pages around the payment page: the bank's, the way back, dead ends, the front page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from zoneinfo import ZoneInfo

from msgspec import Struct

from adapters.iyzico.emulator.book import BankCheck, Page
from adapters.iyzico.emulator.pages import alert_box, field, hidden, language_link, shell
from adapters.iyzico.emulator.texts import money, word

ISTANBUL = ZoneInfo("Europe/Istanbul")


class BankVisit(Struct, frozen=True, kw_only=True):
    """What the bank's page is about: who asks for how much, and where its form leads.

    `fields` go along with the form (the token of a page or the id of a payment).
    """

    check: BankCheck
    fields: Mapping[str, str]
    amount: Decimal
    currency: str
    merchant: str
    language: str

    @property
    def address(self) -> str:
        """Where this page is, with `&` for more."""
        query = "&amp;".join(f"{name}={escape(value)}" for name, value in self.fields.items())
        return f"/payment/mock/init3ds?{query}"


class WayBack(Struct, frozen=True, kw_only=True):
    """The form that sends the browser back: `fields` and nothing else; `at_once` by a script."""

    action: str
    fields: Mapping[str, str]
    title: str
    text: str
    good: bool
    amount: str = ""
    at_once: bool = True


def bank_page(visit: BankVisit, alert: str = "") -> str:
    """The bank's page, which in this emulator shows the code it asks for."""
    language, card = visit.language, visit.check.card
    amount = money(visit.amount, visit.currency, language=language)
    code = field(
        "code",
        word("code", language),
        extra='inputmode="numeric" maxlength="6" autocomplete="one-time-code"',
    )
    main = f"""
<section class="card bank"><h2>{escape(card.bank)} · {word("bank_title", language)}</h2>
<dl><div><dt>{word("shop", language)}</dt><dd>{escape(visit.merchant)}</dd></div>
<div><dt>{word("amount", language)}</dt><dd>{amount}</dd></div>
<div><dt>{word("with_card", language)}</dt><dd>•••• {card.last_four}</dd></div></dl>
<p>{word("bank_hint", language)} <output class="code">{visit.check.code}</output></p>
{alert_box(alert)}
<form method="post" action="/payment/mock/confirm3ds" autocomplete="off">
{hidden(**visit.fields, lang=language)}{code}
<button class="pay" name="decision" value="approve">{word("confirm", language)}</button>
<button class="quiet" name="decision" value="decline">{word("decline", language)}</button>
<button class="quiet" name="decision" value="abandon">{word("abandon", language)}</button>
</form></section>"""
    aside = language_link(visit.address, language)
    return shell(language, merchant=card.bank, main=main, aside=aside)


def abandoned_page(visit: BankVisit, page: Page | None) -> str:
    """What is seen by somebody who walked away from the bank's page; `page` is the way back."""
    language = visit.language
    links = f'<a class="pay" href="{visit.address}&amp;lang={language}">'
    links += f"{word('back_to_bank', language)}</a>"
    if page is not None:
        links += f'<a class="quiet" href="/cpp?token={escape(page.token)}&amp;lang={language}">'
        links += f"{word('back_to_page', language)}</a>"
    title, text = word("abandoned_title", language), word("abandoned", language)
    main = _end(title, text, good=False, below=links)
    return shell(language, merchant=visit.merchant, main=main)


def return_page(way: WayBack, *, language: str, merchant: str) -> str:
    """Sends the browser back to the shop."""
    script = '<script src="/cpp/return.js"></script>' if way.at_once else ""
    form = f"""<form id="return" method="post" action="{escape(way.action)}">
{hidden(**way.fields)}
<button class="pay" type="submit">{word("continue", language)}</button></form>{script}"""
    amount = f'<p class="amount">{way.amount}</p>' if way.amount else ""
    main = _end(way.title, way.text, good=way.good, below=amount + form)
    return shell(language, merchant=merchant, main=main)


def dead_end_page(key: str, language: str, *, merchant: str, token: str = "") -> str:
    """Says why there is nothing to pay here; `key` is `unknown` or `expired`."""
    main = f"""
<section class="card end"><p class="mark bad" aria-hidden="true">!</p>
<h2>{word(f"{key}_title", language)}</h2>{alert_box(word(f"{key}_page", language))}</section>"""
    aside = language_link(f"/cpp?token={escape(token)}", language)
    return shell(language, merchant=merchant, main=main, aside=aside)


def front_page(
    pages: Sequence[tuple[Page, str]], *, now: datetime, language: str, merchant: str
) -> str:
    """What somebody sees who looks at the emulator itself: its time and the latest pages."""
    rows = "".join(
        f'<li><a href="/cpp?token={escape(page.token)}&amp;lang={language}">'
        f"{_minute(page.opened_at)}</a>"
        f"<span>{word(f'state_{state}', language)} · "
        f"{money(page.paid_price, page.currency, language=language)}</span></li>"
        for page, state in pages
    )
    shown = f"<ul>{rows}</ul>" if rows else f"<p>{word('front_none', language)}</p>"
    main = f"""
<section class="card"><h2>{word("front_title", language)}</h2>
<p>{word("front_text", language)}</p>
<p>{word("front_clock", language)}: <strong>{_minute(now)}</strong></p>
<h3>{word("front_pages", language)}</h3>{shown}</section>"""
    return shell(language, merchant=merchant, main=main, aside=language_link("/?", language))


def _end(title: str, text: str, *, good: bool, below: str) -> str:
    mark = '<p class="mark" aria-hidden="true">✓</p>'
    if not good:
        mark = '<p class="mark bad" aria-hidden="true">!</p>'
    return (
        f'<section class="card end">{mark}<h2>{escape(title)}</h2>'
        f'<p role="status">{escape(text)}</p>{below}</section>'
    )


def _minute(moment: datetime) -> str:
    return moment.astimezone(ISTANBUL).strftime("%d.%m.%Y %H:%M")
