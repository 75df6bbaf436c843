"""The environment is judged as a whole, and secrets stay secret."""

from __future__ import annotations

import base64
import json
import pickle
import secrets
from pathlib import Path

import pytest

from deploy.meanings import SELLER_SAMPLE
from deploy.secret import Secret, weakness
from deploy.settings import KEYS, Settings, SettingsError, load_settings
from deploy.settings_bank import BANK_SAMPLE


def local(data_dir: Path, **variables: str) -> Settings:
    return load_settings({"DATA_DIR": str(data_dir), **variables})


def production(data_dir: Path, **changes: str) -> dict[str, str]:
    """A complete environment for the open, with `changes`."""
    return {
        "POLIKRAMI_MODE": "production",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": "postgresql://polikrami:p@db/polikrami",
        "REDIS_URL": "rediss://redis:6379/0",
        "SMTP_URL": "smtps://mail:465",
        "CARRIER_URL": "https://carrier.example",
        "PUBLIC_URL": "https://polikrami.example",
        "IYZICO_API_KEY": "iyz-a8f3k2",
        "IYZICO_SECRET_KEY": "iyz-b7d0q9",
        "IYZICO_BASE_URL": "https://api.iyzipay.com",
        "INVOICE_SAMPLE": "false",
        **{name: base64.b64encode(secrets.token_bytes(32)).decode() for name in KEYS},
        **SELLER_SAMPLE,
        "BANK_IBAN": "TR32 0010 0099 9990 1234 5678 90",
        "BANK_RECIPIENT": "Polikrami A.Ş.",
        "BANK_NAME": "Örnek Bank",
        **changes,
    }


def faults(env: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(env)
    return str(caught.value)


def test_nothing_needs_to_be_set_on_one_machine(data_dir: Path) -> None:
    settings = local(data_dir)
    assert settings.mode == "local"
    assert settings.connections.database_url is None
    assert settings.iyzico is None
    assert settings.invoicing.sample
    assert settings.web.public_url == "http://127.0.0.1:8000"


def test_local_keys_are_drawn_once_and_only_their_owner_can_read_them(data_dir: Path) -> None:
    first, second = local(data_dir), local(data_dir)
    assert first.keys == second.keys
    assert len(first.keys.master.raw) == 32
    assert (data_dir / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_key_added_by_a_later_release_leaves_the_older_ones_alone(data_dir: Path) -> None:
    before = local(data_dir).keys
    file = data_dir / "secrets.json"
    kept = {name: key for name, key in json.loads(file.read_text()).items() if name != "LINK_KEY"}
    file.write_text(json.dumps(kept))
    after = local(data_dir).keys
    assert after.master == before.master
    assert after.link != before.link


def test_a_damaged_key_file_is_not_replaced(data_dir: Path) -> None:
    (data_dir / "secrets.json").write_text('{"MASTER_KEY": ')
    assert "damaged" in faults({"DATA_DIR": str(data_dir)})
    assert (data_dir / "secrets.json").read_text() == '{"MASTER_KEY": '


def test_the_public_address_follows_the_port(data_dir: Path) -> None:
    assert local(data_dir, PORT="8001").web.public_url == "http://127.0.0.1:8001"
    assert local(data_dir, HOST="0.0.0.0").web.public_url == "http://127.0.0.1:8000"  # noqa: S104  (only read)


def test_all_faults_are_told_at_once_and_leave_nothing_behind(data_dir: Path) -> None:
    told = faults(
        {
            "DATA_DIR": str(data_dir / "new"),
            "PORT": "eighty",
            "LOG_FORMAT": "xml",
            "DATABASE_URL": "mysql://root:geheim@db/x",
            "IYZICO_API_KEY": "only-this",
            "MASTER_KEY": "c2hvcnQ=",
            "INVOICE_SERIES": "abcd",
            "REQUIRE_VERIFIED_PHONE": "maybe",
        }
    )
    for words in (
        "PORT is 'eighty'; give a whole number from 1 to 65535",
        "LOG_FORMAT is 'xml'; give one of console, json",
        "DATABASE_URL is not an address that begins with postgresql:// or postgres://",
        "IYZICO_SECRET_KEY and IYZICO_BASE_URL must be given",
        "MASTER_KEY has 5 bytes in base64, not 32",
        "INVOICE_SERIES is 'abcd'; give three capital letters or digits",
        "REQUIRE_VERIFIED_PHONE is 'maybe'; give true or false",
        "have 7 faults",
    ):
        assert words in told
    assert "geheim" not in told
    assert not (data_dir / "new").exists()


def test_a_misspelt_setting_is_a_fault_that_names_the_right_one(data_dir: Path) -> None:
    told = faults({"DATA_DIR": str(data_dir), "POLIKRAMI_PROT": "1", "SELLER_NAMES": "x"})
    assert "POLIKRAMI_PROT is no setting; did you mean POLIKRAMI_PORT?" in told
    assert "SELLER_NAMES is no setting; did you mean SELLER_NAME?" in told


def test_other_peoples_variables_are_left_alone(data_dir: Path) -> None:
    assert local(data_dir, MODE="production", DATABASE_NAME="x", PORTS="1").mode == "local"


def test_every_variable_may_carry_the_prefix_but_must_not_contradict_itself(data_dir: Path) -> None:
    assert local(data_dir, POLIKRAMI_PORT="9001").web.port == 9001
    assert "PORT and POLIKRAMI_PORT differ" in faults(
        {"DATA_DIR": str(data_dir), "PORT": "1", "POLIKRAMI_PORT": "2"}
    )


def test_ports_are_all_different(data_dir: Path) -> None:
    assert "are not all different" in faults({"DATA_DIR": str(data_dir), "PORT": "9464"})


def test_a_secret_may_lie_in_a_file(data_dir: Path) -> None:
    file = data_dir / "url"
    file.write_text("postgresql://u:geheim@db/x\n")
    url = local(data_dir, DATABASE_URL_FILE=str(file)).connections.database_url
    assert url is not None
    assert url.text == "postgresql://u:geheim@db/x"


def test_a_secret_file_must_be_there_be_full_and_be_alone(data_dir: Path) -> None:
    (data_dir / "empty").write_text("\n")
    told = faults(
        {
            "DATA_DIR": str(data_dir),
            "REDIS_URL_FILE": str(data_dir / "absent"),
            "SMTP_URL_FILE": str(data_dir / "empty"),
            "CSRF_KEY": "a",
            "CSRF_KEY_FILE": "b",
        }
    )
    assert "REDIS_URL_FILE can't be read" in told
    assert "SMTP_URL_FILE is empty" in told
    assert "CSRF_KEY and CSRF_KEY_FILE are both given" in told


def test_a_complete_environment_opens_production(data_dir: Path) -> None:
    settings = load_settings(production(data_dir))
    assert settings.mode == "production"
    assert settings.require_verified_phone
    assert settings.logs.format == "json"
    assert not (data_dir / "secrets.json").exists()


def test_production_asks_for_everything_that_is_simulated_on_one_machine() -> None:
    told = faults({"POLIKRAMI_MODE": "production"})
    for name in (
        *KEYS,
        *SELLER_SAMPLE,
        *BANK_SAMPLE,
        "DATABASE_URL",
        "IYZICO_API_KEY",
        "INVOICE_SAMPLE",
    ):
        assert f"{name} is not given" in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"PUBLIC_URL": "http://polikrami.example"}, "PUBLIC_URL is not an address that begins"),
        ({"IYZICO_BASE_URL": "http://api.iyzipay.com"}, "IYZICO_BASE_URL is not an address"),
        ({"IYZICO_BASE_URL": "https://sandbox-api.iyzipay.com"}, "sandbox takes no money"),
        ({"LINK_KEY": "short"}, "LINK_KEY has 5 characters, fewer than 32"),
        ({"LINK_KEY": "abcd" * 8}, "LINK_KEY repeats itself"),
        ({"LINK_KEY": "changeme-changeme-changeme-change!"}, "LINK_KEY contains an everyday word"),
        ({"CSRF_KEY": "abcdefghijklmnopqrstuvwxyz0123456789"}, "CSRF_KEY counts up"),
        ({"MASTER_KEY": base64.b64encode(bytes(32)).decode()}, "MASTER_KEY counts up"),
        (
            {"CLAIM_KEY": "Zq3!xv" * 4 + "Zq3!xvKw", "LINK_KEY": "Zq3!xv" * 4 + "Zq3!xvKw"},
            "all different",
        ),
    ],
)
def test_production_refuses(data_dir: Path, *, change: dict[str, str], words: str) -> None:
    assert words in faults(production(data_dir, **change))


def test_limits_of_iyzico_are_told_by_call(data_dir: Path) -> None:
    told = production(data_dir, IYZICO_CALLS_PER_MINUTE="refund=400, cancel=150")
    account = load_settings(told).iyzico
    assert account is not None
    assert account.calls_per_minute == {"refund": 400, "cancel": 150}


@pytest.mark.parametrize("limits", ["refund", "refund=", "refund=1", "refund=-5", "gift=50", "=9"])
def test_limits_that_say_nothing_are_refused(data_dir: Path, limits: str) -> None:
    told = faults(production(data_dir, IYZICO_CALLS_PER_MINUTE=limits))
    assert f"IYZICO_CALLS_PER_MINUTE has {limits!r}" in told


def test_settlement_files_lie_in_a_folder_or_on_this_machine(data_dir: Path) -> None:
    def place(text: str) -> str | None:
        return load_settings(production(data_dir, IYZICO_SETTLEMENT_FILES=text)).settlement_files

    assert place("/srv/settlements/") == "/srv/settlements"
    assert place("http://127.0.0.1:8090/settlement") == "http://127.0.0.1:8090/settlement"
    assert place("") is None
    for elsewhere in ("https://report.iyzipay.com/files", "http://[", "http://user@127.0.0.1/x"):
        told = faults(production(data_dir, IYZICO_SETTLEMENT_FILES=elsewhere))
        assert "IYZICO_SETTLEMENT_FILES is a URL that leaves this machine" in told


def test_production_refuses_the_keys_of_a_local_installation(data_dir: Path) -> None:
    local(data_dir)
    told = faults(production(data_dir, **json.loads((data_dir / "secrets.json").read_text())))
    for name in KEYS:
        assert f"{name} is the key of a local installation" in told


def test_random_keys_are_never_called_weak() -> None:
    for _ in range(200):
        assert weakness(secrets.token_hex(16)) is None
        assert weakness(secrets.token_urlsafe(32)) is None


def test_secrets_never_show(data_dir: Path) -> None:
    env = production(data_dir)
    shown = repr(load_settings(env)) + str(load_settings(env)) + f"{Secret('geheim')!s}"
    hidden = ("DATABASE_URL", "SMTP_URL", "IYZICO_API_KEY", *KEYS)
    assert not [name for name in hidden if env[name] in shown]
    assert "geheim" not in shown


def test_secrets_are_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("geheim"))


def test_the_payment_page_offers_what_is_set(data_dir: Path) -> None:
    assert local(data_dir).till.installments == (1, 2, 3, 6, 9, 12)
    assert local(data_dir).till.save_cards
    fewer = local(data_dir, INSTALLMENTS="6, 1,3", SAVE_CARDS="no").till
    assert (fewer.installments, fewer.save_cards) == ((1, 3, 6), False)
    for wrong in ("2,3", "1,5", "one", "1,,2", "1;2"):
        said = faults({"DATA_DIR": str(data_dir), "INSTALLMENTS": wrong})
        assert "give 1 and any of 1, 2, 3, 4, 6, 9, 12" in said


def test_nobody_is_sent_to_the_account_of_the_sample_with_real_money(data_dir: Path) -> None:
    sample = "TR33 0006 1005 1978 6457 8413 26"
    told = faults(production(data_dir, BANK_IBAN=sample))
    assert "BANK_IBAN is that of the sample; give the IBAN of your account" in told
    assert local(data_dir, BANK_IBAN=sample).bank.iban == sample.replace(" ", "")


def test_an_iban_with_a_wrong_digit_is_refused(data_dir: Path) -> None:
    told = faults({"DATA_DIR": str(data_dir), "BANK_IBAN": "TR330006100519786457841327"})
    assert "BANK_IBAN is no IBAN; copy it from the bank's papers" in told


def test_covers_go_to_a_folder_unless_a_print_house_is_chosen(data_dir: Path) -> None:
    printing = local(data_dir).printing
    assert (printing.kind, printing.folder) == ("folder", data_dir / "print-house")
    assert local(data_dir, PRINT_HOUSE="http").printing.url is None


def test_a_print_house_has_an_address_and_a_key(data_dir: Path) -> None:
    url = {"PRINT_HOUSE_URL": "https://house.test"}
    assert "PRINT_HOUSE_KEY" in faults({"DATA_DIR": str(data_dir), **url})
    told = faults({"DATA_DIR": str(data_dir), "PRINT_HOUSE": "fax"})
    assert "give one of folder, http" in told
    printing = local(data_dir, PRINT_HOUSE="http", PRINT_HOUSE_KEY="geheim-7", **url).printing
    assert (printing.url, printing.key.text) == ("https://house.test", "geheim-7")
    assert "geheim-7" not in repr(printing)


def test_production_has_no_print_house_of_its_own(data_dir: Path) -> None:
    env = {"POLIKRAMI_MODE": "production", "DATA_DIR": str(data_dir), "PRINT_HOUSE": "http"}
    told = faults(env)
    assert "PRINT_HOUSE_URL is not given" in told
    assert "PRINT_HOUSE_KEY is not given" in told
