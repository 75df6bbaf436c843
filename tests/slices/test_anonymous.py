"""Who is meant can't be read any more, and what is the same stays the same."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from application.anonymous import (
    ERASED,
    KEPT,
    Anonymizer,
    Pseudonyms,
    personal_texts,
)
from domain.identity import User
from domain.orders import Order
from domain.shared.aggregate import EVENTS, PERSONAL
from domain.shared.claims import EmailClaim
from tests.given import NOW
from tests.orders.examples import an_order
from tests.sources import import_all

import_all("domain")
KEY = bytes(range(32))


def plain_texts(hint: Any, name: str) -> Iterator[str]:
    """The names of fields of free text that nobody declared personal."""
    if typing.get_origin(hint) is typing.Annotated:
        if PERSONAL not in hint.__metadata__:
            yield from plain_texts(hint.__origin__, name)
    elif hint in {str, bytes}:
        yield name
    elif typing.get_origin(hint) is not typing.Literal:
        for each in typing.get_args(hint):
            yield from plain_texts(each, name)
        if isinstance(hint, type) and issubclass(hint, Struct):
            yield from fields_of(hint)


def fields_of(kind: type[Struct]) -> Iterator[str]:
    hints = typing.get_type_hints(kind, include_extras=True)
    for name in kind.__struct_fields__:
        yield from plain_texts(hints[name], name)


def test_only_words_of_the_business_are_kept() -> None:
    found = {name for kind in EVENTS.values() for name in fields_of(kind)}
    assert found & KEPT
    secret = ("hash", "token", "secret", "digest", "email", "ip", "phone", "address", "reference")
    assert [name for name in KEPT if any(word in name.split("_") for word in secret)] == []


@given(st.text(max_size=60))
def test_a_pseudonym_has_the_shape_of_the_text(text: str) -> None:
    made = Pseudonyms(KEY).of(text)
    assert len(made) == len(text)
    assert made == Pseudonyms(KEY).of(text)
    if not set(text) <= set("0123456789abcdef") or len(text) < 16:
        assert [each.isdigit() for each in made] == [each.isdigit() for each in text]
        assert [each.isalpha() for each in made] == [each.isalpha() for each in text]


def test_other_keys_make_other_pseudonyms_and_a_digest_stays_one() -> None:
    digest = "ab" * 32
    one, other = Pseudonyms(KEY).of(digest), Pseudonyms(KEY[::-1]).of(digest)
    assert one != other != digest
    assert len(bytes.fromhex(one)) == 32


def anonymizer(*texts: str, claims: tuple[UUID, ...] = ()) -> Anonymizer:
    return Anonymizer(Pseudonyms(KEY), texts=texts, claims=claims)


def test_personal_texts_go_and_the_rest_of_an_order_stays() -> None:
    [placed] = an_order().collect_events()
    assert isinstance(placed, Order.Placed)
    texts = set(personal_texts(placed))
    assert {"Ayşe Yılmaz", "Kadıköy", "Tutunamayanlar"} <= texts
    after = anonymizer(*texts).over(placed)
    assert isinstance(after, Order.Placed)
    assert not (texts - {""}) & set(personal_texts(after))
    assert after.purchase.lines == placed.purchase.lines
    assert (after.number, after.customer_id) == (placed.number, placed.customer_id)
    assert after.purchase.artwork != placed.purchase.artwork
    assert after.particulars.delivery == after.particulars.billing


def test_what_was_erased_reads_as_erased() -> None:
    user = User.begin(
        User.Registered,
        id=uuid4(),
        now=NOW,
        email=ERASED,
        name="Ayşe",
        password_hash=ERASED,
        language="tr",
        terms_version="1",
        privacy_version="1",
    )
    [event] = user.collect_events()
    assert isinstance(event, User.Registered)
    assert set(personal_texts(event)) == {"Ayşe"}
    after = anonymizer("Ayşe").over(event)
    assert isinstance(after, User.Registered)
    assert (after.email, after.language, after.terms_version) == (ERASED, "tr", "1")
    assert after.name != "Ayşe"


@pytest.mark.parametrize(
    ("reason", "kept"), [("cancelled", True), ("said ayşe yılmaz", False), ("", True)]
)
def test_a_kept_text_goes_when_it_names_somebody(reason: str, *, kept: bool) -> None:
    kind = EVENTS["payment.failed"]
    event = kind(  # type: ignore[call-arg]  # its own fields
        originator_id=uuid4(),
        originator_version=2,
        timestamp=NOW,
        order_id=uuid4(),
        customer_id=uuid4(),
        reason=reason,
    )
    after = anonymizer("Ayşe Yılmaz").over(event)
    assert (after == event) is kept


def test_ids_of_claims_are_replaced_wherever_they_stand() -> None:
    claim = uuid4()
    event = EmailClaim.Claimed(
        originator_id=claim,
        originator_version=1,
        timestamp=NOW,
        originator_topic="x",
        person_id=claim,
    )
    after = anonymizer(claims=(claim,)).over(event)
    assert isinstance(after, EmailClaim.Claimed)
    assert after.originator_id == after.person_id != claim
