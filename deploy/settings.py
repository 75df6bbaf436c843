"""Every environment variable the system knows, read once into one frozen struct."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal, cast, get_args

from msgspec import Struct

from adapters.audit.notes import VerifierKey
from application.bank import BankRules
from application.payments.webhooks import WebhookPolicy
from deploy import iyzico, till
from deploy.environment import Environment
from deploy.faults import SetupFault
from deploy.iyzico import IyzicoAccount
from deploy.local.keys import local_keys, stored_keys
from deploy.meanings import MEANINGS, SELLER_SAMPLE
from deploy.secret import Secret, weakness
from deploy.settings_bank import BANK_SAMPLE, read_bank, refuse_sample_account
from deploy.settings_printing import PrintHouseSettings, read_printing
from deploy.settings_shipping import ShippingSettings, read_shipping
from deploy.till import TillSettings

Mode = Literal["local", "production"]
LogFormat = Literal["console", "json"]
Switch = Literal["auto", "operator"]

KEYS = ("ACCESS_TOKEN_KEY", "MASTER_KEY", "CLAIM_KEY", "LINK_KEY", "CSRF_KEY", "AUDIT_KEY")
BINARY_KEYS = {"MASTER_KEY", "AUDIT_KEY"}
"""Keys that are 32 bytes, given in base64."""
DRAW = "draw one with: openssl rand -base64 32"
SECRET_URLS = ("DATABASE_URL", "VAULT_URL", "REDIS_URL", "SMTP_URL")
GIVEN_KEYS = ("IYZICO_API_KEY", "IYZICO_SECRET_KEY", "PRINT_HOUSE_KEY", "YURTICI_PASSWORD")
SECRET = (*SECRET_URLS, *GIVEN_KEYS, "MASTER_KNOWN_KEYS", *KEYS)


class SettingsError(SetupFault):
    """All faults of the environment at once; `faults` has one sentence for each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n  - ".join([f"The settings have {count}:", *faults]))


class Web(Struct, frozen=True, kw_only=True):
    """Where the system listens; `public_url` has no slash at its end."""

    host: str
    port: int
    metrics_port: int
    emulators_port: int
    public_url: str
    processes: int


class Connections(Struct, frozen=True, kw_only=True):
    """Parts that run elsewhere; None means the embedded or simulated one, and for the vault the
    database itself.
    """

    database_url: Secret | None
    vault_url: Secret | None
    redis_url: Secret | None
    smtp_url: Secret | None
    carrier_url: str | None


class Webhooks(Struct, frozen=True, kw_only=True):
    """What is done about webhooks without a signature, and how much of what came is kept."""

    policy: WebhookPolicy
    days: int
    megabytes: int


class Keys(Struct, frozen=True, kw_only=True):
    """Secret keys; `master` and `audit` are exactly 32 bytes, the others are text of at least 32
    characters. `known_masters` unwrap what `master` has not wrapped.
    """

    access_token: Secret
    master: Secret
    known_masters: tuple[Secret, ...]
    claim: Secret
    link: Secret
    csrf: Secret
    audit: Secret


class Auditing(Struct, frozen=True, kw_only=True):
    """Where checkpoints are published also, and which keys have signed before the present one."""

    copy_dir: Path
    known_keys: tuple[VerifierKey, ...]


class Seller(Struct, frozen=True, kw_only=True):
    """Who issues the invoices; the tax number has 10 digits (VKN) or 11 (TCKN)."""

    name: str
    tax_office: str
    tax_number: str
    address: str
    district: str
    province: str
    email: str
    phone: str
    website: str


class Invoicing(Struct, frozen=True, kw_only=True):
    """How invoices are numbered and marked."""

    series: str
    sample: bool
    seller: Seller


class Logs(Struct, frozen=True, kw_only=True):
    """How much is logged, in which form, and where spans are sent."""

    format: LogFormat
    level: str
    traces_url: str | None


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that may differ from one installation to the next."""

    mode: Mode
    data_dir: Path
    archive_dir: Path
    erasures_copy_dir: Path
    web: Web
    connections: Connections
    iyzico: IyzicoAccount | None
    settlement_files: str | None
    webhooks: Webhooks
    bank: BankRules
    printing: PrintHouseSettings
    shipping: ShippingSettings
    keys: Keys
    invoicing: Invoicing
    auditing: Auditing
    logs: Logs
    require_verified_phone: bool
    generation_deadline_seconds: int
    till: TillSettings
    switch_projections: Switch


def load_settings(env: Mapping[str, str]) -> Settings:
    """Read and judge `env`. Raises `SettingsError`.

    In local mode, keys that are not given are drawn once and kept in `DATA_DIR/secrets.json`.
    """
    variables = Environment(
        {name: value for name, value in env.items() if name != "MODE"},
        known=MEANINGS,
        secret=SECRET,
    )
    local = variables.choice("MODE", "local", options=("local", "production")) == "local"
    data_dir = _folder(variables, "DATA_DIR", usual=".var")
    copies = str(data_dir / "erasures-copy")
    given_keys = {name: variables.secret(name, decode=_decoder(name)) for name in KEYS}
    unlocked = partial(
        Settings,
        mode="local" if local else "production",
        data_dir=data_dir,
        archive_dir=_folder(variables, "ARCHIVE_DIR", usual=str(data_dir / "archive")),
        erasures_copy_dir=_folder(variables, "ERASURES_COPY_DIR", usual=copies),
        web=_web(variables, local=local),
        connections=_connections(variables),
        iyzico=iyzico.iyzico_account(variables, local=local),
        settlement_files=iyzico.settlement_files(variables),
        webhooks=_webhooks(variables),
        bank=read_bank(variables),
        printing=read_printing(variables, data_dir=data_dir, local=local),
        shipping=read_shipping(variables),
        invoicing=_invoicing(variables, local=local),
        auditing=_auditing(variables, data_dir=data_dir),
        logs=_logs(variables, local=local),
        require_verified_phone=variables.flag("REQUIRE_VERIFIED_PHONE", default=not local),
        generation_deadline_seconds=_generation_deadline(variables),
        till=till.till_settings(variables),
        switch_projections=_switch(variables, local=local),
    )
    if not local:
        _refuse_local_habits(variables, given_keys, data_dir=data_dir)
    known = variables.secrets("MASTER_KNOWN_KEYS", decode=_thirty_two_bytes)
    if variables.faults:
        raise SettingsError(variables.faults)
    return unlocked(keys=_keys(given_keys, data_dir, known=known))


def _generation_deadline(variables: Environment) -> int:
    return variables.number("GENERATION_DEADLINE_SECONDS", 240, low=5, high=3600)


def _folder(variables: Environment, name: str, *, usual: str) -> Path:
    return Path(variables.text(name, usual)).expanduser().absolute()


def _web(variables: Environment, *, local: bool) -> Web:
    host = variables.text("HOST", "127.0.0.1", pattern=r"[\w.:-]+", form="a host name or address")
    ports = {
        name: variables.number(name, default, low=1, high=65535)
        for name, default in (("PORT", 8000), ("METRICS_PORT", 9464), ("EMULATORS_PORT", 8090))
    }
    if len(set(ports.values())) < len(ports):
        variables.fault(", ".join(ports), "are not all different", fix="give each its own port")
    schemes = ("http", "https") if local else ("https",)
    reached_at = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  (compared, not bound)
    public_url = variables.url("PUBLIC_URL", schemes=schemes)
    return Web(
        host=host,
        port=ports["PORT"],
        metrics_port=ports["METRICS_PORT"],
        emulators_port=ports["EMULATORS_PORT"],
        public_url=(public_url or f"http://{reached_at}:{ports['PORT']}").rstrip("/"),
        processes=variables.number("WEB_CONCURRENCY", 1, low=1, high=64),
    )


def _connections(variables: Environment) -> Connections:
    return Connections(
        database_url=variables.secret_url("DATABASE_URL", schemes=("postgresql", "postgres")),
        vault_url=variables.secret_url("VAULT_URL", schemes=("postgresql", "postgres")),
        redis_url=variables.secret_url("REDIS_URL", schemes=("redis", "rediss", "unix")),
        smtp_url=variables.secret_url("SMTP_URL", schemes=("smtp", "smtps", "smtp+starttls")),
        carrier_url=variables.url("CARRIER_URL", schemes=("http", "https")),
    )


def _webhooks(variables: Environment) -> Webhooks:
    policies = get_args(WebhookPolicy)
    policy = variables.choice("IYZICO_WEBHOOK_POLICY", "hints", options=policies)
    return Webhooks(
        policy=cast(WebhookPolicy, policy),
        days=variables.number("WEBHOOK_DAYS", 30, low=1, high=3650),
        megabytes=variables.number("WEBHOOK_MEGABYTES", 64, low=1, high=65_536),
    )


def _invoicing(variables: Environment, *, local: bool) -> Invoicing:
    patterns = {
        "SELLER_TAX_NUMBER": ("[0-9]{10,11}", "10 digits (VKN) or 11 digits (TCKN)"),
        "SELLER_EMAIL": (r"[^@\s]+@[^@\s]+", "an e-mail address"),
    }
    seller: dict[str, str] = {}
    for name, sample in SELLER_SAMPLE.items():
        pattern, form = patterns.get(name, ("", ""))
        seller[name] = variables.text(name, sample, pattern=pattern, form=form)
    return Invoicing(
        series=variables.text(
            "INVOICE_SERIES", "PLK", pattern="[A-Z0-9]{3}", form="three capital letters or digits"
        ),
        sample=variables.flag("INVOICE_SAMPLE", default=local),
        seller=Seller(
            **{name.removeprefix("SELLER_").lower(): text for name, text in seller.items()}
        ),
    )


def _logs(variables: Environment, *, local: bool) -> Logs:
    form = variables.choice(
        "LOG_FORMAT", "console" if local else "json", options=("console", "json")
    )
    levels = ("debug", "info", "warning", "error")
    level = variables.choice("LOG_LEVEL", "info", options=levels)
    traces_url = variables.url("TRACES_URL", schemes=("http", "https"))
    return Logs(format=cast(LogFormat, form), level=level, traces_url=traces_url)


def _auditing(variables: Environment, *, data_dir: Path) -> Auditing:
    known = []
    for text in variables.text("AUDIT_KNOWN_KEYS", "").split():
        try:
            known.append(VerifierKey.parsed(text))
        except ValueError as error:
            variables.fault(
                "AUDIT_KNOWN_KEYS", f"has {text!r}, which {error}", fix="give what `audit key` said"
            )
    copy_dir = _folder(variables, "AUDIT_COPY_DIR", usual=str(data_dir / "audit-copy"))
    return Auditing(copy_dir=copy_dir, known_keys=tuple(known))


def _switch(variables: Environment, *, local: bool) -> Switch:
    usual = "auto" if local else "operator"
    chosen = variables.choice("SWITCH_PROJECTIONS", usual, options=("auto", "operator"))
    return cast(Switch, chosen)


def _keys(given: Mapping[str, Secret | None], data_dir: Path, *, known: tuple[Secret, ...]) -> Keys:
    """Only called when all else is right: a faulty environment leaves nothing behind."""
    missing = [name for name, key in given.items() if key is None]
    found = {name: key for name, key in given.items() if key is not None}
    try:
        drawn = local_keys(data_dir, KEYS) if missing else {}
        found |= {name: Secret(_decoder(name)(drawn[name])) for name in missing}
    except SetupFault as fault:
        raise SettingsError([str(fault)]) from None
    except ValueError as error:
        raise SettingsError([f"{data_dir}/secrets.json: a key {error}; restore the file"]) from None
    named = {name.removesuffix("_KEY").lower(): key for name, key in found.items()}
    return Keys(**named, known_masters=known)


def _refuse_local_habits(
    variables: Environment, keys: Mapping[str, Secret | None], *, data_dir: Path
) -> None:
    """What is convenient on one machine and dangerous in the open."""
    elsewhere = ["DATABASE_URL", "REDIS_URL", "SMTP_URL", "PUBLIC_URL"]
    if variables.text("CARRIER", "simulated") == "simulated":
        elsewhere.append("CARRIER_URL")
    needed = dict.fromkeys((*elsewhere, *iyzico.IYZICO), "set it: production simulates nothing")
    needed |= dict.fromkeys(KEYS, DRAW)
    needed |= dict.fromkeys(
        (*SELLER_SAMPLE, *BANK_SAMPLE, "INVOICE_SAMPLE"), "set it: production invents nothing"
    )
    for name, what_to_do in needed.items():
        if not variables.given(name):
            variables.fault(name, "is not given", fix=what_to_do)
    values = [key for key in keys.values() if key is not None]
    if len(set(values)) < len(values):
        variables.fault("The keys", "are not all different", fix="draw each of them anew")
    local = stored_keys(data_dir)
    for name, key in keys.items():
        if key is None:
            continue
        text = base64.b64encode(key.raw).decode() if name in BINARY_KEYS else key.text
        why = "is the key of a local installation" if text in local else weakness(text)
        if why is not None:
            variables.fault(name, why, fix=DRAW)
    real_invoices = not variables.flag("INVOICE_SAMPLE", default=True)
    if real_invoices:
        refuse_sample_account(variables)
    sandbox = "sandbox" in variables.text("IYZICO_BASE_URL", "")
    if sandbox and real_invoices:
        variables.fault(
            "INVOICE_SAMPLE",
            "is false although iyzico's sandbox takes no money",
            fix="set it to true",
        )


def _decoder(name: str) -> Callable[[str], bytes]:
    return _thirty_two_bytes if name in BINARY_KEYS else str.encode


def _thirty_two_bytes(text: str) -> bytes:
    try:
        value = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if len(value) != 32:
        raise ValueError(f"has {len(value)} bytes in base64, not 32")
    return value
