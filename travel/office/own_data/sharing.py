"""What a student agreed to, and who got what, gathered from the tables that hold it. Reads only.

The office reads the same without what stays between the student and the people they chose (`audit.PRIVATE`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base.consents import Words
from applications.models import (
    Application,
    Disclosure,
    Endorsement,
    HelpSession,
    RecordsConsent,
    WithheldEndorsement,
)
from exchange.models import TextConsent, User
from exchange.templatetags.ui import language_here
from travel.models import AlumniConsent, FollowUpConsent, FollowUpRecord, Reflection, ReflectionConsent, TravelAnswers
from travel.outcomes.following.matching import ASKED_IN

PRIVACY = Reflection.Privacy


@dataclass(frozen=True, slots=True)
class Agreement:
    """One consent: to what, for what, who receives it, since when, and until when if it has ended."""

    what: str
    purpose: str
    recipient: str
    since: datetime
    until: datetime | None = None
    version: str = ""
    language: str = ""
    href: str = ""  # the page where the student reads or withdraws it


@dataclass(frozen=True, slots=True)
class Given:
    """Something that went from one to another. `why`: what allowed it."""

    on: date
    what: str
    recipient: str
    why: str


def agreements_of(student: User, *, for_office: bool = False) -> list[Agreement]:
    """Newest first. A constant number of queries."""
    found = [*_records(student), *_texts(student), *_helpers(student), *_reflections(student), *_stories(student)]
    found += [*_follow_up(student), *_alumni(student)]
    if not for_office:
        found += _advisors(student)
    return sorted(found, key=lambda each: each.since, reverse=True)


def afterward_of(student: User) -> list[Application]:
    """Whose college the student can let tell how their studies went, and hasn't. One query."""
    asked = Application.objects.filter(student=student, status__in=ASKED_IN, college__isnull=False)
    signed = FollowUpConsent.objects.in_force().filter(application__student=student)
    return list(asked.exclude(pk__in=signed.values("application")).select_related("cycle").order_by("-pk"))


def given_of(student: User) -> list[Given]:
    """Newest first. A constant number of queries."""
    return sorted(
        [*_from_college(student), *_afterward(student), *_files(student)], key=lambda each: each.on, reverse=True
    )


def _records(student: User) -> Iterable[Agreement]:
    rows = RecordsConsent.objects.filter(application__student=student)
    for row in rows.select_related("application__cycle", "application__college", "college", "text"):
        words = Words.of(row.text, row.application, row.college.name)
        yield Agreement(
            what=words.title,
            purpose=words.purpose,
            recipient=words.recipients,
            since=row.signed_at,
            until=row.withdrawn_at or row.replaced_at,
            version=str(row.text.version),
            language=language_here(row.language),
            href=reverse("applications:records-consent", kwargs={"code": row.application.code}),
        )


def _follow_up(student: User) -> Iterable[Agreement]:
    rows = FollowUpConsent.objects.filter(application__student=student)
    for row in rows.select_related("application__cycle", "application__college", "college", "text"):
        words = Words.of(row.text, row.application, row.college.name)
        yield Agreement(
            what=words.title,
            purpose=words.purpose,
            recipient=words.recipients,
            since=row.signed_at,
            until=row.withdrawn_at,
            version=str(row.text.version),
            language=language_here(row.language),
            href=reverse("travel:follow-up-own", kwargs={"code": row.application.code}),
        )


def _texts(student: User) -> Iterable[Agreement]:
    for row in TextConsent.objects.filter(user=student):
        if row.agreed_at is None:
            continue
        ended = row.stopped_at if not row.allows else None
        yield Agreement(
            what=_("Text messages to %(phone)s") % {"phone": row.phone.as_international},
            purpose=_("To remind you, and to tell you what’s new"),
            recipient=_("The exchange team and the company that sends its texts"),
            since=row.agreed_at,
            until=ended,
        )


def _helpers(student: User) -> Iterable[Agreement]:
    rows = HelpSession.objects.granted().filter(application__student=student).select_related("helper")
    for row in rows:
        if row.helper and row.granted_at:
            yield Agreement(
                what=_("Help with your application"),
                purpose=_("To write in it with you"),
                recipient=str(row.helper),
                since=row.granted_at,
                until=row.ended_at or row.ends_at,
            )


def _reflections(student: User) -> Iterable[Agreement]:
    rows = Reflection.objects.filter(placement__application__student=student).exclude(privacy=PRIVACY.PRIVATE)
    for row in rows.finished().select_related("prompt"):
        yield Agreement(
            what=_("Your reflection: %(prompt)s") % {"prompt": row.prompt.text},
            purpose=_("To show what the trip meant"),
            recipient=str(PRIVACY(row.privacy).label),
            since=row.written_at,
        )


def _stories(student: User) -> Iterable[Agreement]:
    rows = ReflectionConsent.objects.filter(reflection__placement__application__student=student)
    for row in rows.select_related("text", "reflection__prompt"):
        yield Agreement(
            what=_("%(what)s, from your reflection: %(prompt)s")
            % {"what": row.get_kind_display(), "prompt": row.reflection.prompt.text},
            purpose=row.text.purpose if row.text else _("To show what the trip meant"),
            recipient=row.text.recipients if row.text else _("Anyone can read it."),
            since=row.given_at,
            until=row.withdrawn_at,
            version=str(row.text.version) if row.text else "",
            language=language_here(row.language),
        )


def _alumni(student: User) -> Iterable[Agreement]:
    for row in AlumniConsent.objects.filter(person=student).select_related("text"):
        purposes = [_("Invite me to an orientation")] * row.orientation + [_("Ask me to mentor")] * row.mentoring
        yield Agreement(
            what=row.text.title,
            purpose=" · ".join(purposes),
            recipient=row.text.recipients,
            since=row.given_at,
            until=row.ended_at or (None if row.is_in_force else row.expires_at),
            version=str(row.text.version),
            language=language_here(row.language),
        )


def _advisors(student: User) -> Iterable[Agreement]:
    rows = TravelAnswers.objects.filter(application__student=student, advisor__isnull=False)
    for row in rows.select_related("advisor"):
        yield Agreement(
            what=_("Your answers about travel"),
            purpose=_("So an advisor you chose can help you"),
            recipient=str(row.advisor),
            since=row.answered_at,
        )


def _from_college(student: User) -> Iterable[Given]:
    kinds: tuple[type[Endorsement] | type[WithheldEndorsement], ...] = (Endorsement, WithheldEndorsement)
    signed = set(RecordsConsent.objects.filter(application__student=student).values_list("application", flat=True))
    for model in kinds:
        rows = model._default_manager.filter(application__student=student)
        for row in rows.select_related("application__college"):
            yield Given(
                on=timezone.localdate(row.endorsed_at),
                what=_("Your enrollment, from %(college)s") % {"college": row.application.college},
                recipient=_("The exchange team and the selection committee"),
                why=_("You signed for it")
                if row.application_id in signed
                else _("From before we asked for your permission"),
            )


def _afterward(student: User) -> Iterable[Given]:
    rows = FollowUpRecord.objects.filter(application__student=student)
    for row in rows.select_related("imported__college"):
        yield Given(
            on=timezone.localdate(row.imported.imported_at),
            what=_("How your studies went, from %(college)s") % {"college": row.imported.college},
            recipient=_("The exchange team, as counts of many students"),
            why=_("You signed for it"),
        )


def _files(student: User) -> Iterable[Given]:
    for row in Disclosure.objects.filter(application__student=student):
        yield Given(
            on=row.on,
            what=str(Disclosure.Kind(row.kind).label).capitalize(),
            recipient=_("The airline or travel agency")
            if row.kind == Disclosure.Kind.TICKETING
            else _("The exchange team"),
            why=_("To run the program"),
        )
