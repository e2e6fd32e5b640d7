"""Hostile lists: what small workbooks open to is refused by a confined process, and the web process stays small."""

import subprocess
import sys

import pytest

from applications.endorse import enrollment_file
from applications.endorse.enrollment_file import Problem, UnreadableList, read, read_in_subprocess
from applications.endorse.workbook import Limits
from exchange.background import subprocesses
from tests.applications import workbook_samples as samples
from tests.services import ROOT

LIMITS = Limits(cells=2_000_000, sheets=50, strings=1_000_000)  # as in travel/reference/us/facts.toml
MEGABYTE = 1024 * 1024
# Run apart: how much a web process that holds nothing else needs at its peak, measured by the system.
MEASURED = """
import sys
from applications.endorse.enrollment_file import UnreadableList, read_in_subprocess
from applications.endorse.workbook import Limits
try:
    found = read_in_subprocess(sys.stdin.buffer.read(), rows_max=120_000, limits=Limits(2_000_000, 50, 1_000_000))
    print(len(found.rows))
except UnreadableList as error:
    print(error.problem)
print(next(line for line in open("/proc/self/status") if "VmHWM" in line).split()[1])
"""


def parent_of(content):
    """What came of the file, and the peak of the process that asked, in bytes."""
    done = subprocess.run([sys.executable, "-c", MEASURED], input=content, capture_output=True, cwd=ROOT, check=True)
    said, peak = done.stdout.decode().split()
    return said, int(peak) * 1024


BOMBS = {
    "six million shared strings": (lambda: samples.workbook(strings="<si><t>a</t></si>" * 6_000_000), "TOO_LARGE"),
    "one shared string of 100 MB": (lambda: samples.workbook(strings=samples.string("a" * 100_000_000)), "TOO_LARGE"),
    "an archive that opens to 300 MB": (lambda: samples.workbook(samples.HEAD + " " * 300_000_000), "TOO_LARGE"),
    "one row of 25 million cells": (lambda: samples.workbook(f"<row>{'<c/>' * 25_000_000}</row>"), "TOO_LARGE"),
    "one text repeated to more than the answer": (lambda: samples.repeated_names(119_000, "a" * 490), "TOO_LARGE"),
    "100,000 sheets": (lambda: samples.workbook(sheets=100_000), "TOO_MANY_SHEETS"),
}


@pytest.mark.full
@pytest.mark.parametrize(("made", "problem"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_and_the_web_process_stays_small(made, problem):
    content = made()
    assert len(content) < MEGABYTE  # small on the wire

    said, peak = parent_of(content)

    assert said == Problem[problem]
    assert peak < 60 * MEGABYTE


@pytest.mark.full
def test_a_real_list_of_120_000_rows_is_read():
    said, peak = parent_of(samples.real_list(120_000))

    assert said == "120000"
    assert peak < 150 * MEGABYTE


# --- Each limit, at its edge ------------------------------------------------------------------------


def problem_of(content, **limits):
    try:
        read(content, rows_max=100, limits=Limits(**{"cells": 1000, "sheets": 2, "strings": 5} | limits))
    except UnreadableList as error:
        return error.problem
    return None


def test_cells_are_counted_also_empty_ones():
    rows = samples.HEAD + f"<row>{'<c/>' * 97}</row>"  # 2 + 1 + 97

    assert problem_of(samples.workbook(rows), cells=100) is None
    assert problem_of(samples.workbook(rows), cells=99) == Problem.TOO_MANY_CELLS


def test_a_million_empty_cells_are_refused_at_the_limit():
    sheet = samples.workbook(samples.HEAD + f"<row>{'<c/>' * 16_000}</row>" * 63)

    assert problem_of(sheet, cells=100_000) == Problem.TOO_MANY_CELLS


def test_a_gap_of_more_rows_than_a_sheet_has_is_refused():
    assert problem_of(samples.workbook(samples.HEAD + '<row r="99999999999"/>')) == Problem.TOO_MANY_CELLS


def test_sheets_are_counted():
    assert problem_of(samples.workbook(sheets=2)) is None
    assert problem_of(samples.workbook(sheets=3)) == Problem.TOO_MANY_SHEETS


def test_shared_strings_are_counted():
    assert problem_of(samples.workbook(strings=samples.string("a") * 5)) is None
    assert problem_of(samples.workbook(strings=samples.string("a") * 6)) == Problem.TOO_LARGE


def test_a_text_longer_than_a_spreadsheet_can_hold_is_refused():
    assert problem_of(samples.workbook(strings=samples.string("a" * 32_767))) is None
    assert problem_of(samples.workbook(strings=samples.string("a" * 32_768))) == Problem.TOO_LARGE


def test_an_archive_of_many_parts_is_refused():
    assert problem_of(samples.workbook(extra_parts=1000)) == Problem.TOO_LARGE


def test_entities_are_refused():
    doctype = '<!DOCTYPE sst [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'

    assert problem_of(samples.workbook(strings=samples.string("&b;"), doctype=doctype)) == Problem.BROKEN


def test_a_part_that_lies_about_its_size_is_damaged():
    content = samples.workbook(strings=samples.string("a" * 32_767 * 4))
    size = len(f'<sst xmlns="{samples.MAIN}"></sst>' + samples.string("a" * 32_767 * 4)).to_bytes(4, "little")

    assert problem_of(content.replace(size, (100).to_bytes(4, "little"))) == Problem.BROKEN


# --- The process ------------------------------------------------------------------------------------


def test_the_process_gives_the_same_rows_as_here():
    content = samples.real_list(3)

    assert read_in_subprocess(content, rows_max=10, limits=LIMITS) == read(content, rows_max=10, limits=LIMITS)
    assert read_in_subprocess("SID,Name\n1,Núñez 阮\n".encode(), rows_max=1, limits=LIMITS).rows[0].name == "Núñez 阮"


def test_the_process_names_problem_line_and_what_it_saw():
    with pytest.raises(UnreadableList) as caught:
        read_in_subprocess(b"SID\n8.81E+07\n", rows_max=10, limits=LIMITS)

    assert (caught.value.problem, caught.value.line, caught.value.seen) == (Problem.NUMBER_CUT, 2, ("8.81E+07",))


def test_the_process_gets_no_secret(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    seen = []
    real = subprocess.run

    def run(command, **options):
        seen.append(options["env"])
        return real(command, **options)

    monkeypatch.setattr(subprocesses.subprocess, "run", run)
    read_in_subprocess(b"SID\n1\n", rows_max=1, limits=LIMITS)
    assert seen == [{}]


def test_a_list_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(enrollment_file, "WALL_SECONDS", 0.01)
    with pytest.raises(UnreadableList, match="too_large"):
        read_in_subprocess(b"SID\n1\n", rows_max=1, limits=LIMITS)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("while True: pass", subprocesses.TookTooLongError),
        ("held = bytes(400 * 1024 * 1024)", subprocesses.CrashedError),  # at once, before the limit of time is met
        ("open('written', 'w').write('x' * 10_000)", subprocesses.CrashedError),
    ],
    ids=["time", "memory", "files"],
)
def test_a_confined_process_is_stopped_at_each_limit(tmp_path, monkeypatch, code, error):
    (tmp_path / "hostile.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from exchange.background.subprocesses import confine\n"
        f"confine(memory=300 * 1024 * 1024, cpu_seconds=1)\n{code}\n"
    )
    monkeypatch.setattr(subprocesses, "ROOT", tmp_path)
    with pytest.raises(error):
        subprocesses.run_confined("hostile", given=b"", seconds=60)
