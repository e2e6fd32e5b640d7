"""Addresses of what is said and goes on the record: messages to groups, statements, notes, announcements."""

from datetime import timedelta

from django.utils import timezone

from applications.models import (
    Announcement,
    Appeal,
    BulkAct,
    BulkRow,
    GroupMessage,
    GroupRecipient,
    Interest,
    InterestSource,
    StaffNote,
    Statement,
)
from applications.models.interest import PURPOSE
from exchange.base import links
from tests.factories_applications import DecisionFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT, PUBLIC, L
from travel.models import CalendarFeed

STAFF = (L, 403, 403, 200, 200, 200, 403)
# of the office: an advisor sees only their own, or their college's
OF_THE_OFFICE = (L, 403, 403, 404, 404, 200, 403)

SAYING_TABLE = [
    ("travel:group-message-list", "GET", STAFF),
    ("travel:group-message-file", "POST", (L, 403, 403, 302, 302, 302, 403)),  # no format: redirects to the list
    ("travel:group-message-new", "GET", STAFF),
    ("travel:group-message-detail", "GET", OF_THE_OFFICE),
    ("travel:group-message-edit", "GET", OF_THE_OFFICE),
    ("travel:group-message-confirm", "POST", (L, 403, 403, 404, 404, 200, 403)),
    ("travel:group-message-call-off", "POST", (L, 403, 403, 404, 404, 302, 403)),
    ("applications:bulk-act-begin", "POST", (L, 403, 403, 302, 302, 302, 403)),
    ("applications:bulk-act", "GET", OF_THE_OFFICE),
    ("applications:bulk-act-undo", "POST", (L, 403, 403, 404, 404, 302, 403)),
    ("applications:bulk-act-discard", "POST", (L, 403, 403, 404, 404, 302, 403)),
    ("travel:peek", "GET", (L, 403, 404, 200, 404, 200, 404)),
    ("travel:activity", "GET", (L, 403, 403, 403, 403, 200, 403)),
    ("travel:cycle-activity", "GET", COORDINATOR),
    ("travel:announcement-list", "GET", COORDINATOR),
    ("travel:office-calendar", "GET", COORDINATOR),
    ("travel:office-calendar-make", "POST", COORDINATOR_ACT),
    ("travel:office-calendar-end", "POST", COORDINATOR_ACT),
    ("travel:office-calendar-feed", "GET", PUBLIC),  # the token decides
    # a cycle is open, so there is nothing to wait for; test_interest.py opens them before
    ("applications:interest", "GET", (302,) * 7),
    ("applications:interest-from", "GET", (302,) * 7),
    ("applications:interest-sent", "GET", PUBLIC),
    ("applications:interest-listed", "GET", PUBLIC),
    ("applications:interest-link", "GET", PUBLIC),
    ("applications:interest-list", "GET", COORDINATOR),
    ("applications:interest-codes", "GET", COORDINATOR),
    ("applications:interest-file", "POST", COORDINATOR_ACT),  # no format: redirects to the list
    ("applications:interest-person", "GET", COORDINATOR),
    ("applications:interest-peek", "GET", COORDINATOR),
    ("applications:interest-source", "GET", OF_THE_OFFICE),
    ("applications:interest-poster", "GET", OF_THE_OFFICE),
    ("applications:interest-code", "GET", OF_THE_OFFICE),
    ("applications:interest-source-end", "POST", COORDINATOR_ACT),
    ("applications:interest-remove", "POST", COORDINATOR_ACT),
    ("travel:find", "GET", STAFF),
    ("travel:announcement-edit", "GET", COORDINATOR),
    ("travel:announcement-end", "POST", COORDINATOR_ACT),
    ("applications:appeal-own", "GET", (L, 200, 404, 404, 404, 404, 404)),
    ("applications:appeal-list", "GET", COORDINATOR),
    ("applications:appeal-possible", "GET", COORDINATOR),
    ("applications:appeal-detail", "GET", COORDINATOR),
    ("applications:appeal-assign", "POST", COORDINATOR_ACT),
    ("applications:appeal-undo", "POST", COORDINATOR_ACT),
    ("applications:appeal-withdraw", "POST", (L, 302, 404, 404, 404, 404, 404)),
    ("applications:statement-record", "GET", COORDINATOR),
    ("applications:statement-detail", "GET", (L, 200, 404, 404, 404, 403, 404)),
    ("applications:statement-undo", "POST", (L, 403, 404, 404, 404, 302, 404)),
    ("applications:staff-note-add", "GET", (L, 403, 404, 403, 404, 200, 404)),
    ("applications:staff-note-edit", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("applications:staff-note-take-back", "POST", (L, 404, 404, 404, 404, 302, 404)),
]
SAYING_NAMES = {name.partition(":")[2] for name, _method, _expected in SAYING_TABLE}


def saying_arguments(short, world):
    if short in ("group-message-list", "group-message-file", "group-message-new"):
        return {}
    if short in ("announcement-list", "find", "bulk-act-begin"):
        return {}
    if short == "office-calendar-feed":
        ends = {"expires_at": timezone.now() + timedelta(days=9)}
        feed = CalendarFeed.objects.get_or_create(user=world["people"]["coordinator"], defaults=ends)[0]
        return {"token": feed.office_link}
    if short.startswith("office-calendar"):
        return {}
    if short.startswith("interest"):
        return _interest_arguments(short, world["people"]["coordinator"])
    office, sent, today = world["people"]["coordinator"], world["sent"], timezone.localdate()
    if short in ("activity", "staff-note-add", "peek"):
        return {"code": sent.code}
    if short == "cycle-activity":
        return {"code": sent.cycle.code}
    if short in ("announcement-end", "announcement-edit"):
        texts = {"text_en": "We’re closed on Monday.", "text_es": "Cerramos el lunes."}
        return {"code": Announcement.objects.create(audience="students", until=today, author=office, **texts).code}
    if short == "statement-record":
        return {"code": world["offer"].application.code, "what": "decline"}
    if short in ("staff-note-take-back", "staff-note-edit"):
        return {"code": StaffNote.objects.create(application=sent, author=office, body="Call on Monday.").code}
    if short.startswith("statement-"):
        heard = {"heard": "phone", "heard_on": today, "heard_by": office, "recorded_by": office}
        return {"code": Statement.objects.create(application=sent, what="decline", **heard).code}
    if short.startswith("appeal-"):
        return _appeal_arguments(short, sent)
    if short.startswith("bulk-act"):
        now = timezone.now()
        bulk = BulkAct.objects.create(by=office, kind="assign", place="applications", confirmed_at=now, done_at=now)
        BulkRow.objects.create(act=bulk, application=sent, outcome="done")
        return {"code": bulk.code}
    group = GroupMessage.objects.create(author=office, query=f"q={sent.code}", body_en="Bring your card.")
    GroupRecipient.objects.create(group=group, application=sent, language="en")
    return {"code": group.code}


def _appeal_arguments(short, sent):
    if short in ("appeal-list", "appeal-possible"):
        return {}
    if short == "appeal-own":
        return {"code": sent.code}
    decision = DecisionFactory(application=sent, result="not_selected", released=True)
    row = Appeal.objects.create(
        application=sent, decision=decision, reason="Read it again.", due_on=timezone.localdate()
    )
    return {"code": row.code}


def _interest_arguments(short, office):
    if short in ("interest", "interest-sent", "interest-listed", "interest-list", "interest-codes", "interest-file"):
        return {}
    if short in ("interest-link", "interest-remove", "interest-person", "interest-peek"):
        email = f"new{Interest.objects.count()}@example.org"  # some tests walk over all pages in one database
        ends = timezone.now() + timedelta(days=9)
        row = Interest.objects.create(email=email, language="en", expires_at=ends)
        return {"token": links.sign(PURPOSE, row.token)} if short == "interest-link" else {"code": row.code}
    source = InterestSource.objects.create(name="Club fair", created_by=office)
    return {"code": source.code} | ({"kind": "png"} if short == "interest-code" else {})
