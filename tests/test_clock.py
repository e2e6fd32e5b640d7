"""What `script/test --clocks` runs (tests/clock.py)."""

from types import SimpleNamespace

import pytest

from tests import clock


@pytest.mark.parametrize(("instant", "run"), [("2028-02-29T12:00:00-08:00", ["dated"]), ("", ["dated", "pure"])])
def test_at_a_named_instant_only_modules_that_touch_dates_run(monkeypatch, tmp_path, instant, run):
    (tmp_path / "dated.py").write_text("due = timezone.localdate()")
    (tmp_path / "pure.py").write_text("assert 1 + 1 == 2")
    monkeypatch.setenv("TEST_CLOCK", instant)
    items, left_out = [SimpleNamespace(path=tmp_path / f"{name}.py") for name in ("dated", "pure")], []
    hook = SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items))
    every = list(items)

    clock.pytest_collection_modifyitems(SimpleNamespace(hook=hook), items)

    assert [item.path.stem for item in items] == run
    assert items + left_out == every
