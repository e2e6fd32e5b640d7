"""What goes when an application's time is over: texts, files, letters and names. What figures count stays.

Each model says what happens to its rows (`exchange.base.personal`). The
application itself, its stages and dates, answers that are a choice or a number, and points stay, so that the published
figures of a cycle come out the same.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from applications.apply.actions import fields
from applications.models import (
    Answer,
    Application,
    BulkAct,
    Endorsement,
    GroupMessage,
    Interest,
    Question,
    StaffNote,
    Thread,
    Upload,
)
from exchange.background import jobs
from exchange.base import office_tasks, personal
from exchange.base.personal import GONE, Personal
from exchange.files import storage
from exchange.models import AccountMerge, AccountReset, IncomingText, Invitation, Mailbox, OfficeTask, TextConsent, User
from exchange.people.second import second
from travel.models import (
    AlumniConsent,
    Incident,
    ItinerarySegment,
    MoneyPromise,
    Photo,
    Receipt,
    Reflection,
    ReflectionConsent,
    SignedForm,
    StepFile,
    StoryText,
)

# answers to questions of these kinds stay: figures count them, and they name nobody
COUNTED = (Question.Kind.YES_NO, Question.Kind.ONE_OF, Question.Kind.SEVERAL_OF, Question.Kind.NUMBER)
type Hanging = tuple[type[Model], str]


def _hanging() -> Iterator[tuple[Hanging, Personal]]:
    for model, each in personal.tables():
        for way in personal.application_of(model, each):
            yield (model, way), each


# (table, path to the application), children before parents
DELETED: list[Hanging] = sorted(
    [
        *((Incident.placements.through, "placement__application"),),
        *((ItinerarySegment.placements.through, "placement__application"),),
        *(hanging for hanging, each in _hanging() if not each.erased),
    ],
    key=lambda each: -each[1].count("__"),
)
# (table, path): the columns and what they hold afterward
BLANKED: dict[Hanging, Mapping[str, Any]] = {
    hanging: each.erased for hanging, each in _hanging() if isinstance(each.erased, Mapping)
}


def erase(keys: Collection[int]) -> None:
    """Remove the contents of these applications (primary keys). Safe to repeat; in the caller's transaction."""
    with transaction.atomic():
        for upload in Upload.objects.filter(application__in=keys):
            transaction.on_commit(fields.deletion(upload))
        Upload.objects.filter(application__in=keys).delete()
        files: tuple[QuerySet[Any], ...] = (
            SignedForm.objects.filter(placement__application__in=keys),
            Receipt.objects.filter(promise__placement__application__in=keys),
            Photo.objects.filter(reflection__placement__application__in=keys),
            Photo.objects.filter(project__placement__application__in=keys),
            StepFile.objects.filter(item__placement__application__in=keys),
        )
        for row in (row for rows in files for row in rows.exclude(file="")):
            transaction.on_commit(storage.deletion(row.file))
        _close_note_tasks(keys)
        for model, path in DELETED:
            # append-only rows refuse through their own manager; erasing is what they may end by
            model._base_manager.filter(**{f"{path}__in": keys}).delete()
        BulkAct.objects.filter(rows=None).delete()  # a search may have been for one student
        GroupMessage.objects.filter(recipients=None).delete()  # its words may have been about one student
        Answer.objects.filter(~Q(question__kind__in=COUNTED), application__in=keys).delete()
        _erase_reflections(keys)
        for (model, path), values in BLANKED.items():
            model._default_manager.filter(**{f"{path}__in": keys}).update(**values)
        told = MoneyPromise.objects.filter(placement__application__in=keys).exclude(canceled_reason="")
        told.update(canceled_reason=GONE)
        notes = Endorsement.objects.filter(application__in=keys)
        notes.filter(result=Endorsement.Result.ENDORSED).update(note="")
        notes.exclude(result=Endorsement.Result.ENDORSED).update(note=GONE)
        jobs.forget_about(Application.objects.filter(pk__in=keys).values_list("code", flat=True))
        _blank_applications(keys)


def _close_note_tasks(keys: Collection[int]) -> None:
    """What a note's task says is the note's words, which go as when its author takes it back."""
    notes = StaffNote.objects.filter(application__in=keys, task__isnull=False)
    tasks = OfficeTask.objects.filter(pk__in=list(notes.values_list("task", flat=True)))
    office_tasks.drop_all(tasks, by=None)
    tasks.update(params={"body": GONE})


def _erase_reflections(keys: Collection[int]) -> None:
    """A sentence that its author published stays, without the author's name; everything else goes."""
    mine = Reflection.objects.filter(placement__application__in=keys)
    published = set(mine.published().exclude(quote="").values_list("pk", flat=True))
    mine.exclude(pk__in=published).delete()
    mine.update(text=GONE, so_what="", now_what="")
    StoryText.objects.filter(story__reflection__in=published).update(text="")
    others = ReflectionConsent.objects.in_force().exclude(kind=ReflectionConsent.Kind.QUOTE)
    others.filter(reflection__in=published).update(withdrawn_at=timezone.now())


def _blank_applications(keys: Collection[int]) -> None:
    rows = Application.objects.filter(pk__in=keys)
    rows.exclude(return_note="").update(return_note=GONE)
    rows.update(
        erased_at=timezone.now(),
        student_number="",
        return_marks={},
        fix_reason="",
        more_time_asked_at=None,
        more_time_reason="",
        more_time_answer="",
        draft_key=None,
    )


def erase_people(keys: Collection[int]) -> None:
    """Take the names, addresses and ways to sign in from these accounts and from those that were merged into them.

    The rows stay: others point to them.
    """
    with transaction.atomic():
        merges = AccountMerge.objects.filter(kept__in=keys)
        keys = {*keys, *merges.in_force().values_list("closed", flat=True)}
        second.end_those_of(keys)
        merges.update(reason=GONE, stop_reason="")
        AccountReset.objects.filter(user__in=keys).update(reason=GONE, new_address="", stop_reason="")
        for model in (EmailAddress, Authenticator, SocialAccount, UserSession):
            model._default_manager.filter(user__in=keys).delete()
        TextConsent.objects.filter(user__in=keys).delete()
        IncomingText.objects.filter(user__in=keys).delete()
        AlumniConsent.objects.filter(person__in=keys, ended_at__isnull=True).update(
            ended_at=timezone.now(), ended_how=AlumniConsent.How.ERASED
        )
        Thread.objects.filter(student__in=keys).delete()
        OfficeTask.objects.filter(person__in=keys).delete()
        people = list(User.objects.select_for_update().filter(pk__in=keys))
        Mailbox.objects.filter(address__in=[user.email for user in people if user.email]).delete()
        emails, phones = [each.email for each in people if each.email], [each.phone for each in people if each.phone]
        Interest.objects.filter(Q(email__in=emails) | Q(phone__in=phones)).delete()
        for invitation in Invitation.objects.filter(accepted_by__in=keys):
            invitation.email, invitation.name = f"removed-{invitation.code.lower()}@example.invalid", ""
            invitation.save(update_fields=["email", "name"])
        for user in people:
            user.email, user.phone, user.phone_verified_at = f"removed-{user.code.lower()}@example.invalid", None, None
            user.full_name, user.preferred_name, user.is_active = GONE, "", False
            user.save()
