from applications.models.application import Answer, Application, CityPreference, DraftField
from applications.models.cycle import Cycle, EligibilityRule, FormVersion, Question, Section
from applications.models.help import HelpSession, Note, Thread
from applications.models.lottery import Lottery
from applications.models.recommendation import Recommendation
from applications.models.reminder import Reminder
from applications.models.review import Assignment, Endorsement, Rating, Review, RubricCriterion, RubricLevel
from applications.models.selection import Decision, Offer
from applications.models.upload import IncomingUpload, Upload

__all__ = [
    "Answer",
    "Application",
    "Assignment",
    "CityPreference",
    "Cycle",
    "Decision",
    "DraftField",
    "EligibilityRule",
    "Endorsement",
    "FormVersion",
    "HelpSession",
    "IncomingUpload",
    "Lottery",
    "Note",
    "Offer",
    "Question",
    "Rating",
    "Recommendation",
    "Reminder",
    "Review",
    "RubricCriterion",
    "RubricLevel",
    "Section",
    "Thread",
    "Upload",
]
