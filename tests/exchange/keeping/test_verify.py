"""manage.py verify: nothing to report in a whole portal, and each fault with its remedy."""

import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from applications.base.lottery import sha256
from applications.models import Application, Lottery, Rating, Release, ScoresFile, Upload
from applications.release import dry_runs, verifying
from applications.selection import scores_file
from applications.selection.actions.scores import _csv
from exchange.keeping import verification, version
from exchange.models import Backup
from tests.exchange.keeping.systems import RECORD_OF_MIGRATIONS, backup_facts, fill_storage
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, review_facts
from tests.factories_lottery import lottery_of
from tests.factories_travel import PlacementRunFactory
from tests.readings import read_cycle
from travel.models import PlacementInputs, PlacementRun, TravelAnswers
from travel.placement import verifying as placement_verifying
from travel.placement.matching_inputs import mark_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def whole(private_files, monkeypatch):
    """A portal in which everything fits: files, scores, a drawn lottery, published points, a dry run, a placement."""
    monkeypatch.setattr(*RECORD_OF_MIGRATIONS)
    backup_facts()
    review_facts()
    UploadFactory.create_batch(3)
    fill_storage()
    for upload in Upload.objects.all():
        Upload.objects.filter(pk=upload.pk).update(size=default_storage.size(upload.file.name))
    lottery_of(stage=Lottery.Stage.DRAWN)
    Application.objects.update(reads_locked=0, score_mean=None, score_median=None, score_spread=None)
    cycle = CycleFactory(ready=True, reads_each=3)
    read_cycle(cycle, [UserFactory(advisor=True) for _reader in range(4)], size=4)
    publish_points(cycle)
    lines = [["ABCD2345", "selected", None], ["BCDF2345", "waitlisted", 1]]
    Release.objects.create(
        cycle=cycle,
        lines=lines,
        fingerprint=dry_runs.fingerprint(dry_runs.read(lines)),
        made_by=UserFactory(coordinator=True),
        answer_by=timezone.now(),
    )
    run = PlacementRunFactory(inputs_hash=mark_of("the inputs"))
    PlacementInputs.objects.filter(run=run).delete()
    PlacementInputs.of(run, "the inputs").save()


def publish_points(cycle) -> None:
    rows = [(f"a{number}", f"r{number % 2}", "purpose", 1 + number % 4) for number in range(1, 5)]
    terms = {"seats": 2, "files_min": 8, "kept": 70, "kept_min": 50}
    found = scores_file.findings(rows, interval=0.8, **terms)
    text = _csv(rows)
    said = {"text": text, "sha256": sha256(text), "applications": 4, "readers": 2, "percent": Decimal(80)}
    ScoresFile.objects.create(
        cycle=cycle, found="".join(f"{line}\n" for line in found), published_by=UserFactory(), **said, **terms
    )


def faults(check) -> list[str]:
    """What a check found, as "count what"; each has a remedy."""
    found = list(check())
    assert all(len(each.remedy) > 20 for each in found)
    return [f"{each.count} {each.what}" for each in found]


def test_nothing_is_reported_in_a_whole_portal(whole, capsys):
    call_command("verify")
    said = capsys.readouterr().out
    assert "Everything is there and fits together." in said
    names = "files,foreign keys,sealed rows,audit log,lotteries,published points,releases,raw scores".split(",")
    assert [line for line in said.splitlines() if line.partition(":")[0] in [*names, "placements"]] == [
        f"{name}: ok" for name in [*names, "placements"]
    ]


def test_a_fault_ends_with_1_and_says_what_to_do(whole, capsys):
    lost = Upload.objects.first().file.name
    default_storage.delete(lost)
    with pytest.raises(CommandError, match="1 faults were found. Nothing was changed.") as failed:
        call_command("verify")
    assert failed.value.returncode == 1
    said = capsys.readouterr().out
    assert f"1 files that a row names and the storage doesn't have: {lost}" in said
    assert "What to do: Take each from a backup" in said


@pytest.mark.real_clock
def test_orphans_are_told_once_they_are_old(whole):
    default_storage.save("uploads/zz/orphan.jpg", ContentFile(b"x"))
    assert faults(verification.files) == []  # its row may be about to be written
    old = (timezone.now() - timedelta(hours=2)).timestamp()
    os.utime(default_storage.path("uploads/zz/orphan.jpg"), (old, old))
    assert faults(verification.files) == ["1 files that no row names"]


def test_a_file_that_was_cut_off_is_told(whole):
    with open(default_storage.path(Upload.objects.first().file.name), "r+b") as file:
        file.truncate(100)
    assert faults(verification.files) == ["1 files with another size than their row says"]


def test_rows_that_no_key_opens_are_told(whole, settings):
    TravelAnswers.objects.create(application=ApplicationFactory(), answers={"a": 1})
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the next key " * 5
    assert "1 rows of travel.travelanswers.answers that only a former key opens" in faults(verification.sealed)
    settings.SECRET_KEY_FALLBACKS = []
    assert "1 rows of travel.travelanswers.answers that no key opens" in faults(verification.sealed)


def test_a_row_without_its_owner_is_told(whole):
    if connection.vendor == "postgresql":
        turn_off, turn_on = "SET session_replication_role = replica", "SET session_replication_role = DEFAULT"
    else:
        turn_off = turn_on = "PRAGMA defer_foreign_keys = ON"
    upload = Upload.objects.first()
    with connection.cursor() as cursor:
        cursor.execute(turn_off)
        cursor.execute("UPDATE applications_upload SET question_id = 999999 WHERE id = %s", [upload.pk])
        cursor.execute(turn_on)
    assert faults(verification.foreign_keys) == ["1 rows of applications.upload whose question is gone"]
    Upload.objects.filter(pk=upload.pk).update(question=upload.question_id)


@pytest.mark.parametrize(
    ("model", "changes", "check", "said"),
    [
        (Lottery, {"order": "BBBB2222\n"}, verifying.lotteries, "lotteries that don't match their own hashes"),
        (Lottery, {"result": "1-1-1-1"}, verifying.lotteries, "lotteries that don't match their own hashes"),
        (ScoresFile, {"text": "a\n"}, verifying.published_points, "cycles whose published points don't match"),
        (ScoresFile, {"found": "5"}, verifying.published_points, "cycles whose published figures differ"),
        (Release, {"lines": [["ABCD2345", "not_selected", None]]}, verifying.releases, "releases whose lines"),
        (PlacementRun, {"inputs_hash": "1" * 64}, placement_verifying.placements, "placement runs whose kept inputs"),
    ],
)
def test_what_is_stored_differs_from_its_proof(whole, model, changes, check, said):
    assert faults(check) == []
    model.objects.update(**changes)
    [found] = faults(check)
    assert found.startswith(f"1 {said}")


def test_scores_that_differ_from_the_readings_are_told(whole):
    assert faults(verifying.raw_scores) == []
    first, second = Application.objects.filter(reads_locked=3)[:2]
    Application.objects.filter(pk=first.pk).update(score_mean=first.score_mean + 1)
    Rating.objects.filter(review__assignment__application=second).delete()
    assert faults(verifying.raw_scores) == ["2 applications whose stored scores differ from their locked readings"]


def test_a_missing_migration_is_told(whole, monkeypatch):
    known = version.known_migrations()
    monkeypatch.setattr(version, "applied_migrations", lambda: known | {"exchange": []})
    assert faults(verification.migrations) == ["1 of this version's migrations missing in the database"]


def test_late_backups_are_told(whole, keys):
    Backup.objects.create(name="failed", started_at=timezone.now() - timedelta(days=3), error="disk full")
    [found] = faults(verification.backups)
    assert found.startswith("1 no good backup since")
