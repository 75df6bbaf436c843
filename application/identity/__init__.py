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
from application.identity.claiming import user_of_email
from application.identity.erasing import (
    CreditsWouldBeForfeited,
    EraseMe,
    ErasePerson,
    ErasureHeldUp,
    Unsettled,
    held_up_by,
)
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
    "CreditsWouldBeForfeited",
    "EndSession",
    "EraseMe",
    "ErasePerson",
    "ErasureHeldUp",
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
    "Unsettled",
    "accepted_password",
    "email_behind_link",
    "held_up_by",
    "prove",
    "user_of_email",
]
