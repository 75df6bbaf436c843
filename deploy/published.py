"""The OpenAPI document as it is published, made from the code without anything running."""

from __future__ import annotations

from api.app import create_app
from api.schema import published
from deploy.asgi import backend_of
from deploy.bootstrap import build_system
from deploy.local.folders import temporary_data_folder
from deploy.settings import load_settings

NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@localhost/none",
    "PUBLIC_URL": "https://polikrami.example",
}
"""Nothing of a system is opened until it is asked to, so these are never called."""


def openapi_document() -> str:
    """The document in JSON, in lines, the same for every installation."""
    with temporary_data_folder() as folder:
        settings = load_settings({**NOWHERE, "DATA_DIR": str(folder)})
    return published(create_app(backend_of(build_system(settings, name="openapi")))).decode()
