"""How to reach the city's office, for pages, documents and messages."""

from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from exchange.base.home import home


@dataclass(frozen=True, slots=True)
class Office:
    email: str
    phone: PhoneNumber | None
    hours: str = ""
    address: str = ""

    @property
    def name(self) -> str:
        """In the active language. Without a name "The exchange team", which a system check reports."""
        spanish = settings.OFFICE_NAME_ES if (get_language() or "en").startswith("es") else ""
        return home().office_name or spanish or settings.OFFICE_NAME or _("The exchange team")


def office() -> Office:
    """As the office wrote it under Set up, else as in the settings; `phone` is None if neither has it."""
    city = home()
    number = city.office_phone or settings.OFFICE_PHONE
    phone = PhoneNumber.from_string(str(number), region=settings.HOME_REGION) if number else None
    return Office(city.office_email or settings.OFFICE_EMAIL, phone, city.office_hours, city.address)


def sender() -> str:
    """Who messages are from: the program, at the address of the settings."""
    return formataddr((home().program, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
