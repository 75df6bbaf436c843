"""Everything that registers itself when imported: handlers, reactions and jobs of all stories."""

from application import (
    addresses,
    assets,
    bank,
    cards,
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
    papers,
    purchases,
    refunds,
    submitting,
)
from application.processes import bank as banking
from application.processes import cards as removing_cards
from application.processes import design as designing
from workers import cards as deleting_cards
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
    cards,
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
    papers,
    purchases,
    refunds,
    removing_cards,
    submitting,
)
JOBS = (deleting_cards, erasing, invoicing, mailing, painting, paying, printing, shipping)
