"""Two accounts never differ only by case, in Turkish or otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tokens import KeyedClaims
from application.identity.claiming import email_claim_id
from domain.shared.text import folded, folded_email
from tests.identity.examples import CLAIMS

TURKISH = "abcçdefgğhıijklmnoöprsştuüvyzABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZâîûÂÎÛ0123456789._-+"
LOCAL = st.text(st.sampled_from(TURKISH), min_size=1, max_size=20) | st.text(
    st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20
)


def turkish_upper(text: str) -> str:
    return text.replace("i", "İ").replace("ı", "I").upper()


def turkish_lower(text: str) -> str:
    return text.replace("İ", "i").replace("I", "ı").lower()


@given(LOCAL)
def test_no_change_of_case_makes_another_text(text: str) -> None:
    spellings = [text.upper(), text.lower(), text.swapcase(), text.title(), text.casefold()]
    spellings += [turkish_upper(text), turkish_lower(text)]
    assert {folded(spelling) for spelling in spellings} == {folded(text)}


@given(LOCAL)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(LOCAL)
def test_an_address_has_one_claim_in_all_its_spellings(local: str) -> None:
    claim = email_claim_id(f"{local}@example.com", CLAIMS)
    assert email_claim_id(f" {turkish_upper(local)}@EXAMPLE.com", CLAIMS) == claim
    assert email_claim_id(f"{turkish_lower(local)}@Example.Com ", CLAIMS) == claim


@given(st.sets(st.text("abcdefgh0123", min_size=1, max_size=6), min_size=2, max_size=5))
def test_other_addresses_have_other_claims(names: set[str]) -> None:
    claims = {email_claim_id(f"{name}@example.com", CLAIMS) for name in names}
    assert len(claims) == len(names)


@pytest.mark.parametrize("spelling", ["İLGAZ", "ILGAZ", "ılgaz", "ilgaz", "Ilgaz", "i\u0307lgaz"])
def test_the_dots_of_turkish_letters_make_no_other_name(spelling: str) -> None:
    assert folded_email(f"{spelling}@Örnek.com") == "ilgaz@örnek.com"


def test_ids_of_claims_tell_nothing_without_the_key() -> None:
    other = KeyedClaims(b"d" * 32)
    assert email_claim_id("a@example.com", CLAIMS) != email_claim_id("a@example.com", other)
    assert CLAIMS.digest("a", "bc") != CLAIMS.digest("ab", "c")
