"""The stamps of a ticket, for every standing and all that may be reached there. `✓` reached, `*` now, `-` later."""

import pytest

from applications.standing import Standing
from travel.base.stamps import ENDED, stamps

SIGNS = {"reached": "✓", "now": "*", "later": "-"}

# standing | stamps reached | what the ticket shows
TABLE = """
draft         | 0 | Apply* Selected- Placed- Passport- Travel- Reflect-
draft closed  | 0 |
in review     | 1 | Applied✓ In review* Placed- Passport- Travel- Reflect-
to fix        | 1 | Applied✓ To fix* Placed- Passport- Travel- Reflect-
offered       | 2 | Applied✓ Selected✓ Confirm* Passport- Travel- Reflect-
offer lapsed  | 2 | Applied✓ Selected✓
waitlisted    | 1 | Applied✓ Waitlist*
not selected  | 1 | Applied✓ Reviewed✓
declined      | 2 | Applied✓ Selected✓
confirmed     | 2 | Applied✓ Selected✓ City match* Passport- Travel- Reflect-
placed        | 3 | Applied✓ Selected✓ Placed✓ Passport* Travel- Reflect-
placed        | 4 | Applied✓ Selected✓ Placed✓ Passport✓ Travel* Reflect-
due           | 3 | Applied✓ Selected✓ Placed✓ Passport* Travel- Reflect-
due           | 4 | Applied✓ Selected✓ Placed✓ Passport✓ Travel* Reflect-
away          | 4 | Applied✓ Selected✓ Placed✓ Passport✓ Travel* Reflect-
stayed        | 3 | Applied✓ Selected✓ Placed✓
stayed        | 4 | Applied✓ Selected✓ Placed✓ Passport✓
home          | 5 | Applied✓ Selected✓ Placed✓ Passport✓ Travel✓ Reflect*
home          | 6 | Applied✓ Selected✓ Placed✓ Passport✓ Travel✓ Reflect✓
withdrawn     | 0 |
withdrawn     | 1 | Applied✓
withdrawn     | 2 | Applied✓ Selected✓
withdrawn     | 3 | Applied✓ Selected✓ Placed✓
withdrawn     | 4 | Applied✓ Selected✓ Placed✓ Passport✓
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("where", "reached", "shown"), ROWS)
def test_ticket_shows_what_is_true_and_no_more(where, reached, shown):
    found = stamps(Standing(where), int(reached))
    assert " ".join(f"{stamp.label}{SIGNS[stamp.mark]}" for stamp in found) == shown
    assert all(stamp.text for stamp in found)


def test_table_has_every_standing():
    assert {Standing(where) for where, *_rest in ROWS} == set(Standing)


@pytest.mark.parametrize("where", Standing)
def test_nothing_goes_on_once_it_has_ended(where):
    marks = {stamp.mark for reached in range(7) for stamp in stamps(where, reached)}
    assert ("now" in marks) == (where not in ENDED)
