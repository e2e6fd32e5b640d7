"""What `script/test --clocks` runs (tests/clock.py)."""

from datetime import datetime, timedelta
from pathlib import Path
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


def test_each_module_begins_at_the_same_instant_and_goes_on_within_it(monkeypatch):
    begins, passed, shown = datetime.fromisoformat("2027-04-14T23:59:00-07:00"), [0.0], []
    monkeypatch.setattr(clock.time, "monotonic", lambda: passed[-1])
    travel = SimpleNamespace(start=lambda: None, stop=lambda: None)
    monkeypatch.setattr(clock.time_machine, "travel", lambda at, tick: shown.append(at) or travel)
    seen = clock.Clock(begins)
    seen.start()

    for module, seconds in (("one.py", 300.0), ("two.py", 340.0), ("two.py", 350.0)):
        passed.append(seconds)
        seen.begin_again(Path(module))
    seen.start()  # after a test that reads the machine's own clock

    assert shown == [begins, begins, begins, begins + timedelta(seconds=10)]
