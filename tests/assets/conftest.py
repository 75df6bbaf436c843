"""The same application as for drafts."""

from tests.drafts.conftest import studio

__all__ = ["studio"]
