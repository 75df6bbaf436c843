"""Fixtures for tests about work items: a town in which finance is logged in."""

from __future__ import annotations

from tests.security.conftest import shared_town, town

__all__ = ["shared_town", "town"]
