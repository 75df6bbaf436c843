"""A working fake of every port: no network, no disk, the same answers every time."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import pikepdf
from PIL import Image, ImageDraw

from adapters.carriers.signatures import new_secret
from adapters.files.signatures import kind_of
from adapters.print.preflight import sheet_points, trim_points
from application.ports import (
    AcceptedArtwork,
    Brief,
    CancelAnswer,
    CancelOutcome,
    CheckoutForm,
    CheckoutOutcome,
    CheckoutRequest,
    Declined,
    Invalid,
    InvoiceDocument,
    Mail,
    NotFinal,
    Paid,
    PaidLine,
    Parcel,
    ParcelNews,
    ParcelRefused,
    ParcelRequest,
    PaymentExpectation,
    PaymentOutcome,
    PrintFile,
    Refunded,
    RefundOutcome,
    RefusedArtwork,
    Size,
    Unavailable,
    Unknown,
)
from domain.shared.money import Money, total

_A4_POINTS = (595.28, 841.89)
_CHUNK_BYTES = 64 * 1024


class PlainPasswords:
    """Fast and unsafe: for tests only."""

    async def hash(self, password: str) -> str:
        return "plain$" + sha256(password.encode()).hexdigest()

    async def verify(self, password: str, hashed: str | None) -> bool:
        return hashed == await self.hash(password)


class MemoryRoles:
    """Knows who holds which role from `holders`, which tests change."""

    def __init__(self) -> None:
        self.holders: dict[str, set[UUID]] = {}

    async def holding(self, role: str) -> list[UUID]:
        return sorted(self.holders.get(role, ()))


class MemoryMailer:
    """Keeps what was sent in `sent`; while `down` is set it refuses for the time being."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.down = False

    async def send(self, mail: Mail) -> None:
        if self.down:
            raise Unavailable("the mail server is down")
        self.sent.append(mail)

    def to(self, address: str) -> list[Mail]:
        """Mails for one address, oldest first."""
        return [mail for mail in self.sent if mail.to.casefold() == address.casefold()]


class MemoryNoticeboard:
    """`Noticeboard` that remembers; `broken` makes it fail."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.broken = False

    async def post(self, note: str) -> None:
        if self.broken:
            raise OSError("the noticeboard is broken")
        self.notes.append(note)


class MemoryErasures:
    """`ErasureRegister` in a dict."""

    def __init__(self) -> None:
        self.erased: dict[UUID, datetime] = {}

    async def record(self, person_id: UUID, at: datetime) -> None:
        self.erased.setdefault(person_id, at)

    async def all(self) -> Mapping[UUID, datetime]:
        return dict(self.erased)


class MemoryFileStore:
    """Keeps bytes in a dict by their digest."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    async def put(self, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        self.contents[digest] = content
        return digest

    async def get(self, digest: str) -> bytes:
        if digest not in self.contents:
            raise FileNotFoundError(digest)
        return self.contents[digest]

    async def stream(self, digest: str) -> AsyncIterator[bytes]:
        content = await self.get(digest)
        for start in range(0, len(content), _CHUNK_BYTES):
            yield content[start : start + _CHUNK_BYTES]

    async def remove(self, digest: str) -> bool:
        self.contents.pop(digest, None)
        return True


class MemoryPainter:
    """Paints coloured fields that depend on nothing but what was asked."""

    version = "memory-1"

    def __init__(self) -> None:
        self.down = False

    async def paint(self, brief: Brief, *, variant: int, size: Size) -> bytes:
        if self.down:
            raise Unavailable("the painter is down")
        asked = f"{self.version}|{brief}|{variant}|{size}"
        colours = sha256(asked.encode()).digest()
        picture = Image.new("RGB", (size.width, size.height), tuple(colours[:3]))
        pen = ImageDraw.Draw(picture)
        for number in range(3, 27, 3):
            height = size.height * number // 27
            pen.rectangle((0, height, size.width, size.height), tuple(colours[number : number + 3]))
        return _saved(picture, "PNG")

    async def watermark(self, picture: bytes, *, longest_side: int) -> bytes:
        with Image.open(io.BytesIO(picture)) as opened:
            small = opened.convert("RGB")
        small.thumbnail((longest_side, longest_side))
        pen = ImageDraw.Draw(small)
        pen.line((0, 0, *small.size), fill="white", width=3)
        pen.line((0, small.height, small.width, 0), fill="white", width=3)
        return _saved(small, "WEBP")


class MemoryInspector:
    """Accepts what begins like an accepted kind of file, or gives the `verdict` it was told to."""

    def __init__(self) -> None:
        self.verdict: AcceptedArtwork | RefusedArtwork | None = None

    async def inspect(self, content: bytes) -> AcceptedArtwork | RefusedArtwork:
        if self.verdict is not None:
            return self.verdict
        kind = kind_of(content)
        if kind is None or kind == "svg":
            return RefusedArtwork(
                kind or "unknown_type", "png, jpeg, webp, tiff and pdf are accepted"
            )
        return AcceptedArtwork(
            content=content,
            media_type="application/pdf" if kind == "pdf" else f"image/{kind}",
            preview=_saved(Image.new("RGB", (8, 13), "teal"), "WEBP"),
            width=1666,
            height=2552,
        )


class MemoryPrepress:
    """Makes empty sheets with the right boxes."""

    async def make(self, file: PrintFile) -> bytes:
        pdf = pikepdf.new()
        page = pdf.add_blank_page(page_size=sheet_points(file.spec))
        page.trimbox = pikepdf.Array(list(trim_points(file.spec)))
        page.obj.BleedBox = page.mediabox
        return _pdf_bytes(pdf, f"{file.order_number} – {file.title}")


class MemoryInvoicePrinter:
    """Makes an empty page that has the invoice's number as its title."""

    async def print_invoice(self, invoice: InvoiceDocument) -> bytes:
        pdf = pikepdf.new()
        pdf.add_blank_page(page_size=_A4_POINTS)
        return _pdf_bytes(pdf, invoice.number)


class MemoryCarrier:
    """Numbers parcels; while `down` is set it can't be reached, what is in `refused` it does not
    take, and `news` is what it answers.
    """

    tells = True

    def __init__(self) -> None:
        self.parcels: dict[UUID, Parcel] = {}
        self.news: dict[UUID, ParcelNews] = {}
        self.refused: dict[UUID, str] = {}
        self.down = False

    async def create_parcel(self, request: ParcelRequest) -> Parcel:
        self._must_be_up()
        if code := self.refused.get(request.shipment_id):
            raise ParcelRefused(code)
        if request.shipment_id not in self.parcels:
            secret = new_secret(sha256(request.shipment_id.bytes).digest())
            reference = f"SIM{len(self.parcels) + 1:010d}"
            self.parcels[request.shipment_id] = Parcel(reference, secret)
            self.news[request.shipment_id] = ParcelNews(status="created")
        return self.parcels[request.shipment_id]

    async def cancel_parcel(self, shipment_id: UUID) -> CancelAnswer:
        self._must_be_up()
        if shipment_id not in self.parcels:
            return "unknown"
        if self.news[shipment_id].status not in {"created", "label_created", "cancelled"}:
            return "too_late"
        self.news[shipment_id] = ParcelNews(status="cancelled")
        return "cancelled"

    async def ask(self, shipment_ids: Sequence[UUID]) -> Mapping[UUID, ParcelNews]:
        self._must_be_up()
        return {each: self.news[each] for each in shipment_ids if each in self.news}

    def _must_be_up(self) -> None:
        if self.down:
            raise Unavailable("the carrier is down")


class MemoryGateway:
    """A payment provider with a book one can write in.

    A page waits until `pay`, `decline` or `tell` says what the shopper did. Answers put into
    `next_checkouts`, `next_outcomes`, `next_refunds` and `next_cancels` are given first, each once.
    """

    def __init__(self) -> None:
        self.requests: dict[str, CheckoutRequest] = {}
        self.outcomes: dict[str, PaymentOutcome] = {}
        self.refunds: dict[UUID, tuple[str, Money]] = {}
        self.cancelled: dict[str, UUID] = {}
        self.next_checkouts: deque[CheckoutOutcome] = deque()
        self.next_outcomes: deque[PaymentOutcome] = deque()
        self.next_refunds: deque[RefundOutcome] = deque()
        self.next_cancels: deque[CancelOutcome] = deque()

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOutcome:
        if self.next_checkouts:
            return self.next_checkouts.popleft()
        token = f"token-{len(self.requests) + 1}"
        self.requests[token] = request
        return CheckoutForm(token, f"https://pay.test/{token}", expires_in_seconds=1800)

    async def outcome(self, token: str, expected: PaymentExpectation) -> PaymentOutcome:
        if self.next_outcomes:
            return self.next_outcomes.popleft()
        request = self.requests.get(token)
        if request is None:
            return Unknown("no such token")
        asked = PaymentExpectation(
            attempt_id=request.attempt_id, order_id=request.order_id, total=request.total
        )
        if asked != expected:
            return Unknown("the answer contradicts what was asked", alarm=True)
        return self.outcomes.get(token, NotFinal("waiting"))

    async def refund(
        self,
        *,
        refund_id: UUID,
        line: PaidLine,
        amount: Money,
        ip: str,  # noqa: ARG002 - the port has it
    ) -> RefundOutcome:
        if self.next_refunds:
            return self.next_refunds.popleft()
        given = total(m for id_, (tx, m) in self.refunds.items() if tx == line.transaction_id)
        if refund_id not in self.refunds:
            if self._was_cancelled(line):
                return Declined(group="refund", code="5093", message="already cancelled")
            if given + amount > line.paid:
                return Declined(group="refund", code="5006", message="more than was paid")
            self.refunds[refund_id] = (line.transaction_id, amount)
        return Refunded(f"refund-{[*self.refunds].index(refund_id) + 1}")

    async def cancel(
        self,
        *,
        cancel_id: UUID,
        payment_id: str,
        total: Money,
        ip: str,  # noqa: ARG002 - the port has it
    ) -> CancelOutcome:
        if self.next_cancels:
            return self.next_cancels.popleft()
        paid = next((p for p in self._payments() if p.payment_id == payment_id), None)
        if paid is None or paid.paid != total:
            return Invalid("5002", "no such payment")
        if payment_id not in self.cancelled:
            lines = {line.transaction_id for line in paid.lines}
            if any(line in lines for line, _ in self.refunds.values()):
                return Declined(group="cancel", code="5008", message="something was refunded")
            self.cancelled[payment_id] = cancel_id
        return Refunded(f"cancel-{payment_id}")

    @property
    def given_back(self) -> Money:
        """All that went back, by refunds and by cancels."""
        cancelled = [paid.paid for paid in self._payments() if paid.payment_id in self.cancelled]
        return total([*(amount for _, amount in self.refunds.values()), *cancelled])

    def _was_cancelled(self, line: PaidLine) -> bool:
        cancelled = [p for p in self._payments() if p.payment_id in self.cancelled]
        return any(
            line.transaction_id == each.transaction_id for p in cancelled for each in p.lines
        )

    def _payments(self) -> list[Paid]:
        return [outcome for outcome in self.outcomes.values() if isinstance(outcome, Paid)]

    def pay(self, token: str) -> Paid:
        """The shopper pays all of it with a card that ends in 0008."""
        request = self.requests[token]
        paid = Paid(
            payment_id=f"payment-{token}",
            paid=request.total,
            lines=tuple(
                PaidLine(
                    line_id=line.line_id,
                    transaction_id=f"{token}-{number}",
                    paid=line.price,
                    commission=Decimal("0.03") * line.price.amount,
                    fee=Decimal(0),
                )
                for number, line in enumerate(request.lines, 1)
            ),
            installments=1,
            card_last_four="0008",
        )
        self.outcomes[token] = paid
        return paid

    def decline(self, token: str) -> None:
        """The bank says no: not enough money on the card."""
        self.tell(token, Declined(group="NOT_SUFFICIENT_FUNDS", code="10051", message="Declined"))

    def tell(self, token: str, outcome: PaymentOutcome) -> None:
        """From now on this is what became of the page."""
        self.outcomes[token] = outcome


def _saved(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def _pdf_bytes(pdf: pikepdf.Pdf, title: str) -> bytes:
    pdf.docinfo["/Title"] = title
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()
