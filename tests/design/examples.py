"""States of the world that tests about the artist's work begin with."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from application.bus import Command
from application.design import (
    AcceptDesignJob,
    ApproveDesign,
    DeclineDesignJob,
    RequestRevision,
    SendPreview,
)
from application.designers import ApproveDesigner, ChooseDesigner
from application.drafts import ChangeBook, GiveAddresses, StartDraft
from application.orders import CommitDraft
from application.processes import design as _design  # noqa: F401  # registers its reactions
from application.store import Append, Store
from application.terms import Terms
from domain.design import Artist, Commission, DesignBrief, DesignJob
from domain.designers import Designer, Offer
from domain.identity import User
from domain.orders import Order
from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.shared.artwork import Artwork
from domain.shared.money import Money
from tests.designers.examples import ADMIN, ARTIST, OTHER_ARTIST, PRICE, apply
from tests.drafts.examples import ADDRESSES, BOOK
from tests.given import NOW, House

READER, STRANGER, DRAFT, ATTEMPT = (UUID(int=number) for number in range(401, 405))
ORDER = Order.id_of(DRAFT)
JOB = DesignJob.id_of(ORDER)
DESIGNER, OTHER_DESIGNER = Designer.id_of(ARTIST), Designer.id_of(OTHER_ARTIST)
ARTISTS = (
    Artist(designer_id=DESIGNER, person_id=ARTIST),
    Artist(designer_id=OTHER_DESIGNER, person_id=OTHER_ARTIST),
)
BRIEF = DesignBrief(title=BOOK.title, author=BOOK.author, wishes="Mavi olsun")
ANSWER_BY = NOW + timedelta(days=3)
APPROVES_AT = NOW + timedelta(days=5)
REMIND_AT = (NOW + timedelta(days=3), NOW + timedelta(days=4))
COMMISSION = Commission(
    order_id=ORDER,
    number="PK-7Q2M",
    draft_id=DRAFT,
    book_kind="novel",
    fee=PRICE,
    revisions_allowed=3,
)

ACCEPT = AcceptDesignJob(job_id=JOB, person_id=ARTIST)
DECLINE = DeclineDesignJob(job_id=JOB, person_id=ARTIST, said="Bu ay doluyum")
REVISE = RequestRevision(job_id=JOB, customer_id=READER, said="Daha koyu mavi")
APPROVE = ApproveDesign(job_id=JOB, customer_id=READER)


def picture(number: int = 1) -> Artwork:
    """The file of a preview."""
    return Artwork(
        digest=f"{number:064x}",
        media_type="image/png",
        width=1666,
        height=2552,
        preview_digest=f"{number + 1000:064x}",
    )


def preview(number: int = 1) -> SendPreview:
    """A preview is sent."""
    return SendPreview(
        job_id=JOB, person_id=ARTIST, artwork=picture(number), size_bytes=9, said="Nasıl?"
    )


def a_job(artist: Artist = ARTISTS[0]) -> DesignJob:
    """A job that was offered to a designer."""
    job = DesignJob.open(READER, COMMISSION, brief=BRIEF, now=NOW)
    job.offer(artist, ANSWER_BY)
    return job


def accepted(job: DesignJob) -> None:
    """The designer took it on."""
    job.accept()


def declined(job: DesignJob) -> None:
    """The designer did not take it on."""
    job.decline("Bu ay doluyum")


def shown(job: DesignJob) -> None:
    """The next preview was sent."""
    show(job, job.previews + 1)


def revised(job: DesignJob) -> None:
    """The customer wants a change, another one each time."""
    job.request_revision(f"Değişiklik {job.revisions + 1}")


def content(job: DesignJob) -> None:
    """The customer approves."""
    job.approve()


def called_off(job: DesignJob) -> None:
    """The customer cancels."""
    job.cancel("customer", "Vazgeçtim")


def show(job: DesignJob, number: int) -> None:
    """Send a certain preview."""
    job.send_preview(picture(number), "Nasıl?", remind_at=REMIND_AT, approves_at=APPROVES_AT)


class Studio(House):
    """A house in which a customer, two approved designers and an admin have accounts."""

    def __init__(self, terms: Terms | None = None) -> None:
        super().__init__({Terms: terms or Terms()})

    async def record(self, *aggregates: Aggregate) -> None:
        """Store what happened to aggregates outside of the commands under test."""
        events = [
            event
            for aggregate in aggregates
            for event in aggregate.collect_events()
            if isinstance(event, Event)
        ]
        metadata = Metadata(command_id=ORDER, command="Test", correlation_id=ORDER)
        await self.log.append(Append(events=events, metadata=metadata))

    async def open(self, *, dearer: bool = False) -> None:
        """Everybody has an account, and both designers take work."""
        for person_id in (READER, ARTIST, OTHER_ARTIST):
            await self.record(_user(person_id))
        price = Money.of("450.01") if dearer else PRICE
        await self.do(apply(ARTIST))
        await self.do(apply(OTHER_ARTIST, Offer(specialities=("minimal",), price=price)))
        for designer_id in (DESIGNER, OTHER_DESIGNER):
            await self.do(ApproveDesigner(designer_id=designer_id, admin_id=ADMIN))

    async def ordered(self, *changes: Command) -> None:
        """The customer chose a designer, asked for these changes, and committed the draft."""
        await self.do(StartDraft(draft_id=DRAFT, customer_id=READER, method="artist"))
        await self.do(ChangeBook(draft_id=DRAFT, customer_id=READER, book=BOOK))
        await self.do(GiveAddresses(draft_id=DRAFT, customer_id=READER, addresses=ADDRESSES))
        await self.do(
            ChooseDesigner(
                draft_id=DRAFT, customer_id=READER, designer_id=DESIGNER, wishes=BRIEF.wishes
            )
        )
        for change in changes:
            await self.do(change)
        await self.do(CommitDraft(draft_id=DRAFT, customer_id=READER))

    async def paid(self, *, dearer: bool = False) -> None:
        """The customer ordered and paid, and all that follows has happened."""
        await self.open(dearer=dearer)
        await self.ordered()
        await self.pays()

    async def pays(self) -> None:
        """The order is paid, and all that follows has happened."""
        order = await self.order()
        order.start_payment(ATTEMPT)
        order.mark_paid(ATTEMPT, order.total)
        await self.record(order)
        await self.react()

    async def order(self) -> Order:
        """The order as the log has it."""
        return await Store(self.log, self.clock.now()).get(Order, ORDER)

    async def job(self) -> DesignJob:
        """The job as the log has it."""
        return await Store(self.log, self.clock.now()).get(DesignJob, JOB)


def _user(person_id: UUID) -> User:
    return User.begin(
        User.Registered,
        id=person_id,
        now=NOW,
        email=f"{person_id.int}@example.org",
        name="Birisi",
        password_hash="plain",
        language="tr",
        terms_version="1",
        privacy_version="1",
    )
