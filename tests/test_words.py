"""Everything that speaks to people speaks Turkish and English."""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.phrases import phrases_of
from api.wording import CODES, SLOT, all_words, words_of
from domain.design.parts import JobState
from domain.earnings.parts import PayoutState
from domain.earnings.runs import RunState
from domain.identity import Purpose
from domain.orders.parts import OrderState
from domain.payments.parts import AttemptState, PaymentProvider, RefundStep
from domain.production.parts import PrintState
from domain.returns.parts import ReturnState
from domain.returns.policy import Reason, Remedy
from domain.shared.errors import Refusal
from domain.shipments.statuses import ShipmentStatus
from tests.sources import PRODUCT, ROOT, Function, Source, import_all, name_of, product

MAILS = ROOT / "deploy" / "data" / "mails"
COMPUTED: dict[str, set[str]] = {
    "event.purpose": set(typing.get_args(Purpose)),
    "event.template": set(),  # what was named in `WriteToRole` or `GiveNotice`
}
"""Templates that code takes from a fact, and what that fact can be."""


def test_every_refusal_has_words_in_both_languages() -> None:
    import_all("domain", "application", "api")
    codes = {
        code for code, kind in Refusal.by_code.items() if kind.__module__.split(".")[0] in PRODUCT
    }
    assert sorted(codes - set(all_words())) == []


@pytest.mark.parametrize(
    "codes",
    [
        OrderState,
        ReturnState,
        Reason,
        Remedy,
        AttemptState,
        PaymentProvider,
        RefundStep,
        JobState,
        ShipmentStatus,
        PrintState,
        PayoutState,
        RunState,
    ],
)
def test_what_a_refusal_tells_of_has_a_name_in_both_languages(codes: object) -> None:
    assert set(typing.get_args(codes)) - set(phrases_of(CODES)) == set()


def test_a_refusal_writes_amounts_and_codes_as_its_reader_would() -> None:
    price = words_of("price_changed")
    facts = {"shown": "1.00 TRY", "price": "1256.50 TRY"}
    assert "1.256,50 ₺" in price.detail("tr", facts)
    assert "₺1,256.50" in price.detail("en", facts)
    state = words_of("order_not_payable")
    assert "“iptal edildi”" in state.detail("tr", {"state": "cancelled"})
    allowed = words_of("reason_not_for_goods")
    facts = {"reason": "changed_mind", "allowed": "damaged, wrong_item"}
    assert "hasarlı, yanlış ürün" in allowed.detail("tr", facts)


def facts_of(text: str) -> set[str]:
    """What a text tells; a fact that is in words has others in Turkish."""
    return {name.removesuffix("_tr") for name in SLOT.findall(text)}


def test_both_languages_tell_the_same_facts() -> None:
    unequal = {
        code: (words.tr, words.en)
        for code, words in all_words().items()
        if facts_of(words.tr) != facts_of(words.en)
    }
    assert unequal == {}


def test_every_mail_that_is_sent_is_written_in_both_languages() -> None:
    named = {template for source in product() for template in _templates(source)}
    written = {tuple(path.name.split(".")[:2]) for path in MAILS.glob("*.txt")}
    assert {(name, language) for name in named for language in ("tr", "en")} == written


@pytest.mark.parametrize("path", sorted(MAILS.glob("*.tr.txt")), ids=lambda path: path.name)
def test_mails_have_a_subject_and_the_same_places_in_both_languages(path: Path) -> None:
    turkish = path.read_text(encoding="utf-8")
    english = path.with_name(path.name.replace(".tr.", ".en.")).read_text(encoding="utf-8")
    for text in (turkish, english):
        subject, blank, rest = text.split("\n", 2)
        assert subject
        assert not blank
        assert rest.strip()
    assert set(re.findall(r"{(\w+)}", turkish)) == set(re.findall(r"{(\w+)}", english))


def _templates(source: Source) -> Iterator[str]:
    """The templates that a file names when it asks for mails, directly or through a function."""
    for function in source.functions():
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            if name_of(call) in {"GiveNotice", "SendMail", "WriteToRole"} and "template" in given:
                yield from _values(source, function, given["template"])


def _values(source: Source, function: Function, template: ast.expr) -> Iterator[str]:
    match template:
        case ast.Constant(value=str(name)):
            yield name
        case ast.IfExp(body=body, orelse=orelse):
            yield from _values(source, function, body)
            yield from _values(source, function, orelse)
        case ast.Name(id=name):
            yield from _of_variable(source, function, name)
        case _:
            yield from COMPUTED[ast.unparse(template)]


def _of_variable(source: Source, function: Function, name: str) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and name_of(node.targets[0]) == name:
            yield from _values(source, function, node.value)
    parameters = [argument.arg for argument in function.args.args]
    if name not in parameters:
        return
    place = parameters.index(name)
    for caller in source.functions():
        for call in (node for node in ast.walk(caller) if isinstance(node, ast.Call)):
            if name_of(call) == function.name:
                named = {keyword.arg: keyword.value for keyword in call.keywords}
                given = call.args[place] if place < len(call.args) else named[name]
                yield from _values(source, caller, given)
