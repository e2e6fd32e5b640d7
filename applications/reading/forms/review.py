"""Forms for scoring a candidate of another college, and parsing of single fields sent by the page's script."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications.base import rubrics
from applications.models import Assignment, Review
from applications.reading.actions.review import TEXTS, FieldChange
from applications.reading.lost_edit import mark

FIELDS_MAX = 60  # in one request
MARKS_MAX = 400  # hashes of known texts, for one field
POINTS_LENGTH = 2
SURROGATES = re.compile(r"[\ud800-\udfff]")


class ReviewFilterForm(forms.Form):
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("all, unread first")), ("unread", _("to read")), ("locked", _("locked"))],
    )


class ReviewForm(forms.Form):
    """One cycle's rubric. `locking=True` requires points for every criterion; otherwise any field may be empty."""

    comment = forms.CharField(
        label=_("Comment for the committee"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Write it as if the student will read it."),
    )
    feedback = forms.CharField(
        label=_("Feedback the student will read"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Students see it once results are released, without your name."),
    )
    opened = forms.CharField(required=False, widget=forms.HiddenInput)
    # what the page shows: the version of the rubric's wording, and hashes of the stored texts
    rubric_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    SALT = "applications.review.opened"

    def __init__(self, data: QueryDict | None = None, *, assignment: Assignment, locking: bool = False) -> None:
        self.assignment = assignment
        self.stored_words: list[dict[str, Any]] = []
        self.criteria = rubrics.criteria_for(assignment)
        self.review: Review | None = getattr(assignment, "review", None)
        initial: dict[str, Any] = {"opened": self.stamp}
        if self.review:
            initial |= {"comment": self.review.comment, "feedback": self.review.feedback}
        for criterion in self.criteria:
            initial[f"points_{criterion.key}"] = lambda key=criterion.key: self.given.get(key)
        super().__init__(data, initial=initial)
        if assignment.application.cycle.readers_talk and not assignment.is_interview:  # see applications.reading.talk
            self.fields["comment"].label = _("Comment for the committee and the other readers")
        for criterion in self.criteria:
            self.fields[f"points_{criterion.key}"] = forms.TypedChoiceField(
                label=criterion.title,
                choices=[(level.points, level.text) for level in criterion.levels.all()],
                coerce=int,
                empty_value=None,
                required=locking,
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose the points before you lock.")},
            )
        self.order_fields([f"points_{criterion.key}" for criterion in self.criteria])

    @cached_property
    def given(self) -> dict[str, int]:
        """The stored points by criterion key. Lazy, because saving a reading does not need them."""
        return dict(self.review.ratings.values_list("criterion__key", "points")) if self.review else {}

    def stamp(self) -> str:
        """The current time, signed; `opened_at` reads it."""
        return signing.dumps(timezone.now().timestamp(), salt=self.SALT)

    def rubric(self) -> list[dict[str, Any]]:
        """Each criterion, as context for components/rubric.html. A level is (points, text, sample)."""
        rows = []
        for criterion in self.criteria:
            field = self[f"points_{criterion.key}"]
            value = field.value()
            rows.append(
                {
                    "criterion": criterion.title,
                    "ask": criterion.ask,
                    "answer": f"answer-{criterion.question_key}" if criterion.question_key else "",
                    "levels": rubrics.levels_of(criterion),
                    "name": field.html_name,
                    "value": "" if value is None else value,
                    "error": " ".join(map(str, field.errors)),
                }
            )
        return rows

    def scored(self) -> list[dict[str, Any]]:
        """The points with the rubric's wording at the time of scoring, for components/summary_list.html."""
        rows: list[dict[str, Any]] = []
        cycle = self.assignment.application.cycle
        number = self.review.rubric_version if self.review else cycle.rubric_version
        former = rubrics.versions_of(cycle, [number]).get(number)
        titles, words = (rubrics.titles_by(former), rubrics.words_by(former)) if former else ({}, {})
        for criterion in self.criteria:
            points = self.given.get(criterion.key)
            levels = words.get(criterion.key) or {level.points: level.text for level in criterion.levels.all()}
            label = titles.get(criterion.key) or criterion.title
            rows.append({"label": label, "value": f"{points} · {levels.get(points, '')}" if points else ""})
        for name in TEXTS:
            rows.append({"label": self.fields[name].label, "value": self.initial.get(name, "")})
        return rows

    def reading(self) -> dict[str, Any]:
        """The keyword arguments of the actions. Also for a form with errors, without the fields that have one."""
        clean = self.cleaned_data
        points = {each.key: clean.get(f"points_{each.key}") for each in self.criteria}
        return {
            "points": {key: value for key, value in points.items() if value is not None},
            "comment": plain(clean.get("comment", "")),
            "feedback": plain(clean.get("feedback", "")),
            "started_at": opened_at(clean.get("opened", "")),
            "seen": _read_seen(clean.get("seen", "")),
            "rubric_version": clean.get("rubric_version"),
        }

    @property
    def known(self) -> str:
        """The value of the hidden input `seen`: hashes of the texts that the page shows now and knew before."""
        marks = _read_seen(self.data.get("seen", "")) if self.is_bound else None
        now = {name: [mark(str(self.initial.get(name, "")))] for name in TEXTS}
        return json.dumps({name: [*(marks or {}).get(name, []), *now[name]] for name in TEXTS}, separators=(",", ":"))

    def show_stored(self, stored: Mapping[str, str]) -> None:
        """Show the text saved from another window beside the text typed here. When saved again, the page knows both."""
        self.initial.update(stored)
        for name in stored:
            self.add_error(name, forms.ValidationError(_("You saved different text in another window."), code="apart"))
        self.stored_words = [
            {"field": name, "label": self.fields[name].label, "text": text} for name, text in stored.items()
        ]

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed and nothing is stored."""
        said = self.reading()
        return self.review is None and not (said["points"] or said["comment"] or said["feedback"])

    @property
    def only_lacks_points(self) -> bool:
        """Whether the only errors are missing points."""
        return all(name.startswith("points_") for name in self.errors)


def plain(text: str) -> str:
    """The text as it is stored: browsers send other line ends."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _read_seen(text: str) -> dict[str, list[str]] | None:
    """The hashes of known texts by field; None if the page does not send them, and then nothing is compared."""
    try:
        sent = json.loads(text)
        return {name: [str(each) for each in sent.get(name, [])][-MARKS_MAX:] for name in TEXTS}
    except (ValueError, TypeError, AttributeError):
        return None


def opened_at(stamp: str) -> datetime:
    """When the page was first opened, for the reader's pace. The current time if the stamp is missing or invalid."""
    try:
        moment = signing.loads(stamp, salt=ReviewForm.SALT, max_age=24 * 60 * 60)
    except signing.BadSignature:
        return timezone.now()
    return datetime.fromtimestamp(moment, tz=timezone.get_current_timezone())


# --- Single fields as JSON --------------------------------------------------------------------------


class Unreadable(ValueError):
    """The request body is not what the page's script sends."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One field of a request. `problem`: why its value is refused, for the person."""

    number: int
    change: FieldChange
    problem: str = ""


def read_fields(body: bytes) -> tuple[list[Sent], datetime]:
    """The fields in one request of the page's script, and when the page was opened. Raises Unreadable."""
    try:
        changes = json.loads(body)["changes"]
        if not isinstance(changes, list) or len(changes) > FIELDS_MAX:
            raise Unreadable
        sent = [_sent(each) for each in changes]
        stamps = [str(each["fields"].get("opened", "")) for each in changes]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreadable from error
    return sent, opened_at(stamps[0] if stamps else "")


def _sent(row: dict[str, Any]) -> Sent:
    fields = row["fields"]
    field, number, value = str(row["key"]), row["number"], plain(str(fields.get("value", "")))
    if type(number) is not int:
        raise Unreadable
    known = [str(each) for each in fields.get("known", [])][-MARKS_MAX:]
    change = FieldChange(field, SURROGATES.sub("\ufffd", value), known)
    text: Any = ReviewForm.base_fields[field] if field in TEXTS else None
    over = len(value) - (text.max_length if text else POINTS_LENGTH)
    problem = ngettext("%(over)s character too long.", "%(over)s characters too long.", over) % {"over": over}
    return Sent(number, change, problem if over > 0 else "")
