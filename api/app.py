"""The application: the list of controllers, and what they all share."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning
from litestar.types import ControllerRouterHandler

from api.addresses import AddressesController
from api.backend import Backend
from api.bank import (
    BankLinesController,
    BankReturnsController,
    BankStatementsController,
    TransferPageController,
)
from api.cards import CardsController
from api.catalog import CatalogController
from api.controls import ControlsController
from api.design import DesignController
from api.designers import DesignersController, DraftDesignersController
from api.drafts import DraftsController
from api.edge import Edge
from api.erasure import (
    ErasurePageController,
    ErasuresController,
    ExportController,
    OwnErasureController,
    PersonErasureController,
)
from api.exports import ExportsController
from api.files import FilesController
from api.gate import Gate
from api.health import HealthController
from api.history import HistoryController
from api.identity import (
    AccountsController,
    LinkPagesController,
    PeopleController,
    ProfileController,
    SessionsController,
)
from api.installments import InstallmentsController
from api.invoices import InvoicesController
from api.ledger import LedgerController
from api.limits import RateLimits
from api.manual_entries import ManualEntriesController
from api.orders import OrdersController, StaffOrdersController
from api.payments import (
    PaymentsController,
    ProviderController,
    RefusedRefundsController,
    WebhooksController,
)
from api.periods import PeriodsController
from api.pricing import (
    CouponsController,
    DraftPricesController,
    PriceBookController,
    PricesController,
)
from api.problem_pages import ProblemController
from api.problems import problem_response
from api.production import PrintHouseController, ProductionController, ReprintsController
from api.purchases import PurchasesController
from api.reconciliation import ReconciliationController
from api.schema import schema_config
from api.shipments import ParcelsController, ShipmentsController
from api.sse import EventsController, Streams
from api.tracking_page import TrackingPageController
from api.wallet import WalletController, WalletDeskController
from api.work_items import WorkItemsController

CONTROLLERS: Sequence[ControllerRouterHandler] = (
    AccountsController,
    AddressesController,
    CardsController,
    CatalogController,
    ControlsController,
    CouponsController,
    DesignController,
    DesignersController,
    DraftDesignersController,
    DraftPricesController,
    DraftsController,
    ErasuresController,
    EventsController,
    ExportController,
    ExportsController,
    FilesController,
    HistoryController,
    InstallmentsController,
    InvoicesController,
    LedgerController,
    ManualEntriesController,
    OrdersController,
    StaffOrdersController,
    OwnErasureController,
    PaymentsController,
    PeopleController,
    PeriodsController,
    PersonErasureController,
    PriceBookController,
    PricesController,
    PrintHouseController,
    ProductionController,
    ReprintsController,
    ProfileController,
    ProviderController,
    RefusedRefundsController,
    PurchasesController,
    ReconciliationController,
    SessionsController,
    ParcelsController,
    ShipmentsController,
    WalletController,
    WalletDeskController,
    WebhooksController,
    WorkItemsController,
    BankLinesController,
    BankReturnsController,
    BankStatementsController,
    TransferPageController,
)
PAGES: Sequence[ControllerRouterHandler] = (
    ErasurePageController,
    HealthController,
    LinkPagesController,
    ProblemController,
    TrackingPageController,
)

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    backend: Backend,
    *,
    lifespan: Sequence[Lifespan] = (),
    more: Sequence[ControllerRouterHandler] = (),
) -> Litestar:
    """The ASGI application. `lifespan` opens and closes what is behind it, in its event loop;
    `more` are controllers beside those listed here.
    """
    rates = RateLimits(backend.redis)
    gate = Gate(backend, rates)
    streams = Streams(backend)
    api = Router(
        "/api/v1",
        route_handlers=[*CONTROLLERS, *more],
        before_request=gate.enter,
        dependencies={
            "ask": Provide(gate.ask),
            "streams": Provide(lambda: streams, sync_to_thread=False),
        },
    )
    with warnings.catch_warnings():
        # Endpoints declare parameters by name and type alone; Litestar 3 will want marks on them.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        app = Litestar(
            [api, *PAGES],
            dependencies={"backend": Provide(lambda: backend, sync_to_thread=False)},
            exception_handlers={Exception: problem_response},
            lifespan=list(lifespan),
            logging_config=None,
            openapi_config=schema_config(backend),
            request_max_body_size=backend.limits.body_bytes,
        )
    gate.learn(app)
    app.asgi_handler = Edge(app.asgi_handler, backend, rates)
    return app
