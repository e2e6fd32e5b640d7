"""The office adds, changes and removes the home colleges of its students."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from exchange.base.codes import new_code
from exchange.base.errors import RuleViolation
from exchange.models import College, User
from exchange.people.colleges import named_advisor as colleges
from travel.base import actions as rows

CODE_MAX = 20


@transaction.atomic
def add(values: Mapping[str, Any], *, by: User) -> College:
    """Its code, which answers and rules name, is made from the short name. RuleViolation: code_taken, not_possible."""
    code = slugify(values["short_name"])[:CODE_MAX] or new_code()
    there = College.objects.filter(code=code).first()
    if there and rows.differing(there, values):
        raise RuleViolation("code_taken", _("Another college already has this short name. Choose a different one."))
    return there or rows.add(College, {"code": code, **values}, under=None, by=by)


def change(college: College, values: Mapping[str, Any], *, seen: str, by: User) -> College:
    """RuleViolation: changed_meanwhile, not_possible, not_an_advisor."""
    colleges.check_advises(values.get("named_advisor"), college)
    return rows.change(college, values, seen=seen, by=by)


def remove(college: College, *, by: User) -> None:
    """Safe to repeat. RuleViolation: in_use."""
    text = _("%(college)s can’t be removed: it has applications, advisors or other records.")
    rows.remove_unused(college, text % {"college": college.name}, by=by)
