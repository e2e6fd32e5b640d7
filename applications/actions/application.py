"""Starting, writing, sending, mending and taking back an application; the files and the letter that go with it."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import answers
from applications.models import (
    Answer,
    Application,
    CityPreference,
    Cycle,
    Question,
    Recommendation,
    Upload,
)
from applications.states import Status
from exchange import audit, messages
from exchange.codes import new_token
from exchange.errors import RuleViolation
from exchange.models import College, Language, User
from exchange.names import name_problem
from exchange.templatetags.ui import deadline

Kind = Question.Kind


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file whose content was looked at (`forms.uploads`): what it really is, images re-encoded."""

    name: str
    content: bytes
    content_type: str


@transaction.atomic
def start(cycle: Cycle, *, by: User) -> Application:
    """The student's one application for this cycle: begun now and welcomed by message, or the one there is."""
    existing = Application.objects.filter(cycle=cycle, student=by).first()
    if existing:
        return existing
    if not cycle.is_open:
        raise _not_open(cycle)
    form = cycle.form_versions.filter(published_at__isnull=False).order_by("-number").first()
    if form is None:
        raise RuleViolation("no_form", _("The form is not ready yet. Please come back tomorrow."))
    # get_or_create: the database keeps one when a phone sends the same tap twice at once
    application, created = Application.objects.get_or_create(
        cycle=cycle, student=by, defaults={"form": form, "answer_language": by.language}
    )
    if created:
        Recommendation.objects.create(application=application)
        audit.record("application.start", application, by=by, changes={"form": form.number})
        messages.queue("applications/application_started", to=by, context={"application": application})
    return application


def _not_open(cycle: Cycle) -> RuleViolation:
    if not cycle.has_opened:
        when = deadline(cycle.opens_at)
        return RuleViolation("not_open_yet", _("Applications open on %(when)s.") % {"when": when})
    return _closed(cycle)


def _closed(cycle: Cycle) -> RuleViolation:
    when = deadline(cycle.closes_at)
    return RuleViolation("closed", _("Applications closed on %(when)s.") % {"when": when})


# --- Writing ----------------------------------------------------------------------------------------


@transaction.atomic
def save_answers(application: Application, values: Mapping[str, Any], *, by: User) -> Application:
    """Keep what was typed, by question key: one field or a whole page. Nothing here judges an answer.

    Values are stored as given, also an unreadable number or date; "", None and [] remove the answer. Cities
    come as PartnerCity codes in order. Also updates the student's names and the home college's copy.
    RuleViolation: not_open_for_editing, closed, unknown_question, referee_has_written.
    """
    application = _lock_to_write(application)
    questions = {
        question.key: question
        for question in Question.objects.filter(section__form=application.form_id).exclude(kind=Kind.FILE)
    }
    if unknown := values.keys() - questions.keys() - set(answers.REFEREE_KEYS):
        raise RuleViolation(
            "unknown_question", _("This form does not ask that: %(keys)s.") % {"keys": ", ".join(unknown)}
        )
    cities = {key: values[key] for key in values if key in questions and _ranks(questions[key])}
    referee = {key: values[key] or "" for key in values if key in answers.REFEREE_KEYS}
    plain = {key: values[key] for key in values if key not in cities and key not in referee}
    changed = _save_plain(application, questions, plain)
    changed += [key for key, codes in cities.items() if _save_cities(application, codes)]
    changed += _save_referee(application, referee) if referee else []
    if changed:
        _copy_out(application, {key: values[key] for key in changed})
        _mark_saved(application)
        audit.record("application.save_answers", application, by=by, changes={"keys": sorted(changed)})
    return application


def _ranks(question: Question) -> bool:
    return question.kind == Kind.RANKED_CITIES


def _lock_to_write(application: Application) -> Application:
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("cycle", "student", "college")
        .get(pk=application.pk)
    )
    if not locked.is_open_for_editing:
        raise RuleViolation("not_open_for_editing", _("Your application is with us now, so it can’t be changed."))
    if not locked.accepts_changes:
        raise _closed(locked.cycle)
    return locked


def _mark_saved(application: Application) -> None:
    application.saved_at = timezone.now()
    application.save(update_fields=["saved_at", "college", "answer_language"])


def _save_plain(application: Application, questions: dict[str, Question], values: dict[str, Any]) -> list[str]:
    kept = {answer.question_id: answer.value for answer in application.answers.all()}
    written, emptied, changed = [], [], []
    for key, value in values.items():
        question = questions[key]
        if value in ("", None) or value == []:
            if question.pk in kept:
                emptied.append(question)
                changed.append(key)
        elif question.pk not in kept or _differs(kept[question.pk], value):
            written.append(Answer(application=application, question=question, value=value))
            changed.append(key)
    if emptied:
        application.answers.filter(question__in=emptied).delete()
    Answer.objects.bulk_create(
        written,
        update_conflicts=True,
        unique_fields=["application", "question"],
        update_fields=["value", "saved_at"],
    )
    return changed


def _differs(kept: Any, value: Any) -> bool:
    # 1 == True in Python, not in an answer
    return kept != value or type(kept) is not type(value)


def _save_cities(application: Application, codes: list[str]) -> bool:
    """Replace the ranking; cities that the cycle does not offer and repeats are left out."""
    offered = {city.code: city for city in application.cycle.cities.all()}
    wanted = [offered[code] for code in dict.fromkeys(codes) if code in offered]
    if wanted == [line.city for line in application.city_preferences.select_related("city")]:
        return False
    application.city_preferences.all().delete()
    CityPreference.objects.bulk_create(
        CityPreference(application=application, city=city, rank=rank) for rank, city in enumerate(wanted, start=1)
    )
    return True


def _save_referee(application: Application, values: dict[str, str]) -> list[str]:
    """A new address gets a new link, so that the first one asked can no longer write."""
    recommendation, _created = Recommendation.objects.select_for_update(of=("self",)).get_or_create(
        application=application
    )
    changed = [key for key, value in values.items() if getattr(recommendation, key) != value]
    if not changed:
        return []
    if recommendation.received_at:
        raise RuleViolation(
            "referee_has_written", _("Your referee has written already, so this page can’t be changed.")
        )
    for key in changed:
        setattr(recommendation, key, values[key])
    if "referee_email" in changed and recommendation.requested_at:
        recommendation.requested_at = None
        recommendation.token = new_token()
    recommendation.save()
    return changed


def _copy_out(application: Application, values: dict[str, Any]) -> None:
    """What lists, scopes and greetings need without a join: the college, the language, the names."""
    if values.get("college"):
        application.college = College.objects.filter(code=values["college"]).first() or application.college
    if values.get("answer_language") in Language:
        application.answer_language = values["answer_language"]
    names = {
        name: str(values[name])[:limit]
        for name, limit in (("full_name", 150), ("preferred_name", 60))
        if values.get(name) and not name_problem(str(values[name]))
    }
    if names:
        User.objects.filter(pk=application.student_id).update(**names)


@transaction.atomic
def save_upload(application: Application, question: Question, file: CheckedFile, *, by: User) -> Upload:
    """Keep a file as the one answer to its question; the one before it is deleted after commit."""
    application = _lock_to_write(application)
    _drop_uploads(application, question)
    upload = Upload(
        code=secrets.token_hex(16),
        application=application,
        question=question,
        original_name=file.name[-120:],
        content_type=file.content_type,
        size=len(file.content),
    )
    upload.file.save("file", ContentFile(file.content), save=False)
    upload.save()
    _mark_saved(application)
    audit.record("application.save_upload", application, by=by, changes={"key": question.key, "size": upload.size})
    return upload


@transaction.atomic
def remove_upload(application: Application, question: Question, *, by: User) -> None:
    application = _lock_to_write(application)
    if _drop_uploads(application, question):
        _mark_saved(application)
        audit.record("application.remove_upload", application, by=by, changes={"key": question.key})


def _drop_uploads(application: Application, question: Question) -> int:
    uploads = list(application.uploads.filter(question=question))
    for upload in uploads:
        transaction.on_commit(_deletion(upload))
        upload.delete()
    return len(uploads)


def _deletion(upload: Upload) -> Callable[[], None]:
    storage, name = upload.file.storage, upload.file.name or ""
    return lambda: storage.delete(name)


@transaction.atomic
def open_upload(upload: Upload, *, by: User) -> Upload:
    """Somebody reads a student's file: that goes on record."""
    audit.record("application.open_upload", upload.application, by=by, changes={"key": upload.question.key})
    return upload


# --- Sending, mending, taking back ------------------------------------------------------------------


@transaction.atomic
def submit(application: Application, *, by: User) -> Application:
    """Send it in: receipt by email and text, and the referee is asked once. A second call changes nothing.

    RuleViolation: closed, incomplete (says what is missing), move_not_allowed. The time of the first sending
    stays when an application comes back after a fix.
    """
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("cycle", "student", "college", "form")
        .get(pk=application.pk)
    )
    if locked.status == Status.SUBMITTED:
        return locked
    now = timezone.now()
    if locked.is_open_for_editing:
        _check_complete(_lock_to_write(locked))
    locked.move_to(Status.SUBMITTED)
    locked.submitted_at = locked.submitted_at or now
    locked.return_note = ""
    locked.save(update_fields=["status", "submitted_at", "return_note"])
    audit.record("application.submit", locked, by=by)
    messages.queue(
        "applications/application_received",
        to=locked.person,
        context={"application": locked, "received_at": now},
    )
    _ask_referee(locked)
    return locked


def _check_complete(application: Application) -> None:
    if missing := answers.unfinished(answers.parts_of(application)):
        names = "; ".join(item.question.label for item in missing)
        raise RuleViolation("incomplete", _("Not sent yet. Still to do: %(names)s.") % {"names": names})
    if application.college is None:
        raise RuleViolation("incomplete", _("Not sent yet. Choose your college."))


def _ask_referee(application: Application) -> None:
    recommendation = Recommendation.objects.select_for_update(of=("self",)).get(application=application)
    if recommendation.requested_at or not recommendation.referee_email:
        return
    recommendation.requested_at = timezone.now()
    recommendation.save(update_fields=["requested_at"])
    messages.queue(
        "applications/recommendation_asked",
        to=messages.Guest(email=recommendation.referee_email),
        context={"application": application, "recommendation": recommendation},
    )


@transaction.atomic
def return_for_fix(application: Application, *, note: str, by: User) -> Application:
    """Give it back to the student with what to fix, and say so by message. A second call changes nothing."""
    locked = _lock(application)
    if locked.status == Status.RETURNED:
        return locked
    locked.move_to(Status.RETURNED)
    locked.return_note = note
    locked.save(update_fields=["status", "return_note"])
    audit.record("application.return_for_fix", locked, by=by, reason=note)
    messages.queue("applications/application_returned", to=locked.person, context={"application": locked})
    return locked


@transaction.atomic
def withdraw(application: Application, *, by: User, reason: str = "") -> Application:
    """The student takes it back, at any time and for good. A second call changes nothing."""
    locked = _lock(application)
    if locked.status == Status.WITHDRAWN:
        return locked
    before = locked.status
    locked.move_to(Status.WITHDRAWN)
    locked.withdrawn_at = timezone.now()
    locked.save(update_fields=["status", "withdrawn_at"])
    audit.record("application.withdraw", locked, by=by, reason=reason, changes={"from": before})
    messages.queue("applications/application_withdrawn", to=locked.person, context={"application": locked})
    return locked


def _lock(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related("cycle", "student")
    return rows.get(pk=application.pk)


@transaction.atomic
def write_recommendation(recommendation: Recommendation, *, letter: str) -> Recommendation:
    """The referee's letter, once: what was received stays. Tells the student that it is here.

    RuleViolation: withdrawn, too_late.
    """
    locked = (
        Recommendation.objects.select_for_update(of=("self",))
        .select_related("application__student", "application__cycle")
        .get(pk=recommendation.pk)
    )
    if locked.received_at:
        return locked
    if locked.application.status == Status.WITHDRAWN:
        raise RuleViolation("withdrawn", _("This student took back the application. No letter is needed."))
    if not locked.takes_letter:
        raise RuleViolation("too_late", _("The reading of this application is over. Thank you for your time."))
    locked.letter = letter
    locked.received_at = timezone.now()
    locked.save(update_fields=["letter", "received_at"])
    audit.record("application.write_recommendation", locked.application, by=None)
    messages.queue(
        "applications/recommendation_received",
        to=locked.application.person,
        context={"application": locked.application, "recommendation": locked},
    )
    return locked
