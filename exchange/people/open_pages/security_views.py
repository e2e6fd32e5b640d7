"""How to report a weakness: security.txt (RFC 9116), for people and programs that look for it, and its policy."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

VALID = timedelta(days=180)  # RFC 9116 recommends less than a year
POLICY = settings.BASE_DIR / "SECURITY.md"


@login_not_required
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    contact = settings.SECURITY_CONTACT
    fields = {
        "Contact": contact if contact.startswith("https://") else f"mailto:{contact}",
        "Expires": (timezone.now() + VALID).strftime("%Y-%m-%dT00:00:00Z"),
        "Preferred-Languages": "en, es",
        "Canonical": settings.SITE_URL + reverse("security-txt"),
        "Policy": settings.SITE_URL + reverse("security-policy"),
    }
    return _text("".join(f"{name}: {value}\n" for name, value in fields.items()))


@login_not_required
@require_safe
def security_policy(request: HttpRequest) -> HttpResponse:
    return _text(POLICY.read_text(encoding="utf-8"))


def _text(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
