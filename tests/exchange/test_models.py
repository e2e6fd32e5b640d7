"""Each constraint of the foundation, by name: a bad row cannot exist, whoever writes it."""

import datetime as dt

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone, translation

from exchange.models import (
    AccessRecord,
    AccountMerge,
    AccountReset,
    Alarm,
    Backup,
    DataRequest,
    Fact,
    FigureRelease,
    HomeCity,
    IncomingText,
    Invitation,
    Job,
    LogClosing,
    Message,
    NoticeSection,
    OfficeTask,
    PastRole,
    ReleasedFigure,
    Role,
    SavedView,
    SignInAlert,
    SingleSignOn,
    TextConsent,
    User,
    Wording,
)
from tests.factories import CollegeFactory, FactFactory, PartnerCityFactory, RoleFactory, UserFactory
from tests.factories_applications import ConsentTextFactory

pytestmark = pytest.mark.django_db


HOUR = dt.datetime(2026, 12, 1, 18, 0, tzinfo=dt.UTC)


def message(**fields):
    common = {"channel": "email", "address": "ana@example.edu", "language": "en", "template": "x/y", "subject": "Hi"}
    return Message(**(common | fields))


def closing(**fields):
    common = {"number": 1, "kind": "day", "day": HOUR.date(), "after_id": 0, "last_id": 1, "count": 1}
    return LogClosing(**(common | fields))


def twice(make):
    def second():
        make()
        return make()

    return second


def same_role():
    user, college = UserFactory(), CollegeFactory()
    RoleFactory(user=user, advisor=college)
    return Role(user=user, kind="advisor", college=college)


def same_coordinator():
    return Role(user=UserFactory(coordinator=True), kind="coordinator")


def consent_text(version, *, twice=False):
    ConsentTextFactory(version=2, is_current=not twice)
    return ConsentTextFactory.build(version=version, is_current=not twice)


def notice():
    row = NoticeSection(page="privacy", key="why", order=1, as_of=dt.date(2026, 1, 1), review_on=dt.date(2027, 1, 1))
    row.save()
    return NoticeSection(page="privacy", key="why", order=2, as_of=row.as_of, review_on=row.review_on)


def data_request(*, answered=False, **fields):
    words = {"answered_at": timezone.now(), "answered_by": UserFactory(), "result": "done", "answer": "Done."}
    common = {"asked_by": UserFactory(), "kind": "deletion", "due_on": dt.date(2027, 1, 1)}
    return DataRequest(**(common | (words if answered else {}) | fields))


def incoming(**fields):
    return IncomingText(message_id="a" * 64, sent_at=timezone.now(), **fields)


def office_task(**fields):
    return OfficeTask(**({"key": "k", "kind": "x.y", "due_on": dt.date(2027, 1, 1)} | fields))


def task_done_and_dropped():
    done = {"done_at": timezone.now(), "done_by": UserFactory(coordinator=True)}
    return office_task(**done, dropped_at=timezone.now())


def second_request():
    first = data_request()
    first.save()
    return data_request(asked_by=first.asked_by)


def opening():
    student, office = UserFactory(), UserFactory(coordinator=True)
    row = {"student": student, "by": office, "role": "office", "what": "application", "about": "ABCD2345"}
    AccessRecord.objects.create(**row)
    return AccessRecord(**row)


def second_alarm():
    Alarm.objects.create(part="broker")
    return Alarm(part="broker")


def second_fact():
    FactFactory(key="passport.fee")
    return FactFactory.build(key="passport.fee")


def sent_before_queued():
    now = timezone.now()
    return message(queued_at=now, sent_at=now - dt.timedelta(seconds=1))


def sent_and_failed():
    now = timezone.now()
    return message(queued_at=now, sent_at=now, failed_at=now)


def sent_and_dropped():
    now = timezone.now()
    return message(queued_at=now, sent_at=now, dropped_at=now)


def alert(**fields):
    return SignInAlert(kind="places", about="x", hour=HOUR, count=5, **fields)


def second_alert():
    alert().save()
    return alert()


def reset(**fields):
    given = {"user": UserFactory(), "asked_by": UserFactory(), "expires_at": HOUR}
    return AccountReset(kind="factor", reason="x", **(given | fields))


def reset_confirmed_by_who_asked():
    asked_by = UserFactory()
    early = {"confirmed_at": HOUR, "alone_after": HOUR + dt.timedelta(minutes=1)}
    return reset(asked_by=asked_by, confirmed_by=asked_by, **early)


def reset_of_oneself():
    user = UserFactory()
    return reset(user=user, asked_by=user)


def second_open_reset():
    user = UserFactory()
    reset(user=user).save()
    return reset(user=user)


def reset_confirmed_and_cancelled():
    settled = {"confirmed_at": HOUR, "confirmed_by": UserFactory(), "cancelled_at": HOUR, "cancelled_by": UserFactory()}
    return reset(**settled)


def account_merge(**fields):
    given = {"kept": UserFactory(), "closed": UserFactory(), "asked_by": UserFactory(), "expires_at": HOUR}
    return AccountMerge(reason="x", **(given | fields))


def merge_of_one():
    user = UserFactory()
    return account_merge(kept=user, closed=user)


def merge_confirmed_by_who_asked():
    asked_by = UserFactory()
    return account_merge(asked_by=asked_by, confirmed_by=asked_by, confirmed_at=HOUR)


def second_open_merge():
    user = UserFactory()
    account_merge(closed=user).save()
    return account_merge(closed=user)


def merged_twice():
    user = UserFactory()
    done = {"closed": user, "confirmed_by": UserFactory(), "confirmed_at": HOUR}
    account_merge(**done).save()
    return account_merge(**done)


def invitation(**fields):
    return Invitation(**({"email": "a@example.edu", "kind": "reader", "expires_at": HOUR} | fields))


def second_open_invitation(**fields):
    invitation(**fields).save()
    return invitation(**fields)


def past_role(**fields):
    return PastRole(**({"user": UserFactory(), "kind": "reader", "ended_by": UserFactory()} | fields))


def job(**fields):
    return Job(**({"kind": "x.y", "key": "k", "by": UserFactory()} | fields))


def same_job():
    job().save()
    return job(state="running", claimed_at=timezone.now())


def figure(**fields):
    rules = {"threshold": 11, "band": 8, "open_values": 5}
    release, _new = FigureRelease.objects.get_or_create(number=1, defaults={"kind": "outcomes", "as_of": HOUR, **rules})
    return ReleasedFigure(release=release, subject="summer-2026", name="submitted", why="exact", **fields)


def figure_told_twice():
    figure(low=3, high=9).save()
    return figure(low=4, high=4)


def home_city(**fields):
    names = dict.fromkeys(("city_en", "city_es", "program_en", "program_es", "short_name"), "X")
    return HomeCity(**({"pk": HomeCity.ONLY, "airport": "HAN", "latitude": 0, "longitude": 0} | names | fields))


def wording_twice():
    row = {"series": "x", "number": 1, "is_shipped": True, "by": UserFactory()}
    Wording.objects.create(**row)
    return Wording(**row)


def same_view():
    view = {"owner": UserFactory(), "place": "people", "name": "Evenings", "query": "q=a"}
    SavedView.objects.create(**view)
    return SavedView(**view)


BAD_ROWS = {
    "savedview_name_once": same_view,
    "savedview_has_a_name": lambda: SavedView(owner=UserFactory(), place="people", query="q=a"),
    "job_one_unfinished_per_key": same_job,
    "job_finished_at_matches_state": lambda: job(state="done"),
    "job_running_is_claimed": lambda: job(state="running"),
    "job_failed_says_why": lambda: job(state="failed", finished_at=timezone.now()),
    "alarm_one_open_per_part": second_alarm,
    "job_file_has_a_name_and_a_last_day": lambda: job(file="jobs/x/x", filename="x.csv"),
    "user_has_email_or_phone": lambda: User(full_name="Nobody"),
    "role_only_advisors_have_a_college": lambda: Role(user=UserFactory(), kind="advisor"),
    "role_once_per_person": same_coordinator,
    "role_once_per_person_and_college": same_role,
    "fact_one_current_value_per_key": second_fact,
    "backup_is_good_or_failed": lambda: Backup(name="x", finished_at=timezone.now(), error="The disk is full."),
    "logclosing_range_goes_up": lambda: closing(after_id=2, last_id=1),
    "logclosing_accepted_says_why": lambda: closing(kind="accepted"),
    "consenttext_version_once": lambda: consent_text(2, twice=True),
    "consenttext_one_current_version": lambda: consent_text(3),
    "noticesection_key_once_per_page": notice,
    "datarequest_answered_with_a_result_and_words": lambda: data_request(answered_at=timezone.now(), result="done"),
    "datarequest_answered_or_dropped_not_both": lambda: data_request(answered=True, dropped_at=timezone.now()),
    "datarequest_one_open_per_kind": second_request,
    "incomingtext_keeps_words_for_the_office_only": lambda: incoming(went_to="keyword", body="STOP"),
    "incomingtext_handled_at_and_by_together": lambda: incoming(handled_at=timezone.now()),
    "officetask_done_at_and_by_together": lambda: office_task(done_at=timezone.now()),
    "officetask_done_or_dropped_not_both": task_done_and_dropped,
    "accessrecord_once_a_day": opening,
    "message_sent_or_failed_not_both": sent_and_failed,
    "message_dropped_was_not_sent": sent_and_dropped,
    "textconsent_times_say_how": lambda: TextConsent(phone="+12135550134", agreed_at=timezone.now()),
    "textconsent_agreed_or_stopped": lambda: TextConsent(phone="+12135550134"),
    "message_email_has_a_subject": lambda: message(subject=""),
    "message_sent_after_it_was_queued": sent_before_queued,
    "singlesignon_oidc_has_a_client": lambda: SingleSignOn(college=CollegeFactory(), protocol="oidc"),
    "singlesignon_saml_has_a_certificate": lambda: SingleSignOn(college=CollegeFactory(), protocol="saml"),
    "signinalert_once_per_hour": second_alert,
    "accountmerge_of_two": merge_of_one,
    "accountmerge_confirmed_by_another_or_later": merge_confirmed_by_who_asked,
    "accountmerge_cancelled_by_someone": lambda: account_merge(cancelled_at=HOUR),
    "accountmerge_undone_after_it_was_done": lambda: account_merge(undone_at=HOUR, undone_by=UserFactory()),
    "accountmerge_one_open_per_account": second_open_merge,
    "accountmerge_closed_once": merged_twice,
    "accountreset_confirmed_by_another_or_later": reset_confirmed_by_who_asked,
    "accountmerge_confirmed_by_someone": lambda: account_merge(confirmed_at=HOUR),
    "accountreset_confirmed_by_someone": lambda: reset(confirmed_at=HOUR),
    "accountreset_cancelled_by_someone": lambda: reset(cancelled_at=HOUR),
    "accountreset_confirmed_or_cancelled_not_both": reset_confirmed_and_cancelled,
    "accountreset_not_of_who_does_it": reset_of_oneself,
    "accountreset_one_open_per_person": second_open_reset,
    "invitation_only_advisors_have_a_college": lambda: invitation(kind="advisor"),
    "invitation_accepted_by_someone": lambda: invitation(accepted_at=HOUR),
    "invitation_accepted_or_ended_not_both": lambda: invitation(
        accepted_at=HOUR, accepted_by=UserFactory(), ended_at=HOUR
    ),
    "invitation_open_once": second_open_invitation,
    "invitation_open_once_per_college": lambda: second_open_invitation(kind="advisor", college=CollegeFactory()),
    "pastrole_only_advisors_have_a_college": lambda: past_role(kind="advisor"),
    "pastrole_undone_by_someone": lambda: past_role(undone_at=HOUR),
    "signinalert_handled_by_someone": lambda: alert(handled_at=HOUR),
    "home_city_is_one": lambda: home_city(pk=2),
    "home_city_has_names": lambda: home_city(program_es=""),
    "home_city_is_on_earth": lambda: home_city(latitude=91),
    "wording_number_once": wording_twice,
    "wording_says_both_or_is_shipped": lambda: Wording(series="x", number=1, en="Only English", by=UserFactory()),
    "figure_is_told_once": figure_told_twice,
    "figure_is_a_range_or_hidden": lambda: figure(low=9, high=3),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_constraint_refuses(name):
    row = BAD_ROWS[name]()
    constraint = next(c for c in row._meta.constraints if c.name == name)
    said_by = name if constraint_is_named_by_database(constraint) else type(row)._meta.db_table

    with pytest.raises(IntegrityError, match=said_by), transaction.atomic():
        row.save()


def constraint_is_named_by_database(constraint):
    """SQLite names CHECK constraints, and for a unique index only the columns."""
    from django.db import connection  # noqa: PLC0415 -- the one place that needs it

    return connection.vendor == "postgresql" or isinstance(constraint, models.CheckConstraint)


def test_every_constraint_has_its_bad_row():
    named = {c.name for model in apps.get_app_config("exchange").get_models() for c in model._meta.constraints}
    assert named == set(BAD_ROWS)


def test_coordinator_belongs_to_no_college():
    with pytest.raises(IntegrityError, match="role_only_advisors_have_a_college"), transaction.atomic():
        Role.objects.create(user=UserFactory(), kind="coordinator", college=CollegeFactory())


def test_advisor_of_two_colleges_is_possible():
    user = UserFactory(advisor=CollegeFactory())
    RoleFactory(user=user, advisor=CollegeFactory())
    assert user.roles.count() == 2


def test_user_keeps_absent_addresses_as_null_and_email_in_lower_case():
    first = User.objects.create(email="Ana@Example.EDU", phone="")
    second = User.objects.create(email="", phone="+12135550134")
    assert (first.email, first.phone) == ("ana@example.edu", None)
    assert second.email is None
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="ANA@example.edu")


def test_fact_is_superseded_not_replaced():
    new = Fact(**{f.name: getattr(FactFactory.build(value=130), f.name) for f in Fact._meta.fields if f.name != "id"})
    old = FactFactory(key=new.key, value=120)
    with transaction.atomic():
        Fact.objects.filter(pk=old.pk).update(key=f"{new.key}.moving")
        new.save()
        Fact.objects.filter(pk=old.pk).update(key=new.key, superseded_by=new)
    assert Fact.objects.current().get(key=new.key).number == 130


@pytest.mark.parametrize(
    ("is_confirmed", "days", "is_reliable"), [(True, 0, True), (True, -1, False), (False, 30, False)]
)
def test_fact_is_reliable_until_its_review_and_if_confirmed(is_confirmed, days, is_reliable):
    review_on = timezone.localdate() + dt.timedelta(days=days)
    assert FactFactory(is_confirmed=is_confirmed, review_on=review_on).is_reliable is is_reliable


def test_city_is_named_in_the_language_of_the_page():
    city = PartnerCityFactory(name_en="Mexico City", name_es="Ciudad de México")
    assert city.name == "Mexico City"
    with translation.override("es"):
        assert city.name == "Ciudad de México"
