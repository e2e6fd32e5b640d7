"""A throwaway copy of the project in which one mutation at a time is applied and tested."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.mutations.listed import ROOT, Mutation

SECONDS_MAX = 240  # for the tests of one mutation
# Tables are created once and used by all processes; a failing browser journey is not tried again.
OPTIONS = ("-q", "-rfE", "--tb=no", "--reuse-db", "--force-reruns=0", "-p", "no:cacheprovider")
FAILED = re.compile(r"^FAILED (.+?)(?: - (.*))?$", re.MULTILINE)
# These stop the program instead of giving one wrong result; every test would notice.
CRASHES = re.compile(r"(Syntax|Indentation|Import|ModuleNotFound|Name|TemplateSyntax)Error|TemplateDoesNotExist")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of pytest. `tests`: those that failed. `text`: the end of the output, if something is wrong."""

    verdict: str  # "killed", "survived" or "broken"
    seconds: float
    tests: tuple[str, ...] = ()
    text: str = ""


class Copy:
    """The tracked files of the working tree in `folder`, with the translations compiled."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder, self.database_url = folder, database_url
        self.has_clean_database = True
        # Python recompiles a module if its time has changed, in whole seconds, so each write gets a different second
        self.times = itertools.count(int(time.time()) - 1_000_000)
        for name in _tracked():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
            self._compile(name)
        (folder / ".venv").symlink_to(ROOT / ".venv")

    def test(self, mutation: Mutation) -> Outcome:
        """Applies the mutation, runs the tests that should fail, reverts it."""
        path = self.folder / mutation.path
        original = path.read_text()
        try:
            mutated = mutation.applied_to(original)
        except ValueError as error:
            return Outcome("broken", 0, text=str(error))
        self._write(mutation.path, mutated)
        try:
            return self.run(mutation.killed_by, mutation.database, SECONDS_MAX, "-x")
        finally:
            self._write(mutation.path, original)

    def run(self, tests: Iterable[str], database: str, seconds: float, *options: str) -> Outcome:
        started = time.monotonic()
        if not self.has_clean_database:
            options = (*options, "--create-db")
        command = [sys.executable, "-m", "pytest", *OPTIONS, *options, *tests]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._environment(database),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _none = process.communicate(timeout=seconds)
            self.has_clean_database = True
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            self.has_clean_database = False
            return Outcome("broken", time.monotonic() - started, text=f"stopped after {seconds:g} s")
        return outcome_of(process.returncode, output, time.monotonic() - started)

    def _environment(self, database: str) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
        env.pop("DATABASE_URL", None)
        env["COLUMNS"] = "1000"  # or pytest truncates the reason of a failure
        return env | {"DATABASE_URL": self.database_url} if database == "postgresql" else env

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        moment = next(self.times)
        os.utime(path, (moment, moment))
        self._compile(name)

    def _compile(self, name: str) -> None:
        if name.endswith(".po"):
            path = self.folder / name
            subprocess.run(["msgfmt", "--output-file", path.with_suffix(".mo"), path], check=True)


def of_its_own(database_url: str, number: int) -> str:
    """The same server, with a database for each copy that works at the same time."""
    return urlsplit(database_url)._replace(path=f"/mutations{number}").geturl() if number else database_url


def _tracked() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


def outcome_of(code: int, output: str, seconds: float) -> Outcome:
    """Only a failed test kills. A mutation that breaks an import or the collection proves nothing: it is "broken"."""
    failed = FAILED.findall(output)
    if code == 0:
        return Outcome("survived", seconds)
    if code == 1 and failed and not any(CRASHES.search(why) for _test, why in failed):
        return Outcome("killed", seconds, tuple(test for test, _why in failed))
    return Outcome("broken", seconds, tuple(test for test, _why in failed), output[-2000:])
