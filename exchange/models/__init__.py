"""The tables that every app uses: people, roles, facts, events, messages, jobs."""

from exchange.models.account_merge import AccountMerge
from exchange.models.account_reset import AccountReset
from exchange.models.data_request import DataRequest
from exchange.models.figures import FigureRelease, ReleasedFigure
from exchange.models.home import HomeCity
from exchange.models.incoming import IncomingText
from exchange.models.invitation import GrantKind, Invitation, PastRole
from exchange.models.job import Alarm, Heartbeat, Job, KeptTask
from exchange.models.keeping import Backup, LogClosing
from exchange.models.office_task import OfficeTask
from exchange.models.people import College, Language, Role, SingleSignOn, User, UserManager
from exchange.models.record import AccessRecord, Event, Mailbox, Message, TextConsent
from exchange.models.reference import ConsentText, DatedReference, Fact, NoticeSection, PartnerCity, RetentionRule
from exchange.models.saved_view import SavedView
from exchange.models.sign_in import SignInAlert, SignInAttempt
from exchange.models.wording import Wording

__all__ = [
    "AccessRecord",
    "AccountMerge",
    "AccountReset",
    "Alarm",
    "Backup",
    "College",
    "ConsentText",
    "DataRequest",
    "DatedReference",
    "Event",
    "Fact",
    "FigureRelease",
    "GrantKind",
    "Heartbeat",
    "HomeCity",
    "IncomingText",
    "Invitation",
    "Job",
    "KeptTask",
    "Language",
    "LogClosing",
    "Mailbox",
    "Message",
    "NoticeSection",
    "OfficeTask",
    "PartnerCity",
    "PastRole",
    "ReleasedFigure",
    "RetentionRule",
    "Role",
    "SavedView",
    "SignInAlert",
    "SignInAttempt",
    "SingleSignOn",
    "TextConsent",
    "User",
    "UserManager",
    "Wording",
]
