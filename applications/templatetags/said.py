"""On the office's page of an application: what the student told us, and what can be recorded for them."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse

from applications import permissions
from applications.models import Application, Statement
from applications.release.actions import statements
from exchange.base import roles

register = template.Library()


@register.inclusion_tag("applications/release/_said.html", takes_context=True)
def said(context: Context, application: Application) -> dict[str, Any]:
    """Links to record what they say now, and what was recorded, newest first. Nothing for anyone but the office."""
    user = context["request"].user
    if not roles.is_coordinator(user) or permissions.is_own(user, application):
        return {"is_shown": False}
    recorded = _recorded(user, application) if getattr(application, "has_statements", True) else []
    names, undoable = statements.names_of(recorded), statements.undoable(recorded)
    return {
        "is_shown": True,
        "csrf_token": context.get("csrf_token"),
        "acts": [
            {"label": Statement.What(what).label, "href": _href(application, what)}
            for what in statements.possible(application)
        ],
        "rows": [(row, names.get(row.pk, ""), row.pk in undoable) for row in recorded],
    }


def _recorded(user: roles.Person, application: Application) -> list[Statement]:
    rows = Statement.objects.visible_to(user).filter(application=application)
    return list(rows.select_related("heard_by", "recorded_by", "undone_by", "thread", "appeal", "application")[:20])


def _href(application: Application, what: str) -> str:
    if what == Statement.What.WITHDRAW:  # its page says what becomes of the seat
        return reverse("applications:application-withdraw-for", args=[application.code])
    return reverse("applications:statement-record", args=[application.code, what])
