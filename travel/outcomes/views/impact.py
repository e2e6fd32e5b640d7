"""What anybody may see without signing in: the impact page and the card that others embed."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from exchange.models import Language
from travel.outcomes import impact

# A consent that was taken back is gone within five minutes: nothing keeps a page for longer than this.
KEEP_SECONDS = 60
# The card alone may stand in others' pages. It has no script and no form, and sets no cookie.
IN_OTHERS_PAGES: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "form-action": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": ["*"],
}


@login_not_required
@require_safe
def impact_page(request: HttpRequest) -> HttpResponse:
    """For anybody: one sentence, figures, a map, two stories, and how to apply. At most eleven queries."""
    context = {"impact": impact.impact(), "card": settings.SITE_URL + reverse("travel:impact-card")}
    response = render(request, "travel/outcomes/impact.html", context)
    # private: the page has a form with the reader's token
    patch_cache_control(response, private=True, max_age=KEEP_SECONDS)
    return response


@login_not_required
@require_safe
@xframe_options_exempt
@csp_override(IN_OTHERS_PAGES)
def impact_card(request: HttpRequest) -> HttpResponse:
    """The figures as a card for other pages. `lang`: its language; without it, the reader's."""
    asked = request.GET.get("lang", "")
    language = asked if asked in Language.values else translation.get_language()
    with translation.override(language):
        context = {"impact": impact.card(), "page": settings.SITE_URL + reverse("travel:impact")}
        response = render(request, "travel/outcomes/impact_card.html", context)
        response.headers["Content-Language"] = language or "en"
    patch_cache_control(response, public=True, max_age=KEEP_SECONDS)
    return response
