"""Every page the emulator shows is whole HTML, in both languages, with a name on everything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html.parser import HTMLParser

import pytest

from adapters.iyzico import requests
from adapters.iyzico.emulator.shopper import NO_FUNDS, PAYS, PAYS_AFTER_BANK_PAGE
from tests.payments.merchant import INITIALIZE, RETRIEVE, Answer, call
from tests.payments.till import Till, checkout

VOID = {"input", "meta", "link"}
CARD = {"holder": "A", "expiry": "12/40", "cvc": "123"}


class Outline(HTMLParser):
    """What is wrong with a page: tags left open, ids used twice, labels and inputs without each
    other, buttons and links without a name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mistakes: list[str] = []
        self.language = ""
        self.headings: list[str] = []
        self._open: list[str] = []
        self._ids: list[str] = []
        self._labels: list[str] = []
        self._inputs: list[str] = []
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "id" in given:
            self._ids.append(given["id"] or "")
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)
        if tag == "label" and "for" in given:
            self._labels.append(given["for"] or "")
        if tag == "input" and given.get("type") != "hidden" and "label" not in self._open:
            self._inputs.append(given.get("id") or "")
        if given.keys() & {"style", "onclick", "onload", "onsubmit"}:
            self.mistakes.append(f"{tag} has inline {given}")
        if tag not in VOID:
            self._open.append(tag)
            self._text.append("")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.mistakes.append(f"</{tag}> closes something else")
            return
        text = self._text.pop()
        if tag in {"a", "button", "h1", "h2", "h3", "legend", "label", "title"} and not text:
            self.mistakes.append(f"{tag} has no name")
        if self._text:
            self._text[-1] += text

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[-1] += data.strip()

    def close(self) -> None:
        super().close()
        self.mistakes += [f"<{tag}> is left open" for tag in self._open]
        self.mistakes += [f"{each} twice" for each in self._ids if self._ids.count(each) > 1]
        self.mistakes += [f"label for no {each}" for each in self._labels if each not in self._ids]
        self.mistakes += [
            f"no label for {each}" for each in self._inputs if each not in self._labels
        ]


class Reader:
    """Somebody who looks at pages in one language."""

    def __init__(self, till: Till, language: str) -> None:
        self.till = till
        self.language = language

    async def open(self, **more: object) -> Answer:
        """A page that a merchant has opened."""
        body = requests.checkout_form(checkout()) | {"locale": self.language, **more}
        return await call(self.till, INITIALIZE, body=body)

    async def get(self, address: str) -> str:
        """What is seen at an address."""
        return (await self.till.browser.get(address)).text

    async def pay(self, number: str, **more: str) -> str:
        """What is seen after a card was typed."""
        token = (await self.open())["token"]
        return await self.send("/cpp/pay", token, number=number, **CARD, **more)

    async def send(self, path: str, token: str, **typed: str) -> str:
        """What is seen after a form was sent."""
        fields = {"token": token, "lang": self.language} | typed
        reply = await self.till.browser.post(self.till.base_url + path, data=fields)
        if reply.is_redirect:
            return await self.get(self.till.base_url + reply.headers["location"])
        return reply.text

    async def form(self) -> str:
        return await self.get((await self.open())["paymentPageUrl"])

    async def choices(self) -> str:
        first = await self.open()
        await self.send("/cpp/pay", first["token"], number=PAYS, save="1", **CARD)
        answer = await call(self.till, RETRIEVE, body={"token": first["token"]})
        page = await self.open(cardUserKey=answer["cardUserKey"], enabledInstallments=[2, 3])
        return await self.get(page["paymentPageUrl"])

    async def declined(self) -> str:
        return await self.pay(NO_FUNDS)

    async def bank(self) -> str:
        return await self.pay(PAYS_AFTER_BANK_PAGE)

    async def wrong_code(self) -> str:
        return await self.at_bank(decision="approve", code="1")

    async def left_bank(self) -> str:
        return await self.at_bank(decision="abandon")

    async def at_bank(self, **answer: str) -> str:
        """What is seen after the bank was answered."""
        token = (await self.open())["token"]
        await self.send("/cpp/pay", token, number=PAYS_AFTER_BANK_PAGE, **CARD)
        return await self.send("/payment/mock/confirm3ds", token, **answer)

    async def returning(self) -> str:
        return await self.pay(PAYS)

    async def paid(self) -> str:
        page = await self.open()
        await self.send("/cpp/pay", page["token"], number=PAYS, **CARD)
        return await self.get(page["paymentPageUrl"])

    async def expired(self) -> str:
        page = await self.open()
        await self.till.control("expire", token=page["token"])
        return await self.get(page["paymentPageUrl"])

    async def unknown(self) -> str:
        return await self.get(f"{self.till.base_url}/cpp?token=none&lang={self.language}")

    async def front(self) -> str:
        return await self.get(f"{self.till.base_url}/?lang={self.language}")


Look = Callable[[Reader], Awaitable[str]]
WITH_BOTH_LANGUAGES: tuple[Look, ...] = (
    Reader.form,
    Reader.choices,
    Reader.declined,
    Reader.bank,
    Reader.wrong_code,
    Reader.expired,
    Reader.unknown,
    Reader.front,
)
PAGES: tuple[Look, ...] = (*WITH_BOTH_LANGUAGES, Reader.left_bank, Reader.returning, Reader.paid)


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("look", PAGES)
async def test_pages_are_whole_and_named_in_their_language(
    till: Till, look: Look, language: str
) -> None:
    html = await look(Reader(till, language))
    outline = Outline()
    outline.feed(html)
    outline.close()
    assert outline.mistakes == []
    assert outline.language == language
    assert outline.headings[:2] == ["h1", "h2"]
    assert ("gerçek kart kullanmayın" in html) == (language == "tr")


@pytest.mark.parametrize("look", WITH_BOTH_LANGUAGES)
async def test_pages_link_to_the_other_language(till: Till, look: Look) -> None:
    assert 'hreflang="en"' in await look(Reader(till, "tr"))


async def test_only_a_fresh_payment_returns_by_itself(till: Till) -> None:
    assert "/cpp/return.js" in await Reader(till, "tr").returning()
    assert "/cpp/return.js" not in await Reader(till, "tr").paid()
