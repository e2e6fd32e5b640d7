"""Actions on a cycle's form versions: start, discard and publish one, and move drafts to the published one."""

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

AT_ONCE = 200  # drafts that a request moves itself; more are moved by a worker
# fields that a copy has in common
SECTION_COPIED = tuple(each.attname for each in Section._meta.concrete_fields if each.name not in ("id", "form"))
COPIED = tuple(each.attname for each in Question._meta.concrete_fields if each.name not in ("id", "section"))


def lock(cycle: Cycle) -> Cycle:
    """Lock the cycle until the end of the transaction, so that changes of its form, rules and rubric are serialized."""
    return Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)


@transaction.atomic
def start_version(cycle: Cycle, *, by: User) -> FormVersion:
    """Create an unpublished copy of the published form, or return the existing one. Applications don't use it yet."""
    cycle = lock(cycle)
    if draft := draft_form(cycle):
        return draft
    newest = current_form(cycle)
    if newest is None:
        raise RuleViolation("no_form", _("This cycle doesn’t have a form yet. Copy one from another cycle."))
    form = copy_form(newest, cycle, number=newest.number + 1)
    audit.record("setup.start_version", cycle, by=by, changes={"number": form.number})
    return form


def copy_form(source: FormVersion, cycle: Cycle, *, number: int) -> FormVersion:
    """Copy the sections and questions into a new, unpublished version of a cycle's form."""
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
    """Delete the unpublished version and the tests of it; the published one stays."""
    cycle = lock(cycle)
    draft = draft_form(cycle)
    if draft is None:
        return
    if current_form(cycle) is None:
        raise RuleViolation("only_version", _("This is the cycle’s only form, so it can’t be removed."))
    forget_tests(Application.objects.filter(form=draft))
    try:
        number = draft.number
        draft.delete()
    except ProtectedError:
        raise RuleViolation("in_use", _("Someone has applied with this version, so it can’t be removed.")) from None
    audit.record("setup.discard_version", cycle, by=by, changes={"number": number})


def forget_tests(applications: Iterable[Application]) -> None:
    """Delete the test applications among these, with their answers and files; real applications stay."""
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
    """Delete expired tests. Returns how many."""
    over = Application.objects.filter(is_test=True, reopened_until__lt=timezone.now()).order_by("pk")
    tests = list(over if dry_run else over.select_for_update(of=("self",)))
    if not dry_run:
        forget_tests(tests)
    return len(tests)


@transaction.atomic
def publish_version(cycle: Cycle, *, by: User) -> FormVersion:
    """Publish the version: new applications use it from now on; drafts keep theirs until they are moved.

    Raises RuleViolation: no_draft, incomplete (says what is missing).
    """
    cycle = lock(cycle)
    form = draft_form(cycle)
    if form is None:
        raise RuleViolation("no_draft", _("There’s nothing to publish. The form hasn’t changed."))
    if problems := form_checks.problems_of(cycle, form_changes.questions_of(form), form.sections.all()):
        raise RuleViolation("incomplete", " ".join(problem.text for problem in problems))
    form.published_at = timezone.now()
    form.save(update_fields=["published_at"])
    audit.record("setup.publish_version", cycle, by=by, changes={"number": form.number})
    return form


# --- Moving drafts ----------------------------------------------------------------------------------


def outdated(cycle: Cycle) -> QuerySet[Application]:
    """Drafts with another form version than the published one. Submitted applications are never among them."""
    drafts = Application.objects.filter(cycle=cycle, status=Status.DRAFT, is_test=False, merged_into__isnull=True)
    return drafts.exclude(form=current_form(cycle)).order_by("pk")


def move_drafts(cycle: Cycle, *, by: User) -> int:
    """Move all outdated drafts to the published version: here if they are few, else by a worker.

    Each draft is moved in a separate transaction, so that no student's save waits for the others. Idempotent.
    Returns how many there were. Raises RuleViolation: no_form.
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
        dispatch.keep_and_send("applications.move_drafts", cycle_id=cycle.pk, by_id=by.pk)
    return count


def move_all(cycle: Cycle, *, by: User) -> int:
    """Move all outdated drafts, each in its own transaction, so that it can be stopped and run again."""
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
    """Move one draft to `form`; returns False if it was submitted or moved meanwhile.

    Answers move by question key if the kinds are compatible. The others stay with their old question, as no longer
    asked; nothing is deleted. Messages the student if more questions are required now. `known`: comparisons of
    versions, to reuse from one call to the next.
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
    """Move answers and files to the questions of `form`. Returns the keys of those that are no longer asked."""
    asked = {question.key: question for question in form_changes.questions_of(form)}
    answers = list(application.answers.select_related("question__section__form"))
    # of two answers with one key (one was kept from an earlier version), the one that the student saw last moves
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
        _retire_draft_field(application, old)
    _carry_uploads(application, asked)
    return sorted(set(not_asked))


def _retire_draft_field(application: Application, question: Question) -> None:
    """Rename the draft field of a question whose kind changed, or its versions would be read as the new kind.

    The draft field of a removed question keeps its key: nothing reads it, and the question may come back.
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
