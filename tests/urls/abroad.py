"""Addresses of the link that shows a trip."""

from django.utils import timezone

from tests.urls import L
from travel.models import AbroadLink

ABROAD_TABLE = [
    ("travel:abroad-card", "GET", (410,) * 7),  # not open yet: the trip is far off; test_abroad_link.py opens it
    ("travel:abroad-link", "GET", (L, 200, 404, 403, 404, 200, 404)),
    ("travel:abroad-link-make", "POST", (L, 302, 404, 403, 404, 403, 404)),
    ("travel:abroad-link-end", "POST", (L, 302, 404, 403, 404, 302, 404)),
]
ABROAD_NAMES = {name.removeprefix("travel:") for name, _method, _expected in ABROAD_TABLE}


def abroad_arguments(short, placement):
    link, _is_new = AbroadLink.objects.get_or_create(placement=placement, defaults={"expires_at": timezone.now()})
    return {"token": link.link} if short == "abroad-card" else {"code": placement.code}
