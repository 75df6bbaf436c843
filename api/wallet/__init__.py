"""A customer's wallet over HTTP: balance, lots, history, why a line is there, refunds by staff."""

from api.wallet.desk import WalletDeskController
from api.wallet.routes import WalletController

__all__ = ["WalletController", "WalletDeskController"]
