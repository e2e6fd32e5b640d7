"""Finds phone numbers without a country and opens a task for each: they are shown, but no phone abroad can call them.

Forms refuse them; these were typed before forms did, imported, or written in the admin.
"""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Model, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import office_tasks
from exchange.models import OfficeTask
from travel.models import AcceptanceFacility, Contact, HelpNumber, InsurancePolicy, ItinerarySegment, LocalCard

KIND = "travel.unread_number"
# model -> the page on which it is corrected; each takes the row's code
PAGES: dict[type[Model], str] = {
    AcceptanceFacility: "travel:facility-change",
    Contact: "travel:contact-edit",
    HelpNumber: "travel:help-number-edit",
    InsurancePolicy: "travel:insurance-edit",
    ItinerarySegment: "travel:itinerary-segment",
    LocalCard: "travel:local-card-edit",
}
SHORT = Q(kind__in=HelpNumber.URGENT, phone__regex=r"^[0-9]{2,6}$")


def register_words() -> None:
    office_tasks.register(
        KIND,
        _("Complete a phone number: %(number)s"),
        _("It has no country code, so a phone abroad can’t call it. Write it with + and the country code."),
    )


def unread() -> Iterator[tuple[str, Model]]:
    """(the number as it was typed, its row)"""
    for model in PAGES:
        rows = model._default_manager.exclude(phone="").exclude(phone__startswith="+")
        if model is HelpNumber:
            rows = rows.exclude(SHORT)
        for row in rows.order_by("pk"):
            yield str(row.phone), row  # type: ignore[attr-defined]


@transaction.atomic
def open_tasks() -> int:
    """Opens a task for each, and drops those of numbers that are complete by now. Safe to repeat."""
    found = {}
    for number, row in unread():
        code = row.code  # type: ignore[attr-defined]
        found[f"{KIND}:{row._meta.model_name}:{code}:{number}"] = (number, reverse(PAGES[type(row)], args=[code]))
    for key, (number, path) in found.items():
        office_tasks.open(key, KIND, due_on=timezone.localdate(), path=path, params={"number": number})
    office_tasks.drop_all(OfficeTask.objects.open().filter(kind=KIND).exclude(key__in=found), by=None)
    return len(found)
