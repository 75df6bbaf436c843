"""The library's own test cases for recorders, run against our table."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from unittest import TestCase
from uuid import UUID, uuid4

import pytest
from eventsourcing import postgres as library
from eventsourcing.persistence import InfrastructureFactory, TrackingRecorder
from eventsourcing.tests import persistence as cases
from eventsourcing.utils import Environment, get_topic
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres import recorder as ours


class OnOurDatabase(TestCase):
    """Gives each of the library's cases an empty database."""

    environment: dict[str, str]

    @pytest.fixture(autouse=True)
    def _database(self, database_url: str) -> Iterator[None]:
        known = conninfo_to_dict(database_url)
        self.environment = {
            "PERSISTENCE_MODULE": get_topic(ours.LogFactory),
            "POSTGRES_DBNAME": str(known["dbname"]),
            "POSTGRES_HOST": str(known.get("host", "")),
            "POSTGRES_PORT": str(known.get("port", "5432")),
            "POSTGRES_USER": str(known["user"]),
            "POSTGRES_PASSWORD": str(known.get("password", "")),
        }
        yield
        self.doCleanups()

    @functools.cached_property
    def log_factory(self) -> ours.LogFactory:
        made = InfrastructureFactory.construct(Environment("", self.environment))
        assert isinstance(made, ours.LogFactory)
        self.addCleanup(made.close)
        return made

    def new_originator_id(self) -> UUID:
        return uuid4()


class TestAggregateRecorder(OnOurDatabase, cases.AggregateRecorderTestCase):
    def create_recorder(self) -> ours.LogAggregateRecorder:
        made = self.log_factory.aggregate_recorder()
        assert isinstance(made, ours.LogAggregateRecorder)
        return made


class TestApplicationRecorder(
    OnOurDatabase, cases.ApplicationRecorderTestCase[ours.LogApplicationRecorder]
):
    def create_recorder(self) -> ours.LogApplicationRecorder:
        made = self.log_factory.application_recorder()
        assert isinstance(made, ours.LogApplicationRecorder)
        return made

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(OnOurDatabase, cases.TrackingRecorderTestCase):
    def create_recorder(self) -> TrackingRecorder:
        return self.log_factory.tracking_recorder()


class TestProcessRecorder(OnOurDatabase, cases.ProcessRecorderTestCase):
    def create_recorder(self) -> ours.LogProcessRecorder:
        made = self.log_factory.process_recorder()
        assert isinstance(made, ours.LogProcessRecorder)
        return made


class TestNonInterleavingNotificationIDs(
    OnOurDatabase, cases.NonInterleavingNotificationIDsBaseCase
):
    insert_num = 500

    def create_recorder(self) -> ours.LogApplicationRecorder:
        made = self.log_factory.application_recorder()
        assert isinstance(made, ours.LogApplicationRecorder)
        return made


class OtherTrackingRecorder(library.PostgresTrackingRecorder):
    """For the factory's case."""


class TestFactory(OnOurDatabase, cases.InfrastructureFactoryTestCase[ours.LogFactory]):
    def setUp(self) -> None:
        self.env = Environment("", self.environment)
        super().setUp()

    def expected_factory_class(self) -> type[ours.LogFactory]:
        return ours.LogFactory

    def expected_aggregate_recorder_class(self) -> type[ours.LogAggregateRecorder]:
        return ours.LogAggregateRecorder

    def expected_application_recorder_class(self) -> type[ours.LogApplicationRecorder]:
        return ours.LogApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return library.PostgresTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return OtherTrackingRecorder

    def expected_process_recorder_class(self) -> type[ours.LogProcessRecorder]:
        return ours.LogProcessRecorder
