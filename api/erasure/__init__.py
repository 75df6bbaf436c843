"""Being forgotten over HTTP: the wish, how far it is, and the certificate; and what is held."""

from api.erasure.certificate import Certificate, certificate_of
from api.erasure.controller import ErasuresController, OwnErasureController, PersonErasureController
from api.erasure.export import ExportController
from api.erasure.page import ErasurePageController

__all__ = [
    "Certificate",
    "ErasurePageController",
    "ErasuresController",
    "ExportController",
    "OwnErasureController",
    "PersonErasureController",
    "certificate_of",
]
