"""Alumni who agreed to hear from the office, for tests."""

import datetime as dt

from django.utils import timezone

from exchange.models import ConsentText
from tests.factories import UserFactory
from travel.models import AlumniAsk, AlumniConsent

WORDS = {
    f"{name}_{language}": f"The {name}."
    for name in ("title", "records", "purpose", "recipients", "ending")
    for language in ("en", "es")
}


def text():
    """The words that they agree to."""
    today = timezone.localdate()
    rest = {"as_of": today, "review_on": today, "source_name": "x", **WORDS}
    return ConsentText.objects.get_or_create(key="alumni", version=1, defaults=rest)[0]


def agreed(placement, **more):
    now = timezone.now()
    row = {"orientation": True, "mentoring": True, "language": "en", "expires_at": now + dt.timedelta(days=365), **more}
    return AlumniConsent.objects.create(person=placement.application.student, placement=placement, text=text(), **row)


def asked(consent, **about):
    about = about or {"trip": consent.placement.trip}
    return AlumniAsk.objects.create(consent=consent, asked_by=UserFactory(coordinator=True), **about)
