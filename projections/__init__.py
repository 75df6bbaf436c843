"""What can be read: each read model is one file with its table, its fold and its queries."""

from projections.activity import activities, listen_to_all_events
from projections.addresses import address_books
from projections.assets import assets, file_holders, follow_all_files
from projections.bank import bank_lines, bank_returns, bank_statements, bank_transfers
from projections.base import AnyReadModel
from projections.cards import card_books
from projections.catalog import message_cards
from projections.controls import control_runs, control_standings
from projections.design import design_jobs, design_steps
from projections.designers import designers
from projections.drafts import drafts
from projections.erasures import erasures
from projections.identity import persons, sessions
from projections.invoices import invoices
from projections.ledger import (
    ledger_blocks,
    ledger_customers,
    ledger_entries,
    ledger_holds,
    ledger_months,
)
from projections.manual_entries import manual_entries
from projections.orders import gather_all_streams, order_streams, order_timelines, orders
from projections.payment_lines import payment_lines
from projections.payments import payment_refunds, payments
from projections.periods import periods, reopenings
from projections.pricing import coupons, price_entries
from projections.production import print_jobs
from projections.purchases import credit_purchases
from projections.reconciliation import booked_differences
from projections.settlements import settlements
from projections.shipments import parcel_histories, trackings
from projections.wallet import wallet_balances, wallet_statements
from projections.wallet_lots import wallet_entries, wallet_uses
from projections.work_items import work_items

READ_MODELS: tuple[AnyReadModel, ...] = (
    activities,
    address_books,
    assets,
    card_books,
    booked_differences,
    bank_lines,
    bank_returns,
    bank_statements,
    bank_transfers,
    control_runs,
    control_standings,
    coupons,
    credit_purchases,
    design_jobs,
    design_steps,
    designers,
    drafts,
    erasures,
    file_holders,
    invoices,
    ledger_blocks,
    ledger_customers,
    ledger_entries,
    ledger_holds,
    ledger_months,
    manual_entries,
    message_cards,
    order_streams,
    order_timelines,
    orders,
    payment_lines,
    payment_refunds,
    payments,
    periods,
    persons,
    price_entries,
    print_jobs,
    reopenings,
    sessions,
    settlements,
    parcel_histories,
    trackings,
    wallet_balances,
    wallet_entries,
    wallet_statements,
    wallet_uses,
    work_items,
)

listen_to_all_events()
follow_all_files()
gather_all_streams()
