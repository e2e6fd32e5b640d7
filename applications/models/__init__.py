from applications.models.application import Answer, Application, CityPreference, Recommendation, Upload
from applications.models.cycle import Cycle, EligibilityRule, FormVersion, Question, Section
from applications.models.review import Assignment, Endorsement, Rating, Review, RubricCriterion, RubricLevel
from applications.models.selection import Decision, Offer

__all__ = [
    "Answer",
    "Application",
    "Assignment",
    "CityPreference",
    "Cycle",
    "Decision",
    "EligibilityRule",
    "Endorsement",
    "FormVersion",
    "Offer",
    "Question",
    "Rating",
    "Recommendation",
    "Review",
    "RubricCriterion",
    "RubricLevel",
    "Section",
    "Upload",
]
