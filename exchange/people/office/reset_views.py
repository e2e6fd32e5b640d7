"""The office's page about one account: end its sessions, and reset what its owner has lost, by two people."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.core.validators import validate_email
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base import roles
from exchange.messages.phone_numbers import to_e164
from exchange.models import AccountMerge, AccountReset, GrantKind, PastRole, User
from exchange.models.takes_two import TakesTwo
from exchange.people.account import history as account_history
from exchange.people.merging import actions as merging
from exchange.people.office.second_views import back_to
from exchange.people.roles import granting, role_changes
from exchange.people.second import resets as account_resets
from exchange.people.second import second
from exchange.people.sign_in import accounts
from exchange.web.access import opens
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, require, rule_message

HAPPENINGS_SHOWN = 10


class ResetForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What did they lose?"),
        choices=AccountReset.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what they lost.")},
    )
    new_address = forms.CharField(
        label=gettext_lazy("New email address or phone number"), max_length=254, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("How do you know it’s them?"),
        help_text=gettext_lazy("For example: came to the office with a student ID. The second person reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write how you know it’s them.")},
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        kind, typed = data.get("kind"), data.get("new_address", "").strip()
        if kind == AccountReset.Kind.EMAIL:
            try:
                validate_email(typed)
            except forms.ValidationError:
                self.add_error("new_address", _("Enter the new email address, like name@example.com."))
            data["new_address"] = typed.lower()
        elif kind == AccountReset.Kind.PHONE:
            data["new_address"] = to_e164(typed)
            if not data["new_address"]:
                self.add_error("new_address", _("Enter the new phone number with its area code, like 213 555 0134."))
        else:
            data["new_address"] = ""
        return data


@require_safe
def person_detail(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.looks_after_accounts(request.user))
    user = get_object_or_404(User, code=code)
    happened = list(account_history.own(user)[:HAPPENINGS_SHOWN])
    reset = account_resets.open_for(user)
    is_office = roles.is_coordinator(request.user) and user != request.user
    context = {
        "person": user,
        "roles": _roles_of(user, me(request)),
        "past_roles": _past_roles_of(user, me(request)),
        "factors": Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES),
        "sessions": UserSession.objects.filter(user=user).order_by("-created_at"),
        "happenings": account_history.in_words(happened),
        "reset": reset,
        "can_invite": bool(user.email and user.is_active and user != me(request) and roles.grantable_by(request.user)),
        **_merge_of(request, user),
        "can_act": is_office,
        "second": _second(reset, me(request)),
    }
    return render(request, "exchange/people/person_detail.html", context)


def _second(row: TakesTwo | None, by: User) -> dict[str, Any]:
    """Whether this person can confirm what waits, why not, and the page where it can be stopped."""
    if row is None:
        return {}
    why = second.why_not(row, by)
    return {"can_confirm": why is None, "why_not": why[1] if why else "", "path": second.address_of(row)}


def _merge_of(request: HttpRequest, user: User) -> dict[str, Any]:
    """The merge that waits for a second person, and what it would do; those that are in force, on both sides.

    What it would do tells of applications: not to the technical owner, and the access log has who saw it.
    """
    by, waiting = me(request), merging.open_for(user)
    in_force = AccountMerge.objects.in_force().filter(Q(kept=user) | Q(closed=user)).select_related("kept", "closed")
    is_office = roles.is_coordinator(by)
    found = merging.look(waiting.kept, waiting.closed) if waiting and is_office else None
    if found:
        opens(request, *found.openings)
    return {
        "merge": waiting,
        "merge_found": found,
        "merges": [{"merge": each, "can_undo": is_office and merging.can_be_undone(each)} for each in in_force],
        "second_merge": _second(waiting, by),
        "can_merge": is_office and user.is_active and not waiting and not roles.handles_records(user),
    }


def _roles_of(user: User, by: User) -> list[dict[str, Any]]:
    """What the person may do, each with whether `by` may end it."""
    held = [(role.kind, role.college) for role in user.roles.select_related("college")]
    held += [(kind, None) for kind in (GrantKind.READER, GrantKind.OWNER) if granting.has(user, kind)]
    endable = roles.grantable_by(by) if user != by else []
    return [
        {
            "kind": kind,
            "college": college,
            "words": granting.words_of(kind, college),
            "can_end": kind in endable,
        }
        for kind, college in held
    ]


def _past_roles_of(user: User, by: User) -> list[dict[str, Any]]:
    past = PastRole.objects.visible_to(by).filter(user=user, undone_at=None)
    rows = past.select_related("user", "college", "became__college", "ended_by")
    grantable = roles.grantable_by(by) if user != by else []
    return [{"past": each, "can_undo": each.kind in grantable and role_changes.can_be_undone(each)} for each in rows]


@require_POST
def person_end_sessions(request: HttpRequest, code: str) -> HttpResponse:
    user = _whose(request, code)
    require_fresh(request)
    accounts.end_sessions(user, by=me(request), reason="ended by the office")
    messages.success(request, _("%(name)s is signed out on all devices.") % {"name": user})
    return redirect("person-detail", code=code)


@require_http_methods(["GET", "HEAD", "POST"])
def person_reset(request: HttpRequest, code: str) -> HttpResponse:
    user = _whose(request, code)
    phone = to_e164(request.GET.get("phone", ""))  # from a text that came from an unknown number
    initial = {"kind": AccountReset.Kind.PHONE, "new_address": phone} if phone else {}
    form = ResetForm(request.POST or None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return render(request, "exchange/people/person_reset.html", {"person": user, "form": form})
    require_fresh(request)
    with rule_message(request, success=second.asked()):
        account_resets.ask(user, by=me(request), **form.cleaned_data)
    return redirect("person-detail", code=code)


@require_POST
def reset_confirm(request: HttpRequest, code: str) -> HttpResponse:
    reset = get_object_or_404(AccountReset.objects.select_related("user", "asked_by"), code=code)
    require(second.knows(reset, me(request)))
    require_fresh(request)
    with rule_message(request, success=_("Done. The person is signed out everywhere, and we’re telling them.")):
        account_resets.confirm(reset, by=me(request))
    return back_to(reset, request)


def _whose(request: HttpRequest, code: str) -> User:
    """The account that a coordinator acts on. Their own they change on their own account page."""
    require(roles.is_coordinator(request.user))
    user = get_object_or_404(User, code=code)
    require(user != request.user)
    return user
