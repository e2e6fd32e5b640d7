"""What a reader gives to a candidate of another college."""

from datetime import datetime

from django import forms
from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Assignment, Review


class ReviewFilterForm(forms.Form):
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("all, those to read first")), ("unread", _("to read")), ("locked", _("locked"))],
    )


class ReviewForm(forms.Form):
    """The rubric of one cycle. `locking=True` asks for points on every criterion; else anything may be left out."""

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
        help_text=_("They read it once results are out, without your name."),
    )
    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    SALT = "applications.review.opened"

    def __init__(self, data=None, *, assignment: Assignment, locking: bool = False):
        self.criteria = list(assignment.application.cycle.criteria.prefetch_related("levels"))
        review = Review.objects.filter(assignment=assignment).prefetch_related("ratings__criterion").first()
        initial: dict[str, str | int] = {"opened": signing.dumps(timezone.now().timestamp(), salt=self.SALT)}
        if review:
            given = {f"points_{each.criterion.key}": each.points for each in review.ratings.all()}
            initial |= {"comment": review.comment, "feedback": review.feedback, **given}
        super().__init__(data, initial=initial)
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

    def rubric(self) -> list[dict]:
        """Each criterion as components/rubric.html takes it."""
        rows = []
        for criterion in self.criteria:
            field = self[f"points_{criterion.key}"]
            value = field.value()
            rows.append(
                {
                    "criterion": criterion.title,
                    "levels": field.field.choices,
                    "name": field.html_name,
                    "value": "" if value is None else value,
                    "error": " ".join(field.errors),
                }
            )
        return rows

    def scored(self) -> list[dict]:
        """What was given, for components/summary_list.html."""
        rows = []
        for criterion in self.criteria:
            points = self.initial.get(f"points_{criterion.key}")
            words = {level.points: level.text for level in criterion.levels.all()}.get(points, "")
            rows.append({"label": criterion.title, "value": f"{points} · {words}" if points else ""})
        for name in ("feedback", "comment"):
            rows.append({"label": self.fields[name].label, "value": self.initial.get(name, "")})
        return rows

    def reading(self) -> dict:
        """What the actions take; also of a form with errors, without the fields that have one."""
        clean = self.cleaned_data
        points = {each.key: clean.get(f"points_{each.key}") for each in self.criteria}
        return {
            "points": {key: value for key, value in points.items() if value is not None},
            "comment": clean.get("comment", ""),
            "feedback": clean.get("feedback", ""),
            "started_at": self._opened_at(),
        }

    @property
    def only_lacks_points(self) -> bool:
        """Everything that was typed is fine; only points are still to choose."""
        return all(name.startswith("points_") for name in self.errors)

    def _opened_at(self) -> datetime:
        """When the page was first opened: the start of the reading, for the reader's pace."""
        try:
            stamp = signing.loads(self.cleaned_data.get("opened", ""), salt=self.SALT, max_age=24 * 60 * 60)
        except signing.BadSignature:
            return timezone.now()
        return datetime.fromtimestamp(stamp, tz=timezone.get_current_timezone())
