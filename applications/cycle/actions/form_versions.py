"""A cycle's form over time: a new version to work on, published when it is whole, and drafts moved over to it."""

import functools
from collections.abc import Iterable

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions import fields
from applications.apply.actions import upload as uploads
from applications.base import form_changes
from applications.base.form_changes import Changes, current_form, draft_form
from applications.cycle import form_checks
from applications.models import Answer, Application, Cycle, FormVersion, Question, Section, Upload
from applications.states import Status
from exchange.background import dispatch
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User

AT_ONCE = 200  # drafts that a page moves itself; more go to a worker
# what a copy takes over
SECTION_COPIED = ("key", "order", "title_en", "title_es", "intro_en", "intro_es")
COPIED = tuple(each.attname for each in Question._meta.concrete_fields if each.name not in ("id", "section"))


def lock(cycle: Cycle) -> Cycle:
    """The cycle, held until the end of the transaction: its form, rules and rubric change one at a time."""
    return Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)


@transaction.atomic
def start_version(cycle: Cycle, *, by: User) -> FormVersion:
    """A copy of the published form to work on, or the one there is. Nobody is asked by it before it is published."""
    cycle = lock(cycle)
    if draft := draft_form(cycle):
        return draft
    newest = current_form(cycle)
    if newest is None:
        raise RuleViolation("no_form", _("This cycle has no form yet. Copy it from another cycle."))
    form = copy_form(newest, cycle, number=newest.number + 1)
    audit.record("setup.start_version", cycle, by=by, changes={"number": form.number})
    return form


def copy_form(source: FormVersion, cycle: Cycle, *, number: int) -> FormVersion:
    """The same sections and questions as an unpublished version of a cycle."""
    form = FormVersion.objects.create(cycle=cycle, number=number)
    questions = []
    for section in source.sections.prefetch_related("questions"):
        asked = list(section.questions.all())
        copied = Section(form=form, **{name: getattr(section, name) for name in SECTION_COPIED})
        copied.save()
        questions += [
            Question(section=copied, **{name: getattr(question, name) for name in COPIED}) for question in asked
        ]
    Question.objects.bulk_create(questions)
    return form


@transaction.atomic
def discard_version(cycle: Cycle, *, by: User) -> None:
    """Throw the version away that is being worked on; the published one stays. Tests of it end."""
    cycle = lock(cycle)
    draft = draft_form(cycle)
    if draft is None:
        return
    if current_form(cycle) is None:
        raise RuleViolation("only_version", _("This is the cycle’s only form, so it stays."))
    forget_tests(Application.objects.filter(form=draft))
    try:
        number = draft.number
        draft.delete()
    except ProtectedError:
        raise RuleViolation("in_use", _("Somebody has applied with this version, so it stays.")) from None
    audit.record("setup.discard_version", cycle, by=by, changes={"number": number})


def forget_tests(applications: Iterable[Application]) -> None:
    """Delete tests of the form with everything that was typed and sent up in them; real applications stay."""
    for application in applications:
        if not application.is_test:
            continue
        for upload in application.uploads.all():
            transaction.on_commit(fields.deletion(upload))
        for incoming in application.incoming_uploads.all():
            uploads.drop_incoming(incoming)
        application.delete()


@transaction.atomic
def purge_tests(*, dry_run: bool = False) -> int:
    """Tests whose day is over go as if somebody had ended them. Returns how many."""
    over = Application.objects.filter(is_test=True, reopened_until__lt=timezone.now()).order_by("pk")
    tests = list(over if dry_run else over.select_for_update(of=("self",)))
    if not dry_run:
        forget_tests(tests)
    return len(tests)


@transaction.atomic
def publish_version(cycle: Cycle, *, by: User) -> FormVersion:
    """New applications are asked by it from now on; drafts stay with their version until they are moved.

    RuleViolation: no_draft, incomplete (says what is missing).
    """
    cycle = lock(cycle)
    form = draft_form(cycle)
    if form is None:
        raise RuleViolation("no_draft", _("There is nothing to publish: the form has not been changed."))
    if problems := form_checks.problems_of(cycle, form_changes.questions_of(form), form.sections.all()):
        raise RuleViolation("incomplete", " ".join(problem.text for problem in problems))
    form.published_at = timezone.now()
    form.save(update_fields=["published_at"])
    audit.record("setup.publish_version", cycle, by=by, changes={"number": form.number})
    return form


# --- Moving drafts ----------------------------------------------------------------------------------


def outdated(cycle: Cycle) -> QuerySet[Application]:
    """Drafts that are asked by an older version than the published one. What was ever sent in is never among them."""
    drafts = Application.objects.filter(cycle=cycle, status=Status.DRAFT, is_test=False, merged_into__isnull=True)
    return drafts.exclude(form=current_form(cycle)).order_by("pk")


def move_drafts(cycle: Cycle, *, by: User) -> int:
    """Move all outdated drafts to the published version: at once where they are few, else a worker does.

    Each draft in a transaction of its own, so that nobody who is writing waits for the others. Safe to repeat:
    whoever has moved stays. Returns how many there were. RuleViolation: no_form.
    """
    count = _begin_move(cycle, by=by)
    if 0 < count <= AT_ONCE:
        move_all(cycle, by=by)
    return count


@transaction.atomic
def _begin_move(cycle: Cycle, *, by: User) -> int:
    cycle = lock(cycle)
    form = current_form(cycle)
    if form is None:
        raise RuleViolation("no_form", _("Publish a form first."))
    count = outdated(cycle).count()
    if count:
        audit.record("setup.move_drafts", cycle, by=by, changes={"number": form.number, "count": count})
    if count > AT_ONCE:
        # robust: a broker that is down must not turn this into an error page; the button is still there
        send = functools.partial(dispatch.send, "applications.move_drafts", cycle_id=cycle.pk, by_id=by.pk)
        transaction.on_commit(send, robust=True)
    return count


def move_all(cycle: Cycle, *, by: User) -> int:
    """One draft, one transaction, until none is left. A worker may be killed and run it again."""
    form = current_form(cycle)
    if form is None:
        return 0
    changes: dict[int, Changes] = {}
    moved = 0
    for application in outdated(cycle).iterator(chunk_size=AT_ONCE):
        moved += move_draft(application, form, by=by, known=changes)
    return moved


@transaction.atomic
def move_draft(
    application: Application, form: FormVersion, *, by: User, known: dict[int, Changes] | None = None
) -> bool:
    """One draft is asked by `form` from now on; False where it was sent in or moved meanwhile.

    Answers go along by question key where the kind fits. The others stay with the question they answered, as no
    longer asked; nothing is deleted. Tells the student if something more must be answered now. `known` keeps
    comparisons of versions from one call to the next.
    """
    locked = (
        Application.objects.select_for_update(of=("self",)).select_related("student", "cycle").get(pk=application.pk)
    )
    if locked.status != Status.DRAFT or locked.form_id == form.pk or form.cycle_id != locked.cycle_id:
        return False
    known = {} if known is None else known
    before = locked.form_id
    if before not in known:
        known[before] = form_changes.compare(
            form_changes.questions_of(FormVersion.objects.get(pk=before)), form_changes.questions_of(form)
        )
    kept = carry_answers(locked, before, form, known[before])
    locked.form = form
    locked.save(update_fields=["form"])
    audit.record("application.move_version", locked, by=by, changes={"form": form.number, "not_asked_now": kept})
    if known[before].newly_required and locked.student:
        outbox.queue("applications/form_changed", to=locked.student, context={"application": locked})
    return True


def carry_answers(application: Application, before: int, form: FormVersion, changes: Changes) -> list[str]:
    """Point answers and files at the questions of `form`. Returns the keys of what is not asked any more."""
    asked = {question.key: question for question in form_changes.questions_of(form)}
    answers = list(application.answers.select_related("question__section__form"))
    # of two answers to one key (kept from an earlier version), the one that the student was shown last goes along
    answers.sort(key=lambda answer: (answer.question.section.form_id != before, -answer.saved_at.timestamp()))
    taken = {answer.question.key for answer in answers if answer.question.section.form_id == form.pk}
    other_kind = {old.key: old for old, new in changes.other_kind if not form_changes.fits(old, new, None)}
    not_asked: list[str] = []
    moved: list[Answer] = []
    for answer in answers:
        old = answer.question
        if old.section.form_id == form.pk:
            continue
        new = asked.get(old.key)
        if new and old.key not in taken and form_changes.fits(old, new, answer.value):
            taken.add(old.key)
            answer.question = new
            moved.append(answer)
            continue
        not_asked.append(old.key)
        if new and old.section.form_id == before:
            other_kind[old.key] = old
    Answer.objects.bulk_update(moved, ["question"])
    for old in other_kind.values():
        _put_aside(application, old)
    _carry_uploads(application, asked)
    return sorted(set(not_asked))


def _put_aside(application: Application, question: Question) -> None:
    """What devices wrote to a field that is of another kind now would be read as that kind: it is kept by its version.

    A field that is gone altogether keeps its key: nothing reads it, and it is there if the question comes back.
    """
    name = f"{question.key[:30]}-v{question.section.form.number}"
    taken = set(application.draft_fields.filter(key__startswith=name).values_list("key", flat=True))
    free = next(each for each in (name, *(f"{name}-{n}" for n in range(2, 100))) if each not in taken)
    application.draft_fields.filter(key=question.key).update(key=free)


def _carry_uploads(application: Application, asked: dict[str, Question]) -> None:
    for upload in Upload.objects.filter(application=application).select_related("question"):
        new = asked.get(upload.question.key)
        if new and new.pk != upload.question_id and new.kind == Question.Kind.FILE:
            Upload.objects.filter(pk=upload.pk).update(question=new)
