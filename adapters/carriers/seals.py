"""Carriers' messages, verified as Standard Webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from adapters.carriers.signatures import verify_webhook


class WebhookSeals:
    """Verifies signatures; a secret that is gone, as after an erasure, verifies nothing."""

    def genuine(
        self, secret: str, headers: Mapping[str, str], *, body: bytes, now: datetime
    ) -> bool:
        """Whether the body was signed with the secret within minutes of `now`."""
        try:
            return bool(secret) and verify_webhook(secret, headers, body=body, now=now)
        except ValueError:
            return False
