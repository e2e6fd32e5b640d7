"""Who wanted to know when applications open: three QR codes of the office, and a few addresses.

Applications are open in the demo, so those who had confirmed were told.
"""

from datetime import timedelta

from applications.models import Cycle, Interest, InterestSource
from exchange.models import College, User

Heard = Interest.Heard
# (name, number of the college, or None)
SOURCES = (("Club fair, fall", 0), ("Library, passport table", 3), ("Neighborhood festival", None))
# (address, language, source, heard, days before applications opened, confirmed)
PEOPLE = (
    ("lucero.ibarra@example.com", "es", 0, "", 12, True),
    ("tomas.wynn@example.com", "en", 0, "", 12, True),
    ("dalia.haddad@example.com", "en", 1, "", 9, True),
    ("rene.cabrera@example.com", "es", 2, "", 7, True),
    ("joanna.mbeki@example.com", "en", None, Heard.FRIEND, 6, True),
    ("sol.arriaga@example.com", "es", None, Heard.ONLINE, 4, True),
    ("kai.nakoa@example.com", "en", 1, "", 1, False),
)
LINK_DAYS = 760


def write(colleges: dict[str, College], cycle: Cycle, *, by: User) -> None:
    """`colleges` by code. Codes and links are written out, so that every demo has the same ones."""
    in_order = [colleges[code] for code in sorted(colleges)]
    sources = [
        InterestSource.objects.create(
            code=f"DEMQR{number:03}",
            name=name,
            college=None if at is None else in_order[at % len(in_order)],
            created_at=cycle.opens_at - timedelta(days=20),
            created_by=by,
        )
        for number, (name, at) in enumerate(SOURCES, 1)
    ]
    for number, (email, language, at, heard, days, is_confirmed) in enumerate(PEOPLE, 1):
        asked = cycle.opens_at - timedelta(days=days)
        Interest.objects.create(
            code=f"DEMWT{number:03}",
            email=email,
            language=language,
            source=None if at is None else sources[at],
            heard=heard,
            asked_at=asked,
            sent_at=asked,
            confirmed_at=asked + timedelta(minutes=4) if is_confirmed else None,
            told_at=cycle.opens_at + timedelta(minutes=2) if is_confirmed else None,
            cycle=cycle if is_confirmed else None,
            expires_at=asked + timedelta(days=LINK_DAYS),
        )
