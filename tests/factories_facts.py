"""The facts that tests of application, review and selection need."""

from django.db import connection
from django.db.models.sql import InsertQuery
from psycopg import ClientCursor

from exchange.models import Fact
from tests.factories import FactFactory

REMIND = "interview.remind_days"
UPLOAD_FACTS = {
    "application.grace_minutes": (15, Fact.Unit.COUNT),
    "draft.visitor_days": (90, Fact.Unit.DAYS),
    "appeal.days": (10, Fact.Unit.DAYS),
    "appeal.answer_days": (14, Fact.Unit.DAYS),
    "interest.keep_days": (30, Fact.Unit.DAYS),
    "interest.wait_days": (730, Fact.Unit.DAYS),
    "help.code_minutes": (10, Fact.Unit.COUNT),
    "help.hours": (3, Fact.Unit.COUNT),
    "upload.megabytes": (10, Fact.Unit.MEGABYTES),
    "upload.megapixels": (40, Fact.Unit.COUNT),
    "upload.keep_days": (365, Fact.Unit.DAYS),
    "upload.visitor_files_hour": (20, Fact.Unit.COUNT),
    "upload.person_files_hour": (100, Fact.Unit.COUNT),
    "upload.network_files_hour": (300, Fact.Unit.COUNT),
    "upload.link_seconds": (120, Fact.Unit.COUNT),
    "facility.review_days": (60, Fact.Unit.DAYS),  # the staff's first pages read them
    "pipeline.quiet_days": (7, Fact.Unit.DAYS),
    "pipeline.returned_days": (7, Fact.Unit.DAYS),
    # no night: what a test expects must not depend on the time at which it runs
    "message.quiet_from": (0, Fact.Unit.COUNT),
    "message.quiet_to": (0, Fact.Unit.COUNT),
    "reminder.untouched_days": (7, Fact.Unit.DAYS),
    "reminder.closing_days_first": (7, Fact.Unit.DAYS),
    "reminder.closing_days_second": (3, Fact.Unit.DAYS),
    "reminder.closing_days_last": (1, Fact.Unit.DAYS),
    "reminder.referee_days": (7, Fact.Unit.DAYS),
    "reminder.fix_days": (3, Fact.Unit.DAYS),
    "reminder.times_max": (3, Fact.Unit.COUNT),
    "reminder.email_hours": (4, Fact.Unit.COUNT),
    "reminder.offer_days_first": (3, Fact.Unit.DAYS),
    "reminder.offer_days_last": (1, Fact.Unit.DAYS),
    "offer.call_hours": (48, Fact.Unit.COUNT),
    "offer.call_again_hours": (24, Fact.Unit.COUNT),
    "interview.remind_days": (2, Fact.Unit.DAYS),
    "export.rows_at_once": (5000, Fact.Unit.COUNT),
    "request.answer_days": (30, Fact.Unit.DAYS),
    "job.keep_days": (7, Fact.Unit.DAYS),
    "program.minimum_age": (18, Fact.Unit.YEARS),
    "program.minimum_units": (6, Fact.Unit.COUNT),
    "program.minimum_gpa": (2, Fact.Unit.COUNT),
    "program.trip_days": (10, Fact.Unit.DAYS),
    "referee.link_days": (30, Fact.Unit.DAYS),
    "referee.asked_max": (4, Fact.Unit.COUNT),
    "referee.remind_days": (7, Fact.Unit.DAYS),
    "referee.reminders_max": (2, Fact.Unit.COUNT),
}


SESSION_FACTS = {
    # a code by text needs a country that gets texts
    "text.country.us": (1, Fact.Unit.COUNT),
    "text.number_day": (15, Fact.Unit.COUNT),
    "text.all_day": (2000, Fact.Unit.COUNT),
    "text.unknown_day": (5, Fact.Unit.COUNT),
    "text.unknown_kept": (200, Fact.Unit.COUNT),
    "text.alarm_percent": (80, Fact.Unit.PERCENT),
    "session.student_days": (60, Fact.Unit.DAYS),
    "session.student_idle_days": (14, Fact.Unit.DAYS),
    "session.staff_hours": (12, Fact.Unit.COUNT),
    "session.shared_idle_minutes": (15, Fact.Unit.COUNT),
    "account.reset_hours": (24, Fact.Unit.COUNT),
    "invitation.days": (14, Fact.Unit.DAYS),
    "people.undo_hours": (24, Fact.Unit.COUNT),
    "withdrawal.undo_hours": (24, Fact.Unit.COUNT),
    "unknown_mail.address_day": (5, Fact.Unit.COUNT),
    "unknown_mail.all_day": (1000, Fact.Unit.COUNT),
    "sign_in.codes_free": (3, Fact.Unit.COUNT),
    "sign_in.delay_first_seconds": (60, Fact.Unit.COUNT),
    "sign_in.delay_longest_minutes": (15, Fact.Unit.COUNT),
    "sign_in.keep_days": (30, Fact.Unit.DAYS),
    "sign_in.addresses_per_place": (20, Fact.Unit.COUNT),
    "sign_in.places_per_address": (5, Fact.Unit.COUNT),
}


WATCH_FACTS = {
    "backup.late_hours": (26, Fact.Unit.COUNT),
    "watch.queue_seconds": (60, Fact.Unit.COUNT),
    "watch.disk_percent": (15, Fact.Unit.PERCENT),
    "watch.disk_last_percent": (5, Fact.Unit.PERCENT),
    "watch.certificate_days": (21, Fact.Unit.DAYS),
    "watch.certificate_last_days": (7, Fact.Unit.DAYS),
    "watch.clock_seconds": (5, Fact.Unit.COUNT),
    "watch.archive_minutes": (15, Fact.Unit.COUNT),
}


def watch_facts():
    """What the status page and the alarms need."""
    write_facts(WATCH_FACTS, {})


def session_facts():
    """What a sign-in through the pages needs; the fixture `sign_in` and `force_login` need none."""
    write_facts(SESSION_FACTS, {})


_statements = {}


def write_facts(facts, changes):
    """Inserts all at once, because nearly every test needs them. Existing facts stay.

    The statement for facts that nobody changes is drawn up once: that took a tenth of the page tests' time.
    """
    there = set(Fact.objects.current().values_list("key", flat=True))
    wanted = {key: fact for key, fact in facts.items() if key not in there}
    same = frozenset((key, fact) for key, fact in wanted.items() if key not in changes)
    if same and same not in _statements:
        _statements[same] = _statement([_built(key, *fact) for key, fact in wanted.items() if key not in changes])
    with connection.cursor() as cursor:
        for sql, values in _statements.get(same, ()):
            cursor.execute(sql, values)
    Fact.objects.bulk_create(_built(key, changes[key], wanted[key][1]) for key in wanted.keys() & changes.keys())


def _built(key, value, unit):
    return FactFactory.build(key=key, value=value, unit=unit)


def _statement(facts):
    """INSERT statements and their values; on PostgreSQL the values stand in the text, so none is converted again."""
    fields = [field for field in Fact._meta.concrete_fields if not field.primary_key]
    query = InsertQuery(Fact)
    query.insert_values(fields, facts)
    found = query.get_compiler(connection=connection).as_sql()
    if connection.vendor != "postgresql":
        return found
    with ClientCursor(connection.connection) as cursor:
        return [(cursor.mogrify(sql, values), None) for sql, values in found]


def application_facts(**changes):
    """The facts of the form; `application_facts(**{"upload.megabytes": 1})` changes one."""
    write_facts(UPLOAD_FACTS | SESSION_FACTS, changes)


def disclosure_facts():
    """The rules by which counts are published."""
    rules = {"threshold": 11, "band": 8, "open_values": 5}
    write_facts({f"disclosure.{name}": (value, Fact.Unit.COUNT) for name, value in rules.items()}, {})


REVIEW_FACTS = {
    "committee.note_undo_minutes": (10, Fact.Unit.COUNT),
    "enrollment.megabytes": (20, Fact.Unit.MEGABYTES),
    "enrollment.rows_max": (120_000, Fact.Unit.COUNT),
    "enrollment.cells_max": (2_000_000, Fact.Unit.COUNT),
    "enrollment.sheets_max": (50, Fact.Unit.COUNT),
    "enrollment.strings_max": (1_000_000, Fact.Unit.COUNT),
    "enrollment.preview_minutes": (60, Fact.Unit.COUNT),
    "review.minutes": (15, Fact.Unit.COUNT),
    "review.minutes_most": (60, Fact.Unit.COUNT),
    "review.reads_max": (40, Fact.Unit.COUNT),
    "due.remind_days": (3, Fact.Unit.DAYS),
    "review.late_days": (7, Fact.Unit.DAYS),
    "review.quick_seconds": (60, Fact.Unit.COUNT),
    # no undo: most tests look at scores right after the lock; those of the undo set it
    "review.undo_seconds": (0, Fact.Unit.COUNT),
    "review.readers_min": (2, Fact.Unit.COUNT),
    "review.readers_max": (4, Fact.Unit.COUNT),
    "norming.files_min": (3, Fact.Unit.COUNT),
    "norming.files_max": (5, Fact.Unit.COUNT),
    "interview.book_days": (7, Fact.Unit.DAYS),
    "interview.change_hours": (24, Fact.Unit.COUNT),
    "selection.spread_flag": (4, Fact.Unit.COUNT),
    "scoring.files_min": (8, Fact.Unit.COUNT),
    "scoring.interval_percent": (80, Fact.Unit.PERCENT),
    "scoring.kept_percent": (90, Fact.Unit.PERCENT),
}


def review_facts(**changes):
    """The facts of review and selection; `review_facts(**{"review.reads_max": 1})` changes one."""
    write_facts(REVIEW_FACTS | {REMIND: UPLOAD_FACTS[REMIND]}, changes)
