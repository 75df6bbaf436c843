"""What print houses tell: signed, each with the secret of the one attempt that it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid5

import msgspec
import structlog
from litestar import Controller, Request, post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from msgspec import Meta, Struct
from prometheus_client import Counter

from api.ask import OPEN, Ask, Rate
from api.inputs import decode_strictly
from application.bus import Call
from application.production import CallBacks, RecordPrintReport
from application.store import Store
from domain.production import HouseReport, PrintJob, ReportStatus
from domain.shared.errors import NotFound

log = structlog.get_logger()

MESSAGE_ID = "webhook-id"
ATTEMPT = re.compile(r"[1-9][0-9]{0,2}")

call_backs_received = Counter(
    "print_house_call_backs", "What print houses told, by what was made of it", ["verdict"]
)


class PrintHouseReport(Struct, frozen=True, kw_only=True):
    """What a print house tells of a ticket. `reason` is a code, for `spoiled` and `rejected`.

    Houses may say more than we read.
    """

    ticket_id: UUID
    status: ReportStatus
    occurred_at: Annotated[datetime, Meta(tz=True)]
    reason: Annotated[str, Meta(pattern=r"^[a-z0-9_]{0,40}$(?!\n)")] = ""


@dataclass
class SignedPrintReport(Operation):
    """Tells in the OpenAPI document that the body is a report, which is verified as raw bytes."""

    def __post_init__(self) -> None:
        report = Schema(type=OpenAPIType.OBJECT, description=PrintHouseReport.__doc__)
        self.request_body = RequestBody(
            content={"application/json": OpenAPIMediaType(schema=report)}, required=True
        )


class PrintHouseController(Controller):
    path = "/webhooks/print-house"
    tags = ("production",)

    @post(
        "/{print_job_id:uuid}/{attempt:str}",
        operation_id="RecordPrintReport",
        summary="A print house tells how far a cover is",
        opt=OPEN | {"rate": Rate("print-house", 600)},
        status_code=204,
        operation_class=SignedPrintReport,
    )
    async def reported(
        self, ask: Ask, request: Request[Any, Any, Any], print_job_id: UUID, *, attempt: str
    ) -> None:
        """Signed with the secret of this attempt of this job; 404 for anything else. A message that
        comes again changes nothing, and the order in which messages come makes no difference.
        """
        body = await request.body()
        job = await Store(ask.log, ask.now).find(PrintJob, print_job_id)
        desk = ask.port(CallBacks)
        number = int(attempt) if ATTEMPT.fullmatch(attempt) else 0
        secret = desk.of(print_job_id, number).secret
        genuine = desk.genuine(secret, request.headers, body=body, now=ask.now)
        if not genuine or job is None or not 1 <= number <= job.attempt:
            _forged(ask, print_job_id)
        decode_strictly(body, PrintHouseReport)
        said = msgspec.json.decode(body, type=PrintHouseReport)
        if said.ticket_id != PrintJob.ticket_id_of(print_job_id, number):
            _forged(ask, print_job_id)
        call_backs_received.labels("genuine").inc()
        await ask.bus.execute(
            RecordPrintReport(
                print_job_id=print_job_id,
                report=HouseReport(number, said.status, said.reason),
            ),
            Call(
                key=str(uuid5(said.ticket_id, request.headers[MESSAGE_ID])),
                caller="print houses",
                trace_id=ask.trace_id,
            ),
        )


def _forged(ask: Ask, print_job_id: UUID) -> None:
    call_backs_received.labels("forged").inc()
    log.error("print_house_call_back_forged", ip=ask.ip, print_job_id=str(print_job_id))
    raise NotFound
