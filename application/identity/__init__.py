"""What can be asked about accounts, sessions and roles."""

from application.identity.accounts import (
    BootstrapAdmin,
    ChangePassword,
    ConfirmEmail,
    RegisterCustomer,
    RegisterDemoPerson,
    RequestPasswordReset,
    ResetPassword,
)
from application.identity.attempts import CountLogIn, Credentials, Proof, prove
from application.identity.passwords import accepted_password, email_behind_link
from application.identity.ports import Claims, IdentityTerms, KnownPasswords
from application.identity.roles import GrantRole, TakeRole
from application.identity.sessions import (
    REFRESH,
    EndSession,
    LogIn,
    LogOut,
    LogOutEverywhere,
    RefreshSession,
    SessionAnswer,
)

__all__ = [
    "REFRESH",
    "BootstrapAdmin",
    "ChangePassword",
    "Claims",
    "ConfirmEmail",
    "CountLogIn",
    "Credentials",
    "EndSession",
    "GrantRole",
    "IdentityTerms",
    "KnownPasswords",
    "LogIn",
    "LogOut",
    "LogOutEverywhere",
    "Proof",
    "RefreshSession",
    "RegisterCustomer",
    "RegisterDemoPerson",
    "RequestPasswordReset",
    "ResetPassword",
    "SessionAnswer",
    "TakeRole",
    "accepted_password",
    "email_behind_link",
    "prove",
]
