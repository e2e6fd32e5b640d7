"""The page on which people choose the college whose account they use, and leave for its server."""

from typing import Any

import requests
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods

from exchange.models import SingleSignOn
from exchange.people.colleges.single_sign_on import TROUBLE, refusal
from exchange.people.sign_in.forms import SHARED_SESSION_KEY, shared_field

# the answer to the form leads to the college's server, at an address that only the college knows
TO_THE_COLLEGE: dict[str, Any] = settings.SECURE_CSP | {
    "form-action": [CSP.SELF, "https:", *(["http:"] if not settings.HTTPS else [])]
}


class CollegeForm(forms.Form):
    """A button for each college; `ways`: its code and its name."""

    shared = shared_field()
    college = forms.ChoiceField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, ways: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        college: Any = self.fields["college"]
        college.choices = ways


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csp_override(TO_THE_COLLEGE)
def choose(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    adapter = get_adapter()
    apps = {app.provider_id: app for app in adapter.list_apps(request)}
    ways = [(code, app.name) for code, app in apps.items()]
    form = CollegeForm(request.POST or None, ways=ways)
    then = get_next_redirect_url(request) or ""
    if form.is_valid():
        request.session[SHARED_SESSION_KEY] = form.cleaned_data["shared"]
        return _leave(request, apps[form.cleaned_data["college"]], then)
    return render(request, "exchange/people/college_sign_in.html", {"form": form, "ways": ways, "next": then})


def _leave(request: HttpRequest, app: SocialApp, then: str) -> HttpResponse:
    """To the college's server. OpenID Connect asks it first where its page is."""
    try:
        left: HttpResponse = (
            get_adapter().get_provider(request, app.provider_id).redirect(request, "login", next_url=then or None)
        )
    except (requests.RequestException, KeyError, OAuth2Error):
        row = SingleSignOn.objects.select_related("college").get(college__code=app.provider_id)
        return refusal(request, row, TROUBLE)
    return left


@login_not_required
@require_http_methods(["GET", "HEAD"])
def stopped(request: HttpRequest) -> HttpResponse:
    """Where allauth sends someone who gave up on the college's page."""
    return redirect("account_login")
