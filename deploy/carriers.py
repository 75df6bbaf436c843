"""The carriers that are set up, and the tables of how long they take."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from adapters.carriers.named import NamedCarriers
from application.ports import Carrier
from application.shipments import ShippingRules
from deploy.settings import Settings
from deploy.settings_shipping import YurticiSettings
from domain.shipments import DeliveryTimes

if TYPE_CHECKING:  # a process imports only what it uses
    from adapters.carriers.yurtici import YurticiCarrier

DELIVERY_TIMES = Path(__file__).parent / "data" / "delivery-times.toml"
TIMEOUT = httpx.Timeout(20, connect=5)


def carriers_of(settings: Settings, closers: list[Callable[[], Any]]) -> NamedCarriers:
    """All that are set up, the usual one first; `closers` get what has to be closed."""
    found: dict[str, Carrier] = {}
    for name in _names(settings):
        http = _http(settings, name)
        closers.append(http.aclose)
        found[name] = _carrier(settings, name, http)
    return NamedCarriers(found)


def shipping_rules(settings: Settings) -> ShippingRules:
    """Who takes parcels, how long that takes, and what they measure."""
    usual, *others = _names(settings)
    return ShippingRules(
        carrier=usual,
        others=tuple(others),
        times=delivery_times(),
        size=settings.shipping.size,
    )


def delivery_times() -> DeliveryTimes:
    """The tables of working days and holidays."""
    tables = tomllib.loads(DELIVERY_TIMES.read_text(encoding="utf-8"))
    zones = {
        province: zone
        for zone, provinces in tables.pop("provinces").items()
        for province in provinces
    }
    return msgspec.convert({**tables, "zones": zones}, DeliveryTimes)


def _names(settings: Settings) -> list[str]:
    """The usual carrier first. Where a real one is used, nothing is simulated beside it, unless
    somebody says where.
    """
    names: list[str] = [settings.shipping.carrier]
    if settings.shipping.yurtici and "yurtici" not in names:
        names.append("yurtici")
    if settings.connections.carrier_url and "simulated" not in names:
        names.append("simulated")
    return names


def _http(settings: Settings, name: str) -> httpx.AsyncClient:
    if name == "yurtici":
        return httpx.AsyncClient(timeout=TIMEOUT)
    port = settings.web.emulators_port + 2
    url = settings.connections.carrier_url or f"http://127.0.0.1:{port}"
    return httpx.AsyncClient(base_url=url, timeout=TIMEOUT)


def _carrier(settings: Settings, name: str, http: httpx.AsyncClient) -> Carrier:
    if name == "yurtici":
        assert settings.shipping.yurtici  # or the settings were refused
        return _yurtici(settings.shipping.yurtici, http)
    from adapters.carriers.simulated import SimulatedCarrier

    return SimulatedCarrier(http)


def _yurtici(account: YurticiSettings, http: httpx.AsyncClient) -> YurticiCarrier:
    from adapters.carriers.yurtici import YurticiAccount, YurticiCarrier
    from adapters.carriers.yurtici.soap import SoapDesk

    return YurticiCarrier(
        SoapDesk(http, account.url),
        YurticiAccount(user=account.user, password=account.password.text),
    )
