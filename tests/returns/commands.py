"""Every command about returns, each in a house where it does something."""

from __future__ import annotations

from application.ports import Declined
from application.production import CancelReprint
from application.returns import (
    CancelReturn,
    EndRefusedRefund,
    FollowReprint,
    LapseReturn,
    RejectReturn,
    RemindOfReturn,
    ReportUnanswered,
    ReprintReturn,
)
from domain.production import PrintJob
from tests.asked import State
from tests.returns.examples import (
    ADMIN,
    ATTEMPT,
    BY,
    CUSTOMER,
    ORDER,
    Desk,
    approves,
    asks,
    id_of,
    receives,
    refunds,
    shows,
)

COPY = PrintJob.id_of(ORDER, 1)
REPRINT = ReprintReturn(return_id=id_of(), by=BY)


async def a_desk() -> Desk:
    """Everything has arrived."""
    return await Desk().open()


async def a_desk_that_waits() -> Desk:
    """The time to answer, or to send something back, is over."""
    desk = await a_desk()
    await desk.all_of(asks(), shows())
    desk.clock.pass_(days=6)
    return desk


async def a_desk_without_a_parcel() -> Desk:
    """Nothing came back in time."""
    desk = await a_desk()
    await desk.all_of(asks(), shows(), approves())
    desk.clock.pass_(days=15)
    return desk


async def a_refused_refund() -> Desk:
    """The provider gives nothing back."""
    desk = await a_desk()
    await desk.all_of(asks(), shows(), approves(), receives(), refunds())
    [refund_id] = (await desk.asked()).refund_ids
    await desk.told(refund_id, Declined(group="NOT_PERMITTED", code="5093", message="no"))
    return desk


async def a_reprint_called_off() -> Desk:
    """The copy will not be made, and the return has not heard of it."""
    desk = await a_desk()
    await desk.all_of(asks(), shows(), approves(remedy="reprint", send_back=False), REPRINT)
    await desk.do(CancelReprint(print_job_id=COPY, by=ADMIN))
    return desk


async def end_it(desk: Desk) -> EndRefusedRefund:
    """Finance gave the money otherwise."""
    [refund_id] = (await desk.asked()).refund_ids
    return EndRefusedRefund(attempt_id=ATTEMPT, refund_id=refund_id, given=True)


DELIVERED = State(a_desk)
SHOWN = DELIVERED.after(asks(), shows())

EXAMPLES = [
    *DELIVERED.asked(asks()),
    *DELIVERED.after(asks()).asked(
        shows(),
        CancelReturn(return_id=id_of(), customer_id=CUSTOMER),
        RejectReturn(return_id=id_of(), by=BY, said="Fotoğraf yok"),
    ),
    *SHOWN.asked(approves()),
    *SHOWN.after(approves()).asked(receives()),
    *SHOWN.after(approves(), receives()).asked(refunds()),
    *SHOWN.after(approves(remedy="reprint", send_back=False)).asked(REPRINT),
    *State(a_desk_that_waits).asked(ReportUnanswered(return_id=id_of())),
    *State(a_desk_without_a_parcel).asked(
        RemindOfReturn(return_id=id_of()), LapseReturn(return_id=id_of())
    ),
    *State(a_reprint_called_off).asked(FollowReprint(print_job_id=COPY)),
    State(a_refused_refund).asked_for(EndRefusedRefund, end_it),
]
