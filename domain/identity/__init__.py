"""Who somebody is: users, their sessions, the links sent to them, and the pace of log-ins."""

from domain.identity.attempts import LogInAttempts, Pace, TooManyLogIns
from domain.identity.challenge import Challenge, LinkNotGood, Purpose
from domain.identity.passwords import (
    PasswordContainsEmail,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    must_be_a_good_password,
)
from domain.identity.session import RefreshRefused, Session
from domain.identity.user import (
    EmailNotConfirmed,
    ErasureRequest,
    GrantableRole,
    Language,
    NotAnAdmin,
    OwnRoles,
    Role,
    RolesHeld,
    User,
    WrongCredentials,
)

__all__ = [
    "Challenge",
    "EmailNotConfirmed",
    "ErasureRequest",
    "GrantableRole",
    "Language",
    "LinkNotGood",
    "LogInAttempts",
    "NotAnAdmin",
    "OwnRoles",
    "Pace",
    "PasswordContainsEmail",
    "PasswordTooCommon",
    "PasswordTooLong",
    "PasswordTooShort",
    "Purpose",
    "RefreshRefused",
    "Role",
    "RolesHeld",
    "Session",
    "TooManyLogIns",
    "User",
    "WrongCredentials",
    "must_be_a_good_password",
]
