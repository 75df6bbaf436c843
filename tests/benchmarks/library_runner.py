"""The library's own projection runner on a keyed balance, beside which ours is measured."""

from __future__ import annotations

import time
from functools import singledispatchmethod
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL

EVENTS = 4_000
ACCOUNTS = 100
SECONDS = 60.0


class Account(Aggregate):
    """Credits of somebody."""

    @event("Opened")
    def __init__(self) -> None:
        self.credits = 0

    @event("Granted")
    def grant(self, credits: int) -> None:
        self.credits += credits


class Bank(Application[UUID]):
    """Where accounts are kept."""


class Balances(PostgresTrackingRecorder):
    """A table of balances."""

    def __init__(self, datastore: Any, **names: Any) -> None:
        super().__init__(datastore, **names)
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS balances (id uuid PRIMARY KEY, credits bigint)"
            ).format()
        )

    def add(self, account_id: UUID, credits: int, tracking: Tracking) -> None:
        """Add to a balance, once."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "INSERT INTO balances VALUES (%s, %s) ON CONFLICT (id)"
                " DO UPDATE SET credits = balances.credits + excluded.credits",
                (account_id, credits),
            )


class BalanceProjection(Projection[Balances]):
    """Keeps the table."""

    name = "balances"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        credits = getattr(domain_event, "credits", 0)
        self.view.add(domain_event.originator_id, credits, tracking)


def library_projects_per_second(database_url: str) -> float:
    """Events that the library's runner projects in a second."""
    known = conninfo_to_dict(database_url)
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(known["dbname"]),
        "POSTGRES_HOST": str(known.get("host", "")),
        "POSTGRES_PORT": str(known.get("port", "5432")),
        "POSTGRES_USER": str(known["user"]),
        "POSTGRES_PASSWORD": str(known.get("password", "")),
    }
    with Bank(env=environment) as bank:
        for _ in range(ACCOUNTS):
            account = Account()
            for _ in range(EVENTS // ACCOUNTS - 1):
                account.grant(credits=10)
            last = bank.save(account)[-1].notification.id
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=Bank,
        projection_class=BalanceProjection,
        view_class=Balances,
        env=environment,
    ) as runner:
        runner.wait(last, timeout=SECONDS)
        return EVENTS / (time.perf_counter() - began)
