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


# --- A disk that fills in the middle ----------------------------------------------------------------

STEPS = (
    "build",
    "check_migrations",
    "backup",
    "migrate",
    "load_reference",
    "write_away_page",
    "share_static",
    "rehearse",
)


def _code(release):
    for name in ("static", "deploy"):
        (release / name).mkdir(parents=True)
    (release / "deploy/nginx.conf").write_text("server {}")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site with release 0.3.0 running and a tag v0.4.0; what builds and asks other programs is left out."""
    monkeypatch.setattr(releases, "SITE", tmp_path)
    for name in ("releases", "current", "static", "repository.git"):
        monkeypatch.setattr(releases, name.partition(".")[0].upper(), tmp_path / name)
    (tmp_path / "static").mkdir()
    _code(tmp_path / "releases/0.3.0")
    (tmp_path / "current").symlink_to("releases/0.3.0")
    done = []

    def git(*words):
        done.append(words[:2])
        if words[:2] == ("worktree", "add"):
            _code(Path(words[-2]))
        return "c0ffee\n"

    monkeypatch.setattr(releases, "git", git)
    monkeypatch.setattr(releases, "environment", lambda: {"BACKUP_DIR": str(tmp_path / "backups")})
    monkeypatch.setattr(releases, "manage", lambda release, *words, **_: done.append(words[0]) or "")
    for name in ("check_clean", "check_values", "check_disk", "build", "check_migrations", "migrate", "write_away_page",
                 "share_static", "rehearse", "serve"):  # fmt: skip
        monkeypatch.setattr(releases, name, lambda *_, name=name: done.append(name))
    return tmp_path, done


def fills_at(step, monkeypatch, done):
    """That step writes something and finds the disk full: itself, or the command that it calls."""
    if step in ("backup", "load_reference"):
        manage = releases.manage

        def refused(release, *words, **options):
            if words[0] == step:
                raise releases.Refused(f"manage.py {step}\nOSError: [Errno 28] No space left on device")
            return manage(release, *words, **options)

        monkeypatch.setattr(releases, "manage", refused)
        return

    def full(release, *_):
        (release / "half").write_text("written before")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(releases, step, full)


@pytest.mark.parametrize("step", STEPS)
def test_a_disk_that_fills_in_the_middle_leaves_the_running_release(site, monkeypatch, step):
    folder, done = site
    fills_at(step, monkeypatch, done)
    with pytest.raises(releases.Refused, match=r"(?s)No space left on device.*0.3.0 goes on"):
        releases.update("v0.4.0")
    assert releases.running_release() == folder / "releases/0.3.0"
    assert [path.name for path in (folder / "releases").iterdir()] == ["0.3.0"]
    assert done[-1] == ("worktree", "prune")
    assert "serve" not in done


def test_once_there_is_room_the_same_update_goes_through(site, monkeypatch):
    _folder, done = site
    with monkeypatch.context() as full:
        fills_at("rehearse", full, done)
        with pytest.raises(releases.Refused):
            releases.update("v0.4.0")
    releases.update("v0.4.0")
    assert done.count("rehearse") == 1
    assert done.index("backup") < done.index("migrate") < done.index("rehearse") < done.index("serve")
