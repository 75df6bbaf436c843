"""An approval as releases recorded it that knew no accounts of designers."""

from __future__ import annotations

from domain.design import DesignJob
from tests.design.examples import ACCEPT, JOB, preview
from tests.earnings.examples import Payroll


async def an_old_approval() -> Payroll:
    """The fee of a job was earned by the event of the job alone."""
    payroll = Payroll()
    await payroll.paid()
    for command in (ACCEPT, preview(1)):
        await payroll.do(command)
    job = await payroll.job()
    order = await payroll.order()
    job._step(DesignJob.Approved, by="customer", artwork=job.artwork)
    job.emit(
        DesignJob.FeeEarned,
        order_id=job.commission.order_id,
        number=job.commission.number,
        designer_id=job.artist.designer_id,
        designer_person_id=job.artist.person_id,
        fee=job.commission.fee,
    )
    order.attach_final_artwork(job.artwork)
    await payroll.record(job, order)
    assert job.id == JOB
    return payroll
