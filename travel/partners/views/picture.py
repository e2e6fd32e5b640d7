"""The office's pages for a city's picture and the own city's logo, and their widths for everyone."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base.errors import RuleViolation
from exchange.files.storage import HARMLESS
from exchange.models import PartnerCity
from exchange.web.edited import refuse
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.models import CityPicture
from travel.partners.actions import picture as actions
from travel.partners.forms.picture import LogoForm, PictureForm
from travel.partners.views.partner import back_to, city_of

Kind = CityPicture.Kind
FOR_GOOD = "public, max-age=31536000, immutable"  # another picture has another address


@login_not_required
@require_safe
def city_picture(request: HttpRequest, code: str, width: str) -> HttpResponse:
    """One width of the picture or logo that a city shows."""
    if not width.isdecimal():
        raise Http404
    row = actions.shown_width(code, int(width))
    if row is None:
        raise Http404
    kind = "image/png" if str(row.file.name).endswith(".png") else "image/webp"
    with row.file.open("rb") as file:
        return HttpResponse(file.read(), content_type=kind, headers={**HARMLESS, "Cache-Control": FOR_GOOD})


@require_http_methods(["GET", "POST"])
def partner_picture(request: HttpRequest, code: str) -> HttpResponse:
    city = city_of(request, code)
    return _edit(request, city, title=_("Picture of %(city)s") % {"city": city.name}, back=back_to(city))


@require_http_methods(["GET", "POST"])
def home_picture(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    if actions.own_city() is None:
        messages.error(request, _("First say whose portal this is."))
        return redirect("travel:home-city")
    back = reverse("travel:home-city"), _("Your city")
    return _edit(request, None, title=_("Picture of your city"), back=back)


@require_http_methods(["GET", "POST"])
def home_logo(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    row = actions.own_city()
    if row is None:
        messages.error(request, _("First say whose portal this is."))
        return redirect("travel:home-city")
    there = CityPicture.objects.visible_to(request.user).of(None, Kind.LOGO).filter(ended_at=None)
    is_sent = request.method == "POST"
    form = LogoForm(request.POST, request.FILES) if is_sent else LogoForm()
    if is_sent and form.is_valid() and _saved_logo(request, form):
        return redirect(request.path)
    context = {
        "form": form,
        "logo": row.logo,
        "seen": actions.seen_of(actions.described(None, Kind.LOGO)),
        "current": there.current().first(),
        "coming": there.filter(shown_at=None).last(),
        "before": actions.last_ended(None, Kind.LOGO),
    }
    return render(request, "travel/partners/logo.html", context)


def _saved_logo(request: HttpRequest, form: LogoForm) -> bool:
    file = form.cleaned_data["picture"]
    try:
        actions.add_logo(actions.look(file.name, file.read(), Kind.LOGO), by=me(request))
    except RuleViolation as violation:
        form.add_error("picture", violation.message)
        return False
    messages.success(request, _("Saved. We’re checking the logo; pages show it in about a minute."))
    return True


def _edit(request: HttpRequest, city: PartnerCity | None, *, title: str, back: tuple[str, str]) -> HttpResponse:
    """The picture, its words, and ways to replace it, to remove it and to undo that."""
    there = CityPicture.objects.visible_to(request.user).of(city).filter(ended_at=None)
    current, coming = there.current().first(), there.filter(shown_at=None).last()
    described, shown_on = coming or current, city or actions.own_city()
    words = {"alt_en": described.alt_en, "alt_es": described.alt_es} if described else {}
    form = PictureForm(
        request.POST or None,
        request.FILES or None,
        has_picture=described is not None,
        initial=words | {"seen": actions.seen_of(described)},
    )
    if request.method == "POST" and form.is_valid() and _saved(request, city, form):
        return redirect(request.path)
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "back": back,
        "current": current,
        "seen": form.initial["seen"],
        "picture": shown_on.picture if shown_on else None,
        "coming": coming,
        "before": actions.last_ended(city),
        "act_href": reverse("travel:partner-picture-act", args=[city.code])
        if city
        else reverse("travel:home-picture-act"),
    }
    return render(request, "travel/partners/picture.html", context)


def _saved(request: HttpRequest, city: PartnerCity | None, form: PictureForm) -> bool:
    seen = form.cleaned_data["seen"]
    try:
        if file := form.cleaned_data["picture"]:
            actions.add(city, actions.look(file.name, file.read()), form.alt, seen=seen, by=me(request))
            messages.success(request, _("Saved. We’re checking the picture; pages show it in about a minute."))
        else:
            actions.describe(city, form.alt, seen=seen, by=me(request))
            messages.success(request, _("Saved."))
    except RuleViolation as violation:  # the page keeps what was typed
        refuse(form, violation, "picture")
        return False
    return True


@require_POST
def partner_picture_act(request: HttpRequest, code: str) -> HttpResponse:
    return _act(request, city_of(request, code), reverse("travel:partner-picture", args=[code]))


@require_POST
def home_picture_act(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    return _act(request, None, reverse("travel:home-picture"))


@require_POST
def home_logo_act(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    return _act(request, None, reverse("travel:home-logo"), Kind.LOGO)


def _act(request: HttpRequest, city: PartnerCity | None, back: str, kind: str = Kind.PICTURE) -> HttpResponse:
    """Remove the picture or logo, or undo what was done last."""
    is_logo, seen = kind == Kind.LOGO, request.POST.get("seen", "")
    match request.POST.get("act"):
        case "remove":
            picture = _("The picture is removed. You can undo that on this page.")
            is_gone = _("The logo is removed. You can undo that on this page.") if is_logo else picture
            with rule_message(request, is_gone):
                actions.remove(city, by=me(request), kind=kind, seen=seen)
        case "back":
            is_back = _("The logo from before is back.") if is_logo else _("The picture from before is back.")
            with rule_message(request, is_back):
                actions.bring_back(city, by=me(request), kind=kind, seen=seen)
        case _:
            raise Http404
    return redirect(back)
