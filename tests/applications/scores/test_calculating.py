"""Scores and agreement are calculated in a subprocess."""

import os
import subprocess
import sys

import pytest

from applications.scores import calculating
from tests.services import ROOT

IN_SUBPROCESS = calculating.in_subprocess  # before conftest replaces it

# ten files of two readers each, the second usually a point more lenient; the best file is the last
READS = [
    (100 + file, who, 5 + file % 3 + 4 * (file == 9) + who * (file % 4 > 0), file % 2)
    for file in range(10)
    for who in (0, 1)
]
TERMS = {"files_min": 8, "interval": 0.8, "seats": 3}


def test_another_process_finds_what_this_one_would(monkeypatch):
    monkeypatch.setattr(calculating, "AT_ONCE", 7)  # so that rows are sent in several chunks
    found = IN_SUBPROCESS(calculating.comparison, iter(READS), **TERMS)
    assert found == calculating.comparison(READS, **TERMS)
    assert (found["refusal"], found["readers"], found["reads"], found["places"][9]) == ("", 2, 20, 1)
    # both read everything, so nothing of a difference between the two colleges is lost, up to rounding
    assert found["kept"] >= 99
    assert IN_SUBPROCESS(calculating.comparison, iter(READS), **TERMS, kept=89, kept_min=90)["refusal"] == (
        "colleges_apart"
    )

    ratings = [("purpose", file, points % 5 + 1) for file, _reader, points, _college in READS]
    assert IN_SUBPROCESS(calculating.agreements, iter(ratings)) == calculating.agreements(ratings)
    assert IN_SUBPROCESS(calculating.comparison, [], **TERMS)["refusal"] == "nothing_read"


def test_what_fails_there_fails_here():
    with pytest.raises(subprocess.CalledProcessError):
        IN_SUBPROCESS(calculating.comparison, [(1, 2, 3.0, 1), (1, 2, 4.0, 1)], **TERMS)


def test_the_process_is_told_no_key_and_no_password(monkeypatch):
    told = {}
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    monkeypatch.setattr(subprocess, "run", lambda *args, env, **kwargs: told.update(env) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        IN_SUBPROCESS(calculating.comparison, READS, **TERMS)
    assert set(told) <= {"PATH", "HOME", "LANG", "TMPDIR"}


def test_no_page_takes_numpy_into_the_web_process():
    command = (
        "import exchange.wsgi, sys; from django.urls import reverse; reverse('home'); assert 'numpy' not in sys.modules"
    )
    env = {**os.environ, "DEMO": "true"}
    subprocess.run([sys.executable, "-c", command], cwd=ROOT, env=env, check=True)
