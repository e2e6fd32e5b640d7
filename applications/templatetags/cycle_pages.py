"""The row of pages above each page of a cycle's selection."""

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from applications.models import Cycle

register = template.Library()


@register.inclusion_tag("components/tabs.html", takes_context=True)
def selection_tabs(context: Context, cycle: Cycle) -> dict[str, object]:
    """In the order of the work; whoever may open one of them may open all. No query."""
    pages = [
        ("applications:selection-list", _("Ranked list")),
        ("applications:scores-detail", _("How scores compare")),
        ("applications:selection-interviews", _("Interviews")),
        ("applications:selection-reserves", _("Reserved spots")),
        ("applications:selection-lottery", _("Lottery")),
        ("applications:selection-preview", _("Release")),
        ("applications:selection-offers", _("After the release")),
    ]
    here = context["request"].resolver_match.view_name
    of_list = f"{reverse(pages[0][0])}?cycle={cycle.code}"
    items = [
        {
            "label": label,
            "href": of_list if name == pages[0][0] else reverse(name, args=[cycle.code]),
            "current": name == here,
        }
        for name, label in pages
        if cycle.has_interviews or name != "applications:selection-interviews"
    ]
    return {"label": _("Selection"), "items": items}
