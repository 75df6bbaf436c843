"""Newcomers get their links and their wallet; owners hear what happens to their account."""

from __future__ import annotations

from collections.abc import Iterator

from application.notifications import MailedLink, SendMail
from application.wallet import OpenWallet
from application.work import Intent, when
from domain.identity import Challenge, Purpose, Session, User

PATHS: dict[Purpose, str] = {
    "confirm_email": "/accounts/confirm",
    "reset_password": "/accounts/reset",
    "account_exists": "/accounts/reset",
}
"""Where the links of each purpose lead."""


@when(Challenge.Started)
def mail_link(event: Challenge.Started) -> Iterator[Intent]:
    """Each link is mailed to the person it was made for, in words for its purpose."""
    yield SendMail(
        person_id=event.person_id,
        template=event.purpose,
        link=MailedLink(
            path=PATHS[event.purpose], purpose=event.purpose, subject_id=event.originator_id
        ),
    )


@when(User.EmailConfirmed)
def open_wallet(event: User.EmailConfirmed) -> Iterator[Intent]:
    """Whoever has confirmed their e-mail gets a wallet, with the welcome credits in it unless the
    address had them before, with an account that was erased.
    """
    yield OpenWallet(customer_id=event.originator_id, welcome=not event.returning)


@when(User.PasswordChanged)
def tell_of_password(event: User.PasswordChanged) -> Iterator[Intent]:
    """A changed password is told to the owner, who may not have been the one to change it."""
    yield SendMail(person_id=event.originator_id, template="password_changed")


@when(Session.Ended)
def tell_of_theft(event: Session.Ended) -> Iterator[Intent]:
    """A session that ended because its token was used twice is told to the owner."""
    if event.reason == "token_reused":
        yield SendMail(person_id=event.person_id, template="session_ended")
