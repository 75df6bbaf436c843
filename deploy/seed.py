"""Demo data: people who can log in, message cards, coupons, and designers who take work."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from application.catalog import MakeMessageCard
from application.designers import ApplyAsDesigner, ApproveDesigner
from application.identity import KnownPasswords, RegisterDemoPerson, accepted_password
from application.ports import PasswordHasher
from application.pricing import IssueCoupon
from application.store import Store
from deploy.bootstrap import System
from domain.catalog.message_card import CardDesign
from domain.designers import Designer, Offer, Profile, Speciality
from domain.pricing import CouponRules
from domain.shared.money import Money

PASSWORD = "kapak-deneme-2026"  # noqa: S105  # for demo accounts on one machine
DEMO = UUID("b5c7c1e0-6f0e-4d0c-9d1c-0c5a3f1d2e10")
CONSENT = "2026-01"


class DemoAccount(Struct, frozen=True, kw_only=True):
    """Somebody who can log in with `PASSWORD`."""

    label: str
    email: str
    name: str
    roles: tuple[Literal["designer", "admin", "finance"], ...] = ()

    @property
    def person_id(self) -> UUID:
        return uuid5(DEMO, self.email)


class DemoCard(Struct, frozen=True):
    """A message card: its names, its motif, paper and ink, and its price in TRY."""

    name_tr: str
    name_en: str
    motif: str
    paper: str
    ink: str
    price: str


ACCOUNTS = (
    DemoAccount(label="customer", email="musteri@polikrami.example", name="Ayşe Yılmaz"),
    DemoAccount(label="designer", email="cizer@polikrami.example", name="Işıl Öğütçü"),
    DemoAccount(
        label="admin", email="yonetici@polikrami.example", name="Çağla Şahin", roles=("admin",)
    ),
    DemoAccount(
        label="finance", email="muhasebe@polikrami.example", name="Ümit Doğan", roles=("finance",)
    ),
)
MORE_DESIGNERS = (
    DemoAccount(label="designer", email="deniz@polikrami.example", name="Deniz Güler"),
    DemoAccount(label="designer", email="kerem@polikrami.example", name="Kerem Çınar"),
)
OFFERS: dict[str, tuple[str, tuple[Speciality, ...], str]] = {
    "cizer@polikrami.example": (
        "Suluboya ve el yazısı; sakin, bol ışıklı kapaklar.",
        ("illustration", "watercolour", "poetry"),
        "950.00",
    ),
    "deniz@polikrami.example": (
        "Tipografi ağırlıklı, yalın kapaklar.",
        ("typography", "minimal"),
        "800.00",
    ),
    "kerem@polikrami.example": (
        "Çocuk kitapları ve masal dünyaları.",
        ("children", "fantasy"),
        "1100.00",
    ),
}
CARDS = (
    DemoCard("Nar", "Pomegranate", "pomegranate", "#f6ead7", "#8c1c13", "45.00"),
    DemoCard("Lale", "Tulip", "tulip", "#fdf3ee", "#b3273b", "45.00"),
    DemoCard("Kelebek", "Butterfly", "butterfly", "#eef3f7", "#27506b", "40.00"),
    DemoCard("Deniz feneri", "Lighthouse", "lighthouse", "#eaf1f4", "#1f3b57", "40.00"),
    DemoCard("Yıldızlar", "Stars", "stars", "#151d33", "#f2d489", "50.00"),
    DemoCard("Kahve falı", "Coffee cup", "coffee", "#f3ebe2", "#5a3825", "35.00"),
)
COUPONS = {
    "HOSGELDIN": CouponRules(
        percent=Decimal(10), first_order=True, valid_from=datetime(2026, 1, 1, tzinfo=UTC)
    ),
    "KARGOBIZDEN": CouponRules(
        amount=Money.of("30.00"),
        kinds=("cargo",),
        stacks=True,
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    ),
}
GREETINGS = ("İyi okumalar", "Happy reading")


async def seed(system: System) -> None:
    """Make sure that the demo data is there; doing it again changes nothing."""
    password_hash = await _password_hash(system)
    for account in (*ACCOUNTS, *MORE_DESIGNERS):
        await system.bus.execute(
            RegisterDemoPerson(
                person_id=account.person_id,
                email=account.email,
                name=account.name,
                language="tr",
                password_hash=password_hash,
                roles=account.roles,
            )
        )
    for account in (*ACCOUNTS, *MORE_DESIGNERS):
        if account.email in OFFERS:
            await _designer(system, account)
    for card in CARDS:
        await _card(system, card)
    finance = next(each for each in ACCOUNTS if "finance" in each.roles)
    for code, rules in COUPONS.items():
        await system.bus.execute(IssueCoupon(code=code, rules=rules, by=finance.person_id))


async def _password_hash(system: System) -> str:
    return await accepted_password(
        PASSWORD,
        ACCOUNTS[0].email,
        passwords=system.ports.of(PasswordHasher),
        known=system.ports.of(KnownPasswords),
    )


async def _designer(system: System, account: DemoAccount) -> None:
    admin = next(each for each in ACCOUNTS if "admin" in each.roles)
    designer_id = Designer.id_of(account.person_id)
    store = Store(system.event_log, system.clock.now())
    if await store.find(Designer, designer_id):
        return
    bio, specialities, price = OFFERS[account.email]
    await system.bus.execute(
        ApplyAsDesigner(
            person_id=account.person_id,
            profile=Profile(display_name=account.name, bio=bio),
            offer=Offer(specialities=specialities, price=Money(Decimal(price))),
            consent_version=CONSENT,
        )
    )
    await system.bus.execute(ApproveDesigner(designer_id=designer_id, admin_id=admin.person_id))


async def _card(system: System, card: DemoCard) -> None:
    design = CardDesign(
        name_tr=card.name_tr,
        name_en=card.name_en,
        motif=card.motif,
        paper=card.paper,
        ink=card.ink,
        greeting_tr=GREETINGS[0],
        greeting_en=GREETINGS[1],
    )
    await system.bus.execute(
        MakeMessageCard(
            card_id=uuid5(DEMO, f"card/{card.motif}"),
            design=design,
            price=Money(Decimal(card.price)),
        )
    )
