"""A backup: what is in it, what is not, who can open it, and when it counts as good."""

import io
import json
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from applications.models import IncomingUpload, Upload
from exchange.keeping import age, archive, databases, destination, rotation, stored_files, taking
from exchange.models import Backup, Event
from tests.exchange.keeping import systems


def test_backup_lists_every_file_and_counts_every_table(small_world, keys):
    taken = taking.take()
    manifest = archive.read(taken.folder)

    named = set(stored_files.names(databases.rows_now))
    assert manifest.files == len(named) > 2
    assert manifest.tables["applications_application"] > 2
    assert manifest.tables["exchange_message"] == 1
    assert not set(databases.LEFT_OUT) & set(manifest.tables)
    identities = age.identities_in(keys.data)
    with (
        age.decrypted(taken.folder / archive.FILES, identities) as stream,
        tarfile.open(fileobj=stream, mode="r|") as tar,
    ):
        assert {member.name for member in tar} == named
    row = Backup.objects.get()
    assert (row.name, row.error, row.files) == (taken.folder.name, "", manifest.files)
    assert row.size == sum(path.stat().st_size for path in taken.folder.glob("*.age"))
    assert Backup.objects.last_good_at() == row.started_at
    assert Event.objects.filter(action="backup.take", target_id=row.pk).count() == 1
    _cannot_be_read(taken, keys, small_world["people"]["owner"].full_name)


def _cannot_be_read(taken, keys, name):
    """The data's private key opens no keys, and the keys' no data."""
    written = [path for path in [*taken.folder.iterdir(), taken.keys] if path.is_file()]
    assert len(written) == 6
    for path in written:
        assert name.encode() not in path.read_bytes()
        assert settings.SECRET_KEY.encode() not in path.read_bytes()
    with pytest.raises(age.WrongKeyError), age.decrypted(taken.keys, age.identities_in(keys.data)):
        pass
    with pytest.raises(age.WrongKeyError), age.decrypted(taken.folder / archive.DATABASE, age.identities_in(keys.keys)):
        pass


def test_keys_can_be_pasted_into_the_environment(keys, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new $key", ["old"]
    settings.SEALING_KEYS = ["seals", "sealed"]
    written = destination.put_keys(destination.destination())
    [identity] = age.identities_in(keys.keys)
    assert pyrage.decrypt(written.read_bytes(), [identity]).decode() == (
        "SECRET_KEY='new $key'\nSECRET_KEY_FALLBACKS='old'\nSEALING_KEY='seals'\nSEALING_KEY_FALLBACKS='sealed'\n"
    )
    before = written.stat().st_mtime_ns
    assert destination.put_keys(destination.destination()).stat().st_mtime_ns == before  # once, not every night
    settings.SECRET_KEY = "newer"
    assert destination.put_keys(destination.destination()) != written


def test_backup_leaves_out_sessions(small_world, keys, sign_in):
    client = sign_in(small_world["people"]["owner"])
    key = client.session.session_key
    taken = taking.take()
    with age.decrypted(taken.folder / archive.DATABASE, age.identities_in(keys.data)) as stream:
        assert key.encode() not in stream.read()


def test_pieces_of_an_unfinished_upload_are_in_it(small_world, keys):
    incoming = IncomingUpload.objects.first()
    name = default_storage.save("incoming/piece", ContentFile(b"half a photograph"))
    IncomingUpload.objects.filter(pk=incoming.pk).update(pieces=[name])

    assert name in _index(taking.take(), keys)


def test_a_file_that_is_replaced_during_the_backup_is_there_as_the_rows_name_it(small_world, keys, monkeypatch):
    upload, names = Upload.objects.first(), stored_files.names
    old, new = upload.file.name, "uploads/new.jpg"

    def replaced_after_the_first_pass(rows):
        yield from list(names(rows))
        if not default_storage.exists(new):
            default_storage.save(new, ContentFile(b"cleaned"))
            Upload.objects.filter(pk=upload.pk).update(file=new)
            default_storage.delete(old)

    monkeypatch.setattr(stored_files, "names", replaced_after_the_first_pass)
    taken = taking.take()

    index = _index(taken, keys)
    assert new in index
    assert old not in index  # what was deleted does not come back
    assert taken.manifest.missing == 0


def test_a_missing_file_is_told_and_does_not_stop_the_backup(small_world, keys, capsys):
    default_storage.delete(Upload.objects.first().file.name)
    call_command("backup")
    assert "1 files that rows name are missing" in capsys.readouterr().err
    assert Backup.objects.get().missing == 1


def test_a_full_disk_fails_the_backup_and_leaves_no_folder(small_world, keys, monkeypatch):
    write = age._Hashing.write

    def full(self, data):
        if self.size > 100_000:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(age._Hashing, "write", full)
    with pytest.raises(CommandError, match="No backup was taken.*No space left on device"):
        call_command("backup")
    assert archive.finished_in(Path(destination.destination().folder)) == []
    assert not list(destination.destination().folder.glob("2*"))
    assert "No space left" in Backup.objects.get().error
    assert Backup.objects.last_good_at() is None


def test_a_second_backup_at_the_same_moment_is_refused(keys):
    with destination.alone(destination.destination().folder), pytest.raises(CommandError, match="Another backup"):
        call_command("backup")


def test_timer_and_beat_do_not_take_it_twice(small_world, keys):
    taking.take()
    assert taking.take(unless_younger_than=timedelta(hours=20)) is None
    assert Backup.objects.count() == 1
    Backup.objects.update(started_at=timezone.now() - timedelta(hours=21))
    assert taking.take(unless_younger_than=timedelta(hours=20)) is not None


def test_the_next_backup_removes_what_a_killed_one_left(small_world, keys):
    folder = destination.destination().folder
    (folder / "20260101T000000Z-killed.partial").mkdir(parents=True)
    Backup.objects.create(name="20260101T000000Z-killed")
    taking.take()
    assert [path.name for path in folder.glob("*.partial")] == []
    assert Backup.objects.get(name="20260101T000000Z-killed").error == "It was interrupted."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"BACKUP_DIR": ""}, "BACKUP_DIR is not set. Set it to a folder on another disk"),
        ({"BACKUP_RECIPIENTS": []}, "BACKUP_RECIPIENTS is not set"),
        ({"BACKUP_RECIPIENTS": ["age1nonsense"]}, "BACKUP_RECIPIENTS: 'age1nonsense' is not a public key"),
        ({"BACKUP_KEYS_DIR": ""}, "BACKUP_KEYS_DIR is not set"),
        ({"BACKUP_KEYS_RECIPIENTS": "same"}, "whoever opens the data could open the keys"),
        ({"BACKUP_KEYS_DIR": "inside"}, "lie in one another"),
    ],
)
def test_wrong_settings_are_named_with_the_remedy(db, keys, settings, change, said):
    for name, value in change.items():
        value = {"same": settings.BACKUP_RECIPIENTS, "inside": f"{settings.BACKUP_DIR}/keys"}.get(str(value), value)
        setattr(settings, name, value)
    with pytest.raises(CommandError, match=said):
        call_command("backup")
    assert not Backup.objects.exists()


# --- Checking a backup without restoring it ---------------------------------------------------------


def test_a_backup_is_checked_without_and_with_the_key(backup, capsys, django_db_blocker):
    call_command("verify_backup")
    assert "complete and unchanged: taken" in capsys.readouterr().out
    with django_db_blocker.unblock():  # asks the server for its version
        call_command("verify_backup", str(backup.folder), "--identity", str(backup.keys.data))
    assert f"and it opens: taken {backup.manifest.taken_at}" in capsys.readouterr().out


@pytest.mark.parametrize("part", archive.PARTS)
def test_a_changed_byte_is_found_without_a_key(backup, part):
    path = backup.folder / part
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CommandError, match=f"{part} is damaged"):
        call_command("verify_backup", str(backup.folder))


def test_a_cut_or_missing_part_is_found(backup):
    path = backup.folder / archive.FILES
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CommandError, match=r"files.age is incomplete: [\d,]+ of [\d,]+ bytes"):
        call_command("verify_backup", str(backup.folder))
    path.unlink()
    with pytest.raises(CommandError, match="files.age is missing"):
        call_command("verify_backup", str(backup.folder))


def test_a_backup_that_somebody_put_together_is_found(backup):
    """With the public key alone anyone can encrypt files; the manifest needs the portal's own key."""
    path = backup.folder / archive.MANIFEST
    said = json.loads(path.read_text())
    said["tables"]["exchange_role"] = 99
    path.write_text(json.dumps(said))
    with pytest.raises(CommandError, match="manifest.json was changed"):
        call_command("verify_backup", str(backup.folder))


def test_a_folder_that_is_no_backup_is_told(keys, tmp_path):
    with pytest.raises(CommandError, match="isn't a backup, or the backup was interrupted"):
        call_command("verify_backup", str(tmp_path))


def test_changed_cipher_text_never_passes_as_content(tmp_path):
    private, public = age.new_identity()
    (tmp_path / "key").write_text(private)
    with age.encrypted(tmp_path / "a.age", [public]) as out:
        out.stream.write(b"x" * 500_000)
    content = bytearray((tmp_path / "a.age").read_bytes())
    content[300_000] ^= 255
    (tmp_path / "a.age").write_bytes(content)
    found = io.BytesIO()
    with (
        pytest.raises(age.DamagedError),
        age.decrypted(tmp_path / "a.age", age.identities_in(tmp_path / "key")) as stream,
    ):
        found.write(stream.read())
    assert len(found.getvalue()) < 300_000


def test_backup_key_makes_a_pair(tmp_path, capsys):
    call_command("backup_key", str(tmp_path / "new.key"))
    public = capsys.readouterr().out.strip()
    [identity] = age.identities_in(tmp_path / "new.key")
    assert str(identity.to_public()) == public
    assert (tmp_path / "new.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="Choose another name"):
        call_command("backup_key", str(tmp_path / "new.key"))


# --- Old backups ------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
RULE = {"now": NOW, "days": 14, "longest": 60}


def test_rule_keeps_days_then_weeks_then_nothing():
    taken = [NOW - timedelta(hours=12 * number) for number in range(200)]  # two a day for a hundred days
    stay = sorted(NOW - moment for moment in rotation.kept(taken, **RULE))
    assert sum(age <= timedelta(days=2) for age in stay) == 5
    assert sum(timedelta(days=2) < age <= timedelta(days=14) for age in stay) == 13  # 12 days and a first of the week
    assert sum(timedelta(days=14) < age <= timedelta(days=60) for age in stay) in (6, 7)
    assert max(stay) <= timedelta(days=60)


@given(st.lists(st.integers(0, 24 * 400), max_size=80))
def test_rule_keeps_the_newest_and_one_for_each_day_of_two_weeks(hours):
    taken = [NOW - timedelta(hours=number) for number in hours]
    stay = rotation.kept(taken, **RULE)
    assert stay <= set(taken)
    assert not taken or max(taken) in stay
    assert all(moment == max(taken) or NOW - moment <= timedelta(days=60) for moment in stay)
    recent = {moment.date() for moment in taken if NOW - moment <= timedelta(days=14)}
    assert {moment.date() for moment in stay} >= recent
    assert rotation.kept(stay, **RULE) == stay  # a second run removes nothing more


def test_old_backups_are_removed_and_others_folders_are_not(db, backup):
    systems.backup_facts()
    folder = backup.folder.parent
    for name in ("20250101T000000Z-0000", "20250601T000000Z-0000", "holiday-photos"):
        (folder / name).mkdir()
        (folder / name / archive.MANIFEST).write_text("{}")
    assert sorted(taking.remove_old(folder)) == ["20250101T000000Z-0000", "20250601T000000Z-0000"]
    assert (folder / "holiday-photos").is_dir()
    assert backup.folder.is_dir()


def _index(taken, keys) -> set[str]:
    with age.decrypted(taken.folder / archive.INDEX, age.identities_in(keys.data)) as stream:
        return {stored_files.Entry.read(line.decode()).name for line in stream}
