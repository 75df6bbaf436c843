"""Mails are written and handed to the mail server, each once."""

from __future__ import annotations

from adapters.postgres.jobs import LeasedJob
from application.notifications import (
    MailWriter,
    RecordCircular,
    RecordMailSent,
    RoleHolders,
    SendMail,
    WriteToRole,
)
from application.ports import Mailer
from application.store import EventLog
from domain.identity import User
from workers.jobs import works


@works()
async def send_mail(
    job: SendMail, leased: LeasedJob, log: EventLog, writer: MailWriter, mailer: Mailer
) -> RecordMailSent | None:
    if await log.aggregate(leased.job_id):
        return None
    loaded = await log.aggregate(job.person_id)
    user = loaded.aggregate if loaded else None
    # An erased person's address reads as something that is none
    if not isinstance(user, User) or "@" not in user.email:
        return None
    await mailer.send(await writer.write(job, leased.job_id, user=user))
    return RecordMailSent(mail_id=leased.job_id, person_id=job.person_id, template=job.template)


@works()
async def write_to_role(
    job: WriteToRole, leased: LeasedJob, holders: RoleHolders
) -> RecordCircular:
    holding = await holders.holding(job.role)
    return RecordCircular(
        circular_id=leased.job_id,
        person_ids=tuple(each for each in holding if each != job.but),
        template=job.template,
        facts=job.facts,
    )
