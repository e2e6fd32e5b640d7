"""A file that stays as it is is copied once a week, and each backup is whole all the same."""

import os
import tarfile
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from applications.models import Upload
from exchange.keeping import age, archive, databases, earlier, restoring, stored_files, taking
from exchange.reference import facts
from tests.exchange.keeping.systems import Taken, all_files, all_rows

# `still` begins on a Tuesday at noon


@pytest.fixture
def nights(small_world, keys, still):
    """`nights()` takes the next night's backup; `nights(7)` that of a week later."""

    def take(days=1):
        still.shift(timedelta(days=days))
        return taking.take()

    return take


def in_pack(taken, keys, name=archive.FILES):
    with (
        age.decrypted(taken.folder / name, age.identities_in(keys.data)) as stream,
        tarfile.open(fileobj=stream, mode="r|") as tar,
    ):
        return {member.name for member in tar}


def packs(taken):
    return sorted(path.name for path in taken.folder.glob("files*.age"))


def named():
    return set(stored_files.names(databases.rows_now))


def is_whole(taken, keys):
    restoring.check(taken.folder, age.identities_in(keys.data))
    assert taken.manifest.files == len(named()) - taken.manifest.missing > 1


def replaced(content):
    """A new name, as an upload that was checked gets, and a row that names it."""
    upload = Upload.objects.first()
    before = upload.file.name
    name = default_storage.save("uploads/ab/another.jpg", ContentFile(content))
    Upload.objects.filter(pk=upload.pk).update(file=name)
    default_storage.delete(before)
    return before, name


def test_the_second_night_copies_only_what_is_new(nights, keys):
    first = nights()
    _gone, new = replaced(b"sent on the second day")
    second = nights()
    assert in_pack(second, keys) == {new}
    assert packs(second) == [f"files-{first.folder.name}.age", "files.age"]
    linked = second.folder / packs(second)[0]
    assert linked.stat().st_ino == (first.folder / archive.FILES).stat().st_ino  # no room of its own
    is_whole(second, keys)


def test_a_later_night_is_restored_without_those_before_it(nights, keys, empty_system):
    first = nights()
    replaced(b"on the second day")
    second = nights()
    third = nights()
    assert in_pack(third, keys) == set()
    assert len(packs(third)) == 3
    for taken in (first, second):
        for path in taken.folder.iterdir():
            path.unlink()
    rows, files = all_rows(), all_files()
    with empty_system():
        call_command("restore", str(third.folder), identity=keys.data)
        assert all_files() == files
        assert all_rows()["applications_upload"] == rows["applications_upload"]


def test_a_new_week_begins_with_a_whole_copy(nights, keys):
    nights()
    assert in_pack(nights(4), keys) == set()  # Sunday
    monday = nights()
    assert packs(monday) == ["files.age"]
    assert in_pack(monday, keys) == named()


def test_a_file_with_another_content_under_its_name_is_copied_again(nights, keys):
    nights()
    name = Upload.objects.first().file.name
    with default_storage.open(name) as file:
        size = file.size
    default_storage.delete(name)
    assert default_storage.save(name, ContentFile(b"!" * size)) == name
    second = nights()
    assert in_pack(second, keys) == {name}
    is_whole(second, keys)


def test_a_file_that_went_is_told_missing_and_a_pack_that_nobody_needs_is_let_go(nights, keys):
    nights()
    _gone, new = replaced(b"on the second day only")
    second = nights()
    default_storage.delete(new)
    third = nights()
    assert third.manifest.missing == 1
    assert f"files-{second.folder.name}.age" not in packs(third)
    is_whole(third, keys)


@pytest.mark.parametrize("why", ["damaged", "changed", "recipients", "no list", "other key", "no hard links"])
def test_what_cannot_be_carried_on_is_copied_whole(nights, keys, settings, monkeypatch, caplog, why):
    first = nights()
    if why == "damaged":
        path = first.folder / archive.FILES
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    elif why == "changed":
        path = first.folder / archive.MANIFEST
        path.write_text(path.read_text().replace('"files": ', '"files": 1'))
    elif why == "recipients":
        settings.BACKUP_RECIPIENTS = [*settings.BACKUP_RECIPIENTS, age.new_identity()[1]]
    elif why == "no list":
        (first.folder / earlier.LIST).unlink()
    elif why == "other key":
        settings.SEALING_KEYS = ["another sealing key"]
    else:
        monkeypatch.setattr(os, "link", _refuses)
    second = nights()
    assert packs(second) == ["files.age"]
    assert in_pack(second, keys) == named()
    assert "all files are copied again" in caplog.text
    is_whole(second, keys)


def _refuses(*_paths):
    raise OSError(1, "Operation not permitted")


def test_a_backup_of_a_version_before_is_read(nights, keys):
    """All its files are in one part, and its index has no more than name, size and hash."""
    taken = nights()
    index = {name: stored_files.Entry(name, one.size, one.sha256) for name, one in _index(taken, keys).items()}
    (taken.folder / archive.INDEX).unlink()
    with age.encrypted(taken.folder / archive.INDEX, taken.manifest.recipients) as written:
        for one in index.values():
            written.stream.write(f'["{one.name}", {one.size}, "{one.sha256}"]\n'.encode())
    taken.manifest.parts[archive.INDEX] = archive.Part(written.size, written.sha256)
    taken.manifest.format = 1
    archive.write(taken.folder, taken.manifest)
    is_whole(taken, keys)


def _index(taken, keys):
    return restoring.read_index(taken.folder, age.identities_in(keys.data))


def test_what_was_deleted_is_gone_when_the_rule_says(nights, keys):
    """The packs of a week are of that week, so no link keeps a file longer than its backup is kept."""
    nights()
    gone, _new = replaced(b"instead")
    for _ in range(9):
        nights(7)
    keep = int(facts.number("backup.keep_days"))
    assert keep < 63
    left = archive.finished_in(taking.destination().folder)
    assert len(left) > 7
    for folder in left:
        taken = Taken(folder, archive.read(folder), keys)
        assert all(gone not in in_pack(taken, keys, name) for name in packs(taken))
