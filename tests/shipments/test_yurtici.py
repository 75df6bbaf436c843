"""Yurtiçi's web service: keys, letters, codes, and answers that are none."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given as generated
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from adapters.carriers.yurtici import YurticiCarrier, cargo_key
from adapters.carriers.yurtici.carrier import STATUSES, desi_of, phone_of
from adapters.carriers.yurtici.local import PATH, LocalFault, LocalYurtici
from application.ports import ParcelRefused, ParcelSize, Unavailable
from domain.shared.address import Address
from tests.shipments.carriers import PASSWORD, REQUEST, served, yurtici

ID = REQUEST.shipment_id
KEY = cargo_key(ID)
SILENT = [fault for fault in get_args(LocalFault) if fault.startswith("silent")]
LOUD = [fault for fault in get_args(LocalFault) if not fault.startswith("silent")]


@generated(st.uuids(), st.uuids())
def test_a_key_has_twenty_capitals_and_digits_and_is_the_parcels_own(a: UUID, b: UUID) -> None:
    assert len(cargo_key(a)) == 20
    assert cargo_key(a).isascii()
    assert cargo_key(a).isalnum()
    assert cargo_key(a) == cargo_key(a).upper()
    assert (cargo_key(a) == cargo_key(b)) == (a == b)


async def test_turkish_letters_arrive_as_they_are() -> None:
    async with yurtici() as (carrier, local):
        await carrier.create_parcel(REQUEST)
    order = local.book[KEY].order
    assert order["receiverCustName"] == "Gülşah Öztürk Çağlayan"
    assert order["receiverAddress"] == "Yeşilköy Mah. İğde Sk. No: 5 34387"
    assert (order["cityName"], order["townName"]) == ("İstanbul", "Şişli")
    assert order["receiverPhone1"] == "5321112233"
    assert (order["kg"], order["desi"], order["cargoCount"]) == ("0.4", "0.768", "1")


async def test_a_name_that_would_be_markup_stays_a_name() -> None:
    recipient = replace(REQUEST.recipient, name="<b>Ali & Veli</b>]]>")
    async with yurtici() as (carrier, local):
        await carrier.create_parcel(replace(REQUEST, recipient=recipient))
    assert local.book[KEY].order["receiverCustName"] == "<b>Ali & Veli</b>]]>"


async def test_a_short_address_is_filled_up_with_the_place() -> None:
    recipient = replace(REQUEST.recipient, line="Köy 3", postcode="")
    async with yurtici() as (carrier, local):
        await carrier.create_parcel(replace(REQUEST, recipient=recipient))
    assert local.book[KEY].order["receiverAddress"] == "Köy 3 Şişli İstanbul"


async def ask(carrier: YurticiCarrier, verb: str) -> object:
    """Any of the three verbs."""
    if verb == "create":
        return await carrier.create_parcel(REQUEST)
    if verb == "cancel":
        return await carrier.cancel_parcel(ID)
    return await carrier.ask([ID])


@pytest.mark.parametrize("fault", LOUD)
@pytest.mark.parametrize("verb", ["create", "cancel", "ask"])
async def test_what_is_no_answer_leaves_open_what_was_done(fault: LocalFault, verb: str) -> None:
    async with yurtici() as (carrier, local):
        if verb != "create":
            await carrier.create_parcel(REQUEST)
        local.faults.append(fault)
        with pytest.raises(Unavailable):
            await ask(carrier, verb)
        # Asked again it answers, and there is one parcel whatever was lost on the way
        assert (await carrier.create_parcel(REQUEST)).carrier_reference == KEY
        assert list(local.book) == [KEY]


@pytest.mark.parametrize("fault", SILENT)
async def test_a_parcel_whose_answer_never_came_is_announced_once(fault: LocalFault) -> None:
    async with yurtici(seconds=0.3) as (carrier, local):
        local.faults.append(fault)
        with pytest.raises(Unavailable):
            await carrier.create_parcel(REQUEST)
        assert len(local.book) == (fault == "silent_after")
        assert (await carrier.create_parcel(REQUEST)).carrier_reference == KEY
        assert list(local.book) == [KEY]


async def test_a_wrong_password_is_no_refusal_of_the_parcel() -> None:
    async with yurtici(password="falsch") as (carrier, local):
        with pytest.raises(Unavailable, match="80265"):
            await carrier.create_parcel(REQUEST)
        with pytest.raises(Unavailable, match="80265"):
            await carrier.ask([ID])
    assert local.book == {}


async def test_a_phone_that_is_none_is_refused_by_its_code() -> None:
    recipient = replace(REQUEST.recipient, phone="yok")
    async with yurtici() as (carrier, _):
        with pytest.raises(ParcelRefused) as refused:
            await carrier.create_parcel(replace(REQUEST, recipient=recipient))
    assert refused.value.code == "82516"


async def test_nothing_of_what_is_sent_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with yurtici() as (carrier, _):
        await carrier.create_parcel(REQUEST)
    for secret in (PASSWORD, "Gülşah", "5321112233"):
        assert secret not in caplog.text


@pytest.mark.parametrize("code", STATUSES)
async def test_codes_are_told_in_our_words(code: str) -> None:
    async with yurtici() as (carrier, local):
        await carrier.create_parcel(REQUEST)
        local.move(KEY, code, deliveryDate="20260303", deliveryTime="93005")
        news = (await carrier.ask([ID]))[ID]
    assert (news.status, news.codes) == (STATUSES[code], ())
    assert news.tracking_number == "100300000001"
    if code == "DLV":
        assert news.occurred_at == datetime(2026, 3, 3, 6, 30, 5, tzinfo=UTC)


async def test_codes_that_we_do_not_know_are_kept_and_not_guessed() -> None:
    async with yurtici() as (carrier, local):
        await carrier.create_parcel(REQUEST)
        local.move(KEY, "XYZ", rejectStatus="77", returnStatus="2", documentDate="bugün")
        news = (await carrier.ask([ID]))[ID]
    assert (news.status, news.occurred_at) == (None, None)
    assert news.codes == ("operationStatus XYZ", "rejectStatus 77", "returnStatus 2")


@pytest.mark.parametrize("day", ["00010101", "00000000", "20260230", ""])
async def test_a_day_that_is_none_is_left_out(day: str) -> None:
    async with yurtici() as (carrier, local):
        await carrier.create_parcel(REQUEST)
        local.move(KEY, "IND", documentDate=day)
        news = (await carrier.ask([ID]))[ID]
    assert (news.status, news.occurred_at) == ("in_transit", None)


@pytest.mark.parametrize(
    ("rejected", "status"),
    [("1", "exception"), ("9", "returned"), ("11", "in_transit"), ("0", "in_transit")],
)
async def test_a_parcel_that_goes_back_is_told_so(rejected: str, status: str) -> None:
    async with yurtici() as (carrier, local):
        await carrier.create_parcel(REQUEST)
        local.move(KEY, "IND", rejectStatus=rejected)
        assert (await carrier.ask([ID]))[ID].status == status


async def test_many_parcels_are_asked_about_in_one_call() -> None:
    ids = [uuid4() for _ in range(30)]
    async with yurtici() as (carrier, local):
        for each in ids:
            await carrier.create_parcel(replace(REQUEST, shipment_id=each))
        local.asked.clear()
        assert (await carrier.ask(ids)).keys() == set(ids)
    assert local.asked == ["queryShipment"]


async def test_the_local_server_serves_its_description_and_wants_what_is_in_it() -> None:
    local = LocalYurtici("u", "p")
    async with served(local) as url, httpx.AsyncClient(base_url=url) as http:
        described = etree.fromstring((await http.get(f"{PATH}?wsdl")).content)
        assert etree.QName(described).localname == "definitions"
        for body in (b"nonsense", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
            assert b"Fault" in (await http.post(PATH, content=body)).content
        assert (await http.post("/elsewhere", content=b"")).status_code == 404


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("+90 (532) 111 22 33", "5321112233"),
        ("0532 111 22 33", "5321112233"),
        ("00905321112233", "5321112233"),
        ("532", "532"),
        ("", ""),
    ],
)
def test_phones_are_sent_without_the_countrys_number(written: str, sent: str) -> None:
    address = Address(name="A", line="B", district="C", province="D", phone=written)
    assert phone_of(address) == sent


def test_room_counts_by_the_trades_rule() -> None:
    assert str(desi_of(ParcelSize(length_mm=300, width_mm=200, height_mm=100))) == "2.000"
    assert str(desi_of(ParcelSize(length_mm=10, width_mm=10, height_mm=1))) == "0.001"
