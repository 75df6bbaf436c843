"""The secrets by which print houses sign call-backs, derived, and their verification."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from adapters.carriers.seals import WebhookSeals
from adapters.carriers.signatures import new_secret
from application.links import Links
from application.ports import CallBack
from application.production import CALL_BACK, CALL_BACK_PATH


class DerivedCallBacks(WebhookSeals):
    """A secret for each attempt of each job: what signs one of them signs no other."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def of(self, print_job_id: UUID, attempt: int) -> CallBack:
        """Address and secret of one attempt; always the same."""
        derived = self._links.secret(CALL_BACK, print_job_id, number=attempt)
        path = CALL_BACK_PATH.format(print_job_id=print_job_id, attempt=attempt)
        return CallBack(
            url=self._links.url(path), secret=new_secret(sha256(derived.encode()).digest())
        )
