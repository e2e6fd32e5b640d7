"""script/size counts what the project consists of."""

import re
import subprocess
import sys

import pytest

from tests.services import ROOT

pytestmark = pytest.mark.once


@pytest.mark.full  # every file is parsed
def test_each_row_is_a_number_above_zero():
    done = subprocess.run([sys.executable, "script/size"], cwd=ROOT, capture_output=True, text=True, check=True)

    head, line, *rows = done.stdout.splitlines()
    assert (head, line) == ("| What | Now |", "| --- | ---: |")
    numbers = {what: int(number.replace(",", "")) for what, number in (row.strip("| ").split(" | ") for row in rows)}
    assert len(numbers) == 9
    assert all(number > 0 for number in numbers.values()), numbers
    files = [path for path in (ROOT / "docs/adr").iterdir() if re.match(r"\d{4}-", path.name)]
    assert numbers["Decision records"] == len(files)


def test_it_says_what_it_is_for():
    done = subprocess.run(
        [sys.executable, "script/size", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "usage: .venv/bin/python script/size" in done.stdout
