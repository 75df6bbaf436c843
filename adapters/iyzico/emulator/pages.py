"""The HTML the shopper sees. Everything that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape

from adapters.iyzico.emulator.book import BankCheck, Page
from adapters.iyzico.emulator.texts import money, word

QUICK_FILLS = (
    ("fill_success", "5526080000000006"),
    ("fill_bank", "5890040000000016"),
    ("fill_funds", "4111111111111129"),
    ("fill_lost", "4127111111111113"),
    ("fill_expired", "4125111111111115"),
    ("fill_fraud", "4121111111111119"),
    ("fill_bank_fails", "4131111111111117"),
    ("fill_no_refund", "5406670000000009"),
)


def payment_page(
    page: Page, language: str, *, merchant: str, charges: Mapping[int, Decimal], alert: str = ""
) -> str:
    """The form for card details; `charges` is what each number of instalments costs."""
    lines = "".join(
        f"<li><span>{escape(line.name)}</span>"
        f"<span>{money(line.price, page.currency, language=language)}</span></li>"
        for line in page.lines
    )
    total = money(page.paid_price, page.currency, language=language)
    main = f"""
<section class="order"><h2>{word("order", language)}</h2>
<ul>{lines}</ul>
<p class="total"><span>{word("total", language)}</span><strong>{total}</strong></p></section>
<section class="card"><h2>{word("card", language)}</h2>{_alert(alert)}
<form method="post" action="/cpp/pay" autocomplete="off">
<input type="hidden" name="token" value="{escape(page.token)}">
<input type="hidden" name="lang" value="{language}">
{_field("holder", language, extra='autocomplete="cc-name"')}
{_field("number", language, extra='inputmode="numeric" maxlength="23" placeholder="0000 0000"')}
<div class="pair">
{_field("expiry", language, extra='inputmode="numeric" maxlength="7" placeholder="12/30"')}
{_field("cvc", language, extra='inputmode="numeric" maxlength="4" placeholder="123"')}
</div>{_installments(page, language, charges=charges)}
<button class="pay" type="submit">{word("pay", language)} · {total}</button>
</form></section>
<section class="fills"><h2>{word("test_cards", language)}</h2>
<p>{word("test_cards_hint", language)}</p>{_quick_fills(language)}</section>
<script src="/cpp/page.js"></script>"""
    other = "tr" if language == "en" else "en"
    switch = f'<a href="/cpp?token={escape(page.token)}&amp;lang={other}">'
    switch += f"{word('other_language', language)}</a>"
    return _shell(language, merchant=merchant, main=main, aside=switch)


def bank_page(
    page: Page, check: BankCheck, *, language: str, merchant: str, alert: str = ""
) -> str:
    """The bank's page, which in this emulator shows the code it asks for."""
    amount = money(page.paid_price, page.currency, language=language)
    main = f"""
<section class="card bank"><h2>{escape(check.card.bank)} · {word("bank_title", language)}</h2>
<p>{escape(merchant)} · <strong>{amount}</strong> · •••• {check.card.last_four}</p>
<p>{word("bank_hint", language)} <output class="code">{check.code}</output></p>{_alert(alert)}
<form method="post" action="/payment/mock/confirm3ds" autocomplete="off">
<input type="hidden" name="token" value="{escape(page.token)}">
<input type="hidden" name="lang" value="{language}">
{_field("code", language, extra='inputmode="numeric" maxlength="6"', required=False)}
<button class="pay" name="decision" value="approve">{word("confirm", language)}</button>
<button class="quiet" name="decision" value="decline">{word("give_up", language)}</button>
</form></section>"""
    return _shell(language, merchant=check.card.bank, main=main)


def return_page(page: Page, language: str, *, merchant: str, fields: Mapping[str, str]) -> str:
    """Sends the browser back to the shop with these fields and nothing else."""
    carried = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    main = f"""
<section class="card"><h2>{word("returning", language)}</h2>
<form id="return" method="post" action="{escape(page.callback_url)}">{carried}
<button class="pay" type="submit">{word("continue", language)}</button>
</form></section><script src="/cpp/return.js"></script>"""
    return _shell(language, merchant=merchant, main=main)


def dead_end_page(key: str, language: str, *, merchant: str) -> str:
    """Says why there is nothing to pay here."""
    main = f'<section class="card">{_alert(word(key, language))}</section>'
    return _shell(language, merchant=merchant, main=main)


def _shell(language: str, *, merchant: str, main: str, aside: str = "") -> str:
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{word("title", language)} · {escape(merchant)}</title>
<link rel="stylesheet" href="/cpp/style.css"></head>
<body><p class="notice">{word("emulator", language)}</p>
<header><h1>{escape(merchant)}</h1><span>{word("title", language)}</span>{aside}</header>
<main>{main}</main></body></html>"""


def _field(name: str, language: str, *, extra: str, required: bool = True) -> str:
    needed = " required" if required else ""
    return (
        f'<label for="{name}">{word(name, language)}</label>'
        f'<input id="{name}" name="{name}" {extra}{needed}>'
    )


def _alert(message: str) -> str:
    return f'<p class="alert" role="alert">{escape(message)}</p>' if message else ""


def _installments(page: Page, language: str, *, charges: Mapping[int, Decimal]) -> str:
    if len(charges) < 2:
        return '<input type="hidden" name="installments" value="1">'
    options = "".join(
        f'<option value="{count}">'
        f"{word('single', language) if count == 1 else f'{count} ×'} · "
        f"{money(charge, page.currency, language=language)}</option>"
        for count, charge in charges.items()
    )
    return (
        f'<label for="installments">{word("installments", language)}</label>'
        f'<select id="installments" name="installments">{options}</select>'
    )


def _quick_fills(language: str) -> str:
    return "".join(
        f'<button type="button" data-number="{number}">{word(key, language)}'
        f"<small>•••• {number[-4:]}</small></button>"
        for key, number in QUICK_FILLS
    )
