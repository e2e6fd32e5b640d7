"""Finds applications as staff type them: a student's name, email address, phone or student number, or the code.

And recommenders by name or email, and people on the interest list by email or phone. An index has each expression
(applications 0023).
"""

import re
from typing import Any

from django.db.models import Q, QuerySet

from applications.models import Application, Assignment, Question
from applications.models.application import ApplicationQuerySet
from applications.models.interest import InterestQuerySet
from applications.models.recommendation import RecommendationQuerySet
from applications.models.review import AssignmentQuerySet
from exchange.base import roles
from exchange.base.codes import ALPHABET
from exchange.base.folded_text import Folded, folded
from exchange.models import User
from exchange.people.searching import ADDRESS, digits_of, has_words, joined, people_called, searched_of, words_of

STUDENT_NUMBER = "student_number"  # a question's key
CODE = re.compile(r"[0-9A-Z]{2,8}")
WHOLE_CODE = re.compile(rf"(?=.*[A-Z])(?=.*\d)[{ALPHABET}]{{8}}")  # no name or phone number is like that
NUMBER = re.compile(r"(?=.*\d)[0-9A-Z]{4,30}")
LABEL = 6  # characters of a code that a label shows
APPLICATIONS_EACH = 5  # at most so many of one student are looked past; who has applied more often is still found

RECOMMENDER = Folded(joined("referee_name", "referee_email"))
INTERESTED = Folded(joined("email", "phone"))


def plain_number(typed: object) -> str:
    """A student number as searches compare it: "88-123 4567" is "881234567"."""
    return re.sub(r"[^0-9A-Z]", "", str(typed or "").upper())


def found_by(typed: str, user: roles.Person) -> Q:
    """Condition on an application. It doesn't ask who may see it: start from `visible_to`."""
    return Q(pk__in=_each_way(Application.objects.all(), typed, user, "pk"))


def _each_way(seen: ApplicationQuerySet, typed: str, user: roles.Person, *values: str) -> QuerySet[Any, Any]:
    """These values of what is found, in no order; one that is found in two ways comes twice.

    Each way is a query that an index answers; joined by OR, they would be asked of every application.
    """
    typed, ways = typed.strip(), list[ApplicationQuerySet]()
    code = typed.replace("-", "").replace(" ", "").upper()  # a code is shown as K7-MFQ2
    if CODE.fullmatch(code):
        ways.append(seen.filter(code__startswith=code))
        if len(code) >= LABEL and roles.is_coordinator(user):
            ways.append(seen.filter(pk__in=_labeled(code, user).values("application")))
    if not WHOLE_CODE.fullmatch(code):
        ways.append(_of_people_called(seen, typed))
    if NUMBER.fullmatch(number := plain_number(typed)):
        numbered = seen.filter(student_number__startswith=number)
        if not roles.is_coordinator(user):
            office_only = Question.objects.filter(key=STUDENT_NUMBER, audience=Question.Audience.OFFICE)
            numbered = numbered.exclude(form__in=office_only.values("section__form"))
        ways.append(numbered)
    first, *others = (way.order_by().values_list(*values) for way in ways)
    return first.union(*others, all=True) if others else first


def _labeled(code: str, user: roles.Person) -> AssignmentQuerySet:
    """What a reader calls it, who may call the office about it. Not what this person still reads without a name."""
    return Assignment.objects.filter(code__startswith=code).exclude(
        pk__in=Assignment.objects.still_scored_by(user).values("pk")
    )


def _of_people_called(seen: ApplicationQuerySet, typed: str) -> ApplicationQuerySet:
    """As `people_called`. A name is looked for in the row of the student that the search reads anyway."""
    words = words_of(typed)
    if not words or digits_of(typed) or ADDRESS.fullmatch(typed):
        return seen.filter(student__in=people_called(typed).values("pk"))
    named = seen.alias(searched=searched_of("student__")).filter(has_words(words))
    return named.filter(student__full_name__isnull=False)  # an inner join: an outer one reads every application


def students_found_by(typed: str, user: User) -> QuerySet[Any, Any]:
    """The primary keys of students whom this person may see; for lists that know people and no applications."""
    found = Application.objects.visible_to(user).filter(found_by(typed, user))
    return found.order_by().values("student")


def newest_of_each(seen: ApplicationQuerySet, typed: str, user: roles.Person, most: int) -> list[Application]:
    """Of what is found among these, the newest application of each student, by name, at most so many. The keys come
    first, so that no more rows are read than are shown. Two queries."""
    newest: dict[int | None, int] = {}
    found = _each_way(seen, typed, user, "student__full_name", "student_id", "pk")
    in_order = found.order_by("student__full_name", "student_id", "-pk")
    for _name, student, key in in_order[: most * APPLICATIONS_EACH]:
        newest.setdefault(student, key)
    rows = Application.objects.with_people().in_bulk(list(newest.values())[:most])
    return [rows[key] for key in newest.values() if key in rows]


def letters_called(typed: str, among: RecommendationQuerySet) -> RecommendationQuerySet:
    """Those whose recommender fits, as `people_called` finds people."""
    words = words_of(typed)
    if not words:
        return among.none()
    if ADDRESS.fullmatch(address := typed.strip()):
        return among.alias(mailed=Folded("referee_email")).filter(mailed__startswith=folded(address))
    return among.alias(searched=RECOMMENDER).filter(has_words(words))


def interest_called(typed: str, among: InterestQuerySet) -> InterestQuerySet:
    """Who left this email or phone number, or one with these parts."""
    words = words_of(typed)
    if not words:
        return among.none()
    found = has_words(words)
    if digits := digits_of(typed):
        found |= Q(searched__contains=digits)
    return among.alias(searched=INTERESTED).filter(found)
