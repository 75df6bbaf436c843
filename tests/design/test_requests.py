"""What can be asked about design work: job and order move together, and only for whom they are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from application.bus import Command
from application.design import (
    AcceptDesignJob,
    ApproveDesign,
    ApproveUnanswered,
    CancelDesign,
    ChooseAnotherDesigner,
    CloseDesignJob,
    DeclineDesignJob,
    LapseOffer,
    OfferDesignJob,
    RemindOfPreview,
    RequestRevision,
)
from application.designers import ChangeAvailability
from application.orders import CancelOrder, GiveUpOrder
from application.terms import Terms
from domain.assets import Asset
from domain.design import DesignCannotMove, DesignerDeclined, DesignerTooDear, DesignJob
from domain.designers import DesignerUnavailable
from domain.earnings import DesignerAccount
from domain.orders import Order, OrderCannotMove
from domain.shared.errors import NotFound, StaleVersion
from tests.design.examples import (
    ACCEPT,
    APPROVE,
    DECLINE,
    DESIGNER,
    JOB,
    ORDER,
    OTHER_DESIGNER,
    READER,
    REVISE,
    STRANGER,
    Studio,
    picture,
    preview,
)
from tests.designers.examples import ARTIST, OTHER_ARTIST, PRICE

CANCEL = CancelDesign(job_id=JOB, person_id=READER, said="Vazgeçtim")
GIVE_BACK = CancelDesign(job_id=JOB, person_id=ARTIST, said="Hastayım")
ANOTHER = ChooseAnotherDesigner(job_id=JOB, customer_id=READER, designer_id=OTHER_DESIGNER)


@pytest.fixture
async def studio() -> Studio:
    """A paid order whose job was offered."""
    opened = Studio()
    await opened.paid()
    return opened


async def test_a_paid_order_is_offered_to_the_chosen_designer(studio: Studio) -> None:
    job, order = await studio.job(), await studio.order()
    assert (job.state, job.artist.designer_id, job.commission.fee) == (
        "awaiting_designer",
        DESIGNER,
        PRICE,
    )
    assert (order.state, job.brief.wishes) == ("in_design", "Mavi olsun")


async def test_an_order_is_offered_once(studio: Studio) -> None:
    before = studio.happened()
    await studio.do(OfferDesignJob(order_id=ORDER))
    assert studio.happened() == before


async def test_an_unpaid_order_is_offered_to_nobody() -> None:
    studio = Studio()
    await studio.open()
    await studio.ordered()
    await studio.do(OfferDesignJob(order_id=ORDER))
    await studio.do(CloseDesignJob(order_id=ORDER))
    assert DesignJob.Opened not in studio.happened()


async def test_an_approved_design_is_what_the_order_prints(studio: Studio) -> None:
    for command in (ACCEPT, preview(1), REVISE, preview(2), APPROVE):
        await studio.do(command)
    order = await studio.order()
    assert order.artwork == picture(2)
    assert order.may_move_to("in_production")
    assert studio.happened()[-5:] == [
        DesignJob.Approved,
        DesignJob.FeeEarned,
        Order.ArtworkAttached,
        DesignerAccount.Opened,
        DesignerAccount.Accrued,
    ]


async def test_approving_twice_is_approving_once(studio: Studio) -> None:
    for command in (ACCEPT, preview(), APPROVE, APPROVE):
        await studio.do(command)
    assert studio.happened().count(DesignJob.FeeEarned) == 1


async def test_the_same_file_is_kept_once(studio: Studio) -> None:
    for command in (ACCEPT, preview(1), REVISE, preview(1)):
        await studio.do(command)
    assert studio.happened().count(Asset.Accepted) == 1
    assert (await studio.job()).previews == 2


async def test_reminders_come_before_silence_counts(studio: Studio) -> None:
    await studio.do(ACCEPT)
    now = studio.clock.now()
    await studio.do(preview())
    (event,) = [
        each.event for each in studio.log.recorded if isinstance(each.event, DesignJob.PreviewSent)
    ]
    assert event.approves_at == now + timedelta(days=5)
    assert event.remind_at == (now + timedelta(days=3), now + timedelta(days=4))


async def test_there_is_no_reminder_before_the_preview_itself() -> None:
    studio = Studio(Terms(preview_days=2))
    await studio.paid()
    await studio.do(ACCEPT)
    await studio.do(preview())
    (event,) = [
        each.event for each in studio.log.recorded if isinstance(each.event, DesignJob.PreviewSent)
    ]
    assert event.remind_at == (studio.clock.now() + timedelta(days=1),)


async def test_a_refused_job_goes_to_somebody_within_the_fee(studio: Studio) -> None:
    await studio.do(DECLINE)
    await studio.do(ANOTHER)
    assert (await studio.job()).artist.designer_id == OTHER_DESIGNER
    await studio.refuses(NotFound, ACCEPT)
    await studio.do(AcceptDesignJob(job_id=JOB, person_id=OTHER_ARTIST))


async def test_who_asks_more_than_was_paid_is_not_chosen() -> None:
    studio = Studio()
    await studio.paid(dearer=True)
    await studio.do(DECLINE)
    await studio.refuses(DesignerTooDear, ANOTHER)


async def test_who_declined_or_takes_a_break_is_not_chosen(studio: Studio) -> None:
    await studio.do(DECLINE)
    await studio.refuses(
        DesignerDeclined,
        ChooseAnotherDesigner(job_id=JOB, customer_id=READER, designer_id=DESIGNER),
    )
    await studio.do(ChangeAvailability(person_id=OTHER_ARTIST, available=False))
    await studio.refuses(DesignerUnavailable, ANOTHER)


async def test_a_customer_calls_off_job_and_order(studio: Studio) -> None:
    for command in (ACCEPT, preview(), CANCEL, CANCEL):
        await studio.do(command)
    await studio.react()
    assert ((await studio.job()).state, (await studio.order()).state) == ("cancelled",) * 2
    await studio.refuses(DesignCannotMove, APPROVE)


async def test_a_designer_gives_back_what_they_took_on(studio: Studio) -> None:
    await studio.refuses(DesignCannotMove, GIVE_BACK)
    await studio.do(ACCEPT)
    await studio.do(GIVE_BACK)
    (event,) = [
        each.event for each in studio.log.recorded if isinstance(each.event, Order.Cancelled)
    ]
    assert event.reason == "designer"


async def test_an_approved_design_is_not_called_off(studio: Studio) -> None:
    for command in (ACCEPT, preview(), APPROVE):
        await studio.do(command)
    await studio.refuses(DesignCannotMove, CANCEL)


async def test_the_preview_of_a_cancelled_order_is_not_approved(studio: Studio) -> None:
    await studio.do(ACCEPT)
    await studio.do(preview())
    await studio.do(CancelOrder(order_id=ORDER, customer_id=READER))
    await studio.refuses(OrderCannotMove, APPROVE)
    before = studio.happened()
    await studio.do(ApproveUnanswered(job_id=JOB, preview=1))
    assert studio.happened() == before
    await studio.react()
    assert (await studio.job()).state == "cancelled"


async def test_a_fee_is_taken_back_with_the_order(studio: Studio) -> None:
    for command in (ACCEPT, preview(), APPROVE):
        await studio.do(command)
    await studio.do(GiveUpOrder(order_id=ORDER, reason="seller"))
    await studio.react()
    assert studio.happened().count(DesignJob.FeeReversed) == 1


async def test_silence_approves_and_the_order_goes_on(studio: Studio) -> None:
    await studio.do(ACCEPT)
    await studio.do(preview())
    await studio.do(ApproveUnanswered(job_id=JOB, preview=1))
    await studio.do(ApproveUnanswered(job_id=JOB, preview=1))
    assert (await studio.order()).artwork == picture(1)
    assert studio.happened().count(DesignJob.FeeEarned) == 1


async def test_timers_that_come_too_late_change_nothing(studio: Studio) -> None:
    for command in (ACCEPT, preview(), REVISE):
        await studio.do(command)
    before = studio.happened()
    for late in (
        LapseOffer(job_id=JOB, offer=1),
        RemindOfPreview(job_id=JOB, preview=1, reminder=1),
        ApproveUnanswered(job_id=JOB, preview=1),
    ):
        await studio.do(late)
    assert studio.happened() == before


STRANGERS: list[Command] = [
    AcceptDesignJob(job_id=JOB, person_id=OTHER_ARTIST),
    AcceptDesignJob(job_id=JOB, person_id=READER),
    DeclineDesignJob(job_id=JOB, person_id=OTHER_ARTIST),
    ApproveDesign(job_id=JOB, customer_id=STRANGER),
    ApproveDesign(job_id=JOB, customer_id=ARTIST),
    RequestRevision(job_id=JOB, customer_id=STRANGER, said="Benim değil"),
    RequestRevision(job_id=JOB, customer_id=ARTIST, said="Ben çizdim"),
    CancelDesign(job_id=JOB, person_id=STRANGER),
    CancelDesign(job_id=JOB, person_id=OTHER_ARTIST),
    ChooseAnotherDesigner(job_id=JOB, customer_id=STRANGER, designer_id=OTHER_DESIGNER),
]


@pytest.mark.parametrize("command", STRANGERS, ids=lambda command: type(command).__name__)
async def test_strangers_and_other_designers_do_not_find_it(
    studio: Studio, command: Command
) -> None:
    await studio.refuses(NotFound, command)


async def test_another_designer_shows_nothing(studio: Studio) -> None:
    await studio.do(ACCEPT)
    sent = preview()
    await studio.refuses(
        NotFound,
        type(sent)(
            job_id=JOB, person_id=OTHER_ARTIST, artwork=sent.artwork, size_bytes=sent.size_bytes
        ),
    )


async def test_two_who_decide_at_once_do_not_overrule_each_other(studio: Studio) -> None:
    version = (await studio.job()).version
    await studio.do(AcceptDesignJob(job_id=JOB, person_id=ARTIST, expected_version=version))
    late = DeclineDesignJob(job_id=JOB, person_id=ARTIST, expected_version=version)
    await studio.refuses(StaleVersion, late)
