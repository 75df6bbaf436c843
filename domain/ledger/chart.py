"""The chart of accounts: what credits and money are booked on, as data."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Unit = Literal["TRY", "promotional", "purchased"]
"""What is counted: lira, or credits of a class. Nothing is ever booked across units."""

Side = Literal["debit", "credit"]
AccountKind = Literal["asset", "liability", "revenue", "contra_revenue", "expense", "credits"]


class Account(Struct, frozen=True, kw_only=True):
    """An account: the code of the uniform chart, its stable key, and its names.

    `normal` is the side on which the account grows. Accounts of kind "credits" are memorandum
    accounts: they count credits, not lira, and stand in no balance sheet.
    """

    code: str
    key: str
    unit: Unit
    kind: AccountKind
    normal: Side
    name_tr: str
    name_en: str

    def name(self, language: str) -> str:
        """The name for readers of "tr" or "en"."""
        return self.name_en if language == "en" else self.name_tr


def _money(code: str, key: str, *, kind: AccountKind, tr: str, en: str) -> Account:
    normal: Side = "debit" if kind in {"asset", "expense", "contra_revenue"} else "credit"
    return Account(code=code, key=key, unit="TRY", kind=kind, normal=normal, name_tr=tr, name_en=en)


def _credits(number: int, key: str, *, normal: Side, tr: str, en: str) -> tuple[Account, Account]:
    return (
        Account(
            code=f"90{number}.01",
            key=f"{key}_promotional",
            unit="promotional",
            kind="credits",
            normal=normal,
            name_tr=f"{tr} (hediye)",
            name_en=f"{en} (promotional)",
        ),
        Account(
            code=f"90{number}.02",
            key=f"{key}_purchased",
            unit="purchased",
            kind="credits",
            normal=normal,
            name_tr=f"{tr} (satın alınmış)",
            name_en=f"{en} (purchased)",
        ),
    )


CHART: tuple[Account, ...] = (
    _money("102.01", "bank", kind="asset", tr="Banka", en="Bank"),
    _money(
        "108.01",
        "payouts_in_transit",
        kind="asset",
        tr="Yoldaki ödeme kuruluşu transferleri",
        en="Payouts on their way to the bank",
    ),
    _money(
        "108.02",
        "bank_clearing",
        kind="asset",
        tr="Açıklanacak banka hareketleri",
        en="Bank movements to be explained",
    ),
    _money(
        "120.01", "receivable_iyzico", kind="asset", tr="iyzico'dan alacaklar", en="Due from iyzico"
    ),
    _money(
        "320.01",
        "designers_payable",
        kind="liability",
        tr="Tasarımcılara borçlar",
        en="Payable to designers",
    ),
    _money(
        "340.01",
        "customer_prepayments",
        kind="liability",
        tr="Müşterilerden alınan avanslar",
        en="Prepayments by customers",
    ),
    _money(
        "380.01",
        "deferred_revenue",
        kind="liability",
        tr="Ertelenmiş gelir: siparişler",
        en="Deferred revenue: orders",
    ),
    _money(
        "380.02",
        "deferred_credits",
        kind="liability",
        tr="Ertelenmiş gelir: satılmış krediler",
        en="Deferred revenue: credits sold",
    ),
    _money("391.01", "kdv_payable", kind="liability", tr="Hesaplanan KDV", en="KDV payable"),
    _money("397.01", "suspense", kind="liability", tr="Askıdaki tutarlar", en="Suspense"),
    _money("600.01", "revenue_covers", kind="revenue", tr="Kapak satışları", en="Sales of covers"),
    _money("600.02", "revenue_design", kind="revenue", tr="Tasarım gelirleri", en="Design fees"),
    _money(
        "600.03",
        "revenue_cards",
        kind="revenue",
        tr="Mesaj kartı satışları",
        en="Sales of message cards",
    ),
    _money("600.04", "revenue_cargo", kind="revenue", tr="Kargo gelirleri", en="Cargo"),
    _money(
        "600.05", "revenue_credits", kind="revenue", tr="Kullanılan krediler", en="Credits used"
    ),
    _money(
        "602.01",
        "breakage_revenue",
        kind="revenue",
        tr="Süresi dolan krediler",
        en="Breakage of expired credits",
    ),
    _money("610.01", "refunds", kind="contra_revenue", tr="Satıştan iadeler", en="Refunds"),
    _money("622.01", "design_costs", kind="expense", tr="Tasarım maliyetleri", en="Design costs"),
    _money(
        "653.01",
        "provider_fees",
        kind="expense",
        tr="Ödeme kuruluşu komisyonları",
        en="Provider fees",
    ),
    *_credits(0, "issued", normal="debit", tr="Verilen krediler", en="Credits issued"),
    *_credits(
        1, "customer_credits", normal="credit", tr="Müşteri kredileri", en="Customers' credits"
    ),
    *_credits(2, "held", normal="credit", tr="Ayrılmış krediler", en="Credits held"),
    *_credits(3, "consumed", normal="credit", tr="Kullanılan krediler", en="Credits consumed"),
    *_credits(4, "breakage", normal="credit", tr="Süresi dolan krediler", en="Credits expired"),
    *_credits(
        5, "clawed_back", normal="credit", tr="Geri alınan krediler", en="Credits clawed back"
    ),
)

ACCOUNTS: dict[str, Account] = {account.key: account for account in CHART}
