"""Downloads of lists of students who get ready: who took one, and whom it has."""

from collections.abc import Sequence

from django.db import transaction

from applications.base import disclosures
from applications.models import Disclosure
from exchange.base import audit
from exchange.models import User


@transaction.atomic
def record_list(keys: Sequence[int], *, query: str, by: User) -> None:
    """`keys`: primary keys of the applications in the file. `query`: the filters of the list."""
    audit.record("checklist.download", by, by=by, changes={"query": query, "rows": len(keys)})
    disclosures.record(keys, Disclosure.Kind.LIST, by=by)
