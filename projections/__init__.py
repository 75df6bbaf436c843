"""What can be read: each read model is one file with its table, its fold and its queries."""

from projections.base import AnyReadModel
from projections.wallet import wallet_balances, wallet_statements

READ_MODELS: tuple[AnyReadModel, ...] = (wallet_balances, wallet_statements)
