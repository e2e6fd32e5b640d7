"""The home colleges, under Set up: the list, and the page of one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.models import College
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.views import edit
from travel.office.colleges import actions
from travel.office.colleges.forms import CollegeForm


def _back() -> tuple[str, str]:
    return reverse("travel:college-list"), _("Colleges")


def _college(request: HttpRequest, code: str) -> College:
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(College, code=code)


@require_safe
def college_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    rows = College.objects.select_related("named_advisor").order_by("district", "name")
    return render(request, "travel/office/college_list.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def college_add(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    return edit(
        request,
        CollegeForm(request.POST or None),
        lambda said: actions.add(said.values, by=me(request)),
        back=_back(),
        title=_("New college"),
        text=_("Cycles that are already set up keep their rule for which colleges can apply. Check it there."),
    )


@require_http_methods(["GET", "POST"])
def college_edit(request: HttpRequest, code: str) -> HttpResponse:
    college = _college(request, code)
    return edit(
        request,
        CollegeForm(request.POST or None, initial=CollegeForm.initial_of(college), college=college),
        lambda said: actions.change(college, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=_back(),
        title=college.name,
        remove=reverse("travel:college-remove", args=[college.code]),
    )


@require_POST
def college_remove(request: HttpRequest, code: str) -> HttpResponse:
    college = _college(request, code)
    with rule_message(request, _("%(college)s was removed.") % {"college": college.name}):
        actions.remove(college, by=me(request))
        return redirect("travel:college-list")
    return redirect("travel:college-edit", code=college.code)
