"""Comparing two dry runs names every difference and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from applications.release import dry_runs
from applications.release.dry_runs import DryRunLine

LINES = st.dictionaries(
    st.text("ABC", min_size=1, max_size=2),
    st.tuples(st.sampled_from(["selected", "waitlisted"]), st.none() | st.integers(1, 3)),
).map(lambda rows: [DryRunLine(code, *said) for code, said in rows.items()])


@given(LINES, LINES)
def test_the_differences_lead_from_one_to_the_other(before, now):
    found = dry_runs.compare(before, now)

    after = {line.code: line for line in before}
    for line in found.gone:
        del after[line.code]
    for old, new in found.changed:
        assert after[old.code] == old != new
        after[new.code] = new
    assert not {line.code for line in found.new} & after.keys()
    after |= {line.code: line for line in found.new}
    assert after == {line.code: line for line in now}
    assert bool(found) == (sorted(before) != sorted(now))


@given(LINES, st.randoms())
def test_the_fingerprint_knows_no_order(lines, random):
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert dry_runs.fingerprint(lines) == dry_runs.fingerprint(shuffled)


@given(LINES, LINES)
def test_the_fingerprint_changes_with_any_line(before, now):
    if dry_runs.compare(before, now):
        assert dry_runs.fingerprint(before) != dry_runs.fingerprint(now)


@given(LINES)
def test_what_was_kept_as_json_is_read_back(lines):
    assert dry_runs.read([list(line) for line in lines]) == lines
