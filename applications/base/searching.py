"""Finds applications as staff type them: a student's name, email address, phone or student number, or the code."""

import re

from django.db.models import Q

from applications.models import Answer, Question
from exchange.base import roles
from exchange.people.searching import people_called

STUDENT_NUMBER = "student_number"  # a question's key
CODE = re.compile(r"[0-9A-Z]{2,8}")
NUMBER = re.compile(r"(?=.*\d)[\w-]{5,30}")


def found_by(typed: str, user: roles.Person) -> Q:
    """Condition on an application. It doesn't ask who may see it: start from `visible_to`."""
    typed = typed.strip()
    found = Q(student__in=people_called(typed).values("pk"))
    code = typed.replace("-", "").replace(" ", "").upper()  # a code is shown as K7-MFQ2
    if CODE.fullmatch(code):
        found |= Q(code__startswith=code)
    if NUMBER.fullmatch(typed):
        numbers = Answer.objects.filter(question__key=STUDENT_NUMBER, value=typed)
        if not roles.is_coordinator(user):
            numbers = numbers.exclude(question__audience=Question.Audience.OFFICE)
        found |= Q(pk__in=numbers.order_by().values("application"))
    return found
