"""The demo in an empty database: the same for everybody, on any day, and only where it is allowed."""

import datetime as dt

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from applications.models import CollegeClue, Interest
from exchange.models import Event, FigureRelease, Invitation, Job, Message, OfficeTask, User
from travel.base import charts
from travel.demo import seed
from travel.models import (
    AbroadLink,
    AlumniAsk,
    AlumniConsent,
    BadgeKey,
    Certificate,
    ChecklistItem,
    CityStanding,
    FamilyLink,
    FollowOnProject,
    FollowUpKey,
    FormText,
    GuideTip,
    HelpNumber,
    MoneyPromise,
    MoneyRule,
    NowSummary,
    PackingItem,
    Payment,
    Photo,
    Receipt,
    SignedForm,
    SigningLink,
)
from travel.office.reference import loading as reference

# their addresses are random, given when reference rows are loaded, forms published and signed, links made, money
# promised, and photos and certificates stored
CODED = (
    AbroadLink,
    AlumniAsk,
    AlumniConsent,
    BadgeKey,
    Certificate,
    ChecklistItem,
    CollegeClue,
    OfficeTask,
    SigningLink,
    FamilyLink,
    FollowOnProject,
    FollowUpKey,
    FormText,
    GuideTip,
    HelpNumber,
    Interest,
    Invitation,
    PackingItem,
    SignedForm,
    MoneyRule,
    MoneyPromise,
    NowSummary,
    Payment,
    Photo,
    Receipt,
)
RANDOM = (
    "asked_again_at",
    "asked_at",
    "answered_at",
    "code",
    "token",
    "made_at",
    "done_at",
    "file",
    "key",
    "opened_at",
    "created_at",
    "issued_at",
    "invited_at",
    "sent_at",
    "expires_at",
    "kid",
    "public",
    "private",
    "sealed",
)
# messages with a random address
LINKED = ("travel/visa_day", "travel/session_planned", "exchange/invitation")
ALUMNI = ("travel/alumni_session", "travel/alumni_mentor")
OURS = ("exchange", "applications", "travel", "account")

pytestmark = [pytest.mark.django_db, pytest.mark.both, pytest.mark.closed_days, pytest.mark.full]


def _with_the_owner_s_email(action, model, reason, changes):
    """Who got a task is in the event by key, which another database gives to somebody else."""
    if action == "office_task.assign" and changes["owner"]:
        changes |= {"owner": User.objects.get(pk=changes["owner"]).email}
    return action, model, reason, changes


def snapshot():
    """Every row of the portal in order, without keys, times and rubric marks.

    Set-up actions use the real time and mark each change of a rubric anew.
    """
    rows = {}
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            names = [f.attname for f in model._meta.concrete_fields if not f.primary_key and not f.is_relation]
            names = [name for name in names if not (model is Event and name in ("at", "target_id"))]
            names = [name for name in names if name != "rubric_mark"]
            names = [name for name in names if not (model is OfficeTask and name == "due_on")]
            names = [name for name in names if not (model is FigureRelease and name in ("as_of", "published_at"))]
            names = [name for name in names if not (model is MoneyRule and name == "published_at")]
            names = [name for name in names if not (model in CODED and name in RANDOM)]
            found = model._default_manager.order_by("pk")
            # those of sessions, visa days and keys name them by their random address
            if model is Event:
                found = found.exclude(action__regex=r"^(visa_day|orientation|session|badge_key)")
            if model is Job:  # charts are drawn at the real time
                found = found.exclude(kind=charts.KIND)
            if model is Message:
                found = found.exclude(template__in=(*LINKED, *ALUMNI))
            rows[model._meta.label] = list(found.values_list(*names)) if names else found.count()
    rows[Event._meta.label] = [_with_the_owner_s_email(*row) for row in rows[Event._meta.label]]
    return rows


def test_two_databases_get_the_same_demo():
    seen = []
    for _database in range(2):
        with transaction.atomic():
            reference.load()
            seed.seed(dt.date(2028, 2, 29))
            seen.append(snapshot())
            transaction.set_rollback(True)

    for label, rows in seen[0].items():
        assert rows == seen[1][label], label


@pytest.mark.parametrize(
    "today, codes",
    [
        (dt.date(2027, 1, 2), ["summer-2024", "summer-2025", "summer-2026", "winter-2026", "spring-2027"]),
        (dt.date(2027, 9, 14), ["summer-2024", "summer-2025", "summer-2026", "fall-2027", "winter-2027"]),
        (dt.date(2027, 9, 15), ["summer-2025", "summer-2026", "summer-2027", "fall-2027", "winter-2027"]),
        (dt.date(2028, 2, 29), ["summer-2025", "summer-2026", "summer-2027", "winter-2028", "summer-2028"]),
    ],
)
def test_demo_of_any_day_keeps_every_constraint(today, codes):
    reference.load()

    seeded = seed.seed(today)

    connection.check_constraints()
    assert [cycle.code for cycle in seeded.cycles] == codes
    assert [cycle.applications.count() for cycle in seeded.cycles] == [58, 69, 74, 24, 150]
    # the roll call began this morning
    earlier = Event.objects.exclude(action__regex=r"^(cycle|reference|check_in)\.")
    assert not earlier.filter(at__date__gte=today).exists()


def test_demo_needs_the_reference_rows():
    with pytest.raises(CommandError, match="load_reference"):
        call_command("seed_demo")

    assert not User.objects.exists()


def test_demo_is_refused_outside_demo_mode(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=true"):
        call_command("seed_demo")


def test_dry_run_writes_nothing(capsys):
    reference.load()

    call_command("seed_demo", applications=20, dry_run=True)

    assert "nothing was kept" in capsys.readouterr().out
    assert not User.objects.exists()


def test_starting_the_demo_again_changes_nothing():
    """Also if seeded soon after the reference files were written, when the demo's office checks facts before that."""
    reference.load()
    newest = max(CityStanding.objects.values_list("as_of", flat=True))
    seed.seed(newest + dt.timedelta(days=7))
    before = snapshot()

    reference.load()

    after = snapshot()
    for label, rows in before.items():
        assert rows == after[label], label
