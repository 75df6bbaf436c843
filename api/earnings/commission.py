"""What the shop keeps of design fees, over HTTP: dated rules."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from api.ask import Ask, Done
from application.earnings import SetCommission
from application.terms import Terms
from projections.earnings import CommissionRow, commission_rules, rule_list

Percent = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$(?!\n)", examples=["17.50"])]


class CommissionAnswer(Struct, frozen=True, kw_only=True):
    """What holds where no rule says otherwise, and all rules, the one set last first."""

    default: Decimal
    rules: list[CommissionRow]


class CommissionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A percentage of the fee without KDV, from a moment on (none: from now). For one designer, no
    percentage ends what was agreed with them.
    """

    percent: Percent | None
    designer_id: UUID | None = None
    since: datetime | None = None


class CommissionDone(Done, frozen=True, kw_only=True):
    """The rule that was set."""

    rule_id: UUID


class CommissionController(Controller):
    path = "/commission"
    tags = ("designers",)

    @get("/", operation_id="Commission", summary="What is kept of design fees")
    async def all(self, ask: Ask) -> Response[CommissionAnswer]:
        """For finance and admins."""
        ask.must_be("admin", "finance")
        await ask.fresh(commission_rules)
        rules = await rule_list(ask.reads)
        answer = CommissionAnswer(default=ask.port(Terms).commission_percent, rules=rules)
        return ask.answer(answer, version=rules[0].version if rules else None)

    @post("/rules", operation_id="SetCommission", summary="Set the commission", status_code=201)
    async def set(self, ask: Ask, data: CommissionBody) -> Response[CommissionDone]:
        """For admins, never about themselves, and never for what was approved before. `If-Match`
        refuses it when somebody else has set a rule since (412). 404 if there is no such designer.
        """
        ask.must_be("admin")
        command = SetCommission(
            rule_id=ask.new_id(),
            designer_id=data.designer_id,
            percent=Decimal(data.percent) if data.percent is not None else None,
            since=data.since,
            admin_id=ask.person,
            expected_version=ask.if_match,
        )
        return await ask.run(command, status=201, required_key=True)
