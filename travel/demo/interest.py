"""Who wanted to know when applications open: three QR codes of the office, and a few addresses.

Applications are open in the demo, so those who had confirmed were told.
"""

from datetime import timedelta

from applications.models import Cycle, Interest, InterestSource
from exchange.models import College, User
from travel.demo.people import read

LINK_DAYS = 760


def write(colleges: dict[str, College], cycle: Cycle, *, by: User) -> None:
    """`colleges` by code. Codes and links are written out, so that every demo has the same ones."""
    texts, in_order = read("scenes.toml")["interest"], [colleges[code] for code in sorted(colleges)]
    sources = [
        InterestSource.objects.create(
            code=f"DEMQR{number:03}",
            name=row["name"],
            college=in_order[row["college"] % len(in_order)] if "college" in row else None,
            created_at=cycle.opens_at - timedelta(days=20),
            created_by=by,
        )
        for number, row in enumerate(texts["sources"], 1)
    ]
    for number, row in enumerate(texts["people"], 1):
        asked, is_confirmed = cycle.opens_at - timedelta(days=row["days"]), "unconfirmed" not in row
        Interest.objects.create(
            code=f"DEMWT{number:03}",
            email=row["email"],
            language=row["language"],
            source=sources[row["source"]] if "source" in row else None,
            heard=row.get("heard", ""),
            asked_at=asked,
            sent_at=asked,
            confirmed_at=asked + timedelta(minutes=4) if is_confirmed else None,
            told_at=cycle.opens_at + timedelta(minutes=2) if is_confirmed else None,
            cycle=cycle if is_confirmed else None,
            expires_at=asked + timedelta(days=LINK_DAYS),
        )
