"""The tables that every app uses: people, roles, facts, events, messages, jobs."""

from exchange.models.job import Alarm, Heartbeat, Job, KeptTask
from exchange.models.keeping import Backup
from exchange.models.people import College, Language, Role, User, UserManager
from exchange.models.record import Event, Mailbox, Message, TextConsent
from exchange.models.reference import DatedReference, Fact, PartnerCity

__all__ = [
    "Alarm",
    "Backup",
    "College",
    "DatedReference",
    "Event",
    "Fact",
    "Heartbeat",
    "Job",
    "KeptTask",
    "Language",
    "Mailbox",
    "Message",
    "PartnerCity",
    "Role",
    "TextConsent",
    "User",
    "UserManager",
]
