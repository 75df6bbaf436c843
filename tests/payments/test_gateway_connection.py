"""Where the gateway connects, with which SDK, and that concurrent calls don't mix."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from iyzipay import Payment, Refund

from adapters.iyzico.connection import Endpoint, endpoint_of
from adapters.iyzico.emulator import Certificate, create_emulator, running
from adapters.iyzico.gateway import IyzicoGateway
from adapters.iyzico.merchant import Merchant
from application.ports import CheckoutForm, Unknown
from tests.payments.till import API_KEY, SECRET_KEY, SETTINGS, Till, checkout, merchant_at

UNTOUCHED_SDK = """
import iyzipay, json, sys
options = {"api_key": sys.argv[2], "secret_key": sys.argv[3], "base_url": sys.argv[1]}
print(json.loads(iyzipay.ApiTest().retrieve(options).read())["status"])
request = {"locale": "tr", "conversationId": "çöğü", "token": "none"}
print(json.loads(iyzipay.CheckoutForm().retrieve(request, options).read())["errorCode"])
"""


@pytest.mark.parametrize(
    ("base_url", "endpoint"),
    [
        ("https://sandbox-api.iyzipay.com", Endpoint("sandbox-api.iyzipay.com", tls=True)),
        ("https://sandbox-api.iyzipay.com/", Endpoint("sandbox-api.iyzipay.com", tls=True)),
        ("http://127.0.0.1:8090", Endpoint("127.0.0.1:8090", tls=False)),
        ("http://localhost:8090", Endpoint("localhost:8090", tls=False)),
        ("http://[::1]:8090", Endpoint("[::1]:8090", tls=False)),
    ],
)
def test_these_are_places_to_go(base_url: str, endpoint: Endpoint) -> None:
    assert endpoint_of(base_url) == endpoint


@pytest.mark.parametrize(
    "base_url",
    [
        "http://sandbox-api.iyzipay.com",
        "http://10.0.0.1",
        "http://0.0.0.0:80",
        "http://localhost.example.org",
        "http://127.0.0.1@example.org",
        "https://user:pass@api.iyzipay.com",
        "https://api.iyzipay.com/v2",
        "https://api.iyzipay.com?x=1",
        "ftp://127.0.0.1",
        "api.iyzipay.com",
        "",
    ],
)
def test_the_gateway_is_not_built_for_anywhere_else(base_url: str) -> None:
    with pytest.raises(ValueError, match=r"http|loopback|scheme"):
        Merchant(API_KEY, SECRET_KEY, base_url=base_url)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Certificate]:
    """A throw-away certificate authority and a certificate of its for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("authority")
    issuer = trustme.CA()
    issued = issuer.issue_cert("127.0.0.1")
    issuer.cert_pem.write_to_path(folder / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "server.pem")
    issued.private_key_pem.write_to_path(folder / "server.key")
    return folder / "ca.pem", Certificate(folder / "server.pem", folder / "server.key")


async def test_the_untouched_sdk_talks_to_the_emulator_over_tls(
    authority: tuple[Path, Certificate],
) -> None:
    trusted, certificate = authority
    async with running(create_emulator(SETTINGS), certificate=certificate) as base_url:
        host = base_url.removeprefix("https://")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", UNTOUCHED_SDK, host, API_KEY, SECRET_KEY),
            stdout=subprocess.PIPE,
            env=os.environ | {"SSL_CERT_FILE": str(trusted)},
        )
        told, _ = await process.communicate()
    assert told.split() == [b"success", b"5124"]


async def test_the_gateway_talks_over_tls_to_those_it_trusts(
    authority: tuple[Path, Certificate], monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, certificate = authority
    async with running(create_emulator(SETTINGS), certificate=certificate) as base_url:
        with monkeypatch.context() as here:
            here.setenv("SSL_CERT_FILE", str(trusted))
            gateway = IyzicoGateway(merchant_at(base_url))
        stranger = IyzicoGateway(merchant_at(base_url))
        assert isinstance(await gateway.open_checkout(checkout()), CheckoutForm)
        assert await stranger.open_checkout(checkout()) == Unknown("connection_lost")


def test_the_sdk_still_shares_one_header_between_all_its_resources() -> None:
    assert Payment().header is Refund().header


async def test_calls_at_once_never_go_out_under_each_others_key(till: Till) -> None:
    ours = till.merchant
    theirs = merchant_at(
        till.base_url, api_key="sandbox-other-merchant", secret_key="sandbox-other"
    )
    header = dict(Payment.header)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        answers = await asyncio.gather(
            *(merchant.check_keys() for _ in range(150) for merchant in (ours, theirs))
        )
    finally:
        sys.setswitchinterval(interval)
    assert answers[0::2] == [None] * 150
    assert {getattr(answer, "code", None) for answer in answers[1::2]} == {"1001"}
    assert Payment.header == header


async def test_many_checkouts_at_once_each_get_their_own_page(till: Till) -> None:
    requests = [checkout(f"{number + 1}.00") for number in range(40)]
    forms = await asyncio.gather(*(till.gateway.open_checkout(each) for each in requests))
    tokens = {form.token for form in forms if isinstance(form, CheckoutForm)}
    assert len(tokens) == len(requests)
