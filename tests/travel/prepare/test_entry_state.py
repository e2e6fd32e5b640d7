"""Where a permission to enter stands, as a page shows it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as some

from travel.models import EntryPermission
from travel.prepare.entry.state import BY_NEED, SETTLED, TROUBLE, Entry, shown
from travel.prepare.entry.words import LABELS, SENTENCES, TONES

HOME = dt.date(2027, 6, 20)
SAID = some.sampled_from([*EntryPermission.State.values])
DAYS = some.dates(dt.date(2027, 1, 1), dt.date(2028, 12, 31))


@pytest.mark.parametrize(
    ("said", "last", "nothing", "expected"),
    [
        (None, None, False, Entry.TO_SAY),
        (None, None, True, Entry.NONE_BY_RULE),
        ("needed", None, True, Entry.NEEDED),
        ("granted", None, False, Entry.GRANTED),
        ("granted", HOME, False, Entry.GRANTED),
        ("granted", HOME - dt.timedelta(days=1), False, Entry.ENDS_EARLY),
        ("refused", None, False, Entry.REFUSED),
    ],
)
def test_examples(said, last, nothing, expected):
    assert shown(said, valid_until=last, returns_on=HOME, rule_asks_nothing=nothing) == expected


@given(SAID, some.none() | DAYS, DAYS, some.booleans())
def test_what_somebody_said_wins_over_the_rule(said, last, home, nothing):
    state = shown(said, valid_until=last, returns_on=home, rule_asks_nothing=nothing)
    assert state == shown(said, valid_until=last, returns_on=home, rule_asks_nothing=not nothing)
    assert state == said or (said == "granted" and state == Entry.ENDS_EARLY)


@given(SAID, DAYS, DAYS, some.integers(0, 400))
def test_a_longer_permission_is_never_worse(said, last, home, more):
    before = shown(said, valid_until=last, returns_on=home)
    after = shown(said, valid_until=last + dt.timedelta(days=more), returns_on=home)
    assert before not in SETTLED or after in SETTLED
    assert shown(said, valid_until=None, returns_on=home) not in {Entry.ENDS_EARLY}


@given(DAYS, DAYS)
def test_granted_is_settled_exactly_if_it_lasts_until_the_return(last, home):
    assert (shown("granted", valid_until=last, returns_on=home) in SETTLED) == (last >= home)


def test_every_state_has_words_a_place_and_stored_states_are_known():
    assert set(BY_NEED) == set(Entry) == set(LABELS) == set(TONES) == set(SENTENCES)
    assert set(EntryPermission.State.values) <= set(Entry)
    assert not SETTLED & TROUBLE


def test_an_unknown_state_is_refused():
    with pytest.raises(ValueError, match="maybe"):
        shown("maybe", returns_on=HOME)
