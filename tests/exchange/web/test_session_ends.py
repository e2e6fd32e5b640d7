"""When a signed-in session ends, by its limits alone."""

from hypothesis import given
from hypothesis import strategies as st

from exchange.web import session_ends

DAY = 86_400
seconds = st.integers(1, 60 * DAY)


class Counted(dict):
    """A session that counts how often it would be stored."""

    writes = 0

    def __setitem__(self, key, value):
        self.writes += 1
        super().__setitem__(key, value)


def begun(lasts, idle):
    session = Counted()
    session_ends.begin(session, now=0, lasts=lasts, idle=idle)
    session.writes = 0
    return session


def test_students_phone_ends_after_fourteen_days_unused_and_sixty_in_all():
    unused, used = begun(60 * DAY, 14 * DAY), begun(60 * DAY, 14 * DAY)

    assert not session_ends.is_over(unused, 14 * DAY - 1)
    assert session_ends.is_over(unused, 14 * DAY)
    for day in range(1, 60):
        assert not session_ends.is_over(used, day * DAY)
        session_ends.note_use(used, day * DAY)
    assert session_ends.is_over(used, 60 * DAY)


@given(lasts=seconds, at=seconds)
def test_without_an_idle_time_only_the_fixed_end_counts_and_nothing_is_stored(lasts, at):
    session = begun(lasts, 0)
    session_ends.note_use(session, at)

    assert session_ends.is_over(session, at) == (at >= lasts)
    assert session.writes == 0


@given(idle=seconds, gaps=st.lists(st.floats(0, 0.95), max_size=30))
def test_used_often_enough_it_goes_on_and_is_stored_at_most_each_twentieth(idle, gaps):
    session, now = begun(10**12, idle), 0.0
    for gap in gaps:
        now += gap * idle
        assert not session_ends.is_over(session, now)
        session_ends.note_use(session, now)

    assert session.writes <= now / (idle / session_ends.STEPS) + 1
    assert session_ends.is_over(session, now + idle + 1)


@given(lasts=seconds, idle=seconds, at=seconds)
def test_it_never_outlives_its_fixed_end(lasts, idle, at):
    session = begun(lasts, idle)
    session_ends.note_use(session, at)

    assert session_ends.is_over(session, lasts)


@given(lasts=seconds, idle=st.integers(0, 60 * DAY), at=seconds)
def test_what_ends_next_is_what_ends_it(lasts, idle, at):
    session = begun(lasts, idle)
    why, left = session_ends.next_end(session, at)

    assert (left <= 0) == session_ends.is_over(session, at)
    if left > 0:
        assert not session_ends.is_over(session, at + left - 0.5)
        assert session_ends.why_over(session, at + left) in ("time", why)


@given(lasts=seconds, idle=seconds, at=seconds)
def test_kept_it_goes_on_but_its_fixed_end_moves_only_where_asked(lasts, idle, at):
    session = begun(lasts, idle)
    session_ends.keep(session, at)
    assert session_ends.next_end(session, at)[1] == min(idle, lasts - at)

    session_ends.keep(session, at, lasts=lasts)
    assert session_ends.next_end(session, at)[1] == min(idle, lasts)


@given(at=seconds)
def test_session_of_a_visitor_has_no_end_here(at):
    assert not session_ends.is_over({"put_aside": "words"}, at)
    assert session_ends.next_end({"put_aside": "words"}, at) is None
