"""Deaths at chosen moments, in one process on a real database: each effect is recorded once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import application.processes.artwork
import application.processes.checkout
import application.processes.onboarding  # noqa: F401  # their reactions register themselves
import workers.generation
import workers.notifications
import workers.payments  # noqa: F401  # their jobs register themselves
from adapters.mail_templates import FolderTemplates
from adapters.memory import MemoryFileStore, MemoryGateway, MemoryMailer, MemoryPainter
from adapters.postgres.jobs import COMMANDS, Jobs, LeasedJob, NewJob
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Bus, Command
from application.generation import PaintCandidates
from application.notifications import MailWriter, SendMail
from application.orders import CommitDraft
from application.payments import RefundOrder, StartPayment, Till
from application.ports import Clock, FileStore, Mailer, Painter, PaymentGateway
from application.store import Append, EventLog, LogUnavailable
from application.terms import Terms
from application.wallet import OpenWallet
from domain.identity import User
from domain.shared.aggregate import Metadata
