"""Files: where they are kept, how uploads are looked at, and links that open them for a while."""

from adapters.files.inspector import LimitedInspector
from adapters.files.links import SignedLinks
from adapters.files.store import LocalFileStore, NoRoom

__all__ = ["LimitedInspector", "LocalFileStore", "NoRoom", "SignedLinks"]
