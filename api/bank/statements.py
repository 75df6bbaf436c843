"""Statement files of our bank: looked at first, then taken into the books."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from msgspec import Struct

from api.ask import Ask, Done
from api.problems import Trouble
from api.uploads import received
from application.bank import BankRules, ImportBankStatement, StatementPreview, preview
from application.four_eyes import Hand
from application.ports import StatementFiles
from application.store import Store
from domain.bank import BankAccount, Gap, Statement, account_id_of
from domain.shared.four_eyes import CHECKING_ROLE
from projections.bank import BankStatementRow, bank_statement_list, bank_statements

MOST_UPLOADED = 5_000_000
MOST_SHOWN = 200
STAFF = ("admin", "finance")


@dataclass
class StatementUpload(Operation):
    """Tells in the OpenAPI document that the body is a file."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            content={
                "application/octet-stream": OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.STRING, content_media_type="application/octet-stream"
                    )
                )
            },
            required=True,
        )


class StatementImported(Done, frozen=True, kw_only=True):
    """How many lines the file has, how many of them were new, and where a statement is missing."""

    lines: int
    new_lines: int
    gaps: list[Gap]


class BankStatementsAnswer(Struct, frozen=True, kw_only=True):
    """The newest statements, and where one is missing between two."""

    statements: list[BankStatementRow]
    gaps: list[Gap]


class BankStatementsController(Controller):
    path = "/finance/bank-statements"
    tags = ("finance",)

    @post(
        "/preview",
        operation_id="PreviewBankStatement",
        summary="See what the import of a statement would do",
        status_code=200,
        request_max_body_size=MOST_UPLOADED,
        operation_class=StatementUpload,
    )
    async def look(self, ask: Ask, request: Request[Any, Any, Any]) -> Response[StatementPreview]:
        """For finance. The body is the file itself, as for the import. Nothing is changed; 422 and
        409 are those of the import.
        """
        ask.must_be(CHECKING_ROLE)
        statement, _ = await _statement(ask, request)
        found = await preview(statement, Store(ask.log, ask.now), rules=ask.port(BankRules))
        return ask.answer(found)

    @post(
        "/",
        operation_id="ImportBankStatement",
        summary="Take a statement of our bank into the books",
        status_code=201,
        request_max_body_size=MOST_UPLOADED,
        operation_class=StatementUpload,
    )
    async def bring(self, ask: Ask, request: Request[Any, Any, Any]) -> Response[StatementImported]:
        """For finance. The body is the file itself: CSV, MT940 or camt.053, of at most 5 MB. Needs
        an `Idempotency-Key`. Lines that are known are not taken twice.

        422 when it can't be read, is not of our account or does not add up; 409 when the bank told
        something else of a day before.
        """
        ask.must_be(CHECKING_ROLE)
        statement, digest = await _statement(ask, request)
        ask.body_is(digest)
        command = ImportBankStatement(
            statement=statement,
            digest=digest,
            by=Hand(person_id=ask.person, session_id=ask.who.session_id),
        )
        return await ask.run(command, status=201, required_key=True)

    @get("/", operation_id="BankStatements", summary="The newest statements, and what is missing")
    async def all(self, ask: Ask) -> Response[BankStatementsAnswer]:
        """For finance and admins."""
        ask.must_be(*STAFF)
        await ask.fresh(bank_statements)
        account_id = account_id_of(ask.port(BankRules).iban)
        account = await Store(ask.log, ask.now).find(BankAccount, account_id)
        return ask.answer(
            BankStatementsAnswer(
                statements=await bank_statement_list(ask.reads, MOST_SHOWN),
                gaps=list(account.gaps()) if account else [],
            )
        )


async def _statement(ask: Ask, request: Request[Any, Any, Any]) -> tuple[Statement, str]:
    """The statement in the body, and the digest of the file."""
    if (request.content_length or 0) > MOST_UPLOADED:
        raise Trouble(413, "body_too_large")
    body = await received(request)
    files: StatementFiles = ask.port(StatementFiles)
    return await asyncio.to_thread(files.read, body.content), body.digest
