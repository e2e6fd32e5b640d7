"""The command line of script/bench. Standard library only, so that --help works without an environment."""

import argparse
import subprocess
import sys
from pathlib import Path

LARGE, QUICK = 100_000, 5_000
COMPARED, COMPARED_QUICK = 10_000, 1_000


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="script/bench",
        description="Measure pages on a PostgreSQL of its own; prints Markdown.",
        allow_abbrev=False,
    )
    quick = f"{QUICK:,} applications instead of {LARGE:,}; with --against {COMPARED_QUICK:,} and half of the rounds"
    made.add_argument("--quick", action="store_true", help=quick)
    made.add_argument("--savers", type=int, default=0, help="Only this: so many students who save all the time.")
    made.add_argument("--seconds", type=float, default=60, help="How long the savers go on.")
    made.add_argument("--export", type=int, default=0, help="Only this: so many applications with all answers.")
    made.add_argument("--release", type=int, default=0, help="Only this: results told to so many people.")
    made.add_argument("--check-in", type=int, default=0, help="Only this: so many travelers asked if they are safe.")
    director = "Only this: the director's page over ten cycles with this many applications, and with a tenth."
    made.add_argument("--director", type=int, default=0, help=director)
    made.add_argument("--restore", type=int, default=0, help="Only this: backup and restore of so many, with files.")
    lists = f"Only this: the lists that staff work with, with 1,000 and with this many applications ({LARGE:,})."
    made.add_argument("--lists", type=int, default=0, nargs="?", const=LARGE, help=lists)
    against = "Only this: pages of this checkout beside those of another commit, in turns."
    made.add_argument("--against", metavar="COMMIT", default="", help=against)
    number = f"With --against: so many applications on each side ({COMPARED:,})."
    made.add_argument("--applications", type=int, metavar="NUMBER", default=0, help=number)
    only = "With --against: only pages whose name has this in it, such as form."
    made.add_argument("--only", metavar="WORD", default="", help=only)
    return made


def parse(words: list[str] | None = None) -> argparse.Namespace:
    """The options; `against` becomes a full hash. Exits with one line if --against names no commit."""
    options = parser().parse_args(words)
    options.applications = options.applications or (COMPARED_QUICK if options.quick else COMPARED)
    if options.against:
        command = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{options.against}^{{commit}}"]
        root = Path(__file__).resolve().parent.parent.parent
        found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if found.returncode:
            sys.exit(f"script/bench: --against: there is no commit {options.against!r} in this repository.")
        options.against = found.stdout.strip()
    return options


if __name__ == "__main__":
    parse()
