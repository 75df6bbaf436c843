"""History can only grow: nobody changes it, and the running system can't even try."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Composed, Identifier

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import ROLE, app_url
from tests.core.test_batches import adding

CHANGES = ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE")
MEANS = (
    "ALTER TABLE {0} DISABLE TRIGGER ALL",
    "DROP TRIGGER events_only_grow ON {0}",
    "ALTER TABLE {0} DISABLE TRIGGER events_only_grow",
    "ALTER TABLE {0} ADD COLUMN more text",
    "ALTER TABLE {0} RENAME TO history_of_others",
    "CREATE TRIGGER mine BEFORE INSERT ON {0} EXECUTE FUNCTION refuse_change()",
    "CREATE RULE mine AS ON INSERT TO {0} DO INSTEAD NOTHING",
    "ALTER TABLE {0} OWNER TO polikrami_app",
    "DROP TABLE {0} CASCADE",
    "INSERT INTO {0} SELECT * FROM {0}",
    "LOCK TABLE {0} IN ACCESS EXCLUSIVE MODE",
)
ELSEWHERE = (
    "CREATE TABLE public.mine (a int)",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "DROP FUNCTION refuse_change CASCADE",
    "SET session_replication_role = replica",
    "SELECT add_partition()",
)
COLUMNS = {"answers": "key", "streams": "version"}


@pytest.fixture
async def history(event_log: PostgresLog, database_url: str) -> str:
    """A database with events in it, an answer, and a partition that is still empty."""
    await event_log.append(adding(uuid4(), 1, 2, key="k"))
    with psycopg.connect(database_url) as owner:
        owner.execute("SELECT add_partition()")
    return database_url


def tables(database_url: str) -> list[str]:
    """The log, each of its partitions, and what belongs to it."""
    with psycopg.connect(database_url) as owner:
        rows = owner.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'events'::regclass ORDER BY 1"
        ).fetchall()
    partitions = [str(name) for [name] in rows]
    assert len(partitions) > 1
    return ["events", *partitions, "answers", "streams"]


def statements(templates: tuple[str, ...], table: str) -> Iterator[Composed]:
    for template in templates:
        column = Identifier(COLUMNS.get(table, "type"))
        yield SQL(template).format(Identifier(table), column)


def refused(connection: psycopg.Connection, statement: Composed | SQL) -> bool:
    """Whether PostgreSQL refuses a statement for want of the right."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except InsufficientPrivilege:
        return True
    return False


def test_nobody_changes_history_not_even_its_owner(history: str) -> None:
    with psycopg.connect(history) as owner:
        for table in tables(history):
            for statement in statements(CHANGES, table):
                # The newest version of a stream has to be written somewhere.
                allowed = table == "streams" and "UPDATE" in statement.as_string()
                assert refused(owner, statement) != allowed, statement.as_string()


def test_the_running_system_has_no_right_to_change_history(history: str) -> None:
    with psycopg.connect(app_url(history)) as connection:
        for table in tables(history):
            for statement in statements(CHANGES + MEANS, table):
                if "DROP TRIGGER" in statement.as_string() and table in COLUMNS:
                    continue
                assert refused(connection, statement), statement.as_string()
        for each in ELSEWHERE:
            assert refused(connection, SQL(each)), each


def test_the_running_system_has_no_grant_but_to_look(history: str) -> None:
    """Were the triggers gone, the grants would still refuse."""
    with psycopg.connect(history) as owner:
        for table in tables(history):
            granted = {
                str(name)
                for [name] in owner.execute(
                    "SELECT privilege_type FROM information_schema.role_table_grants"
                    " WHERE table_name = %s AND grantee IN (%s, 'PUBLIC')",
                    (table, ROLE),
                ).fetchall()
            }
            assert granted <= {"SELECT"}, table


def test_the_role_that_migrates_is_another_than_the_one_that_runs(history: str) -> None:
    with psycopg.connect(history) as owner, psycopg.connect(app_url(history)) as connection:
        [mine] = connection.execute("SELECT current_user").fetchone() or [None]
        assert mine == ROLE
        owners = owner.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class"
            " JOIN pg_namespace AS n ON n.oid = relnamespace"
            " WHERE nspname IN ('public', 'vault') AND relkind IN ('r', 'p', 'v')"
        ).fetchall()
        assert ROLE not in [name for [name] in owners]
        attributes = owner.execute(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication"
            " FROM pg_roles WHERE rolname = %s",
            (ROLE,),
        ).fetchone()
        assert attributes == (False,)
        member_of = owner.execute(
            "SELECT count(*) FROM pg_auth_members WHERE member = %s::regrole", (ROLE,)
        ).fetchone()
        assert member_of == (0,)


def test_what_keeps_history_runs_with_its_owner_s_rights_and_search_path(history: str) -> None:
    """A function with its owner's rights must not be led to tables that somebody else made."""
    with psycopg.connect(history) as owner:
        unsafe = owner.execute(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
            " AND NOT coalesce(array_to_string(proconfig, ',') LIKE '%search_path=%', false)"
        ).fetchall()
    assert unsafe == []
