"""The office writes its own words for a text, and goes back to the portal's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from exchange.base.audit import record
from exchange.base.errors import RuleViolation
from exchange.models import User, Wording
from exchange.models.wording import WORDS
from exchange.wording import checking, own, standing
from exchange.wording.own import Key
from exchange.wording.standing import FourTexts, Standing
from exchange.wording.texts import Text


@dataclass(frozen=True, slots=True)
class Change:
    """`seen`: the version that the person had before them. `fits`: the Spanish still says the same."""

    text: Text
    seen: int
    words: FourTexts
    fits: bool = False


class ChangedMeanwhile(RuleViolation):
    """Somebody else saved some of the same texts. Nothing was written."""

    def __init__(self, texts: Sequence[Text]) -> None:
        super().__init__("changed_meanwhile", _("Someone changed this text while you were writing. Nothing was saved."))
        self.texts = list(texts)


def save(changes: Sequence[Change], *, by: User) -> None:
    """Write a new version of each text, all or none. RuleViolation: changed_meanwhile, cannot_be_said."""
    for change in changes:
        if wrong := _wrong(change):
            raise RuleViolation("cannot_be_said", wrong)
    with _versions(changes) as now:
        for change in changes:
            stands, shipped = now[change.text.key], change.text.shipped
            old = stands.words
            is_english_new, is_spanish_new = change.words[:2] != old[:2], change.words[2:] != old[2:]
            is_older = (is_english_new or stands.is_spanish_older) and not is_spanish_new and not change.fits
            _write(stands, None if change.words == shipped else change.words, by=by, is_older=is_older)


def _wrong(change: Change) -> str:
    text = change.text
    for name, words, shipped in zip(WORDS, change.words, text.shipped, strict=True):
        if wrong := checking.problem(words, text, shipped, is_of_one=bool(text.several) and "several" not in name):
            return wrong
    return ""


def back_to_shipped(text: Text, *, seen: int, by: User) -> None:
    """Say the portal's own text again. RuleViolation: changed_meanwhile."""
    with _versions([Change(text, seen, text.shipped)]) as now:
        _write(now[text.key], None, by=by)


def keep(text: Text, *, seen: int, by: User) -> None:
    """The office has seen that the portal's text changed, and stays with its own. RuleViolation: changed_meanwhile."""
    with _versions([Change(text, seen, text.shipped)]) as now:
        stands = now[text.key]
        if stands.is_own:
            _write(stands, stands.words, by=by, is_older=stands.is_spanish_older)


@contextmanager
def _versions(changes: Sequence[Change]) -> Iterator[dict[Key, Standing]]:
    """A transaction with the newest versions, in which somebody else's newer ones are a ChangedMeanwhile."""
    texts = [change.text for change in changes]
    try:
        with transaction.atomic():
            now = standing.of(texts)
            if late := [change.text for change in changes if now[change.text.key].seen != change.seen]:
                raise ChangedMeanwhile(late)
            yield now
            transaction.on_commit(own.changed)
    except IntegrityError as error:  # they wrote the same version at the same moment
        raise ChangedMeanwhile(texts) from error


def _write(stands: Standing, words: FourTexts | None, *, by: User, is_older: bool = False) -> None:
    """`words`: None for the portal's own."""
    text = stands.text
    version = Wording.objects.create(
        series=text.code,
        number=Wording.objects.filter(series=text.code).count() + 1,
        place=text.files[0][:200],
        context=text.context,
        source=text.source,
        is_shipped=words is None,
        is_spanish_older=is_older and words is not None,
        by=by,
        **dict(zip(WORDS, words or ("",) * 4, strict=True)),
        **{f"shipped_{name}": shipped for name, shipped in zip(WORDS, text.shipped, strict=True)},
    )
    record("wording.change" if words else "wording.back", version, by=by, changes={"place": version.place})
