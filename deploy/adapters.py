"""Which adapter stands behind each port; made when a process first asks for it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

import structlog

from application import ports
from application.assets import UploadLimits
from application.bank import BankRules
from application.bus import Bus
from application.erasure import Letterbox
from application.file_links import FileLinks
from application.identity.ports import Claims, IdentityTerms, KnownPasswords
from application.invoices import InvoicingRules
from application.links import Links
from application.notifications import MailTemplates, MailWriter
from application.payments import PaymentWebhooks
from application.production import CallBacks
from application.shipments import LabelDesk, ParcelSeals, ShippingRules
from application.store import EventLog
from application.tables import TableFiles
from application.terms import Terms
from deploy.settings import Settings
from domain.invoices import ISTANBUL

if TYPE_CHECKING:  # a process imports only what it uses
    from adapters.iyzico.merchant import Merchant

log = structlog.get_logger()

T = TypeVar("T")

DATA = Path(__file__).parent / "data"
FONTS = DATA / "fonts"
LOCAL_IYZICO = ("sandbox-polikrami-local", "sandbox-polikrami-local-secret")
"""The keys that the local emulator and our side of it share; they open nothing else."""


class Ports(Mapping[type, object]):
    """Ports by type. `close` ends what the adapters hold."""

    def __init__(self, settings: Settings, given: Mapping[type, object]) -> None:
        self._made: dict[type, object] = dict(given)
        self._closers: list[Callable[[], Any]] = []
        self._settings = settings
        self._makers = self._usual()

    def __getitem__(self, port: type) -> object:
        if port not in self._made:
            self._made[port] = self._makers[port]()
        return self._made[port]

    def __iter__(self) -> Iterator[type]:
        return iter(self._made.keys() | self._makers.keys())

    def __len__(self) -> int:
        return len(self._made.keys() | self._makers.keys())

    def of(self, port: type[T]) -> T:
        """The adapter behind a port."""
        found: Any = self[port]
        adapter: T = found
        return adapter

    def add(self, port: type, adapter: object) -> None:
        """Put an adapter behind a port."""
        self._made[port] = adapter

    def offer(self, port: type, make: Callable[[], object]) -> None:
        """Say how the adapter behind a port is made when it is first asked for."""
        self._makers[port] = make

    async def warm_painter(self) -> None:
        """Start the painter's processes, so that the first customer does not wait for them."""
        from adapters.painters.local import LocalPainter

        painter = self.of(ports.Painter)
        if isinstance(painter, LocalPainter):
            await painter.warm()

    async def close(self) -> None:
        """Close all adapters; one that can't be closed does not keep the others open."""
        for close in reversed(self._closers):
            try:
                result = await asyncio.to_thread(close)
                if inspect.isawaitable(result):
                    await result
            except Exception:
                log.exception("adapter_not_closed")

    def _usual(self) -> dict[type, Callable[[], object]]:
        return {
            Terms: self._terms,
            ports.PasswordHasher: self._passwords,
            ports.Mailer: self._mailer,
            ports.FileStore: self._files,
            ports.Noticeboard: self._noticeboard,
            ports.Painter: self._painter,
            ports.ArtworkInspector: self._inspector,
            ports.Prepress: self._prepress,
            ports.Installments: self._installments,
            ports.CardVault: self._card_vault,
            ports.ProviderReports: self._provider_reports,
            ports.PaymentGateways: self._gateways,
            ports.PayoutFiles: self._payout_files,
            ports.StatementFiles: self._statement_files,
            BankRules: lambda: self._settings.bank,
            ports.InvoicePrinter: self._invoices,
            ports.Carriers: self._carriers,
            ports.PrintHouse: self._print_house,
            CallBacks: self._call_backs,
            ports.InvoiceIssuer: self._issuer,
            Links: self._links,
            Claims: self._claims,
            KnownPasswords: self._known_passwords,
            IdentityTerms: IdentityTerms,
            MailTemplates: self._mail_templates,
            FileLinks: self._file_links,
            ParcelSeals: self._parcel_seals,
            PaymentWebhooks: self._payment_webhooks,
            InvoicingRules: self._invoicing_rules,
            MailWriter: self._mail_writer,
            ShippingRules: self._shipping_rules,
            LabelDesk: self._label_desk,
            UploadLimits: UploadLimits,
            TableFiles: self._table_files,
            Letterbox: self._letterbox,
        }

    def _terms(self) -> Terms:
        returns = self._settings.returns
        return Terms(
            return_days=returns.days,
            return_missing_days=returns.missing_days,
            return_answer_days=returns.answer_days,
            return_send_days=returns.send_days,
            return_reprints=returns.reprints,
            generation_deadline_seconds=self._settings.generation_deadline_seconds,
            installments=self._settings.till.installments,
            save_cards=self._settings.till.save_cards,
            commission_percent=self._settings.pay.commission_percent,
            payout_least=self._settings.pay.least,
            payout_iban_hours=self._settings.pay.iban_hours,
        )

    def _passwords(self) -> ports.PasswordHasher:
        from adapters.passwords import Argon2Passwords

        return self._closing(Argon2Passwords())

    def _mailer(self) -> ports.Mailer:
        from adapters.mail import SmtpMailer, SmtpServer

        clock: Any = self[ports.Clock]
        sender = self._settings.invoicing.seller.email
        url = self._settings.connections.smtp_url
        if url is None:
            port = self._settings.web.emulators_port + 3
            return SmtpMailer(
                SmtpServer(host="127.0.0.1", port=port, sender=sender, start_tls=False), clock
            )
        parts = urlsplit(url.text)
        return SmtpMailer(
            SmtpServer(
                host=parts.hostname or "",
                port=parts.port or 587,
                sender=sender,
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                start_tls=True if parts.scheme == "smtp+starttls" else None,
            ),
            clock,
        )

    def _letterbox(self) -> Letterbox:
        from adapters.mail import NoLetterbox
        from deploy.mailbox.folder import FolderLetterbox

        if self._settings.connections.smtp_url:
            return NoLetterbox()
        return FolderLetterbox(self._settings.data_dir / "emulators" / "mails")

    def _files(self) -> ports.FileStore:
        from adapters.files.store import LocalFileStore

        return self._closing(LocalFileStore(self._settings.data_dir / "files"))

    def _noticeboard(self) -> ports.Noticeboard:
        from adapters.audit.files import CHECKPOINTS, CheckpointFile

        return CheckpointFile(self._settings.auditing.copy_dir / CHECKPOINTS)

    def _painter(self) -> ports.Painter:
        from adapters.painters.local import LocalPainter

        return self._closing(LocalPainter(FONTS))

    def _inspector(self) -> ports.ArtworkInspector:
        from adapters.files.inspector import LimitedInspector

        return self._closing(LimitedInspector(self._terms().sheet))

    def _prepress(self) -> ports.Prepress:
        from adapters.print.prepress import PdfPrepress

        return self._closing(PdfPrepress())

    def _gateway(self) -> ports.PaymentGateway:
        from adapters.iyzico.gateway import IyzicoGateway

        return IyzicoGateway(self._merchant)

    def _installments(self) -> ports.Installments:
        from adapters.iyzico.offers import IyzicoInstallments

        return IyzicoInstallments(self._merchant)

    def _card_vault(self) -> ports.CardVault:
        from adapters.iyzico.vault import IyzicoCards

        return IyzicoCards(self._merchant)

    def _provider_reports(self) -> ports.ProviderReports:
        from adapters.iyzico.reports import IyzicoReports
        from adapters.iyzico.settlements import settlement_files

        clock: ports.Clock = self.of(ports.Clock)
        place = self._settings.settlement_files
        if place is None and self._settings.iyzico is None:
            place = f"http://127.0.0.1:{self._settings.web.emulators_port}/settlement"
        return IyzicoReports(
            self._merchant,
            today=lambda: clock.now().astimezone(ISTANBUL).date(),
            files=settlement_files(place) if place else None,
        )

    @cached_property
    def _merchant(self) -> Merchant:
        from adapters.iyzico.limits import PUBLISHED, Pace, unlimited
        from adapters.iyzico.merchant import Merchant

        account = self._settings.iyzico
        if account is None:
            url = f"http://127.0.0.1:{self._settings.web.emulators_port}"
            return self._closing(Merchant(*LOCAL_IYZICO, base_url=url, pace=unlimited()))
        return self._closing(
            Merchant(
                account.api_key.text,
                account.secret_key.text,
                base_url=account.base_url,
                pace=Pace({**PUBLISHED, **account.calls_per_minute}),
            )
        )

    def _gateways(self) -> ports.PaymentGateways:
        from adapters.bank_transfer import BankTransferGateway
        from adapters.gateways import Gateways

        clock: Any = self[ports.Clock]
        log: Any = self[EventLog]
        bank = BankTransferGateway(
            self.of(Bus),
            log,
            clock=clock,
            rules=self._settings.bank,
            public_url=self._settings.web.public_url,
        )
        return Gateways({"iyzico": self._gateway(), "bank_transfer": bank})

    def _payout_files(self) -> ports.PayoutFiles:
        from adapters.payout_files import BankPayoutFiles

        return BankPayoutFiles()

    def _statement_files(self) -> ports.StatementFiles:
        from adapters.bank_statements import BankStatementFiles

        return BankStatementFiles()

    def _table_files(self) -> TableFiles:
        from adapters.tabular import TabularFiles

        return TabularFiles()

    def _invoices(self) -> ports.InvoicePrinter:
        from deploy.papers import invoice_printer

        return self._closing(invoice_printer(self._settings, FONTS))

    def _issuer(self) -> ports.InvoiceIssuer:
        from adapters.issuers import LocalInvoiceIssuer

        return LocalInvoiceIssuer()

    def _carriers(self) -> ports.Carriers:
        from deploy.carriers import carriers_of

        return carriers_of(self._settings, self._closers)

    def _shipping_rules(self) -> ShippingRules:
        from deploy.carriers import shipping_rules

        return shipping_rules(self._settings)

    def _label_desk(self) -> LabelDesk:
        from deploy.papers import label_printer

        printer = self._closing(label_printer(self._settings, FONTS))
        return LabelDesk(printer, self.of(ShippingRules))

    def _print_house(self) -> ports.PrintHouse:
        from deploy.print_house import print_house_of

        return print_house_of(self._settings, self.of(CallBacks), closers=self._closers)

    def _call_backs(self) -> CallBacks:
        from adapters.print_houses.call_backs import DerivedCallBacks

        return DerivedCallBacks(self.of(Links))

    def _links(self) -> Links:
        from adapters.tokens import DerivedLinks

        return DerivedLinks(self._settings.keys.link.raw, self._settings.web.public_url)

    def _claims(self) -> Claims:
        from adapters.tokens import KeyedClaims

        return KeyedClaims(self._settings.keys.claim.raw)

    def _known_passwords(self) -> KnownPasswords:
        from adapters.known_passwords import ListedPasswords

        return ListedPasswords(DATA / "common-passwords.txt")

    def _mail_templates(self) -> MailTemplates:
        from adapters.mail_templates import FolderTemplates

        return FolderTemplates(DATA / "mails")

    def _mail_writer(self) -> MailWriter:
        return MailWriter(self.of(MailTemplates), self.of(Links), self.of(ports.FileStore))

    def _file_links(self) -> FileLinks:
        from adapters.files.links import SignedLinks

        clock: Any = self[ports.Clock]
        return SignedLinks(self._settings.keys.link.raw, clock)

    def _parcel_seals(self) -> ParcelSeals:
        from adapters.carriers.seals import WebhookSeals

        return WebhookSeals()

    def _payment_webhooks(self) -> PaymentWebhooks:
        from adapters.iyzico.hints import IyzicoWebhooks

        account = self._settings.iyzico
        return IyzicoWebhooks(account.secret_key.text if account else LOCAL_IYZICO[1])

    def _invoicing_rules(self) -> InvoicingRules:
        from deploy.papers import invoicing_rules

        return invoicing_rules(self._settings)

    def _closing(self, adapter: T) -> T:
        close = getattr(adapter, "close", None)
        if close:
            self._closers.append(close)
        return adapter
