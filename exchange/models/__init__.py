"""The tables that every app uses: people, roles, facts, events, messages, jobs."""

from exchange.models.job import Job, KeptTask
from exchange.models.keeping import Backup
from exchange.models.people import College, Language, Role, SingleSignOn, User, UserManager
from exchange.models.record import Event, Mailbox, Message, TextConsent
from exchange.models.reference import DatedReference, Fact, PartnerCity

__all__ = [
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
    "SingleSignOn",
    "TextConsent",
    "User",
    "UserManager",
]
