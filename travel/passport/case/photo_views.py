"""The photo helper: a page that checks a photo on the phone itself. Nothing is uploaded, so anyone may use it."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exchange.reference import facts
from exchange.web.shortcuts import permissions_policy
from travel.passport.case import guidance

# limits for the script, by the last part of their keys
LIMITS = ("side_mm", "head_min_mm", "head_max_mm", "pixels_min", "pixels_max", "kilobytes_max")


@login_not_required
@require_safe
def passport_photo(request: HttpRequest) -> HttpResponse:
    numbers = facts.numbers(*(f"passport.photo.{name}" for name in LIMITS))
    rules = guidance.photo_rules()
    context = {
        "limits": {key.rpartition(".")[2]: float(value) for key, value in numbers.items()},
        "rules": rules,
        "lines": list(rules.values()),
        "unsure": [line for line in rules.values() if not line.source.is_reliable],
        "drawings": ("good", "far", "near", "shade", "wall", "glasses"),
    }
    response = render(request, "travel/passport/passport_photo.html", context)
    response["Permissions-Policy"] = permissions_policy("camera")  # only this page may use the camera
    return response
