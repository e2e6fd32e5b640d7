"""The tables that every app uses: people, roles, facts, events, messages, jobs."""

from exchange.models.account_reset import AccountReset
from exchange.models.job import Job, KeptTask
from exchange.models.keeping import Backup
from exchange.models.people import College, Language, Role, User, UserManager
from exchange.models.record import Event, Mailbox, Message, TextConsent
from exchange.models.reference import DatedReference, Fact, PartnerCity
from exchange.models.sign_in import SignInAlert, SignInAttempt

__all__ = [
    "AccountReset",
    "Backup",
    "College",
    "DatedReference",
    "Event",
    "Fact",
    "Job",
    "KeptTask",
    "Language",
    "Mailbox",
    "Message",
    "PartnerCity",
    "Role",
    "SignInAlert",
    "SignInAttempt",
    "TextConsent",
    "User",
    "UserManager",
]
