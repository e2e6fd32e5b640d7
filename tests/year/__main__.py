"""script/year: plays years, one after the other, and says what broke in them."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CITIES = (ROOT / "travel" / "reference" / "cities", ROOT / "tests" / "year" / "reference" / "cities")


def main() -> int:
    options = _options()
    end = time.monotonic() + options.minutes * 60
    seed, broken = options.seed, 0
    while True:
        plan = {"seed": seed, "students": options.students, "city": options.city, "hours": [9, 14, 18], "again": 0.05}
        broken += _play(plan)
        seed += 1
        if time.monotonic() > end:
            return int(broken > 0)


def _play(plan: dict[str, object]) -> int:
    print(f"The year of seed {plan['seed']} in {plan['city']}, {plan['students']} students", flush=True)
    command = (sys.executable, "-m", "pytest", "-q", "-s", "--tb=line", "--show-capture=no", "tests/year/test_year.py")
    return subprocess.run(command, cwd=ROOT, env=os.environ | {"YEAR": json.dumps(plan)}, check=False).returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/year", description=__doc__, exit_on_error=True)
    parser.add_argument("--students", type=_number("--students", 1, 300), default=8)
    parser.add_argument("--seed", type=_number("--seed", 0, 10**9), default=1)
    parser.add_argument("--city", type=_city, default="los-angeles")
    parser.add_argument(
        "--minutes", type=_number("--minutes", 0, 600), default=0, help="go on with the next seeds for so long"
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
