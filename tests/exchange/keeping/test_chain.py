"""The chain over the audit log, as pure functions: whatever is changed in a closed day is found."""

import copy
import datetime as dt
from types import SimpleNamespace

from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.keeping import chain

KEYS = {"first": "the first sealing key", "second": "the second sealing key"}
ROW = st.tuples(
    st.datetimes(timezones=st.just(dt.UTC)),
    st.none() | st.integers(1, 99),
    st.sampled_from(["selection.release", "account.sign_in"]),
    st.just("exchange.user"),
    st.integers(1, 5),
    st.text(max_size=5),
    st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3) | st.booleans(), max_size=2),
)


def closing(before, kind, last_id, *, rows=(), key="first", **said):
    after_id = said.pop("after_id", max((each.last_id for each in before if each.kind == "day"), default=0))
    count, digest = chain.digest(row for row in rows if after_id < row[0] <= last_id)
    made = SimpleNamespace(
        number=len(before) + 1,
        kind=kind,
        day=dt.date(2026, 11, 1) + dt.timedelta(days=len(before)),
        **{"after_id": after_id, "last_id": last_id, "count": count, "digest": digest, "reason": "", "key": key} | said,
    )
    made.hash = chain.hash_of(made, before[-1].hash if before else chain.START)
    made.signature = chain.signature_of(made.hash, KEYS[key])
    before.append(made)


@st.composite
def logs(draw):
    """(events with gaps between their ids, closings over them)"""
    ids = sorted(draw(st.sets(st.integers(1, 60), min_size=2, max_size=12)))
    rows = [(pk, *draw(ROW)) for pk in ids]
    cuts = sorted(draw(st.sets(st.sampled_from(ids), min_size=1, max_size=4)))
    closings: list = []
    for cut in cuts:
        closing(closings, "day", cut, rows=rows)
    return rows, closings


def look(rows, closings, keys=KEYS):
    return chain.broken(closings, lambda after, last: [row for row in rows if after < row[0] <= last], keys)


def is_whole(found):
    return not (found.closings or found.days or found.unsigned or found.kept)


@given(logs())
def test_an_untouched_log_is_whole(log):
    assert is_whole(look(*log))


@given(logs(), st.data())
def test_a_changed_event_is_found_with_its_day(log, data):
    rows, closings = log
    at = data.draw(st.sampled_from([index for index, row in enumerate(rows) if row[0] <= closings[-1].last_id]))
    column = data.draw(st.integers(1, 7))
    new = data.draw(ROW)[column - 1]
    assume(chain.canonical((new,)) != chain.canonical((rows[at][column],)))
    rows[at] = (*rows[at][:column], new, *rows[at][column + 1 :])

    found = look(rows, closings)

    assert [each.number for each in found.days] == [_closing_of(rows[at][0], closings)]
    assert found.closings == []


@given(logs(), st.data())
def test_a_removed_event_is_found_with_its_day(log, data):
    rows, closings = log
    gone = data.draw(st.sampled_from([row for row in rows if row[0] <= closings[-1].last_id]))
    rows.remove(gone)

    assert [each.number for each in look(rows, closings).days] == [_closing_of(gone[0], closings)]


@given(logs(), ROW, st.data())
def test_an_added_event_is_found_with_its_day(log, row, data):
    rows, closings = log
    free = sorted(set(range(-1, closings[-1].last_id)) - {row[0] for row in rows})
    pk = data.draw(st.sampled_from(free))
    rows = sorted([*rows, (pk, *row)])

    found = look(rows, closings)

    if pk > 0:
        assert [each.number for each in found.days] == [_closing_of(pk, closings)]
    else:
        assert found.kept == 1


@given(logs(), st.data())
def test_events_after_the_last_closing_are_free(log, data):
    rows, closings = log
    rows = [row for row in rows if row[0] <= closings[-1].last_id] + [(70, *data.draw(ROW))]

    assert is_whole(look(rows, closings))


@given(logs(), st.data())
def test_who_works_out_every_hash_again_cannot_sign(log, data):
    rows, closings = log
    gone = data.draw(st.sampled_from([row for row in rows if row[0] <= closings[-1].last_id]))
    rows.remove(gone)
    forged, previous = copy.deepcopy(closings), chain.START
    for each in forged:
        each.count, each.digest = chain.digest(row for row in rows if each.after_id < row[0] <= each.last_id)
        each.hash = previous = chain.hash_of(each, previous)
        each.signature = chain.signature_of(each.hash, "a key that the database's administrator made up")

    # all from the forged day on (those before it came out with the same hash, but not with the same signature)
    assert [each.number for each in look(rows, forged).closings] == [each.number for each in closings]


@given(logs(), st.data())
def test_a_closing_that_is_gone_or_changed_is_found(log, data):
    rows, closings = log
    assume(len(closings) > 1)
    at = data.draw(st.integers(0, len(closings) - 2))
    changed = copy.deepcopy(closings)
    changed[at].day += dt.timedelta(days=1)
    assert [each.number for each in look(rows, changed).closings] == [at + 1]

    del closings[at]
    assert [each.number for each in look(rows, closings).closings] == [at + 2]


@given(logs())
def test_a_new_key_covers_what_the_former_signed(log):
    rows, closings = log
    second = {"second": KEYS["second"]}
    assert look(rows, closings, second).unsigned == closings

    closing(closings, "keys", closings[-1].last_id, after_id=closings[-1].last_id, key="second")
    assert is_whole(look(rows, closings, second))

    closings[0].digest = "0" * 64
    closings[0].hash = chain.hash_of(closings[0], chain.START)
    assert not is_whole(look(rows, closings, second))


@given(logs(), st.data())
def test_what_retention_removes_is_no_gap_and_may_not_come_back(log, data):
    rows, closings = log
    until = data.draw(st.sampled_from(closings)).last_id
    closing(closings, "purge", until, after_id=0, count=3, digest="")
    left = [row for row in rows if row[0] > until]

    assert is_whole(look(left, closings))
    assert look(rows, closings).kept == len(rows) - len(left)


@given(logs())
def test_an_accepted_day_counts_as_it_was_found(log):
    rows, closings = log
    first = closings[0]
    rows = [row for row in rows if row[0] != first.last_id]
    assert look(rows, closings).days == [first]

    closing(closings, "accepted", first.last_id, after_id=first.after_id, rows=rows, reason="looked into")
    assert is_whole(look(rows, closings))


def _closing_of(pk, closings):
    return next(each.number for each in closings if each.after_id < pk <= each.last_id)
