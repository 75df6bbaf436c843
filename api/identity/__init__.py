"""Accounts, sessions and people over HTTP."""

from api.identity.accounts import AccountsController, ProfileController
from api.identity.pages import LinkPagesController
from api.identity.people import PeopleController
from api.identity.sessions import SessionsController

__all__ = [
    "AccountsController",
    "LinkPagesController",
    "PeopleController",
    "ProfileController",
    "SessionsController",
]
