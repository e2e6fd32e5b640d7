"""Forms for readers' limits, and for drawing and moving their files."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.reading import reader_rows
from applications.reading.reader_rows import ReaderRow
from exchange.models import User
from exchange.web.edited import EditedForm
from exchange.web.worklist import SearchField, SortField

MOST_FILES = 500  # catches typing mistakes; the usual number is the fact review.reads_max


class ReaderFilterForm(forms.Form):
    """Filters of the list of readers."""

    cycle = forms.CharField(required=False, widget=forms.HiddenInput)
    q = SearchField(label=_("Name or email"))
    state = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", pgettext_lazy("readers", "all")),
            ("late", _("late")),
            ("owed", _("with applications left to read")),
        ],
    )
    sort = SortField(reader_rows.COLUMNS, own=_("most left to read first"))

    def listed(self, rows: Sequence[ReaderRow]) -> list[ReaderRow]:
        """What isn't a choice is no filter."""
        self.is_valid()
        chosen = {name: self.cleaned_data.get(name, "") for name in ("state", "sort")}
        return reader_rows.listed(rows, typed=self.cleaned_data.get("q", ""), **chosen)


class ReaderProfileForm(EditedForm):
    use_required_attribute = False
    reads_spanish = forms.BooleanField(label=_("Also reads Spanish"), required=False)
    reads_most = forms.IntegerField(
        label=_("Most applications in one cycle"),
        required=False,
        min_value=1,
        max_value=MOST_FILES,
        help_text=_("Leave this empty for the usual number."),
    )
    is_reading = forms.BooleanField(
        label=_("Takes new applications"), required=False, help_text=_("Applications already assigned stay.")
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class OwnReadingForm(ReaderProfileForm):
    """The profile as the reader edits it, with labels in the first person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reads_spanish"].label = _("I also read Spanish")
        self.fields["is_reading"].label = _("I can take new applications")
        self.fields["reads_most"].label = _("Most applications I can read in one cycle")


class AddReaderForm(forms.Form):
    use_required_attribute = False
    email = forms.EmailField(label=_("Email they sign in with"))


class SeedForm(forms.Form):
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text=_("Any number. The same number gives the same draft. Leave it empty to get a random one."),
    )


class ChangeReaderForm(forms.Form):
    """`people`: those who can take the file over. `labels`: by their primary keys."""

    use_required_attribute = False
    reader = forms.ModelChoiceField(
        label=_("New reader"),
        queryset=User.objects.none(),
        to_field_name="code",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": _("Choose a reader."),
            "invalid_choice": _("This person can no longer take it. Choose someone else."),
        },
    )

    def __init__(self, *args: Any, people: QuerySet[User], labels: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader: Any = self.fields["reader"]
        reader.queryset = people
        reader.label_from_instance = lambda user: labels[user.pk]


class MoveForm(forms.Form):
    """The seed and fingerprint of the plan that the preview showed."""

    seed = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
