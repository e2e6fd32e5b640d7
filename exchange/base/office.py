"""How the city's office is reached: on pages, on paper, and by whoever cannot sign in."""

from dataclasses import dataclass

from django.conf import settings
from phonenumber_field.phonenumber import PhoneNumber


@dataclass(frozen=True, slots=True)
class Office:
    email: str
    phone: PhoneNumber | None


def office() -> Office:
    """As the settings name it; without a phone where none was given."""
    number = PhoneNumber.from_string(settings.OFFICE_PHONE) if settings.OFFICE_PHONE else None
    return Office(settings.OFFICE_EMAIL, number)
