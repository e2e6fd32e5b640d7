"""Merges a visitor's draft into the application that the account has, field by field; nothing is overwritten.

What has no place there stays on the draft, which is kept as long as the application; `unplaced_answers.beside` shows it
to the student. Used by `actions.draft`, inside its transaction and under its locks.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from applications.apply.actions import fields
from applications.base import merge
from applications.base.form_changes import fits
from applications.base.merge import FieldState
from applications.base.sections import questions_by_key
from applications.models import Application, DraftField, Question, Upload
from exchange.base import audit
from exchange.models import User


def join(draft: Application, existing: Application, *, by: User) -> None:
    """Everything that has a place. What the account's version of the form does not ask goes along as no longer asked.

    Left on the draft: answers and files of parts that are not open again, of a referee who has written, and answers of
    a kind that the other version cannot read.
    """
    ours = fields.states_of(draft)
    loaded = fields.load(existing, ours.keys(), by=by)
    asked_here = questions_by_key(draft, ours.keys())
    merged = {
        key: merge.merge(loaded.fields[key].state, state)
        for key, state in ours.items()
        if loaded.fields[key].refusal is None and _fits(asked_here.get(key), loaded.questions.get(key), state)
    }
    fields.store(loaded, merged)
    _move_uploads(draft, existing)
    empty = [key for key, state in ours.items() if all(version.is_empty for version in state.versions)]
    # the words are in one place: there, or here
    draft.draft_fields.filter(key__in=[*merged, *empty]).delete()
    draft.answers.exclude(question__key__in=ours.keys() - merged.keys()).delete()
    draft.merged_into = existing
    draft.save(update_fields=["merged_into"])
    left = {"left": sorted(set(ours) - set(merged) - set(empty))}
    changes = {"draft": draft.code, "keys": sorted(merged), **(left if left["left"] else {})}
    audit.record("application.attach", existing, by=by, changes=changes)


def _fits(old: Question | None, new: Question | None, state: FieldState) -> bool:
    """The referee's fields are the same in every version."""
    if old is None or new is None:
        return old is new
    return all(fits(old, new, None if version.is_empty else version.value) for version in state.versions)


def _move_uploads(draft: Application, existing: Application) -> None:
    """To the question of the same key, if its part is open; what is not asked there goes along as no longer asked.

    Where there are more files than the question takes then, none takes the place of another: the student says which.
    """
    uploads = list(draft.uploads.select_related("question__section"))
    asked = questions_by_key(existing, {upload.question.key for upload in uploads})
    for upload in uploads:
        new = asked.get(upload.question.key)
        if new is None or new.kind != Question.Kind.FILE:
            new = upload.question
        if not existing.opens_section(new.section.key):
            continue
        upload.application, upload.question = existing, new
        upload.save(update_fields=["application", "question"])
        there = existing.uploads.filter(question=new).exclude(state=Upload.State.REFUSED)
        if there.count() > new.files_max:
            there.update(is_surplus=True)


def without_leftovers(drafts: QuerySet[Application]) -> QuerySet[Application]:
    """Those that hold nothing which stands beside an application."""
    holds = [Exists(rows.objects.filter(application=OuterRef("pk"))) for rows in (DraftField, Upload)]
    return drafts.filter(Q(merged_into=None) | ~(holds[0] | holds[1]))
