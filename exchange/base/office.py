"""How to reach the city's office, for pages and documents."""

from dataclasses import dataclass

from django.conf import settings
from phonenumber_field.phonenumber import PhoneNumber


@dataclass(frozen=True, slots=True)
class Office:
    email: str
    phone: PhoneNumber | None


def office() -> Office:
    """The office named in the settings; `phone` is None if OFFICE_PHONE is not set."""
    number = PhoneNumber.from_string(settings.OFFICE_PHONE) if settings.OFFICE_PHONE else None
    return Office(settings.OFFICE_EMAIL, number)
