"""Each library's license is one that docs/licenses.md allows; another one is told with what to do."""

import runpy

import pytest

from tests.services import ROOT

licenses = runpy.run_path(str(ROOT / "script/licenses"))


def test_every_license_is_allowed(capsys):
    assert licenses["main"]([]) == 0
    assert capsys.readouterr().out == ""


def test_a_license_that_is_not_allowed_is_told(capsys, monkeypatch):
    monkeypatch.setitem(
        licenses["main"].__globals__, "license_of", lambda name, _: "AGPL-3.0-only" * (name == "django") or "MIT"
    )

    assert licenses["main"]([]) == 1
    assert "django has the license AGPL-3.0-only, which docs/licenses.md does not allow." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("license", "answer"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR (MIT AND PSF-2.0)", True),
        ("MIT AND AGPL-3.0-only", False),
        ("", False),
        ("Other/Proprietary License", False),
    ],
)
def test_one_choice_of_which_every_part_is_allowed(license, answer):
    assert licenses["is_allowed"](license) is answer
