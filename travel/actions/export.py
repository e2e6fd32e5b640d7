"""A person takes along everything that we hold about them."""

from typing import IO

from django.db import transaction

from exchange import audit
from exchange.models import User
from travel import export


@transaction.atomic
def download(user: User, *, by: User) -> IO[bytes]:
    """The ZIP of `travel.export`; that it was made goes on record first, so that the ZIP says so, too."""
    audit.record("account.export", user, by=by)
    return export.write(user)
