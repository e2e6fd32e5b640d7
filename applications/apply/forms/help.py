"""Forms for help: the code that a helper types, questions, answers, and the filters of the list of threads."""

from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from applications.models import Cycle, Thread
from exchange.files.spreadsheets import Cell
from exchange.models import College
from exchange.web.worklist import Column, Columns, SearchField, SortField

NOTE_MAX = 2000  # characters; a screen or two
DIGITS = 6


class NoteField(forms.CharField):
    """The text of a note. One that is too long is an error that says by how much, and stays on the page."""

    widget = forms.Textarea(attrs={"rows": 6})
    too_long = ngettext_lazy(
        "Keep it to 2,000 characters. That’s %(over)d character too many.",
        "Keep it to 2,000 characters. That’s %(over)d characters too many.",
        "over",
    )

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text", _("Up to 2,000 characters. Leave out private details we don’t need, such as ID numbers.")
        )
        kwargs.setdefault("error_messages", {"required": _("Write something first.")})
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        # a browser sends each line break as two characters
        text: str = super().clean(value).replace("\r\n", "\n")
        if (over := len(text) - NOTE_MAX) > 0:
            raise forms.ValidationError(self.too_long % {"over": over}, code="max_length")
        return text


class HelpCodeForm(forms.Form):
    digits = forms.CharField(
        label=_("Six-digit code"),
        help_text=_("The student finds it in their application, under “Let someone help me with this”."),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 12}),
        error_messages={"required": _("Enter the six digits on the student’s phone.")},
    )

    def clean_digits(self) -> str:
        digits = "".join(char for char in self.cleaned_data["digits"] if char not in " -.\u00a0\u202f")
        if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
            raise forms.ValidationError(
                _("The code has six digits. Enter all of them and nothing else."), code="digits"
            )
        return digits


class NewThreadForm(forms.Form):
    """A new question. The college is asked only if no application has it."""

    addressee = forms.ChoiceField(
        label=_("Who is your question for?"),
        choices=[
            (Thread.Addressee.ADVISOR, _("My advisor: my college, my classes, this application")),
            (Thread.Addressee.OFFICE, _("The exchange team: the trip, the dates, my passport")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who should answer.")},
    )
    college = forms.ModelChoiceField(
        label=_("Your college"),
        queryset=College.objects.all(),
        to_field_name="code",
        required=False,
        empty_label=_("Choose"),
        help_text=_("So your own advisor gets it."),
    )
    body = NoteField(label=_("Your question"))

    def __init__(self, *args: Any, knows_college: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if knows_college:
            del self.fields["college"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        asks_college = "college" in self.fields and "college" not in self.errors
        if asks_college and cleaned.get("addressee") == Thread.Addressee.ADVISOR and not cleaned.get("college"):
            self.add_error(
                "college",
                forms.ValidationError(_("Choose your college so your advisor gets this."), code="no_college"),
            )
        return cleaned


class ThreadNoteForm(forms.Form):
    body = NoteField(label=_("Add a message"))


class BeginForm(forms.Form):
    body = NoteField(
        label=_("Message"), help_text=_("Up to 2,000 characters. The student will get a message with a link to it.")
    )


class AnswerForm(forms.Form):
    body = NoteField(
        label=_("Answer"), help_text=_("Up to 2,000 characters. The student will get a message with a link to it.")
    )


class ObjectionForm(forms.Form):
    body = NoteField(
        label=_("What isn’t right?"),
        error_messages={"required": _("Tell us what isn’t right.")},
        help_text=_("Up to 2,000 characters. A person reads it and answers you here."),
    )


class AppealForm(forms.Form):
    reason = NoteField(
        label=_("What should we look at again?"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "Up to 2,000 characters. Tell us what you think we missed or got wrong. Please don’t write about your"
            " health."
        ),
        error_messages={"required": _("Write what we should look at again.")},
    )


TO = [
    ("", _("everyone")),
    ("me", _("me")),
    (Thread.Addressee.ADVISOR, _("the advisors")),
    (Thread.Addressee.OFFICE, _("the office")),
]


SHOWN_MAX = 90  # characters of a question on the list, and in its file


def first_words(thread: Any) -> str:
    """Of a thread `with_first_note`: what the list shows of it."""
    return Truncator(thread.opening or "").chars(SHOWN_MAX)


def answerer(thread: Thread) -> str:
    return gettext("the office") if thread.addressee == Thread.Addressee.OFFICE else gettext("the advisor")


def waits_in_words(thread: Any) -> Cell:
    """Since when, or why nobody waits. Of a thread `with_first_note`."""
    if thread.waiting_since:
        return localtime(thread.waiting_since)
    return gettext("answered") if thread.opener == thread.student_id else gettext("from you or a colleague")


THREADS = Columns(
    Column("name", _("Student"), ("student__full_name",), cell=lambda row: str(row.student)),
    Column("question", _("Question"), cell=first_words),
    Column(
        "college",
        _("College"),
        ("college__short_name", "waiting_since"),
        computed={},
        cell=lambda row: row.college.short_name if row.college else "",
    ),
    Column("to", _("For"), ("addressee", "waiting_since"), computed={}, cell=answerer),
    Column("waiting", _("Waiting since"), ("waiting_since",), computed={}, cell=waits_in_words),
)


SHOW = [("", _("waiting (a search looks in all)")), ("waiting", _("waiting")), ("all", _("all"))]


class ThreadFilterForm(forms.Form):
    """Filters of the list of threads, from the query string. Invalid values are ignored."""

    q = SearchField(label=_("Name, email, phone, student number or code"))
    show = forms.ChoiceField(label=_("Show"), required=False, choices=SHOW)
    to = forms.ChoiceField(label=_("For"), required=False, choices=TO)
    sort = SortField(THREADS, own=_("longest wait first"))

    def chosen(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name, ""))

    @property
    def searches_all(self) -> bool:
        """Whoever looks for what was said doesn't know whether it was answered."""
        return bool(self.chosen("q")) and not self.chosen("show")

    @property
    def shows_all(self) -> bool:
        return self.searches_all or self.chosen("show") == "all"


def first_line(cycle_code: str, rule_key: str) -> str:
    """The first line of a question asked from the page "Can I apply?": the rule that it is about."""
    cycle = Cycle.objects.public().filter(code=cycle_code).first()
    if cycle is None:
        return ""
    rule = cycle.rules.filter(key=rule_key).first()
    about = f"{cycle.name}: {rule.text}" if rule else cycle.name
    return _("About %(what)s") % {"what": about} + "\n\n"
