"""The anonymised file of a cycle's scores leaves the portal: on record, like everything that does."""

import csv
import io
from secrets import SystemRandom

from django.db import transaction

from applications import comparing
from applications.models import Cycle
from exchange import audit
from exchange.models import User

COLUMNS = ("application", "reader", "criterion", "points")


@transaction.atomic
def download(cycle: Cycle, *, by: User) -> str:
    """CSV of all locked readings. Applications and readers get new random numbers each time; nothing keeps them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(comparing.anonymous_rows(cycle, SystemRandom().shuffle))
    audit.record("scores.download", cycle, by=by)
    return out.getvalue()
