"""The certificate of completion: the student's page, its PDF and badge, the page that verifies it, and our keys."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.base.opening import What, opened
from applications.models import Cycle
from applications.standing import Standing
from exchange.background import pdfs
from exchange.base.office import office
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.trip_stage import placed_standing
from travel.models import BadgeKey, Certificate, Placement
from travel.reflection import badges, documents
from travel.reflection.actions import certificates
from travel.reflection.certificate_forms import RevokeForm

PEOPLE = ("key", "placement__trip__city", "placement__trip__host", "placement__application__cycle")


@require_http_methods(["GET", "POST"])
def certificate_page(request: HttpRequest, code: str) -> HttpResponse:
    """`code`: of the placement. The student gets the certificate with one tap; the office sees and may revoke it."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    is_own, is_office = permissions.can_reflect(request.user, placement), permissions.can_revoke(request.user)
    require(is_own or is_office)
    if request.method == "POST":
        require(is_own)
        with rule_message(request, success=_("Here’s your certificate.")):
            certificates.issue(placement, by=me(request))
        return redirect(request.path)
    opened(request, placement.application, What.TRIP)
    return _page(request, placement, RevokeForm())


def _page(request: HttpRequest, placement: Placement, form: RevokeForm) -> HttpResponse:
    rows = Certificate.objects.visible_to(request.user).filter(placement=placement).select_related("key")
    found = rows.first()
    context = {
        "placement": placement,
        "certificate": found,
        "link": settings.SITE_URL + found.get_absolute_url() if found else "",
        "is_home": placed_standing(placement) == Standing.HOME,
        "is_own": permissions.can_reflect(request.user, placement),
        "form": form,
    }
    return render(request, "travel/reflection/certificate.html", context)


@require_POST
def certificate_revoke(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_revoke(request.user))
    rows = Certificate.objects.visible_to(request.user).select_related("placement__application")
    certificate = get_object_or_404(rows, code=code)
    form = RevokeForm(request.POST)
    if form.is_valid():
        with refusal_in(form):
            certificates.revoke(certificate, reason=form.cleaned_data["reason"], by=me(request))
            messages.success(request, _("Revoked. Everyone who verifies it reads that."))
            return redirect("travel:certificate", code=certificate.placement.code)
    placement = Placement.objects.visible_to(request.user).with_people().get(pk=certificate.placement_id)
    return _page(request, placement, form)


def _valid(request: HttpRequest, code: str) -> Certificate:
    rows = Certificate.objects.visible_to(request.user).valid().select_related(*PEOPLE)
    rows = rows.select_related("placement__application__college", "placement__application__student")
    certificate = get_object_or_404(rows, code=code)
    opened(request, certificate.placement.application, What.TRIP)
    return certificate


@require_safe
def certificate_pdf(request: HttpRequest, code: str) -> HttpResponse:
    certificate = _valid(request, code)
    return pdfs.respond(
        request,
        documents.certificate(certificate),
        filename=f"certificate-{certificate.placement.code}.pdf",
        title=_("Your certificate"),
        back=reverse("travel:certificate", args=[certificate.placement.code]),
        about=certificate.placement.application.code,
    )


@require_safe
def certificate_badge(request: HttpRequest, code: str) -> HttpResponse:
    """The credential as a file, for wallets and for whoever verifies it without us."""
    certificate = _valid(request, code)
    answer = HttpResponse(certificate.token, content_type="application/vc+jwt")
    answer["Content-Disposition"] = f'attachment; filename="badge-{certificate.placement.code}.jwt"'
    return answer


# --- Anyone -----------------------------------------------------------------------------------------


@login_not_required
@require_safe
def certificate_verify(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a certificate is genuine, for whoever has its link. A revoked one says so, and nothing else."""
    certificate = get_object_or_404(Certificate.objects.select_related(*PEOPLE), code=code)
    found = badges.verify(certificate.token, certificate.key.public)
    context = {
        "certificate": certificate,
        "is_valid": found is not None and certificate.revoked_at is None,
        "trip": certificate.placement.trip,
        "cycle": certificate.placement.application.cycle,
        "office": office(),
    }
    return render(request, "travel/reflection/verify.html", context)


def _json(document: Any) -> JsonResponse:
    answer = JsonResponse(document)
    answer["Cache-Control"] = "public, max-age=300"
    answer["Access-Control-Allow-Origin"] = "*"  # verifiers run in browsers, too; nothing in it is private
    return answer


@login_not_required
@require_safe
def badge_keys(request: HttpRequest) -> JsonResponse:
    """Every public key, also former ones: what they signed still verifies."""
    return _json({"keys": [key.public for key in BadgeKey.objects.all()]})


@login_not_required
@require_safe
def badge_key(request: HttpRequest, kid: str) -> JsonResponse:
    return _json(get_object_or_404(BadgeKey, kid=kid).public)


def _addresses(cycle: str) -> badges.Places:
    address = certificates.address
    return badges.Places(
        credential="",
        issuer=address("travel:badge-issuer"),
        achievement=address("travel:badge-achievement", cycle),
        revoked=address("travel:badge-revoked"),
        key=address("travel:badge-keys"),
    )


@login_not_required
@require_safe
def badge_issuer(request: HttpRequest) -> JsonResponse:
    """Our profile, with where the keys are."""
    words = badges.Words(office().name, office().email, settings.SITE_URL, "", "", "")
    return _json(
        {"@context": badges.CONTEXT, **badges.profile(words, _addresses("-")), "jwks_uri": _addresses("-").key}
    )


@login_not_required
@require_safe
def badge_achievement(request: HttpRequest, code: str) -> JsonResponse:
    """What a cycle's certificates are for."""
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    words = badges.Words(office().name, office().email, settings.SITE_URL, *certificates.cycle_words(cycle))
    return _json({"@context": badges.CONTEXT, **badges.achievement(words, _addresses(code))})


@login_not_required
@require_safe
def badge_revoked(request: HttpRequest) -> JsonResponse:
    """The revocation list of our credentials: addresses only, no name and no reason."""
    codes = Certificate.objects.filter(revoked_at__isnull=False).order_by("pk")
    revoked = [{"id": settings.SITE_URL + row.get_absolute_url(), "revoked": True} for row in codes.only("code")]
    here = certificates.address("travel:badge-revoked")
    return _json({"id": here, "issuer": certificates.address("travel:badge-issuer"), "revokedCredential": revoked})
