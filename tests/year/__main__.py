"""script/year: plays years, one after the other, and says what broke in them."""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.year.plan import Plan
from tests.year.shrinking import shortest

ROOT = Path(__file__).resolve().parents[2]
CITIES = (ROOT / "travel" / "reference" / "cities", ROOT / "tests" / "year" / "reference" / "cities")


def main() -> int:
    options = _options()
    end = time.monotonic() + options.minutes * 60
    seed, broken = options.seed, 0
    while True:
        plan = Plan(seed, options.students, options.city, again=0.05)
        print(f"The year of seed {seed} in {options.city}, {options.students} students", flush=True)
        told = _play(plan)
        broken += told["failed"]
        if told["broke"] and options.shrink:
            _shrink(plan, told, time.monotonic() + options.shrink * 60)
        seed += 1
        if time.monotonic() > end:
            return int(broken > 0)


def _play(plan: Plan, *, quietly: bool = False) -> dict[str, Any]:
    """What a year told; `quietly`: its output isn't shown."""
    command = (sys.executable, "-m", "pytest", "-q", "-s", "--tb=line", "--show-capture=no", "tests/year/test_year.py")
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        environment = os.environ | {"YEAR": plan.text, "YEAR_TOLD": str(told)}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=quietly)
        found = json.loads(told.read_text()) if told.exists() else {"broke": []}
        return found | {"failed": done.returncode != 0}


def _shrink(plan: Plan, told: dict[str, Any], end: float) -> None:
    """Prints the shortest story found by then in which what broke first still breaks."""
    plan = replace(plan, ends_with=told["broke"][0])
    stories: dict[Plan, list[str]] = {}

    def breaks(shorter: Plan) -> list[str] | None:
        told = _play(shorter, quietly=True)
        if plan.ends_with not in told["broke"]:
            return None
        stories[shorter] = told["acts"]
        return told["planned"]

    if (planned := breaks(plan)) is None:
        print(f"Played again, it doesn't break: {plan.ends_with}")
        return
    plan = shortest(plan, planned, breaks, lambda: time.monotonic() > end)
    print(f"The shortest story found ({plan.students} students) that breaks it: {plan.ends_with}")
    print("\n".join(f"    {act}" for act in stories[plan]))
    print(f"To play it: YEAR={shlex.quote(plan.text)} script/with-postgres .venv/bin/pytest -s tests/year/test_year.py")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/year", description=__doc__, exit_on_error=True)
    parser.add_argument("--students", type=_number("--students", 1, 300), default=8)
    parser.add_argument("--seed", type=_number("--seed", 0, 10**9), default=1)
    parser.add_argument("--city", type=_city, default="los-angeles")
    parser.add_argument(
        "--minutes", type=_number("--minutes", 0, 600), default=0, help="go on with the next seeds for so long"
    )
    parser.add_argument(
        "--shrink", type=_number("--shrink", 0, 600), default=5, help="minutes to shorten the story of what broke first"
    )
    return parser.parse_args()


def _number(name: str, least: int, most: int):
    def number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"give {name} a whole number from {least} to {most}, not {text!r}")
        return int(text)

    return number


def _city(name: str) -> str:
    there = sorted(path.name for folder in CITIES for path in folder.iterdir())
    if name not in there:
        raise argparse.ArgumentTypeError(f"no folder for {name!r}: choose one of {', '.join(there)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
