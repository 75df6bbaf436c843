"""The payment page as HTML. Everything that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from html import escape

from msgspec import Struct

from adapters.iyzico.emulator.book import Page
from adapters.iyzico.emulator.cards import ShownCard
from adapters.iyzico.emulator.commission import KURUS
from adapters.iyzico.emulator.quick_fills import GROUPS, Fill, fill_at
from adapters.iyzico.emulator.texts import money, word

MOST_LINES_AT_ONCE = 6
MOST_PAYING = 4


class SavedChoice(Struct, frozen=True):
    """A stored card the shopper may pay with."""

    card_token: str
    alias: str
    card: ShownCard


class Typed(Struct, frozen=True):
    """What the form is filled with when it is shown: never a number that somebody typed.

    `card_token` is the stored card that was chosen, empty for another one and None before anybody
    chose; `wrong` is the field to look at again.
    """

    holder: str = ""
    installments: int = 1
    fill: int | None = None
    card_token: str | None = None
    wrong: str = ""


class Offer(Struct, frozen=True, kw_only=True):
    """All that the payment page shows; `charges` is what each number of instalments costs, `expiry`
    what test cards are filled with.
    """

    page: Page
    language: str
    merchant: str
    charges: Mapping[int, Decimal]
    expiry: str
    saved: tuple[SavedChoice, ...] = ()
    may_save: bool = False
    typed: Typed = Typed()
    alert: str = ""


def payment_page(offer: Offer) -> str:
    """The page on which a card is chosen or typed."""
    language = offer.language
    main = f"""
{_order(offer)}
<section class="card" aria-labelledby="card-title"><h2 id="card-title">{word("card", language)}</h2>
{alert_box(offer.alert)}
<form id="pay" method="post" action="/cpp/pay" autocomplete="off" data-expiry="{offer.expiry}">
{hidden(token=offer.page.token, lang=language)}
{_saved_cards(offer)}{_new_card(offer)}{_plans(offer)}
<button class="pay" type="submit">{word("pay", language)}{_amount_on_button(offer)}</button>
</form></section>
<section class="fills" aria-labelledby="fills-title">
<h2 id="fills-title">{word("test_cards", language)}</h2>
<p>{word("test_cards_hint", language)}</p>{_quick_fills(offer)}</section>
<script src="/cpp/page.js"></script>"""
    aside = language_link(f"/cpp?token={escape(offer.page.token)}", language)
    return shell(language, merchant=offer.merchant, main=main, aside=aside)


def shell(language: str, *, merchant: str, main: str, aside: str = "") -> str:
    """A whole document around `main`."""
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{word("title", language)} · {escape(merchant)}</title>
<link rel="stylesheet" href="/cpp/style.css"></head>
<body><p class="notice">{word("emulator", language)}</p>
<header><h1>{escape(merchant)}</h1><span>{word("title", language)}</span>{aside}</header>
<main>{main}</main></body></html>"""


def language_link(address: str, language: str) -> str:
    """A link to the same page in the other language; `address` is escaped already."""
    other = "tr" if language == "en" else "en"
    return (
        f'<a href="{address}&amp;lang={other}" hreflang="{other}" lang="{other}">'
        f"{word('other_language', language)}</a>"
    )


def alert_box(message: str) -> str:
    """A warning that screen readers read out."""
    return f'<p class="alert" id="alert" role="alert">{escape(message)}</p>' if message else ""


def hidden(**fields: str) -> str:
    """Fields that a form carries unseen."""
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in fields.items()
    )


def field(name: str, label: str, *, extra: str) -> str:
    """A labelled input."""
    return (
        f'<div class="field"><label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" {extra}></div>'
    )


def _order(offer: Offer) -> str:
    page, language = offer.page, offer.language

    def row(label: str, amount: Decimal, *, extra: str = "") -> str:
        shown = money(amount, page.currency, language=language)
        return f"<div{extra}><dt>{escape(label)}</dt><dd>{shown}</dd></div>"

    lines = "".join(
        f"<li><span>{escape(line.name)}</span>"
        f"<span>{money(line.price, page.currency, language=language)}</span></li>"
        for line in page.lines
    )
    many = len(page.lines) > MOST_LINES_AT_ONCE
    scrolls = f' class="long" tabindex="0" aria-label="{word("order", language)}"' if many else ""
    chosen = offer.charges.get(offer.typed.installments, page.paid_price)
    sums = ""
    if page.paid_price != page.price:
        sums = row(word("subtotal", language), page.price)
        sums += row(word("difference", language), page.paid_price - page.price)
    more = chosen - page.paid_price
    none = "" if more else " hidden"
    sums += row(word("surcharge", language), more, extra=f' id="surcharge"{none}')
    sums += row(word("total", language), chosen, extra=' id="total" class="total"')
    return f"""<section class="order" aria-labelledby="order-title">
<h2 id="order-title">{word("order", language)}</h2><ul{scrolls}>{lines}</ul>
<dl>{sums}</dl></section>"""


def _saved_cards(offer: Offer) -> str:
    if not offer.saved:
        return ""
    language = offer.language
    chosen = offer.typed.card_token
    if chosen is None and offer.typed.fill is None:
        chosen = offer.saved[0].card_token
    choices = "".join(
        _choice(
            f'name="card_token" value="{escape(each.card_token)}"',
            f"<span>{escape(each.alias or each.card.bank)}"
            f"<small>{escape(each.card.bank)} {_network(each.card.association)}</small></span>"
            f"<strong>{_digits(each.card.last_four, language)}</strong>",
            checked=each.card_token == chosen,
        )
        for each in offer.saved
    )
    another = _choice(
        'id="another" name="card_token" value=""',
        f"<span>{word('another_card', language)}</span>",
        checked=not chosen,
    )
    legend = word("with_card", language)
    return f'<fieldset class="saved"><legend>{legend}</legend>{choices}{another}</fieldset>'


def _new_card(offer: Offer) -> str:
    language, typed = offer.language, offer.typed
    fill = fill_at(typed.fill)
    holder, number, expiry, cvc = typed.holder, "", "", ""
    if fill is not None:
        holder, number, expiry, cvc = holder or "Ayşe Yılmaz", fill.grouped, offer.expiry, fill.cvc
    # With stored cards only a script can tell whether these fields are wanted.
    needed = "" if offer.saved else " required"

    def input_of(name: str, value: str, extra: str) -> str:
        filled = f'value="{escape(value)}" {extra}{needed}'
        if name == typed.wrong:
            filled += ' aria-invalid="true" aria-describedby="alert" autofocus'
        return field(name, word(name, language), extra=filled)

    digits = 'inputmode="numeric"'
    month_year = word("month_year", language)
    return f"""<div class="new">
{input_of("holder", holder, 'autocomplete="cc-name" maxlength="80"')}
{input_of("number", number, f'{digits} maxlength="23" placeholder="0000 0000 0000 0000"')}
<div class="pair">
{input_of("expiry", expiry, f'{digits} maxlength="7" placeholder="{month_year}"')}
{input_of("cvc", cvc, f'{digits} maxlength="4" placeholder="123"')}
</div>{_save_box(offer)}</div>"""


def _save_box(offer: Offer) -> str:
    if not offer.may_save:
        return ""
    return (
        '<label class="check"><input type="checkbox" name="save" value="1">'
        f"<span>{word('save', offer.language)}</span></label>"
    )


def _plans(offer: Offer) -> str:
    page, language = offer.page, offer.language
    if len(offer.charges) < 2:
        return hidden(installments="1")
    chosen = offer.typed.installments if offer.typed.installments in offer.charges else 1
    plans = ""
    for count, charge in offer.charges.items():
        each = money(
            (charge / count).quantize(KURUS, ROUND_HALF_UP), page.currency, language=language
        )
        whole = money(charge, page.currency, language=language)
        more = money(charge - page.paid_price, page.currency, language=language)
        label = word("single", language)
        if count > 1:
            label = f"{count} {word('in_installments', language)}<small>{count} × {each}</small>"
        plans += _choice(
            f'name="installments" value="{count}" data-total="{whole}" data-more="{more}"',
            f"<span>{label}</span><strong>{whole}</strong>",
            checked=count == chosen,
        )
    legend = word("installments", language)
    return f'<fieldset class="plans"><legend>{legend}</legend>{plans}</fieldset>'


def _amount_on_button(offer: Offer) -> str:
    # Where there is a choice only a script can keep the amount on the button true.
    if len(offer.charges) > 1:
        return '<span id="amount"></span>'
    return f" · {money(offer.page.paid_price, offer.page.currency, language=offer.language)}"


def _choice(attributes: str, inside: str, *, checked: bool) -> str:
    on = " checked" if checked else ""
    return f'<label class="choice"><input type="radio" {attributes}{on}>{inside}</label>'


def _quick_fills(offer: Offer) -> str:
    parts = ""
    for key, fills in GROUPS:
        links = [_quick_fill(offer, fill) for fill in fills]
        most = MOST_PAYING if key in {"fills_pay", "fills_bank"} else len(links)
        parts += f"<h3>{word(key, offer.language)}</h3><div>{''.join(links[:most])}</div>"
        if rest := links[most:]:
            more = f"{word('more_cards', offer.language)} ({len(rest)})"
            parts += f"<details><summary>{more}</summary>{''.join(rest)}</details>"
    return parts


def _quick_fill(offer: Offer, fill: Fill) -> str:
    # A link works without scripts; it tells which card of the table, so that no address has digits.
    address = f"/cpp?token={escape(offer.page.token)}&amp;lang={offer.language}&amp;fill={fill.at}"
    return (
        f'<a href="{address}#pay" data-number="{fill.grouped}" data-cvc="{fill.cvc}">'
        f"<span>{escape(fill.label(offer.language))}</span>"
        f"<small>{_network(fill.card.association)} •••• {fill.card.number[-4:]}</small></a>"
    )


def _digits(last_four: str, language: str) -> str:
    return (
        f'<span aria-hidden="true">•••• </span><span class="unseen">{word("ends_with", language)} '
        f"</span>{escape(last_four)}"
    )


def _network(association: str) -> str:
    names = {"MASTER_CARD": "Mastercard", "AMERICAN_EXPRESS": "American Express", "TROY": "Troy"}
    return names.get(association, association.title())
