"""The settings of our merchant account at iyzico: keys, address, pace, where settlements lie."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from adapters.iyzico.connection import endpoint_of
from adapters.iyzico.limits import PUBLISHED
from deploy.environment import Environment
from deploy.secret import Secret

IYZICO = ("IYZICO_API_KEY", "IYZICO_SECRET_KEY", "IYZICO_BASE_URL")
MEANINGS: dict[str, str] = {
    "IYZICO_API_KEY": "with the next two: real payments; without all three an emulator runs",
    "IYZICO_SECRET_KEY": "signs calls to iyzico and verifies its answers",
    "IYZICO_BASE_URL": "https://api.iyzipay.com or https://sandbox-api.iyzipay.com",
    "IYZICO_CALLS_PER_MINUTE": "limits other than the published ones, like refund=400 cancel=150",
    "IYZICO_SETTLEMENT_FILES": "the folder (or loopback URL) of iyzico's daily settlement files",
}


class IyzicoAccount(Struct, frozen=True, kw_only=True):
    """A merchant account; `base_url` is https without a path, `calls_per_minute` has what differs
    from the published limits.
    """

    api_key: Secret
    secret_key: Secret
    base_url: str
    calls_per_minute: Mapping[str, int]


def iyzico_account(variables: Environment, *, local: bool) -> IyzicoAccount | None:
    """The account that real payments are made with; None for the emulator."""
    calls_per_minute = _calls_per_minute(variables)
    missing = [name for name in IYZICO if not variables.given(name)]
    if len(missing) == len(IYZICO):
        return None
    if missing and local:
        variables.fault(
            " and ".join(missing),
            "must be given when other IYZICO_ settings are",
            fix="give all three, or none of them for the emulator",
        )
    base_url = variables.url("IYZICO_BASE_URL", schemes=("https",))
    api_key, secret_key = variables.secret("IYZICO_API_KEY"), variables.secret("IYZICO_SECRET_KEY")
    if api_key is None or secret_key is None or base_url is None:
        return None
    return IyzicoAccount(
        api_key=api_key,
        secret_key=secret_key,
        base_url=base_url.rstrip("/"),
        calls_per_minute=calls_per_minute,
    )


def settlement_files(variables: Environment) -> str | None:
    """Where the settlement files lie; None when there are none."""
    place = variables.text("IYZICO_SETTLEMENT_FILES", "")
    if place.startswith(("http://", "https://")):
        host = "/".join(place.split("/")[:3])
        try:
            endpoint_of(host.replace("https://", "http://", 1))
        except ValueError:
            variables.fault(
                "IYZICO_SETTLEMENT_FILES",
                "is a URL that leaves this machine",
                fix="give a folder the files are fetched into",
            )
    return place.rstrip("/") or None


def _calls_per_minute(variables: Environment) -> dict[str, int]:
    limits: dict[str, int] = {}
    for part in variables.text("IYZICO_CALLS_PER_MINUTE", "").replace(",", " ").split():
        call, _, times = part.partition("=")
        usable = times.isascii() and times.isdigit() and 2 <= int(times) <= 100_000
        if call not in PUBLISHED or not usable:
            variables.fault(
                "IYZICO_CALLS_PER_MINUTE",
                f"has {part!r}",
                fix=f"write a call and a number from 2, like refund=400; calls: "
                f"{', '.join(PUBLISHED)}",
            )
            continue
        limits[call] = int(times)
    return limits
