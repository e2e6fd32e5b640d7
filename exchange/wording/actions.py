"""The office writes its own words for a message, goes back to the portal's, and sends itself a test."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from exchange.base.audit import record
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Message, User, Wording
from exchange.models.wording import WORDS
from exchange.wording import own, standing
from exchange.wording.composing import Composed
from exchange.wording.pages import in_place
from exchange.wording.passages import Passage
from exchange.wording.standing import Standing

TEST = "exchange/text_test"


@dataclass(frozen=True, slots=True)
class Change:
    """`seen`: the number of the version that the person had before them. `fits`: the Spanish still says the same."""

    passage: Passage
    seen: int
    words: tuple[str, str, str, str]
    fits: bool = False


class ChangedMeanwhile(RuleViolation):
    """Somebody else saved some of the same passages. Nothing was written."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        super().__init__("changed_meanwhile", _("Someone changed this text while you were writing. Nothing was saved."))
        self.passages = list(passages)


def save(changes: Sequence[Change], *, by: User) -> None:
    """Write a new version of each passage, all or none. RuleViolation: changed_meanwhile."""
    with _versions(changes) as now:
        for change in changes:
            stands = now[change.passage]
            is_shipped = change.words == change.passage.shipped()
            old = stands.words
            is_english_new, is_spanish_new = change.words[:2] != old[:2], change.words[2:] != old[2:]
            is_older = (is_english_new or stands.is_spanish_older) and not is_spanish_new and not change.fits
            words = ("",) * 4 if is_shipped else change.words
            _write(stands, words, by=by, is_shipped=is_shipped, is_older=is_older and not is_shipped)


def back_to_shipped(passage: Passage, *, seen: int, by: User) -> None:
    """Say the portal's own text again. RuleViolation: changed_meanwhile."""
    with _versions([Change(passage, seen, passage.shipped())]) as now:
        _write(now[passage], ("",) * 4, by=by, is_shipped=True, is_older=False)


def keep(passage: Passage, *, seen: int, by: User) -> None:
    """The office has seen that the portal's text changed, and stays with its own. RuleViolation: changed_meanwhile."""
    with _versions([Change(passage, seen, passage.shipped())]) as now:
        stands = now[passage]
        if stands.is_own:
            _write(stands, stands.words, by=by, is_shipped=False, is_older=stands.is_spanish_older)


def send_test(composed: Composed, *, by: User) -> list[Message]:
    """Send a message with made-up values to oneself."""
    with transaction.atomic(), translation.override(composed.language):
        return outbox.queue_composed(
            by,
            subject=_("Test: %(subject)s") % {"subject": composed.subject} if composed.subject else _("Test"),
            body=composed.body,
            text=composed.text,
            template=TEST,
        )


@contextmanager
def _versions(changes: Sequence[Change]) -> Iterator[dict[Passage, Standing]]:
    """A transaction with the newest versions, in which somebody else's newer ones are a ChangedMeanwhile."""
    passages = [change.passage for change in changes]
    try:
        with transaction.atomic():
            now = standing.of(passages)
            if late := [change.passage for change in changes if now[change.passage].number != change.seen]:
                raise ChangedMeanwhile(late)
            yield now
            transaction.on_commit(own.changed)
    except IntegrityError as error:  # they wrote the same version at the same moment
        raise ChangedMeanwhile(passages) from error


def _write(stands: Standing, words: tuple[str, ...], *, by: User, is_shipped: bool, is_older: bool) -> None:
    passage, row = stands.passage, stands.row
    version = Wording.objects.create(
        series=row.series if row else _new_series(passage),
        number=stands.number + 1,
        place=passage.place,
        context=passage.context,
        source=passage.source,
        siblings=[each.code for each in in_place(passage.place) if each != passage],
        is_shipped=is_shipped,
        is_spanish_older=is_older,
        by=by,
        **dict(zip(WORDS, words, strict=True)),
        **{f"shipped_{name}": text for name, text in zip(WORDS, passage.shipped(), strict=True)},
    )
    record("wording.back" if is_shipped else "wording.change", version, by=by, changes={"place": passage.place})


def _new_series(passage: Passage) -> str:
    """The passage's own code, unless a text that moved to another passage began here."""
    taken = Wording.objects.filter(series__startswith=passage.code, number=1).count()
    return f"{passage.code}.{taken}" if taken else passage.code
