"""The emulator's signatures: against published vectors, and written without the adapter's code."""

from __future__ import annotations

import ast
from decimal import Decimal
from pathlib import Path

import pytest

import adapters.iyzico
from adapters.iyzico.emulator.seals import seal, seal_callback, seal_notice
from adapters.iyzico.emulator.settings import EmulatorSettings

HERE = Path(adapters.iyzico.__file__).parent
SECRET = "sandbox-secret"


def imported_by(file: Path) -> set[str]:
    """The modules a file imports, by their full names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_neither_side_knows_the_other_so_that_no_mistake_hides_on_both() -> None:
    ours = {name for file in HERE.glob("*.py") for name in imported_by(file)}
    theirs = {name for file in (HERE / "emulator").rglob("*.py") for name in imported_by(file)}
    inside = {name for name in theirs if name.startswith("adapters.iyzico.emulator")}
    assert ours, "the adapter imports something"
    assert not {name for name in ours if "emulator" in name}
    assert not {name for name in theirs - inside if name.startswith(("adapters", "iyzipay"))}


def test_the_vector_iyzico_published_for_its_bank_return_is_met() -> None:
    fields = {
        "status": "success",
        "paymentId": "22484292",
        "conversationData": "",
        "conversationId": "",
        "mdStatus": "1",
    }
    published = "a4f73b80bb32a6ef8358090bbd8609a49a7b53f463048f8ef147496e236d04f0"
    assert seal_callback(fields, "jLc7GQHD2pyJoqXDeEcTnGHYtP7Ai5jl") == published


def test_the_webhook_seen_in_the_field_is_signed_the_same() -> None:
    seen: dict[str, object] = {
        "paymentConversationId": "attempt-1",
        "merchantId": 3432888,
        "status": "SUCCESS",
        "token": "token-1",
        "iyziReferenceCode": "8fe79c9a",
        "iyziEventType": "CHECKOUT_FORM_AUTH",
        "iyziEventTime": 1787347437752,
        "iyziPaymentId": 37415135,
    }
    # openssl dgst -sha256 -hmac sandbox-secret, over the secret and the five fields.
    signature = "1cbb341f38e2381cf660557bd77724250dc24dc0e6876e1d9712abce4fbae644"
    assert seal_notice(seen, SECRET) == signature


@pytest.mark.parametrize("written", ["1260.5", "1260.50", "1260.50000000"])
def test_a_result_is_signed_as_openssl_signs_it_whatever_zeros_its_amounts_have(
    written: str,
) -> None:
    result: dict[str, object] = {
        "paymentStatus": "SUCCESS",
        "paymentId": "24111111",
        "currency": "TRY",
        "basketId": "basket-1",
        "conversationId": "attempt-1",
        "paidPrice": Decimal(written),
        "price": Decimal(written),
        "token": "token-1",
    }
    # openssl dgst -sha256 -hmac sandbox-secret, over the fields in this order joined by colons.
    signature = "b14c1a72c01af7bb80ffe7244ef4869caf467ea647986525cda8062d4c8d11ec"
    assert seal(result, tuple(result), secret_key=SECRET) == signature


@pytest.mark.parametrize(("amount", "signed"), [("50.00", "50"), ("10.5", "10.5"), ("0E-8", "0")])
def test_amounts_are_signed_plainly(amount: str, signed: str) -> None:
    fields = ("price",)
    plain = seal({"price": signed}, fields, secret_key=SECRET)
    assert seal({"price": Decimal(amount)}, fields, secret_key=SECRET) == plain


def test_the_emulator_takes_only_made_up_keys() -> None:
    with pytest.raises(ValueError, match="sandbox-"):
        EmulatorSettings(api_key="live", secret_key=SECRET)
