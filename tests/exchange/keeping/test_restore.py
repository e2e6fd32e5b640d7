"""A restore: everything is there afterwards, and nothing that was there before is replaced."""

import json
from dataclasses import replace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command

from exchange.keeping import age, archive, databases, restoring, taking, version
from exchange.models import Backup, Event
from tests.append_only import forget_events
from tests.exchange.keeping.systems import Taken, all_files, all_rows


def restore(backup):
    call_command("restore", str(backup.folder), identity=backup.keys.data)


def test_round_trip_row_by_row_and_file_by_file(small_world, keys, empty_system, capsys):
    rows, files = all_rows(), all_files()
    assert len([table for table, found in rows.items() if found]) > 35
    taken = taking.take()
    backup = Taken(taken.folder, taken.manifest, keys)
    with empty_system():
        restore(backup)
        restored, restored_files = all_rows(), all_files()
        [event] = Event.objects.order_by("-pk")[:1]
        own = Backup.objects.get()
    assert "Next: manage.py verify" in capsys.readouterr().out

    # the backup's own row, and the event of the restore, are the only difference
    assert (event.action, own.name) == ("backup.restore", backup.folder.name)
    assert own.restored_at is not None
    assert len(restored.pop("exchange_backup")) == 1
    assert rows.pop("exchange_backup") == []
    added = set(restored["exchange_event"]) - set(rows["exchange_event"])
    assert len(added) == 1
    restored["exchange_event"] = sorted(set(restored["exchange_event"]) - added)
    assert restored == rows
    assert restored_files == files


def test_new_rows_can_be_written_afterwards(backup, empty_system):
    """Sequences of keys are restored, too."""
    with empty_system():
        restore(backup)
        assert Backup.objects.create(name="next").pk > Backup.objects.get(name=backup.folder.name).pk


def test_a_system_with_tables_is_refused(db, backup, private_files):
    before = all_rows()
    private_files("elsewhere")
    with pytest.raises(CommandError, match=r"The database has \d+ tables. A restore never replaces anything"):
        restore(backup)
    assert all_rows() == before


def test_a_storage_with_files_is_refused(backup, empty_system):
    with empty_system():
        default_storage.save("uploads/ab/mine.jpg", ContentFile(b"mine"))
        with pytest.raises(CommandError, match="The storage has files. A restore never replaces anything"):
            restore(backup)
        with default_storage.open("uploads/ab/mine.jpg") as mine:
            assert mine.read() == b"mine"
        assert databases.tables() == []


def test_a_wrong_private_key_is_refused(backup, empty_system):
    backup.keys.data.write_text(age.new_identity()[0])
    with empty_system():
        with pytest.raises(CommandError, match="This private key doesn't open index.age"):
            restore(backup)
        _is_untouched()


def test_a_file_without_a_private_key_is_refused(backup, empty_system):
    backup.keys.data.write_text("not a key")
    with empty_system(), pytest.raises(CommandError, match="holds no private key"):
        restore(backup)


def test_a_portal_with_another_sealing_key_is_refused(backup, empty_system, settings):
    """Otherwise every sealed row would be lost, and nobody would notice for weeks."""
    settings.SECRET_KEY = "another key altogether " * 4
    with empty_system():
        with pytest.raises(
            CommandError, match=rf"Open keys-{backup.manifest.keys}.age .* and set SECRET_KEY, SEALING_KEY"
        ):
            restore(backup)
        _is_untouched()


@pytest.mark.parametrize("part", archive.PARTS)
def test_a_damaged_part_is_refused_before_anything_is_written(backup, empty_system, part):
    path = backup.folder / part
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with empty_system():
        with pytest.raises(CommandError, match=f"{part} is damaged"):
            restore(backup)
        _is_untouched()


def test_an_unfinished_backup_is_refused(backup, empty_system):
    (backup.folder / archive.MANIFEST).unlink()
    with empty_system(), pytest.raises(CommandError, match="the backup was interrupted before it was finished"):
        restore(backup)


@pytest.mark.parametrize(("change", "age_of"), [("remove", "older"), ("add", "newer")])
def test_another_versions_backup_says_which_version_and_how(backup, empty_system, change, age_of):
    manifest = archive.read(backup.folder)
    if change == "remove":
        manifest.migrations["exchange"].remove("0001_initial")
    else:
        manifest.migrations["exchange"].append("0999_from_the_future")
    archive.write(backup.folder, replace(manifest, commit="c0ffee"))
    with empty_system():
        with pytest.raises(CommandError) as refused:
            restore(backup)
        _is_untouched()
    assert f"by a {age_of} version" in str(refused.value)
    assert "git checkout c0ffee" in str(refused.value)
    assert "exchange.0001_initial" in str(refused.value) or "0999_from_the_future" in str(refused.value)


def test_an_interrupted_restore_goes_on(backup, empty_system, monkeypatch, capsys):
    load, saved = databases.load, []
    save = FileSystemStorage.save

    def stops_after_two(self, name, content, **options):
        if name != restoring.MARKER and len(saved) == 2:
            raise OSError("the machine was switched off")
        saved.append(name)
        return save(self, name, content, **options)

    with empty_system():
        monkeypatch.setattr(FileSystemStorage, "save", stops_after_two)
        with pytest.raises(CommandError, match="switched off"):
            restore(backup)
        monkeypatch.setattr(FileSystemStorage, "save", save)
        # as a kill leaves it: a file cut off in the middle
        half = next(name for name in saved if name != restoring.MARKER)
        default_storage.delete(half)
        default_storage.save(half, ContentFile(b"half"))
        assert databases.tables() == []

        monkeypatch.setattr(databases, "load", lambda stream: (_ for _ in ()).throw(OSError("again")))
        with pytest.raises(CommandError, match="again"):
            restore(backup)
        monkeypatch.setattr(databases, "load", load)

        restore(backup)
        assert "3 files (3 of them were there from an interrupted restore)" in capsys.readouterr().out
        assert {len(content) for content in all_files().values()} == {200_000, 200_001, 200_002}
        assert databases.count(databases.rows_now)["applications_upload"] == 3
        assert not default_storage.exists(restoring.MARKER)


def test_a_restore_of_another_backup_over_a_half_one_is_refused(backup, empty_system):
    with empty_system():
        default_storage.save(restoring.MARKER, ContentFile(json.dumps({"name": "20260101T000000Z-0000"}).encode()))
        with pytest.raises(CommandError, match="A restore of 20260101T000000Z-0000 was begun here and did not end"):
            restore(backup)
        assert databases.tables() == []


def test_a_whole_portal_is_not_mistaken_for_a_half_one(backup, empty_system):
    with empty_system():
        restore(backup)
        with pytest.raises(CommandError, match="The database has"):
            restore(backup)


def test_fewer_rows_than_the_manifest_says_are_told(backup, empty_system, monkeypatch):
    load = databases.load

    def loses_one(stream):
        load(stream)
        forget_events()

    monkeypatch.setattr(databases, "load", loses_one)
    with empty_system(), pytest.raises(CommandError, match=r"exchange_event: 0 rows instead of \d+"):
        restore(backup)


def test_this_checkout_says_its_version():
    assert version.number()
    assert len(version.commit()) in (0, 40)
    assert "0001_initial" in version.known_migrations()["exchange"]


def _is_untouched():
    assert databases.tables() == []
    assert not restoring._has_files()
    assert restoring.begun_restore() == ""
