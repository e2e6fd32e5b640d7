"""What deploy/update and deploy/rollback decide before they do anything."""

import importlib.util
from pathlib import Path

import pytest

from tests.services import ROOT

spec = importlib.util.spec_from_file_location("releases", ROOT / "deploy/releases.py")
releases = importlib.util.module_from_spec(spec)
spec.loader.exec_module(releases)

OLD, NOW, NEW = (0, 2, 0), (0, 3, 0), (0, 10, 0)


def test_only_a_newer_release_follows():
    assert releases.check_newer("v0.10.0", NOW) == NEW
    for tag, told in (
        ("v0.2.0", "0.2.0 is older than 0.3.0, which runs. To go back to the release before: deploy/rollback"),
        ("0.3.0", "0.3.0 runs already"),
        ("main", "“main” is no release. Name a tag such as v0.4.0"),
    ):
        with pytest.raises(releases.Refused, match=told):
            releases.check_newer(tag, NOW)


def test_the_way_back_leads_past_releases_that_were_left():
    assert releases.former_of(NEW, [OLD, NOW, NEW], []) == NOW
    assert releases.former_of(NEW, [OLD, NOW, NEW], [NOW]) == OLD
    assert releases.former_of(NOW, [OLD, NOW, NEW], [NEW]) == OLD
    with pytest.raises(releases.Refused, match="No release before 0.2.0 is kept here"):
        releases.former_of(OLD, [OLD, NOW], [])


def test_three_releases_are_kept_and_those_that_were_left_go_first():
    assert releases.to_remove(NEW, [(0, 1), OLD, NOW, NEW], []) == [(0, 1)]
    assert releases.to_remove(NEW, [(0, 1), OLD, NOW, NEW], [NOW]) == [NOW]
    assert releases.to_remove(NEW, [NOW, NEW], []) == []


def test_the_environment_is_read_as_systemd_does():
    text = '# a comment\nONE=1\nTWO="two words"\n#THREE=3\nEMPTY=\n'
    assert releases.environment_of(text) == {"ONE": "1", "TWO": "two words", "EMPTY": ""}


def test_a_full_disk_is_told_before_anything_changes():
    releases.check_room(10 << 20, 10 << 20, Path("/srv"))
    with pytest.raises(releases.Refused, match="/srv has 9 MB free, and the update needs 10 MB. Make room"):
        releases.check_room(10 << 20, 9 << 20, Path("/srv"))


def test_names_with_a_hash_are_shared_and_no_others(tmp_path):
    for name in ("app.0123456789ab.css", "app.0123456789ab.css.gz", "app.css", "staticfiles.json", "away.html"):
        (tmp_path / name).write_text("")
    assert {path.name for path in releases.hashed_files(tmp_path)} == {
        "app.0123456789ab.css",
        "app.0123456789ab.css.gz",
    }
