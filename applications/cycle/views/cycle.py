"""Public views of the cycles: what the exchange is, whom it is for, and when."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications import permissions
from applications.apply.access import own_application
from applications.apply.actions import carry
from applications.base import costs
from applications.models import Application, Cycle
from exchange.base.roles import Person
from exchange.models import User
from exchange.templatetags.ui import deadline, full_day

TONES = {"open": "good", "upcoming": "now", "closed": "neutral"}


@login_not_required
@require_safe
def cycle_list(request: HttpRequest) -> HttpResponse:
    cycles = [{"cycle": cycle, **stage_of(cycle)} for cycle in Cycle.objects.running()]
    context = {"cycles": cycles, "is_any_open": any(each["stage"] == "open" for each in cycles)}
    return render(request, "applications/cycle/list.html", context)


@login_not_required
@require_safe
def cycle_detail(request: HttpRequest, code: str) -> HttpResponse:
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    mine, rules = own_application(request, cycle), list(cycle.rules.all())
    context = {
        "cycle": cycle,
        "covered": cycle.covered.splitlines(),
        "costs": costs.usual(cycle),
        "student_pays": cycle.student_pays.splitlines(),
        "dates": [
            {"label": _("Opens"), "value": deadline(cycle.opens_at)},
            {"label": _("Closes"), "value": deadline(cycle.closes_at)},
            {"label": _("All decisions by"), "value": full_day(cycle.decisions_on)},
        ],
        "cities": cycle.cities.filter(is_offered=True),
        "rules": rules,
        "names_college": any(rule.question_key == "college" for rule in rules),
        "asks": any(rule.ask for rule in rules),
        "mine": mine,
        "last_time": None if mine else last_time_of(request.user, cycle),
        "is_any_open": Cycle.objects.open().exists(),
        "can_start": permissions.can_start(request.user),
        **stage_of(cycle),
    }
    response = render(request, "applications/cycle/detail.html", context)
    if mine:
        add_never_cache_headers(response)
    return response


def last_time_of(user: Person, cycle: Cycle) -> Application | None:
    """An earlier application of this student, to carry answers from."""
    return carry.last_time(cycle, user) if isinstance(user, User) and permissions.can_start(user) else None


def stage_of(cycle: Cycle) -> dict[str, str]:
    """The cycle's stage today, as a label and a sentence."""
    if cycle.is_open:
        return {
            "stage": "open",
            "stage_label": _("open now"),
            "stage_tone": TONES["open"],
            "stage_text": _("Applications close %(when)s.") % {"when": deadline(cycle.closes_at)},
        }
    if not cycle.has_opened:
        return {
            "stage": "upcoming",
            "stage_label": _("not open yet"),
            "stage_tone": TONES["upcoming"],
            "stage_text": _("Opens %(when)s.") % {"when": deadline(cycle.opens_at)},
        }
    closed = _("Closed %(when)s.") % {"when": deadline(cycle.closes_at)}
    told = _("Closed %(when)s. Everyone will hear from us by %(day)s.") % {
        "when": deadline(cycle.closes_at),
        "day": full_day(cycle.decisions_on),
    }
    return {
        "stage": "closed",
        "stage_label": _("closed"),
        "stage_tone": TONES["closed"],
        "stage_text": told if cycle.decisions_on >= timezone.localdate() else closed,
    }
