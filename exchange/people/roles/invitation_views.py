"""Inviting people: the office's form and page of one invitation, and the page that the invited person opens."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base import links, roles
from exchange.base.errors import RuleViolation
from exchange.base.names import validate_name
from exchange.models import College, GrantKind, Invitation, Language, User
from exchange.models.invitation import OF_TWO
from exchange.people.account import history as account_history
from exchange.people.roles import comparing, granting, invitations
from exchange.people.sign_in import codes as sign_in_codes
from exchange.people.sign_in.adapters import keep_signed_in
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, require, rule_message

BY_EMAIL, BY_HAND = "email", "link"


class InviteForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Email address"), max_length=254)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        required=False,
        validators=[validate_name],
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Role"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a role.")},
    )
    is_known = forms.BooleanField(
        label=gettext_lazy("I know this person, and this email address is theirs alone."),
        required=False,
        help_text=gettext_lazy("For coordinators and technical owners. Everyone who is one now will be told."),
    )
    college = forms.ChoiceField(
        label=gettext_lazy("College"), required=False, help_text=gettext_lazy("Only for advisors.")
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the invitation"), choices=settings.LANGUAGES, initial=Language.ENGLISH
    )
    how = forms.ChoiceField(
        label=gettext_lazy("How do they get it?"),
        choices=[
            (BY_EMAIL, gettext_lazy("We email it")),
            (BY_HAND, gettext_lazy("I’ll give them the link myself")),
        ],
        initial=BY_EMAIL,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how they get it.")},
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = roles.grantable_by(by)
        kind: Any = self.fields["kind"]
        kind.choices = [(each.value, WHAT_THEY_DO[each]) for each in kinds]
        kind.initial = kinds[0].value if kinds else ""
        if OF_TWO.isdisjoint(kinds):
            del self.fields["is_known"]
        self.colleges = {college.code: college for college in College.objects.order_by("name")}
        college: Any = self.fields["college"]
        college.choices = [("", _("Choose a college")), *((code, each.name) for code, each in self.colleges.items())]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        is_advisor = data.get("kind") == GrantKind.ADVISOR
        if is_advisor and not data.get("college") and "college" not in self.errors:
            self.add_error("college", _("Choose the college where they advise."))
        data["college"] = self.colleges.get(data.get("college", "")) if is_advisor else None
        return data


WHAT_THEY_DO = {
    GrantKind.ADVISOR: gettext_lazy("Advisor: endorses and supports one college’s students, and reads for the others"),
    GrantKind.READER: gettext_lazy("Reader: reads and scores applications"),
    GrantKind.COORDINATOR: gettext_lazy("Coordinator: runs cycles and sees every student’s file"),
    GrantKind.DIRECTOR: gettext_lazy("Director: sees results, never a person’s file"),
    GrantKind.OWNER: gettext_lazy("Technical owner: looks after the portal and gives the office’s roles"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def people_invite(request: HttpRequest) -> HttpResponse:
    by = me(request)
    require(bool(roles.grantable_by(by)))
    initial = {name: request.GET.get(name, "") for name in ("email", "name", "college", "kind") if name in request.GET}
    form = InviteForm(request.POST or None, initial=initial, by=by)
    remarks: list[comparing.Remark] = []
    if request.method == "POST" and form.is_valid():
        require_fresh(request)
        data = form.cleaned_data
        is_sent = data.pop("how") == BY_EMAIL
        try:
            meant = request.POST.get("meant", "")
            invitation = invitations.invite(is_sent=is_sent, meant=meant, by=by, **data)
        except RuleViolation as violation:
            if violation.code not in ("own_role", "who_is_it"):  # none of what is known about the account changes it
                remarks = comparing.look(data["email"], data["kind"], data["college"])
            if not remarks:
                form.add_error("is_known" if violation.code == "who_is_it" else "email", violation.message)
        else:
            if is_sent:
                messages.success(request, _("Invited. We’re emailing %(email)s now.") % {"email": invitation.email})
            else:
                messages.success(request, _("Invited. Give them the link below."))
            return redirect(invitation)
    context = {
        "form": form,
        "remarks": remarks,
        "is_stopped": any(each.stops for each in remarks),
        "meant": comparing.fingerprint(remarks, form.cleaned_data["email"]) if remarks else "",
    }
    return render(request, "exchange/people/people_invite.html", context)


@require_safe
def invitation_detail(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.looks_after_accounts(request.user))
    invitation = _of(request, code)
    context = {
        "invitation": invitation,
        "what": granting.words_of(invitation.kind, invitation.college),
        "why_closed": invitations.why_closed(invitation, None),
        "can_act": invitation.is_open and invitation.kind in roles.grantable_by(me(request)),
        "may_invite": invitation.kind in roles.grantable_by(me(request)),
        "happenings": account_history.of_invitation(invitation),
    }
    return render(request, "exchange/people/invitation_detail.html", context)


@require_POST
def invitation_send_again(request: HttpRequest, code: str) -> HttpResponse:
    require(bool(roles.grantable_by(request.user)))
    require_fresh(request)
    invitation = _of(request, code)
    text = _("On its way to %(email)s again. It works as long as a new one.") % {"email": invitation.email}
    with rule_message(request, success=text):
        invitations.send_again(invitation, by=me(request))
    return redirect(invitation)


@require_POST
def invitation_end(request: HttpRequest, code: str) -> HttpResponse:
    require(bool(roles.grantable_by(request.user)))
    invitation = _of(request, code)
    with rule_message(request, success=_("Ended. The link no longer works.")):
        invitations.end(invitation, by=me(request))
    return redirect(invitation)


def _of(request: HttpRequest, code: str) -> Invitation:
    rows = Invitation.objects.visible_to(me(request)).select_related("college", "invited_by", "accepted_by", "ended_by")
    return get_object_or_404(rows, code=code)


# --- The invited person ---------------------------------------------------------------------------------


class AcceptForm(forms.Form):
    full_name = forms.CharField(
        label=gettext_lazy("Your full name"),
        max_length=150,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your full name.")},
    )


@links.for_guests("full_name")
def invitation(request: HttpRequest, link: str) -> HttpResponse:
    """GET shows what is offered; POST sends a code to the invited address, or accepts for whoever has proved it."""
    found = invitations.of_link(link)
    user = request.user if isinstance(request.user, User) else None
    why = invitations.why_closed(found, user) if found else "unknown"
    if found is None or why:
        page = "exchange/people/invitation_closed.html"
        return render(request, page, {"why": why, "invitation": found}, status=404 if found is None else 410)
    if user is None:
        return _begin(request, found)
    if not invitations.is_for(found, user):
        context = {"invitation": found, "masked": masked(found.email), "address": user.email or user.phone}
        return render(request, "exchange/people/invitation_other.html", context, status=403)
    return _accept(request, found, user)


def _begin(request: HttpRequest, found: Invitation) -> HttpResponse:
    if request.method == "POST":
        try:
            person = invitations.open_account(found)
        except RuleViolation as violation:
            messages.error(request, violation.message)
            return redirect(request.get_full_path())
        granted = sign_in_codes.grant(request, found.email, person)
        if granted.wait:
            messages.error(request, granted.refusal)
            return redirect(request.get_full_path())
        sign_in_codes.SignInCodeProcess.begin(request, user=person, email=found.email, phone=None, granted=granted)
        page = reverse("account_confirm_login_code")
        return redirect(f"{page}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")
    return render(request, "exchange/people/invitation.html", _shown(found))


def _accept(request: HttpRequest, found: Invitation, user: User) -> HttpResponse:
    form = AcceptForm(request.POST or None, initial={"full_name": user.full_name or found.name})
    if request.method == "POST" and form.is_valid():
        require_fresh(request)
        try:
            invitations.accept(found, by=user, full_name=form.cleaned_data["full_name"])
        except RuleViolation as violation:
            messages.error(request, violation.message)
            return redirect(request.get_full_path())
        keep_signed_in(request, user)
        messages.success(request, _("Welcome to the team. This is your first page."))
        return redirect("home")
    return render(request, "exchange/people/invitation.html", _shown(found) | {"form": form})


def _shown(found: Invitation) -> dict[str, Any]:
    return {
        "invitation": found,
        "what": WHAT_THEY_DO[GrantKind(found.kind)],
        "role": granting.words_of(found.kind),
        "masked": masked(found.email),
    }


def masked(email: str) -> str:
    """ "a•••@example.edu": enough to recognize for its owner, too little for whoever got the link by mistake."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"
