"""How to reach a student, on pages for staff."""

from typing import Any
from urllib.parse import urlencode

import phonenumbers
from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse
from phonenumber_field.phonenumber import PhoneNumber

from applications import permissions
from applications.base.answers import PHONE_KEY
from applications.models import Answer, Application
from applications.states import Status
from exchange.base import roles

register = template.Library()


@register.inclusion_tag("components/contact.html", takes_context=True)
def contact(
    context: Context, application: Application, *, is_row: bool = False, typed: str | None = None
) -> dict[str, Any]:
    """The student's phone, email and "Write", for viewers who may help them; nothing for anyone else. The office gets
    the student's account as well, where someone is signed out and two accounts are merged.

    If the account has no phone, the number in the application is shown. That takes a query, unless the view has read it
    (`typed`, "" without one); `is_row`: a row of a list, which leaves that out. Use it in a page, not in a fragment
    that is included with `only`: it needs the request.
    """
    student = application.student
    if student is None or not permissions.can_contact(context["request"].user, application):
        return {"is_shown": False}
    return {
        "is_shown": True,
        "is_row": is_row,
        "student": student,
        "phone": student.phone or (None if is_row else _number(_typed(application) if typed is None else typed)),
        "write_href": reverse("applications:thread-begin", args=[application.code]),
        "account_href": ""
        if is_row or not roles.looks_after_accounts(context["request"].user)
        else reverse("person-detail", args=[student.code]),
    }


@register.inclusion_tag("components/write_later.html", takes_context=True)
def write_later(context: Context, application: Application) -> dict[str, Any]:
    """A link to the page of a message to a group, for this one student: both languages, a preview, a time.

    For those who may write to the student and to groups; nothing for anyone else. No query.
    """
    user, student = context["request"].user, application.student
    may = permissions.can_contact(user, application) and permissions.can_write_to_groups(user)
    if not may or student is None or not student.is_active or application.erased_at:
        return {"href": ""}
    only = {"q": application.code}
    if application.status == Status.WITHDRAWN:  # whom a group leaves out unless they are asked for
        only["status"] = Status.WITHDRAWN.value
    return {"href": f"{reverse('travel:group-message-new')}?{urlencode(only)}"}


def _typed(application: Application) -> str:
    typed = Answer.objects.filter(application=application, question__key=PHONE_KEY).values_list("value", flat=True)
    return str(typed.first() or "")


def _number(typed: str) -> PhoneNumber | None:
    try:
        number = PhoneNumber.from_string(typed, region=settings.HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    return number if number.is_valid() else None
