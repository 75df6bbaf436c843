"""From an event to a mail that was sent, through the real reactor and worker."""

from __future__ import annotations

from adapters.postgres.jobs import Jobs
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Bus
from application.notifications import MailWriter
from application.ports import Mailer
from application.store import EventLog
from domain.notifications import SentMail
from tests.identity.examples import EMAIL
from tests.notifications.test_mails import Office
from workers.jobs import Worker
from workers.reactor import Reactor


async def _nobody_waits(_queue: str) -> None:
    return


async def test_a_newcomer_is_written_to_once_by_a_mail_that_bears_its_jobs_id(
    pool: Pool, event_log: PostgresLog
) -> None:
    office = Office()
    bus = Bus(event_log, office.ports, clock=office.clock, ids=office.ids)
    ports = {EventLog: event_log, MailWriter: office.writer, Mailer: office.mailer}
    jobs = Jobs(pool)
    await bus.execute(await office.registration())
    reactor = Reactor(pool, event_log, bus, _nobody_waits)
    while await reactor.step():
        pass
    worker = Worker(jobs, bus, ports, name="test", at_once=4)
    assert await worker.drain("mail") == 1
    assert await worker.drain("mail") == 0
    [mail] = office.mailer.to(EMAIL)
    [sent] = await event_log.load(mail.message_id)
    assert isinstance(sent.event, SentMail.Sent)
