"""The office chooses stories and proposes their words; the student approves or changes them."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from travel.models import Reflection, ReflectionConsent, Story, StoryText
from travel.reflection.stories import names_in

State = Story.State


@transaction.atomic
def shortlist(reflection: Reflection, *, by: User) -> Story:
    """Put an answer on the list. A second tap changes nothing. RuleViolation: not_agreed."""
    reflection = Reflection.objects.select_for_update(of=("self",)).get(pk=reflection.pk)
    _require_agreed(reflection)
    story, is_new = Story.objects.get_or_create(reflection=reflection, defaults={"added_by": by})
    if is_new:
        audit.record("story.shortlist", story, by=by)
    return story


def _require_agreed(reflection: Reflection) -> None:
    if not Reflection.objects.published().filter(pk=reflection.pk).exists():
        raise RuleViolation("not_agreed", _("The student hasn’t agreed to be quoted, or took it back."))


@transaction.atomic
def choose(story: Story, *, by: User) -> None:
    """Choose a story; it comes last. Shown once its student has approved words. RuleViolation: not_agreed."""
    story = _locked(story)
    _require_agreed(story.reflection)
    if story.state != State.CHOSEN:
        story.order = (Story.objects.filter(state=State.CHOSEN).aggregate(last=Max("order"))["last"] or 0) + 1
        story.state = State.CHOSEN
        story.save(update_fields=["state", "order"])
        audit.record("story.choose", story, by=by)


@transaction.atomic
def put_back(story: Story, *, by: User) -> None:
    """Back on the shortlist: no page shows it any longer. Safe to repeat."""
    story = _locked(story)
    if story.state == State.CHOSEN:
        story.state, story.order = State.SHORTLISTED, 0
        story.save(update_fields=["state", "order"])
        audit.record("story.put_back", story, by=by)


@transaction.atomic
def move(story: Story, *, up: bool, by: User) -> None:
    """One place up or down among the chosen ones."""
    rows = list(Story.objects.select_for_update(of=("self",)).filter(state=State.CHOSEN).order_by("order", "pk"))
    place = next((at for at, row in enumerate(rows) if row.pk == story.pk), None)
    if place is None:
        return
    other = place + (-1 if up else 1)
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for order, row in enumerate(rows, start=1):
        row.order = order
    Story.objects.bulk_update(rows, ["order"])
    audit.record("story.move", story, by=by, changes={"place": other + 1})


def fingerprint(words: StoryText | None) -> str:
    """What a form carries of the words in its language, if there were any."""
    return edit_lock.fingerprint(words, ("quote", "text")) if words else "none"


@transaction.atomic
def propose(story: Story, language: str, *, quote: str, text: str, by: User, seen: str = "") -> StoryText:
    """Words in one language, which the student is asked to approve; what was approved before isn't shown any longer.

    The same words again change nothing. `seen`: `fingerprint` as the form was opened; "" checks nothing.
    RuleViolation: not_agreed, says_name, changed_meanwhile.
    """
    story = _locked(story)
    _require_agreed(story.reflection)
    there = StoryText.objects.filter(story=story, language=language).first()
    if there and (there.quote, there.text) == (quote, text) and not there.refused_at:
        return there
    edit_lock.check(seen, fingerprint(there))
    row = there or StoryText(story=story, language=language)
    row.quote, row.text, row.proposed_at, row.proposed_by = quote, text, timezone.now(), by
    row.approved_at = row.refused_at = None
    _refuse_names(story, row)
    row.save()
    audit.record("story.propose", story, by=by, changes={"language": language})
    student = story.reflection.placement.application.person
    outbox.queue("travel/story_text", to=student, context={"story": story, "words": row})
    return row


def _refuse_names(story: Story, row: StoryText) -> None:
    named = story.reflection.consents.in_force().filter(kind=ReflectionConsent.Kind.NAME).exists()
    if not named and names_in(story, row):
        raise RuleViolation("says_name", _("These words say the student’s name, which the student didn’t agree to."))


@transaction.atomic
def approve(story: Story, language: str, *, quote: str, text: str, by: User) -> StoryText:
    """The student approves the words, as they are or changed. RuleViolation: not_agreed, gone, says_name."""
    row = _text(story, language)
    story = row.story
    _require_agreed(story.reflection)
    row.quote, row.text = quote, text
    _refuse_names(story, row)
    row.approved_at, row.refused_at = timezone.now(), None
    row.save()
    audit.record("story.approve", story, by=by, changes={"language": language})
    return row


@transaction.atomic
def refuse(story: Story, language: str, *, by: User) -> None:
    """The student says no to these words. Safe to repeat. RuleViolation: gone."""
    row = _text(story, language)
    if row.refused_at is None:
        row.approved_at, row.refused_at = None, timezone.now()
        row.save(update_fields=["approved_at", "refused_at"])
        audit.record("story.refuse", row.story, by=by, changes={"language": language})


def _text(story: Story, language: str) -> StoryText:
    story = _locked(story)
    row = StoryText.objects.filter(story=story, language=language).first()
    if row is None:
        raise RuleViolation("gone", _("The office changed these words. Look at the page again."))
    row.story = story
    return row


def _locked(story: Story) -> Story:
    rows = Story.objects.select_for_update(of=("self",))
    return rows.select_related("reflection__placement__application__student").get(pk=story.pk)
