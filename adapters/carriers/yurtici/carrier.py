"""Parcels by Yurtiçi Kargo: ours are known there by a key made of our id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_UP, Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from adapters.carriers.yurtici.soap import Said, SoapDesk
from application.ports import (
    CancelAnswer,
    Parcel,
    ParcelNews,
    ParcelRefused,
    ParcelRequest,
    ParcelSize,
    Unavailable,
)
from domain.shared.address import Address
from domain.shipments import ParcelStatus

TURKEY = timezone(timedelta(hours=3))
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
KEY_DIGITS = 18
"""With two letters before them twenty characters, which is the longest key that is taken."""
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_PLACE = 100, 500, 40
SHORTEST_ADDRESS = 10

ORDER_RESULT = "ShippingOrderResultVO"
DONE = frozenset({"", "0"})
KNOWN_ALREADY = "60020"
CANCELLED_ALREADY = "82520"
NEVER_HEARD_OF = "82519"
WRONG_ACCOUNT = frozenset({"1625", "1626", "80265"})
REFUSALS = frozenset(
    {"80859", "82500", "60017", "82501", "60018", "82503"}
    | {"60019", "82502", "82515", "82516", "82517"}
)
"""What is wrong with a parcel, so that it stays wrong however often it is announced."""

STATUSES: dict[str, ParcelStatus] = {
    "NOP": "created",
    "ISR": "in_transit",
    "IND": "in_transit",
    "DLV": "delivered",
    "CNL": "cancelled",
    "ISC": "cancelled",
    "BI": "cancelled",
}
"""`IND` says that the parcel is in the delivery process, from the first branch to the door, so it
is no promise that somebody rings today."""
GOING_BACK = frozenset({"1", "2", "3"})
GONE_BACK = frozenset({"9", "10"})
NOT_GOING_BACK = frozenset({"0", "4", "7", "8", "11"})
"""A wish to send it back, which `0` is said to be, is none yet, and may be told of every parcel."""


class YurticiAccount(Struct, frozen=True, kw_only=True):
    """Who we are there. Who pays is settled by the account."""

    user: str
    password: str
    language: str = "TR"


class YurticiCarrier:
    """Announces, stops and asks; it sends no webhooks."""

    tells = False

    def __init__(self, desk: SoapDesk, account: YurticiAccount) -> None:
        self._desk = desk
        self._account = account

    async def create_parcel(self, request: ParcelRequest) -> Parcel:
        """Announced twice it is refused the second time as known, which is the success of the
        first, whose answer was lost. Raises `Unavailable`, `ParcelRefused`.
        """
        key = cargo_key(request.shipment_id)
        content = self._signed("userLanguage") | {"ShippingOrderVO": _order(request, key)}
        said = await self._desk.call("createShipment", content, answer=ORDER_RESULT)
        _must_let_us_in(said)
        detail = _about(key, said.all("shippingOrderDetailVO"))
        code = detail.text("errCode") or said.text("errCode")
        if code in WRONG_ACCOUNT:
            raise Unavailable(f"yurtici: account, {code}")
        if code in REFUSALS:
            raise ParcelRefused(code)
        done = code in DONE and said.text("outFlag") == "0"
        if detail.text("cargoKey") != key or not (done or code == KNOWN_ALREADY):
            raise Unavailable(f"yurtici: outFlag {said.text('outFlag')}, errCode {code}")
        return Parcel(carrier_reference=key, webhook_secret="")

    async def cancel_parcel(self, shipment_id: UUID) -> CancelAnswer:
        """Possible until a branch has taken the parcel. Raises `Unavailable`."""
        key = cargo_key(shipment_id)
        content = self._signed("userLanguage") | {"cargoKeys": key}
        said = await self._desk.call("cancelShipment", content, answer=ORDER_RESULT)
        _must_let_us_in(said)
        detail = _about(key, said.all("shippingCancelDetailVO"))
        code, status = detail.text("errCode"), detail.text("operationStatus")
        if code == NEVER_HEARD_OF:
            return "unknown"
        if code == CANCELLED_ALREADY or (code in DONE and status in {"CNL", "ISC", "BI"}):
            return "cancelled"
        if status in {"IND", "ISR", "DLV"}:
            return "too_late"
        raise Unavailable(f"yurtici: cancel, {status or 'no status'}, errCode {code}")

    async def ask(self, shipment_ids: Sequence[UUID]) -> Mapping[UUID, ParcelNews]:
        """How parcels stand. Raises `Unavailable`."""
        by_key = {cargo_key(each): each for each in shipment_ids}
        content = self._signed("wsLanguage") | {
            "keys": list(by_key),
            "keyType": 0,
            "addHistoricalData": "false",
            "onlyTracking": "false",
        }
        said = await self._desk.call("queryShipment", content, answer="ShippingDeliveryVO")
        _must_let_us_in(said)
        found = {}
        for detail in said.all("shippingDeliveryDetailVO"):
            shipment_id = by_key.get(detail.text("cargoKey"))
            if shipment_id is not None and detail.text("errCode") in DONE:
                found[shipment_id] = _news(detail)
        return found

    def _signed(self, language: str) -> dict[str, Any]:
        """The names of the operations' parameters for the language differ."""
        return {
            "wsUserName": self._account.user,
            "wsPassword": self._account.password,
            language: self._account.language,
        }


def cargo_key(shipment_id: UUID) -> str:
    """The key of a parcel: two letters, and as much of our id as has room, in capitals."""
    number, digits = shipment_id.int % 36**KEY_DIGITS, []
    for _ in range(KEY_DIGITS):
        number, digit = divmod(number, 36)
        digits.append(DIGITS[digit])
    return "PK" + "".join(reversed(digits))


def desi_of(size: ParcelSize) -> Decimal:
    """What the parcel's room counts as, by the trade's rule: cubic centimetres by 3000."""
    volume = Decimal(size.length_mm * size.width_mm * size.height_mm) / 1000
    return (volume / 3000).quantize(Decimal("0.001"), rounding=ROUND_UP)


def phone_of(recipient: Address) -> str:
    """Ten digits, without the country's; whatever was written if it is no such number."""
    digits = re.sub(r"\D", "", recipient.phone)
    local = digits.removeprefix("0090").removeprefix("90").removeprefix("0")
    return local if len(local) == 10 else digits[:20]  # area and number


def _order(request: ParcelRequest, key: str) -> dict[str, Any]:
    to = request.recipient
    address = _line(f"{to.line} {to.postcode}")
    if len(address) < SHORTEST_ADDRESS:
        address = _line(f"{address} {to.district} {to.province}")
    kilograms = Decimal(request.size.weight_grams) / 1000
    return {
        "cargoKey": key,
        "invoiceKey": key,
        "receiverCustName": _line(to.name)[:LONGEST_NAME],
        "receiverAddress": address[:LONGEST_ADDRESS],
        "cityName": _line(to.province)[:LONGEST_PLACE],
        "townName": _line(to.district)[:LONGEST_PLACE],
        "receiverPhone1": phone_of(to),
        "desi": desi_of(request.size),
        "kg": kilograms,
        "cargoCount": 1,
        "description": request.order_number,
    }


def _news(detail: Said) -> ParcelNews:
    item = detail.one("shippingDeliveryItemDetailVO")
    said, rejected = detail.text("operationStatus"), item.text("rejectStatus")
    status, unknown = STATUSES.get(said), []
    if said and status is None:
        unknown.append(f"operationStatus {said}")
    if rejected in GONE_BACK:
        status = "returned"
    elif rejected in GOING_BACK:
        status = "exception"
    elif rejected and rejected not in NOT_GOING_BACK:
        unknown.append(f"rejectStatus {rejected}")
    if returned := item.text("returnStatus"):
        unknown.append(f"returnStatus {returned}")
    document = item.text("docId")
    return ParcelNews(
        status=status,
        occurred_at=_moment(item, "delivery" if status == "delivered" else "document"),
        tracking_number="" if document == "0" else document,
        codes=tuple(unknown),
    )


def _moment(item: Said, name: str) -> datetime | None:
    """A day as eight digits and a time as up to six, as they are told by the clock of Turkey."""
    told = item.text(f"{name}Date") + item.text(f"{name}Time").zfill(6)
    try:
        local = datetime.strptime(told, "%Y%m%d%H%M%S").replace(tzinfo=TURKEY)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _about(key: str, details: Iterable[Said]) -> Said:
    """What is said of this parcel; nothing if it is not named."""
    return next((each for each in details if each.text("cargoKey") == key), Said(()))


def _must_let_us_in(said: Said) -> None:
    code, flag = said.text("errCode"), said.text("outFlag")
    if code in WRONG_ACCOUNT or flag not in {"0", "1"}:
        raise Unavailable(f"yurtici: outFlag {flag}, errCode {code}")


def _line(text: str) -> str:
    return " ".join(text.split())
