"""What an emulator is started with."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from msgspec import Struct


class EmulatorSettings(Struct, frozen=True, kw_only=True):
    """Keys are made-up ones that begin with `sandbox-`; anything else is refused at start.

    `webhook_url` None sends no webhooks; what is not taken with 2xx is sent again up to
    `webhook_retries` times. `intermediate_webhooks` tell the steps of 3-D Secure, too. `database`
    None keeps everything in memory. With `control_enabled` the paths under `/_control/` exist.
    `commission_percent` and `commission_fee` are what the provider keeps of a payment.
    `surcharge_percent` is added to the price for each instalment after the first.
    `not_final_as_failure` answers questions about an unpaid page with a failure instead of an
    answer without payment status. With a `seed` all ids repeat.

    `direct_payments` lets the merchant charge cards whose numbers it sends itself, which this
    product never does. Without `card_storage` no card is kept. Failures are answered with the HTTP
    status `failure_status`. `refuse_reused_nonces` turns a signed call away the second time.
    `refund_seconds` is how long the bank takes for a refund; 0 makes them at once.
    `refund_returns_commission` gives the merchant the provider's percentage back with a refund, but
    never the fee. Payments in instalments are paid out after `installment_payout_days`. Reports
    come in pages of `report_page_size` rows.
    """

    api_key: str
    secret_key: str
    webhook_url: str | None = None
    webhook_delay_seconds: float = 2.0
    webhook_retry_seconds: float = 900.0
    webhook_retries: int = 3
    sign_webhooks: bool = False
    intermediate_webhooks: bool = False
    database: Path | None = None
    control_enabled: bool = False
    merchant_name: str = "Polikrami Cover"
    merchant_id: int = 3400000
    page_lifetime_seconds: int = 1800
    commission_percent: Decimal = Decimal("2.49")
    commission_fee: Decimal = Decimal("0.25")
    surcharge_percent: Decimal = Decimal("1.5")
    not_final_as_failure: bool = False
    seed: int | None = None
    direct_payments: bool = False
    card_storage: bool = True
    failure_status: int = 200
    refuse_reused_nonces: bool = False
    refund_seconds: float = 0.0
    refund_returns_commission: bool = True
    installment_payout_days: int = 30
    report_page_size: int = 100

    def __post_init__(self) -> None:
        if not self.api_key.startswith("sandbox-") or not self.secret_key.startswith("sandbox-"):
            raise ValueError("the emulator takes only keys that begin with 'sandbox-'")
