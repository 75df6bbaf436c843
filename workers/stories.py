"""Everything that registers itself when imported: handlers, reactions and jobs of all stories."""

from application import (
    addresses,
    assets,
    catalog,
    design,
    designers,
    drafts,
    erasure,
    generation,
    identity,
    invoices,
    notifications,
    orders,
    payments,
    production,
    shipments,
    wallet,
)
from application.processes import artwork, checkout, deadlines, forgetting, fulfilment, onboarding
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
    catalog,
    design,
    designers,
    drafts,
    erasure,
    generation,
    identity,
    invoices,
    notifications,
    orders,
    payments,
    production,
    shipments,
    wallet,
)
PROCESSES = (artwork, checkout, deadlines, designing, forgetting, fulfilment, onboarding)
JOBS = (erasing, invoicing, mailing, painting, paying, printing, shipping)
