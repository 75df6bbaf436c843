"""Where the gateway connects, with which SDK, and that concurrent calls don't mix."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from iyzipay import Payment, Refund

from adapters.iyzico import requests
from adapters.iyzico.connection import Endpoint, endpoint_of
from adapters.iyzico.emulator import Certificate, create_emulator, running
from adapters.iyzico.gateway import IyzicoGateway
from adapters.iyzico.merchant import Merchant
from application.ports import CheckoutForm, Unknown
from tests.payments.till import API_KEY, SECRET_KEY, SETTINGS, Till, checkout, merchant_at

# A shop that has nothing of ours: the SDK, and a browser for the shopper's side.
UNTOUCHED_SDK = """
import http.client, iyzipay, json, re, sys, urllib.parse
host, api_key, secret_key, body = sys.argv[1:]
options = {"api_key": api_key, "secret_key": secret_key, "base_url": host}
body = json.loads(body)

def told(response):
    return json.loads(response.read())

def browse(method, path, fields=None):
    connection = http.client.HTTPSConnection(host)
    form = urllib.parse.urlencode(fields) if fields else None
    headers = {"content-type": "application/x-www-form-urlencoded"} if fields else {}
    connection.request(method, path, form, headers)
    return connection.getresponse().read().decode()

print(told(iyzipay.ApiTest().retrieve(options))["status"])
unknown = {"locale": "tr", "conversationId": "çöğü", "token": "none"}
print(told(iyzipay.CheckoutForm().retrieve(unknown, options))["errorCode"])
page = told(iyzipay.CheckoutFormInitialize().create(body, options))
path = page["paymentPageUrl"].split(host)[1]
form = browse("GET", path)
fields = {"token": page["token"], "number": "5526080000000006", "expiry": "12/40", "cvc": "123"}
browse("POST", re.search('action="([^"]+)"', form)[1], fields | {"holder": "Test"})
asked = {"locale": "tr", "conversationId": body["conversationId"], "token": page["token"]}
paid = told(iyzipay.CheckoutForm().retrieve(asked, options))
print(paid["paymentStatus"], paid["paidPrice"])
line = paid["itemTransactions"][0]
refund = {"locale": "tr", "conversationId": "refund", "price": "60.00", "currency": "TRY",
          "paymentTransactionId": line["paymentTransactionId"], "ip": "127.0.0.1"}
print(told(iyzipay.Refund().create(refund, options))["status"])
report = told(iyzipay.RetrievePaymentDetails().retrieve({"paymentId": paid["paymentId"]}, options))
print(report["payments"][0]["itemTransactions"][0]["refunds"][0]["refundPrice"])
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


async def test_the_untouched_sdk_sells_and_refunds_at_the_emulator_over_tls(
    authority: tuple[Path, Certificate],
) -> None:
    trusted, certificate = authority
    body = json.dumps(requests.checkout_form(checkout("1260.00", "30.00")))
    async with running(create_emulator(SETTINGS), certificate=certificate) as base_url:
        host = base_url.removeprefix("https://")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", UNTOUCHED_SDK, host, API_KEY, SECRET_KEY, body),
            stdout=subprocess.PIPE,
            env=os.environ | {"SSL_CERT_FILE": str(trusted)},
        )
        told, _ = await process.communicate()
    assert told.decode().splitlines() == [
        "success",
        "5124",
        "SUCCESS 1290.0",
        "success",
        "60.0",
    ]


async def test_without_the_authority_the_untouched_sdk_does_not_talk_at_all(
    authority: tuple[Path, Certificate],
) -> None:
    async with running(create_emulator(SETTINGS), certificate=authority[1]) as base_url:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", UNTOUCHED_SDK, base_url.removeprefix("https://"), "a", "b"),
            "{}",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        told, complaint = await process.communicate()
    assert told == b""
    assert b"CERTIFICATE_VERIFY_FAILED" in complaint


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
