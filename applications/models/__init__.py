"""The tables of applications, from the cycle to the offer."""

from applications.models.announcement import Announcement
from applications.models.appeal import Appeal
from applications.models.application import Answer, Application, CityPreference, DraftField, SentCopy
from applications.models.bulk_act import BulkAct, BulkRow
from applications.models.committee import CommitteeNote, Lever, Reserve
from applications.models.consent import Disclosure, RecordsConsent, WithheldEndorsement
from applications.models.cycle import Cycle, EligibilityRule, FormVersion, Question, Section
from applications.models.group_message import GroupMessage, GroupRecipient
from applications.models.help import HelpSession, Note, Thread
from applications.models.hold import LegalHold
from applications.models.interest import Interest, InterestSource
from applications.models.interview import Interview, InterviewSlot
from applications.models.lottery import Lottery
from applications.models.norming import NormingFile, NormingReading, NormingRemark
from applications.models.recommendation import Recommendation
from applications.models.reminder import Reminder
from applications.models.review import (
    Assignment,
    CollegeClue,
    ConflictOfInterest,
    Endorsement,
    MaskedWord,
    MaskingReport,
    Rating,
    ReaderProfile,
    ReaderRemark,
    Review,
    RubricCriterion,
    RubricLevel,
    RubricVersion,
)
from applications.models.scheduled_release import ScheduledRelease
from applications.models.scores import ScoresFile
from applications.models.selection import Decision, Offer, OfferCall, Release
from applications.models.staff_note import StaffNote, StaffNoteVersion
from applications.models.statement import Statement
from applications.models.upload import IncomingUpload, Upload

__all__ = [
    "Announcement",
    "Answer",
    "Appeal",
    "Application",
    "Assignment",
    "BulkAct",
    "BulkRow",
    "CollegeClue",
    "CityPreference",
    "CommitteeNote",
    "ConflictOfInterest",
    "Cycle",
    "Decision",
    "Disclosure",
    "DraftField",
    "EligibilityRule",
    "Endorsement",
    "FormVersion",
    "GroupMessage",
    "GroupRecipient",
    "HelpSession",
    "IncomingUpload",
    "Interest",
    "InterestSource",
    "Interview",
    "InterviewSlot",
    "LegalHold",
    "Lever",
    "Lottery",
    "MaskedWord",
    "MaskingReport",
    "NormingFile",
    "NormingReading",
    "NormingRemark",
    "Note",
    "Offer",
    "OfferCall",
    "Question",
    "Rating",
    "ReaderProfile",
    "ReaderRemark",
    "Recommendation",
    "RecordsConsent",
    "Release",
    "Reminder",
    "Reserve",
    "Review",
    "RubricCriterion",
    "RubricLevel",
    "RubricVersion",
    "ScheduledRelease",
    "ScoresFile",
    "Section",
    "SentCopy",
    "StaffNote",
    "StaffNoteVersion",
    "Statement",
    "Thread",
    "Upload",
    "WithheldEndorsement",
]
