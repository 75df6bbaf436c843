"""What follows when somebody is to be forgotten: a last mail, the key's end, and the clearing."""

from __future__ import annotations

from collections.abc import Iterator

from application.erasure import ClearTraces, DestroyKey
from application.notifications import MailedLink, SendMail
from application.work import Intent, when
from domain.erasure import Erasure
from domain.identity import User

CERTIFICATE_PAGE = "/erasure"
CERTIFICATE = "erasure"
"""The purpose of the secret in the link to a certificate."""


@when(User.Erased)
def forget(event: User.Erased) -> Iterator[Intent]:
    """They are told for the last time, and their key is destroyed after that."""
    person_id = event.originator_id
    yield SendMail(
        person_id=person_id,
        template="account_erased",
        link=MailedLink(path=CERTIFICATE_PAGE, purpose=CERTIFICATE, subject_id=person_id),
    )
    yield DestroyKey(person_id=person_id)


@when(Erasure.KeyDestroyed)
def clear(event: Erasure.KeyDestroyed) -> Iterator[Intent]:
    """What pages and workers keep readable is cleared when nobody can read it anew."""
    yield ClearTraces(person_id=event.person_id)
