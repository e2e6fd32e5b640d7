"""Ending a role and moving an advisor to another college, each after a preview; undoing either."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.models import College, GrantKind, PastRole, User
from exchange.people.roles import granting, handing_on, role_changes
from exchange.people.roles.handing_on import Leaving
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, require, rule_message

NO_COLLEGE = "-"


class LeavingForm(forms.Form):
    """`to` only where an advisor moves; `successor` only where somebody can take over."""

    to = forms.ChoiceField(label=gettext_lazy("The college where they work now"))
    successor = forms.ChoiceField(label=gettext_lazy("Who takes over?"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, leaving: Leaving, is_move: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleges = {each.code: each for each in College.objects.order_by("name") if each != leaving.college}
        self.people = {each.code: each for each in handing_on.successors(leaving)}
        if is_move:
            to: Any = self.fields["to"]
            to.choices = [("", _("Choose a college")), *((code, each.name) for code, each in self.colleges.items())]
        else:
            del self.fields["to"]
        if self.people:
            successor: Any = self.fields["successor"]
            named = [(code, str(each)) for code, each in self.people.items()]
            successor.choices = [("", _("The exchange team")), *named]
        else:
            del self.fields["successor"]


@require_http_methods(["GET", "HEAD", "POST"])
def role_end(request: HttpRequest, code: str, kind: str, college: str) -> HttpResponse:
    """`college`: its code, or "-" for a role without one."""
    return _leave(request, _leaving(request, code, kind, college), is_move=False)


@require_http_methods(["GET", "HEAD", "POST"])
def role_move(request: HttpRequest, code: str, college: str) -> HttpResponse:
    return _leave(request, _leaving(request, code, GrantKind.ADVISOR, college), is_move=True)


def _leaving(request: HttpRequest, code: str, kind: str, college: str) -> Leaving:
    """404 unless the person has this role."""
    grantable = roles.grantable_by(request.user)
    require(bool(grantable))
    user = get_object_or_404(User, code=code)
    require(kind in grantable)
    at = get_object_or_404(College, code=college) if college != NO_COLLEGE else None
    if not granting.has(user, kind, at):
        raise Http404
    return Leaving(user, kind, at)


def _leave(request: HttpRequest, leaving: Leaving, *, is_move: bool) -> HttpResponse:
    """First the choices, then what they lead to, then the act: the second page holds what the first one said."""
    is_confirmed = request.method == "POST"
    data = request.POST if is_confirmed else request.GET if "seen" in request.GET else None
    form = LeavingForm(data, initial={"to": request.GET.get("to", "")}, leaving=leaving, is_move=is_move)
    if data is not None and form.is_valid():
        chosen = form.cleaned_data
        leaving = Leaving(
            leaving.user,
            leaving.kind,
            leaving.college,
            to=form.colleges.get(chosen.get("to", "")),
            successor=form.people.get(chosen.get("successor", "")),
        )
        if is_confirmed and _done(request, leaving, chosen["seen"]):
            return redirect("person-detail", code=leaving.user.code)
    has_choices = bool(form.people) or is_move
    shows_preview = not has_choices or (data is not None and form.is_valid())
    context = {
        "person": leaving.user,
        "leaving": leaving,
        "role": granting.words_of(leaving.kind, leaving.college),
        "form": form,
        "is_move": is_move,
        "shows_preview": shows_preview,
        "preview": handing_on.preview(leaving) if shows_preview else [],
        "others": handing_on.successors(leaving) if shows_preview else [],
        "seen": handing_on.fingerprint(leaving),
    }
    return render(request, "exchange/people/role_leave.html", context)


def _done(request: HttpRequest, leaving: Leaving, seen: str) -> bool:
    require_fresh(request)
    act = role_changes.move if leaving.to else role_changes.end
    try:
        act(leaving, seen=seen, by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return False
    text = _("Moved to %(college)s.") if leaving.to else _("The role has ended.")
    messages.success(request, text % {"college": leaving.to} + " " + _("You can undo it on this page."))
    return True


@require_POST
def role_undo(request: HttpRequest, code: str) -> HttpResponse:
    require(bool(roles.grantable_by(request.user)))
    past = get_object_or_404(PastRole.objects.visible_to(me(request)).select_related("user"), code=code)
    require(past.kind in roles.grantable_by(request.user))
    require_fresh(request)
    with rule_message(request):
        stays = role_changes.undo(past, by=me(request))
        done = _("Undone. %(name)s has the role again.") % {"name": past.user}
        messages.success(request, " ".join([done, *stays]))
    return redirect("person-detail", code=past.user.code)
