"""Two people at one form: the second sees what the first saved beside what they typed, and neither loses anything."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.choices import flatten_choices
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation
from exchange.templatetags.ui import day_year

CHANGED = "changed_meanwhile"


class EditedForm(forms.Form):
    """A form of something that others may edit as well. Its hidden field `seen` says how that was when the form was
    opened (`applications.base.edit_lock`); `initial` says how it is now, also when the form comes back.

    `theirs`: (label, what's saved now) of each field in which the two differ; `components/error_summary.html` shows it.
    """

    unmet: ClassVar[frozenset[str]] = frozenset()  # fields in which a difference tells nothing
    theirs: tuple[tuple[str, str], ...] = ()

    def meet(self, more: Iterable[tuple[str, str]] = ()) -> None:
        """Someone else saved meanwhile: what was typed stays, and the next save knows of theirs.

        `more`: lines beside the form's own fields.
        """
        given: Any = self.data
        data = given.copy()
        data[self.add_prefix("seen")] = self.initial["seen"]
        self.data = data
        differing = [field for field in self.visible_fields() if field.name not in self.unmet and _differs(field)]
        self.theirs = (*((str(field.label), _words(field)) for field in differing), *more)
        self.add_error(
            None,
            forms.ValidationError(
                _("Someone else saved this while you were writing. Compare below, then save again."), code=CHANGED
            ),
        )


def refuse(
    form: forms.Form, violation: RuleViolation, field: str | None = None, more: Iterable[tuple[str, str]] = ()
) -> None:
    """Say in the form why it wasn't saved. `field`: which one it's about, if the reason is no other person's save."""
    if violation.code == CHANGED and isinstance(form, EditedForm):
        form.meet(more)
    else:
        form.add_error(field, violation.message)


class refusal_in:  # noqa: N801  # reads like contextlib.suppress
    """A RuleViolation in the block is said in the form (`refuse`), and the view goes on to show it."""

    def __init__(self, form: forms.Form, field: str | None = None) -> None:
        self.form, self.field = form, field

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, RuleViolation):
            refuse(self.form, error, self.field)
        return isinstance(error, RuleViolation)


def _now(field: forms.BoundField) -> Any:
    """What is saved, as the form would show it to someone who opens it now."""
    return field.form.get_initial_for_field(field.field, field.name)


def _differs(field: forms.BoundField) -> bool:
    return not field.field.disabled and field.field.has_changed(_now(field), field.data)


def _words(field: forms.BoundField) -> str:
    value = field.field.prepare_value(_now(field))
    if isinstance(field.field, forms.BooleanField):
        return _("yes") if value else _("no")
    choices: Any = getattr(field.field, "choices", None)
    if choices is not None:
        chosen = {str(each) for each in value} if isinstance(value, list | tuple | set) else {str(value)}
        pairs: list[tuple[Any, Any]] = list(flatten_choices(choices))
        value = ", ".join(str(label) for each, label in pairs if str(each) in chosen)
    elif isinstance(value, date):
        value = day_year(value)
    return "–" if value in (None, "", []) else str(value)
