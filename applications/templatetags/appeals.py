"""What was asked about a decision: beside the student's result, and in the office's file of the student."""

from typing import Any

from django import template
from django.template import Context

from applications import permissions
from applications.models import Appeal, Application
from applications.release.actions import appeals as actions

register = template.Library()


@register.inclusion_tag("applications/release/_appeal_own.html", takes_context=True)
def own_appeal(context: Context, application: Application) -> dict[str, Any]:
    """Until when the student can ask, what they asked, and the answer once it's told. At most three queries.

    Nothing where decisions are final.
    """
    user = context["request"].user
    if not permissions.is_own(user, application):
        return {}
    rows = list(Appeal.objects.visible_to(user).in_force().filter(application=application))
    way = actions.way_of(application, rows)
    asked = next((row for row in rows if way.decision is None or row.decision_id == way.decision.pk), None)
    return {
        "application": application,
        "way": way,
        "asked": asked,
        "is_told": asked is not None and actions.is_told(asked),
    }


@register.inclusion_tag("applications/release/_appeals.html", takes_context=True)
def appeals_of(context: Context, application: Application) -> dict[str, Any]:
    """One line each, for the office. One query, none if the view has found that there are none (`has_appeals`)."""
    user = context["request"].user
    if not permissions.can_answer_appeal(user, application) or not getattr(application, "has_appeals", True):
        return {}
    rows = Appeal.objects.visible_to(user).filter(application=application).select_related("task__owner")
    return {"rows": list(rows)}
