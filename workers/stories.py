"""Everything that registers itself when imported: handlers, reactions and jobs of all stories."""

from application import (
    addresses,
    assets,
    bank,
    catalog,
    controls,
    design,
    designers,
    drafts,
    erasure,
    generation,
    identity,
    invoices,
    manual_entries,
    notifications,
    orders,
    payments,
    periods,
    production,
    settlements,
    shipments,
    wallet,
    work_items,
)
from application.processes import (
    artwork,
    checkout,
    deadlines,
    forgetting,
    four_eyes,
    fulfilment,
    onboarding,
    purchases,
    refunds,
)
from application.processes import bank as banking
from application.processes import design as designing
from workers import erasure as erasing
from workers import generation as painting
from workers import invoices as invoicing
from workers import notifications as mailing
from workers import payments as paying
from workers import production as printing
from workers import shipments as shipping

STORIES = (
    addresses,
    assets,
    bank,
    catalog,
    controls,
    design,
    designers,
    drafts,
    erasure,
    generation,
    identity,
    invoices,
    manual_entries,
    notifications,
    orders,
    payments,
    periods,
    production,
    settlements,
    shipments,
    wallet,
    work_items,
)
PROCESSES = (
    artwork,
    banking,
    checkout,
    deadlines,
    designing,
    forgetting,
    four_eyes,
    fulfilment,
    onboarding,
    purchases,
    refunds,
)
JOBS = (erasing, invoicing, mailing, painting, paying, printing, shipping)
