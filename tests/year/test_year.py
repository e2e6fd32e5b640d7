"""A fixed year, so small that it takes a minute: nothing breaks in it. `script/year` plays larger ones."""

import contextlib
import datetime as dt
import json
import os
import shutil
import time
from pathlib import Path
from random import Random

import pytest

from exchange.base import home
from exchange.wording import own
from tests.year import report
from tests.year.calendar import Calendar
from tests.year.pages import SITE
from tests.year.plan import Plan
from tests.year.play import Over, Year
from tests.year.story import Story
from travel.base import reference_files
from travel.office.reference import loading as reference

pytestmark = [pytest.mark.real_clock]
FIXED = '{"seed": 1, "students": 5, "tries": 1, "again": 0, "hours": [14], "every": 7}'
OWN = Path(__file__).parent / "reference"


def begins(seed: int) -> dt.datetime:
    """A working day of 2027 at nine in the morning, by the seed."""
    return dt.datetime(2027, 1, 4, 17, tzinfo=dt.UTC) + dt.timedelta(weeks=Random(seed).randrange(52))


@pytest.fixture
def fresh_portal(transactional_db, settings, tmp_path, monkeypatch):
    """An installation with nothing but migrations; the made-up cities of played years stand beside those that ship."""
    settings.SITE_URL = SITE
    folder = tmp_path / "reference"
    for each in (reference_files.FOLDER, OWN):
        shutil.copytree(each, folder, dirs_exist_ok=True)
    for module in (reference_files, reference):
        monkeypatch.setattr(module, "FOLDER", folder)
    monkeypatch.setattr(reference.load.__wrapped__, "__defaults__", (folder,))
    home.forget()
    own.forget()
    yield settings
    home.forget()
    own.keep_none()


def test_a_year(fresh_portal):
    plan = Plan.of(os.environ.get("YEAR") or FIXED)
    fresh_portal.REFERENCE_CITY = plan.city
    started = time.monotonic()
    with Calendar(begins(plan.seed), plan.hours, plan.every) as calendar:
        year = Year(plan, calendar)
        try:
            with contextlib.suppress(Over):
                Story(year).tell()
        finally:
            print("\n".join(report.lines_of(year, started)))
            if told := os.environ.get("YEAR_TOLD"):
                Path(told).write_text(json.dumps(report.told(year)))
    assert len(year.acts) > 60 and not year.findings
