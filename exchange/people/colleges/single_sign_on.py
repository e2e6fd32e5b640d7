"""Sign-in with a college's own accounts, by OpenID Connect or SAML, through django-allauth.

A college vouches for the addresses of its own domains and for nothing else. It lets in only people who already have an
account with such an address: students who signed up, and advisors whom the office invited. No role comes from what a
college sends. Nobody whose role reaches beyond the college comes in this way, so that a college's server can't open
other colleges' files.
"""

from importlib import import_module
from typing import Any, NoReturn

from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from exchange.base import audit
from exchange.models import Role, SingleSignOn, User

OIDC = "exchange.people.colleges.openid"
SAML = "allauth.socialaccount.providers.saml.views"
NOT_THE_COLLEGE = _("Your college sent an address that isn’t one of its own, so we can’t use it to sign you in.")
NO_ACCOUNT = _("Your college knows you, but we don’t have an account with your college email address yet.")
BEYOND = _("Your role reaches beyond one college. Sign in with a code instead.")
CLOSED = _("This account is closed. If that’s a mistake, write to the exchange team.")
TROUBLE = _("We couldn’t sign you in through your college. Nothing was changed.")


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """allauth's description of each college's sign-in, made from our rows: their secrets are sealed, its aren't."""
        rows = SingleSignOn.objects.filter(is_on=True).select_related("college")
        apps = [app_of(row) for row in rows]
        return [
            app
            for app in apps
            if (not provider or provider in {app.provider, app.provider_id})
            and (not client_id or client_id == app.client_id)
        ]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        found = super().get_provider(request, provider, client_id)
        if found.app and found.app.provider == "openid_connect":
            return import_module(OIDC).CollegeProvider(request, app=found.app)
        return found

    def get_requests_session(self) -> Any:
        """Follows no redirect: only the address that the office entered, and what it names, are opened."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Only the address is used; what else the college sent isn't stored."""
        sociallogin.account.extra_data = {}
        user: User = super().populate_user(request, sociallogin, {"email": data.get("email")})
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect the college's account with ours, or answer with a page that says why not."""
        row = SingleSignOn.objects.select_related("college").get(is_on=True, college__code=sociallogin.account.provider)
        if sociallogin.state.get("process") not in {None, "login"}:
            refuse(request, row, TROUBLE)
        user = sociallogin.user if sociallogin.is_existing else self._person(request, row, sociallogin)
        if not user.is_active:
            refuse(request, row, CLOSED, user=user)
        if reaches_beyond(user, row):
            refuse(request, row, BEYOND, user=user)
        if not sociallogin.is_existing:
            _connect(request, sociallogin, user)

    def _person(self, request: HttpRequest, row: SingleSignOn, sociallogin: SocialLogin) -> User:
        """The one person with the address for which the college vouches."""
        email = (sociallogin.user.email or "").lower()
        said_unverified = any(not each.verified for each in sociallogin.email_addresses if each.email) and (
            row.protocol == SingleSignOn.Protocol.OIDC
        )
        if not row.vouches_for(email) or said_unverified:
            refuse(request, row, NOT_THE_COLLEGE)
        people = filter_users_by_email(email, prefer_verified=True)
        if not people:
            refuse(request, row, NO_ACCOUNT, is_unknown=True)
        person: User = people[0]
        return person

    def on_authentication_error(self, request: HttpRequest, provider: Any, *args: Any, **kwargs: Any) -> None:
        row = SingleSignOn.objects.select_related("college").filter(college__code=provider.app.provider_id).first()
        if row and kwargs.get("error") != "cancelled":
            refuse(request, row, TROUBLE)


def app_of(row: SingleSignOn) -> SocialApp:
    """`SocialApp` without a row of its own; `provider_id` is the college's code, also in the addresses."""
    code = row.college.code
    if row.protocol == SingleSignOn.Protocol.OIDC:
        return SocialApp(
            provider="openid_connect",
            provider_id=code,
            name=row.college.name,
            client_id=row.client_id,
            secret=row.client_secret or "",
            settings={"server_url": row.server_url, "hosts": row.hosts.split(), "oauth_pkce_enabled": True},
        )
    names = {"uid": row.uid_attribute, "email": row.email_attribute}
    found = {key: name for key, name in names.items() if name}
    mapping = {"attribute_mapping": SAML_NAMES | found} if found else {}
    return SocialApp(
        provider="saml",
        provider_id=code,
        name=row.college.name,
        client_id=code,
        settings={
            "idp": {
                "entity_id": row.entity_id,
                "sso_url": row.server_url,
                "x509cert": row.certificate,
            },
            # the signature must cover what we read, and only an answer to our own question counts
            "advanced": {"want_assertion_signed": True, "reject_idp_initiated_sso": True},
            **mapping,
        },
    )


# where SAML providers put them, unless a college says otherwise
SAML_NAMES = {
    "uid": "urn:oasis:names:tc:SAML:attribute:subject-id",
    "email": "urn:oid:0.9.2342.19200300.100.1.3",
}


def reaches_beyond(user: User, row: SingleSignOn) -> bool:
    """Whether the person may do something that this college doesn't decide about."""
    others = [role for role in user.role_rows if role.kind != Role.Kind.ADVISOR or role.college_id != row.college_id]
    return bool(others) or user.is_staff or user.is_superuser


@transaction.atomic
def _connect(request: HttpRequest, sociallogin: SocialLogin, user: User) -> None:
    email = sociallogin.user.email.lower()
    sociallogin.connect(request, user)
    # the college has just confirmed it, as a code would
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": email == user.email}
    )
    audit.record("person.connect_college", user, by=user, changes={"college": sociallogin.account.provider})


def refuse(
    request: HttpRequest,
    row: SingleSignOn,
    why: str | Promise,
    *,
    user: User | None = None,
    is_unknown: bool = False,
) -> NoReturn:
    """Raise allauth's answer: a page with the reason and the way on."""
    raise ImmediateHttpResponse(refusal(request, row, why, user=user, is_unknown=is_unknown))


def refusal(
    request: HttpRequest, row: SingleSignOn, why: str | Promise, *, user: User | None = None, is_unknown: bool = False
) -> HttpResponse:
    """The page that says why. Its event names no address of a stranger."""
    with transaction.atomic():
        audit.record("person.refuse_college_sign_in", user or row, by=None, reason=str(why))
    page = "exchange/people/college_refused.html"
    context = {"college": row.college, "why": why, "is_unknown": is_unknown}
    return render(request, page, context, status=403)


@csrf_exempt  # posted by the college's page; the signature and the question in the session stand for a token
@login_not_required
@require_POST
def from_saml(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Keeps a SAML answer for the page behind it, to which the browser brings our session. 404 if nobody can answer."""
    get_object_or_404(SingleSignOn, college__code=organization_slug, protocol=SingleSignOn.Protocol.SAML, is_on=True)
    response: HttpResponse = import_module(SAML).acs(request, organization_slug=organization_slug)
    return response


def later(module: str, name: str) -> Any:
    """The view of that name, imported when it is first asked for.

    The libraries behind SAML take 25 MB in each process, which a city whose colleges don't use it need not pay.
    """

    def view(request: HttpRequest, **kwargs: str) -> HttpResponse:
        response: HttpResponse = getattr(import_module(module), name)(request, **kwargs)
        return response

    return login_not_required(view)
