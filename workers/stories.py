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
    pricing,
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
    holds,
    onboarding,
    purchases,
    refunds,
    shipping,
)
from application.processes import bank as banking
from application.processes import cards as removing_cards
from application.processes import design as designing
from application.processes import pricing as giving_coupons_back
from application.processes import printing as looking_after_prints
from workers import cards as deleting_cards
from workers import erasure as erasing
from workers import generation as painting
from workers import invoices as invoicing
from workers import notifications as mailing
from workers import payments as paying
from workers import production as printing
from workers import shipments as sending

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
    pricing,
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
    holds,
    looking_after_prints,
    giving_coupons_back,
    onboarding,
    purchases,
    refunds,
    removing_cards,
    shipping,
)
JOBS = (deleting_cards, erasing, invoicing, mailing, painting, paying, printing, sending)
