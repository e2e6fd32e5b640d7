"""Merging two accounts of one student: find the other one, look at what happens, ask; a second person confirms."""

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base import roles
from exchange.models import AccountMerge, User
from exchange.people.merging import actions as merging
from exchange.people.office.second_views import back_to
from exchange.people.searching import people_called
from exchange.people.second import second
from exchange.web.access import opens
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, require, rule_message

FOUND_MAX = 10


class FindForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Name, email or phone of the other account"),
        max_length=100,
        error_messages={"required": gettext_lazy("Enter part of a name, an email address or a phone number.")},
    )


class MergeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("How do you know that both are the same person?"),
        help_text=gettext_lazy("For example: called from the number of this account. The second person reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write how you know that both are the same person.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput)


@require_safe
def person_merge(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the other account of this person, which will be closed."""
    kept = _whose(request, code)
    form = FindForm(request.GET if "q" in request.GET else None)
    typed = form.cleaned_data["q"] if form.is_valid() else ""
    students = User.objects.filter(is_active=True, is_staff=False, roles=None, reader_profile=None).exclude(pk=kept.pk)
    found = students.filter(pk__in=people_called(typed).values("pk")).order_by("full_name", "pk")
    context = {"person": kept, "form": form, "is_asked": bool(typed), "found": found[:FOUND_MAX]}
    return render(request, "exchange/people/person_merge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person_merge_preview(request: HttpRequest, code: str, other: str) -> HttpResponse:
    """What moves, what stays and what stands in the way; the form that asks for a second person."""
    kept = _whose(request, code)
    closed = get_object_or_404(User, code=other)
    require_fresh(request)
    found = merging.look(kept, closed)
    opens(request, *found.openings)
    form = MergeForm(request.POST or None, initial={"seen": found.fingerprint})
    if request.method == "POST" and form.is_valid():
        with rule_message(request, success=second.asked()):
            merging.ask(kept, closed, by=me(request), **form.cleaned_data)
            return redirect("person-detail", code=kept.code)
        return redirect(request.path)
    context = {"person": kept, "closed": closed, "form": form, "found": found}
    return render(request, "exchange/people/person_merge_preview.html", context)


@require_POST
def person_merge_task(request: HttpRequest, code: str, other: str) -> HttpResponse:
    kept = _whose(request, code)
    closed = get_object_or_404(User, code=other)
    with rule_message(request, success=_("It’s among the office’s tasks.")):
        merging.leave_to_office(kept, closed, by=me(request))
    return redirect("person-merge-preview", code=code, other=other)


@require_POST
def merge_confirm(request: HttpRequest, code: str) -> HttpResponse:
    merge = get_object_or_404(_merges(), code=code)
    require(second.knows(merge, me(request)))
    require_fresh(request)
    with rule_message(request, success=_("Merged. The person is signed out everywhere, and we’re telling them.")):
        merging.confirm(merge, seen=request.POST.get("seen", ""), by=me(request))
    return back_to(merge, request)


@require_POST
def merge_undo(request: HttpRequest, code: str) -> HttpResponse:
    merge = _merge(request, code)
    require_fresh(request)
    with rule_message(request, success=_("Undone. There are two accounts again, and we’re telling the person.")):
        merging.undo(merge, by=me(request))
    return redirect("person-detail", code=merge.kept.code)


def _whose(request: HttpRequest, code: str) -> User:
    require(roles.is_coordinator(request.user))
    return get_object_or_404(User, code=code)


def _merge(request: HttpRequest, code: str) -> AccountMerge:
    require(roles.is_coordinator(request.user))
    return get_object_or_404(_merges(), code=code)


def _merges() -> QuerySet[AccountMerge]:
    return AccountMerge.objects.select_related("asked_by", "kept", "closed")
