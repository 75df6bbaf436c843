"""Every command about the artist's work, each in a house where it does something."""

from __future__ import annotations

from datetime import timedelta

from application.design import (
    ApproveUnanswered,
    CancelDesign,
    ChooseAnotherDesigner,
    CloseDesignJob,
    LapseOffer,
    OfferDesignJob,
    RemindOfPreview,
)
from tests.asked import State
from tests.design.examples import (
    ACCEPT,
    APPROVE,
    ATTEMPT,
    DECLINE,
    JOB,
    ORDER,
    OTHER_DESIGNER,
    READER,
    REVISE,
    Studio,
    preview,
)


async def a_paid_order() -> Studio:
    """The order is paid, and nothing has followed."""
    studio = Studio()
    await studio.open()
    await studio.ordered()
    order = await studio.order()
    order.start_payment(ATTEMPT)
    order.mark_paid(ATTEMPT, order.total)
    await studio.record(order)
    return studio


async def after_five_days() -> Studio:
    """A preview waits for its answer."""
    studio = await a_paid_order()
    for command in (OfferDesignJob(order_id=ORDER), ACCEPT, preview()):
        await studio.do(command)
    studio.clock.pass_(seconds=timedelta(days=5, minutes=1).total_seconds())
    return studio


PAID, WAITING = State(a_paid_order), State(after_five_days)
OFFERED = PAID.after(OfferDesignJob(order_id=ORDER))
SHOWN = OFFERED.after(ACCEPT, preview())

EXAMPLES = [
    *PAID.asked(OfferDesignJob(order_id=ORDER)),
    *OFFERED.asked(
        ACCEPT,
        DECLINE,
        CancelDesign(job_id=JOB, person_id=READER, said="Vazgeçtim"),
        CloseDesignJob(order_id=ORDER),
        LapseOffer(job_id=JOB, offer=1),
    ),
    *OFFERED.after(DECLINE).asked(
        ChooseAnotherDesigner(job_id=JOB, customer_id=READER, designer_id=OTHER_DESIGNER)
    ),
    *OFFERED.after(ACCEPT).asked(preview()),
    *SHOWN.asked(REVISE, APPROVE),
    *SHOWN.after(APPROVE).asked(CloseDesignJob(order_id=ORDER)),
    *WAITING.asked(
        ApproveUnanswered(job_id=JOB, preview=1),
        RemindOfPreview(job_id=JOB, preview=1, reminder=1),
    ),
]
