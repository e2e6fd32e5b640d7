"""A save never overwrites text that its writer has not seen."""

from hypothesis import given
from hypothesis import strategies as st

from applications.reading.lost_edit import mark, would_lose

texts = st.text(max_size=60)


@given(texts, texts)
def test_nothing_is_lost_where_the_stored_text_was_seen_or_is_held(stored, new):
    assert not would_lose(stored, new, {mark(stored)})
    assert not would_lose(stored, stored + new, ())
    assert not would_lose("", new, ())


@given(st.text("abc", min_size=1, max_size=30), st.text("xyz", max_size=30), st.sets(st.text("xyz", max_size=9)))
def test_other_words_that_were_never_seen_are_lost(stored, new, seen):
    assert would_lose(stored, new, {mark(each) for each in seen})


@given(st.lists(st.text(st.characters(exclude_categories=["Zs", "Cc", "Zl", "Zp"]), min_size=1), max_size=5))
def test_spaces_and_ends_of_lines_make_no_other_text(parts):
    assert mark(" ".join(parts)) == mark("\r\n".join(parts) + "\u00a0") == mark("".join(parts))


def test_marks_are_those_of_the_script():
    """Values calculated by the function of the same name in review.js."""
    texts = ("", "a", "Clear and concrete.", "Dónde — 😀")
    assert [mark(text) for text in texts] == ["45h", "3t3a", "dmf43k", "1e8oflz"]
