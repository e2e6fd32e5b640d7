"""How to reach the city's office, for pages, documents and messages."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber


@dataclass(frozen=True, slots=True)
class Office:
    email: str
    phone: PhoneNumber | None

    @property
    def name(self) -> str:
        """In the active language. Without OFFICE_NAME "The exchange team", which a system check reports."""
        spanish = settings.OFFICE_NAME_ES if (get_language() or "en").startswith("es") else ""
        return spanish or settings.OFFICE_NAME or _("The exchange team")


def office() -> Office:
    """The office named in the settings; `phone` is None if OFFICE_PHONE is not set."""
    number = PhoneNumber.from_string(settings.OFFICE_PHONE) if settings.OFFICE_PHONE else None
    return Office(settings.OFFICE_EMAIL, number)
