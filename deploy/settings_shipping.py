"""The settings of carriers: who takes parcels, our account there, and what a parcel measures."""

from __future__ import annotations

import re
from typing import Literal, cast, get_args

from msgspec import Struct

from application.ports import ParcelSize
from deploy.environment import Environment
from deploy.secret import Secret

CarrierName = Literal["simulated", "yurtici"]

YURTICI = "https://ws.yurticikargo.com/KOPSWebServices/ShippingOrderDispatcherServices"
SHIPPING_MEANINGS = {
    "CARRIER": "who takes parcels: simulated (also what CARRIER_URL speaks) or yurtici",
    "YURTICI_USER": "our account for Yurtiçi Kargo's web service; without it nobody can choose it",
    "YURTICI_PASSWORD": "its password",
    "YURTICI_URL": "where that service is (the carrier's own address)",
    "PARCEL_GRAMS": "what a parcel weighs (400)",
    "PARCEL_MILLIMETRES": "length, width and height of a parcel (320x240x30)",
}
SIZE = re.compile(r"([1-9][0-9]{1,3})x([1-9][0-9]{1,3})x([1-9][0-9]{0,3})")


class YurticiSettings(Struct, frozen=True, kw_only=True):
    """An account for Yurtiçi Kargo's web service."""

    user: str
    password: Secret
    url: str


class ShippingSettings(Struct, frozen=True, kw_only=True):
    """Who takes the parcels, and what they measure."""

    carrier: CarrierName
    yurtici: YurticiSettings | None
    size: ParcelSize


def read_shipping(variables: Environment) -> ShippingSettings:
    """What is set, or what is usual."""
    carrier = variables.choice("CARRIER", "simulated", options=get_args(CarrierName))
    yurtici = _yurtici(variables)
    if carrier == "yurtici" and yurtici is None:
        variables.fault("CARRIER", "is yurtici without an account", fix="set YURTICI_USER")
    return ShippingSettings(
        carrier=cast(CarrierName, carrier), yurtici=yurtici, size=_size(variables)
    )


def _yurtici(variables: Environment) -> YurticiSettings | None:
    user, password = variables.text("YURTICI_USER", ""), variables.secret("YURTICI_PASSWORD")
    url = variables.url("YURTICI_URL", schemes=("http", "https"))
    if not user and password is None:
        return None
    if not user or password is None:
        variables.fault("YURTICI_USER", "and its password go together", fix="set both, or none")
        return None
    return YurticiSettings(user=user, password=password, url=url or YURTICI)


def _size(variables: Environment) -> ParcelSize:
    usual = ParcelSize()
    grams = variables.number("PARCEL_GRAMS", usual.weight_grams, low=10, high=30_000)
    sides = variables.text(
        "PARCEL_MILLIMETRES",
        f"{usual.length_mm}x{usual.width_mm}x{usual.height_mm}",
        pattern=SIZE.pattern,
        form="three lengths in millimetres, such as 320x240x30",
    )
    found = SIZE.fullmatch(sides)
    if found is None:
        return usual
    length, width, height = (int(each) for each in found.groups())
    return ParcelSize(weight_grams=grams, length_mm=length, width_mm=width, height_mm=height)
