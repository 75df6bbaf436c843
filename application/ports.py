"""What the application needs of the world: small protocols, each with a fake that works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from domain.shared.address import Address
from domain.shared.money import Money

Language = Literal["tr", "en"]


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Now, in UTC, with microseconds."""
        ...


class Ids(Protocol):
    """Where new identities come from."""

    def new(self) -> UUID:
        """A new time-ordered UUID (version 7)."""
        ...

    def secret(self) -> str:
        """A URL-safe random secret of at least 128 bits."""
        ...


class PasswordHasher(Protocol):
    """Keeps passwords so that nobody can read them; both verbs run off the event loop."""

    async def hash(self, password: str) -> str:
        """The argon2id hash, with its parameters and salt inside."""
        ...

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether they match; with None it takes as long and is False (no account is revealed)."""
        ...


class Attachment(Struct, frozen=True):
    """A file that travels with a mail."""

    name: str
    media_type: str
    content: bytes


class Mail(Struct, frozen=True, kw_only=True):
    """One message to one person. `message_id` is ours and stable: sending twice is recognisable."""

    message_id: UUID
    to: str
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail) -> None:
        """Hand the mail to the next server. Raises `Unavailable` when it should be tried again."""
        ...


class Noticeboard(Protocol):
    """A place outside the database where checkpoints of the audit chain are published."""

    async def post(self, note: str) -> None:
        """Publish a signed note durably, behind those that are there. Raises `OSError`."""
        ...


class FileStore(Protocol):
    """Keeps bytes by the SHA-256 of their content; identical bytes are stored once."""

    async def put(self, content: bytes) -> str:
        """Store, durably, and return the hex digest."""
        ...

    async def get(self, digest: str) -> bytes:
        """The bytes again. Raises `FileNotFoundError`."""
        ...

    def stream(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes in chunks of at most 64 KiB. Raises `FileNotFoundError`."""
        ...

    async def remove(self, digest: str) -> bool:
        """Delete the bytes for good; False, and nothing is done, if they were stored just now."""
        ...


class Brief(Struct, frozen=True, kw_only=True):
    """What a cover is to show and to say. `kind` is the book's kind (novel, story, poem, ...)."""

    prompt: str
    title: str
    author: str
    kind: str = "novel"
    language: Language = "tr"


class Size(Struct, frozen=True):
    """Width and height in pixels."""

    width: int
    height: int


class Painter(Protocol):
    """Paints cover candidates; the same brief, variant, size and version give the same picture."""

    @property
    def version(self) -> str:
        """The version of the rules by which pictures are made; kept with each candidate."""
        ...

    async def paint(self, brief: Brief, *, variant: int, size: Size) -> bytes:
        """A PNG of exactly `size`. Variants 0, 1, 2, ... of one brief are visibly different."""
        ...

    async def watermark(self, picture: bytes, *, longest_side: int) -> bytes:
        """A WebP no larger than `longest_side`, with the visible sample mark over all of it."""
        ...


class RefusedArtwork(Struct, frozen=True, tag="refused"):
    """Why an uploaded file can't be taken; `reason` is a stable code (`unknown_type`, ...)."""

    reason: str
    detail: str


class AcceptedArtwork(Struct, frozen=True, tag="accepted"):
    """An upload that was decoded, measured and, where it is an image, rebuilt without metadata."""

    content: bytes
    media_type: str
    preview: bytes
    width: int
    height: int
    warnings: tuple[str, ...] = ()


class ArtworkInspector(Protocol):
    """Looks at uploaded files in a limited process that may crash without harm."""

    async def inspect(self, content: bytes) -> AcceptedArtwork | RefusedArtwork:
        """Identify by content, decode with a pixel limit, rebuild, measure."""
        ...


class PrintSpec(Struct, frozen=True):
    """Trim size and bleed of the printed sheet in millimetres, resolution in dots per inch."""

    trim_width_mm: Decimal
    trim_height_mm: Decimal
    bleed_mm: Decimal
    dpi: int = 300

    @property
    def pixels(self) -> Size:
        """The sheet with its bleed on all sides, in pixels, rounded up."""
        bleeds = 2 * self.bleed_mm
        sides = (self.trim_width_mm + bleeds, self.trim_height_mm + bleeds)
        return Size(*(ceil(side * self.dpi / Decimal("25.4")) for side in sides))


class PrintFile(Struct, frozen=True, kw_only=True):
    """What a print file is made of; `artwork` is PNG, JPEG or PDF."""

    order_number: str
    title: str
    artwork: bytes
    spec: PrintSpec


class Prepress(Protocol):
    """Makes and checks files for the print house."""

    async def make(self, file: PrintFile) -> bytes:
        """A one-page PDF at trim plus bleed, boxes set, fonts embedded, and preflighted."""
        ...


class Buyer(Struct, frozen=True, kw_only=True):
    """The person who pays, as the payment provider asks for them."""

    person_id: UUID
    given_name: str
    family_name: str
    email: str
    phone: str
    ip: str


class CheckoutLine(Struct, frozen=True, kw_only=True):
    """One order line as it is charged: the gross amount, never 0."""

    line_id: UUID
    name: str
    category: str
    physical: bool
    price: Money


class CheckoutRequest(Struct, frozen=True, kw_only=True):
    """Everything a hosted payment page is opened with; `total` is the sum of the lines, `shipping`
    is None where nothing is sent.
    """

    attempt_id: UUID
    order_id: UUID
    total: Money
    lines: tuple[CheckoutLine, ...]
    buyer: Buyer
    shipping: Address | None
    billing: Address
    callback_url: str
    language: Language


class CheckoutForm(Struct, frozen=True, tag="form"):
    """A hosted payment page that waits for the shopper."""

    token: str
    page_url: str
    expires_in_seconds: int


class PaidLine(Struct, frozen=True, kw_only=True):
    """What the provider says of one line of a payment; `transaction_id` is needed for refunds."""

    line_id: UUID
    transaction_id: str
    paid: Money
    commission: Decimal
    fee: Decimal


class Paid(Struct, frozen=True, kw_only=True, tag="paid"):
    """Money was taken: signed, approved, and equal to what was asked."""

    payment_id: str
    paid: Money
    lines: tuple[PaidLine, ...]
    installments: int
    card_last_four: str


class Declined(Struct, frozen=True, kw_only=True, tag="declined"):
    """The bank or the provider said no; `group` is the provider's error group."""

    group: str
    code: str
    message: str


class InReview(Struct, frozen=True, tag="in_review"):
    """Taken, but the provider's fraud desk still looks at it: deliver nothing yet."""

    payment_id: str


class NotFinal(Struct, frozen=True, tag="not_final"):
    """The shopper has not finished; ask again later."""

    status: str


class Unknown(Struct, frozen=True, tag="unknown"):
    """Nobody knows (time-out, broken answer, bad signature): never treated as failed. `alarm` marks
    answers that contradict what was asked or signed.
    """

    reason: str
    alarm: bool = False


class Misconfigured(Struct, frozen=True, tag="misconfigured"):
    """The provider does not accept our keys or our request; a person has to look."""

    code: str
    message: str


class Refunded(Struct, frozen=True, tag="refunded"):
    """The provider took the refund."""

    refund_reference: str


PaymentOutcome = Paid | Declined | InReview | NotFinal | Unknown | Misconfigured
CheckoutOutcome = CheckoutForm | Declined | Unknown | Misconfigured
RefundOutcome = Refunded | Declined | Unknown | Misconfigured


class PaymentExpectation(Struct, frozen=True, kw_only=True):
    """What an honest answer about an attempt must agree with."""

    attempt_id: UUID
    order_id: UUID
    total: Money


class PaymentGateway(Protocol):
    """Takes money through a hosted page and gives it back."""

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOutcome:
        """Open a hosted page. The attempt must be stored before this is called."""
        ...

    async def outcome(self, token: str, expected: PaymentExpectation) -> PaymentOutcome:
        """Ask what became of a hosted page; the signature is verified and the figures compared."""
        ...

    async def refund(
        self, *, refund_id: UUID, line: PaidLine, amount: Money, ip: str
    ) -> RefundOutcome:
        """Give back (part of) one line. Ask before repeating: the provider is not idempotent."""
        ...


class InvoiceLine(Struct, frozen=True, kw_only=True):
    """One line of an invoice; amounts as in `domain.shared.money.split_gross`."""

    description: str
    quantity: int
    gross: Money
    net: Money
    tax: Money
    rate: Decimal


class InvoiceDocument(Struct, frozen=True, kw_only=True):
    """All that stands on an invoice; a `sample` has no force, `goods` have a return slip."""

    number: str
    ettn: UUID
    issued_at: datetime
    order_number: str
    buyer: Address
    tax_number: str
    email: str
    lines: tuple[InvoiceLine, ...]
    payment_method: str
    paid_at: datetime
    language: Language
    sample: bool
    goods: bool = True


class InvoicePrinter(Protocol):
    """Sets invoices in type."""

    async def print_invoice(self, invoice: InvoiceDocument) -> bytes:
        """A PDF; the same document gives the same bytes."""
        ...


class ParcelRequest(Struct, frozen=True, kw_only=True):
    """A parcel for a carrier; `shipment_id` makes asking twice harmless."""

    shipment_id: UUID
    order_number: str
    recipient: Address
    webhook_url: str


class Parcel(Struct, frozen=True):
    """What the carrier answers; `webhook_secret` signs what it tells about this parcel."""

    carrier_reference: str
    webhook_secret: str


class Carrier(Protocol):
    """Moves parcels."""

    async def create_parcel(self, request: ParcelRequest) -> Parcel:
        """Announce a parcel; the same `shipment_id` gives the same parcel. Raises `Unavailable`."""
        ...


class Unavailable(Exception):
    """An outside part did not answer in time or said to come back later: try again."""
