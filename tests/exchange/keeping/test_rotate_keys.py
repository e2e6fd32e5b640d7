"""Changing the keys: every sealed row opens with the new key alone, links keep working, nothing is lost on the way."""

import json
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from exchange.base import links, sealed
from exchange.keeping import sealed_rows
from exchange.people.sign_in.adapters import MFAAdapter
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import HostLinkFactory, PlacementRunFactory, travel_facts
from travel.models import FollowUpKey, PlacementInputs, PlacementRun, TravelAnswers

pytestmark = pytest.mark.django_db
ANSWERS = {"travel_on": "other_document"}


@pytest.fixture
def rows(settings):
    """One row of each kind, sealed with today's only key, which also signs."""
    answers = [TravelAnswers.objects.create(application=ApplicationFactory(), answers=ANSWERS) for _ in range(3)]
    run = PlacementRunFactory()
    PlacementInputs.objects.filter(run=run).delete()
    PlacementInputs.of(run, "the inputs").save()
    sealed_key = sealed.vault().encrypt(b"a college's key").decode()
    key = FollowUpKey.objects.create(cycle=CycleFactory(), college=CollegeFactory(), sealed=sealed_key)
    adapter, user = MFAAdapter(), UserFactory()
    totp = Authenticator.objects.create(user=user, type="totp", data={"secret": adapter.encrypt("JBSWY3DP")})
    codes = {"seed": adapter.encrypt("seed"), "used_mask": 5, "migrated_codes": [adapter.encrypt("12345678")]}
    recovery = Authenticator.objects.create(user=user, type="recovery_codes", data=codes)
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "phone"})
    return {"answers": answers, "run": run, "key": key, "totp": totp, "recovery": recovery}


def contents(rows) -> list:
    """What the portal reads out of the sealed columns with its present keys."""
    adapter = MFAAdapter()
    recovery = Authenticator.objects.get(pk=rows["recovery"].pk).data
    return [
        [row.answers for row in TravelAnswers.objects.order_by("pk")],
        PlacementRun.objects.get(pk=rows["run"].pk).inputs.text,
        sealed.vault().decrypt(FollowUpKey.objects.get(pk=rows["key"].pk).sealed.encode()),
        adapter.decrypt(Authenticator.objects.get(pk=rows["totp"].pk).data["secret"]),
        [adapter.decrypt(recovery["seed"]), recovery["used_mask"], adapter.decrypt(recovery["migrated_codes"][0])],
    ]


def split_keys(settings) -> None:
    """As deploy/README.md says: a key of its own seals, and the one that signs still opens."""
    settings.SEALING_KEYS = ["a key only for sealing " * 3, settings.SECRET_KEY]


def test_every_row_opens_with_the_new_key_alone(rows, settings, capsys):
    before = contents(rows)
    split_keys(settings)
    call_command("rotate_keys")

    said = capsys.readouterr().out
    assert "travel.travelanswers.answers: 3 rows, 3 sealed again, 0 need an older key" in said
    assert "mfa.authenticator.data: 2 rows, 2 sealed again" in said
    assert "SEALING_KEY_FALLBACKS may be removed" in said
    settings.SEALING_KEYS = settings.SEALING_KEYS[:1]
    settings.SECRET_KEY = "another signing key " * 3
    assert contents(rows) == before
    assert before[0] == [ANSWERS] * 3


def test_every_sealed_column_is_known():
    """What the models seal, by name: a new one has to be found by `columns`."""
    assert {column.label for column in sealed_rows.columns()} >= {
        "mfa.authenticator.data",
        "travel.followupkey.sealed",
        "travel.placementinputs.packed",
        "travel.travelanswers.answers",
    }
    assert len(sealed_rows.columns()) >= 6


def test_without_rotating_the_rows_would_be_lost(rows, settings, capsys):
    """What the former note on changing keys did: it is refused in words, and nothing is written."""
    settings.SECRET_KEY = "another key altogether " * 3
    with pytest.raises(CommandError, match=r"No key opens these rows: .*travelanswers.answers .*keys-….age"):
        call_command("rotate_keys")
    with pytest.raises(InvalidToken):
        contents(rows)


def test_rows_that_no_key_opens_stay_as_they_are(rows, settings):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE travel_travelanswers SET answers = 'gAAAAABbroken' WHERE id = %s", [rows["answers"][1].pk]
        )
    split_keys(settings)
    with pytest.raises(CommandError, match=f"travelanswers.answers {rows['answers'][1].pk}"):
        call_command("rotate_keys")
    settings.SEALING_KEYS = settings.SEALING_KEYS[:1]
    assert TravelAnswers.objects.get(pk=rows["answers"][2].pk).answers == ANSWERS  # the others are done


def test_it_goes_on_after_an_interruption(rows, settings, monkeypatch, capsys):
    split_keys(settings)
    monkeypatch.setattr(sealed_rows, "BATCH", 1)
    replace, done = sealed_rows.Column.replace, []

    def stops_after_two(self, pk, old, new):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(pk)
        return replace(self, pk, old, new)

    monkeypatch.setattr(sealed_rows.Column, "replace", stops_after_two)
    with pytest.raises(KeyboardInterrupt):
        sealed_rows.rotate()
    monkeypatch.setattr(sealed_rows.Column, "replace", replace)

    again = sealed_rows.rotate()
    assert sum(counted.resealed for counted in again) == sum(counted.rows for counted in again) - 2
    assert not any(counted.left or counted.lost for counted in again)


def test_an_answer_changed_while_it_runs_is_not_replaced(rows, settings, monkeypatch):
    split_keys(settings)
    newer, first = {"travel_on": "us_passport"}, rows["answers"][0]
    again, changed = sealed_rows._sealed_again, []

    def meanwhile(column, stored, box):
        if not changed and column.model is TravelAnswers:
            changed.append(TravelAnswers.objects.filter(pk=first.pk).update(answers=newer))
        return again(column, stored, box)

    monkeypatch.setattr(sealed_rows, "_sealed_again", meanwhile)
    found = sealed_rows.rotate()
    assert changed == [1]
    assert not any(counted.left or counted.lost for counted in found)
    assert TravelAnswers.objects.get(pk=first.pk).answers == newer


def test_a_process_with_old_settings_is_noticed(rows, settings, monkeypatch):
    split_keys(settings)
    look, old = sealed_rows.look, [settings.SECRET_KEY]

    def after_an_old_process_wrote():
        new, settings.SEALING_KEYS = settings.SEALING_KEYS, old
        TravelAnswers.objects.filter(pk=rows["answers"][0].pk).update(answers=ANSWERS)
        settings.SEALING_KEYS = new
        return look()

    monkeypatch.setattr(sealed_rows, "look", after_an_old_process_wrote)
    with pytest.raises(CommandError, match="1 rows were sealed with an older key while this ran.*Restart web, worker"):
        call_command("rotate_keys")


def test_dry_run_writes_nothing(rows, settings, capsys):
    split_keys(settings)
    stored = Authenticator.objects.get(pk=rows["totp"].pk).data
    call_command("rotate_keys", dry_run=True)
    assert "rows would be sealed again. Nothing was written" in capsys.readouterr().out
    assert Authenticator.objects.get(pk=rows["totp"].pk).data == stored


def test_links_signed_with_the_former_key_work_until_their_end(client, settings, capsys):
    travel_facts()
    link = HostLinkFactory(expires_at=timezone.now() + timedelta(days=40))
    address = reverse("travel:host-arrivals", kwargs={"token": link.link})
    former, settings.SECRET_KEY = settings.SECRET_KEY, "a new signing key " * 3
    assert client.get(address).status_code == 404

    settings.SECRET_KEY_FALLBACKS = [former]
    assert client.get(address).status_code == 200
    call_command("rotate_keys")
    until = timezone.localtime(link.expires_at).date().isoformat()
    assert f"stay in SECRET_KEY_FALLBACKS until {until}" in capsys.readouterr().out


def test_expired_links_keep_no_key():
    HostLinkFactory(expires_at=timezone.now() - timedelta(days=1))
    assert links.last_end(timezone.now()) is None


def test_json_of_a_factor_keeps_what_is_not_sealed(rows, settings):
    split_keys(settings)
    sealed_rows.rotate()
    assert Authenticator.objects.get(pk=rows["recovery"].pk).data["used_mask"] == 5
    assert Authenticator.objects.get(type="webauthn").data == {"name": "phone"}
    assert isinstance(json.dumps(Authenticator.objects.get(pk=rows["totp"].pk).data), str)
