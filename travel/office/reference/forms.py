"""The forms of dated rows: what the row says in both languages, its source, and the day to look again."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from applications.cycle.forms.setup import text_area
from exchange.base.codes import new_code
from exchange.models import DatedReference, Fact, NoticeSection, PartnerCity, RetentionRule
from exchange.reference import facts
from travel.base import actions as rows
from travel.base.forms import RowForm, day
from travel.models import EntryRule, Guidance, HealthRule, PassportCase
from travel.office.reference import bounds as reference_bounds
from travel.office.reference.kinds import CONSENT, ENTRY, FACT, GUIDANCE, HEALTH, NOTICE, RETENTION, Kind

type Layout = tuple[tuple[str, ...], ...]
SOURCE: Layout = (("source_name", "source_url"), ("as_of", "review_on"), ("is_confirmed",))
TEXTED, KEY_PART = "text.country", 30
BOTH = _("Enter this in Spanish too.")


def _line(model: type[DatedReference], name: str, label: Any, **more: Any) -> forms.CharField:
    column: Any = model._meta.get_field(name)
    if name.endswith("_es"):
        more = {"error_messages": {"required": BOTH}} | more
    return forms.CharField(label=label, max_length=column.max_length, **more)


def _text(name: str, label: Any, **more: Any) -> forms.CharField:
    if name.endswith("_es"):
        more = {"error_messages": {"required": BOTH}} | more
    return text_area(label, **more)


class ReferenceForm(RowForm):
    """What all dated rows have: source, address, the two days, and whether somebody compared it."""

    of: Kind
    unmet = frozenset({"as_of"})  # today, on every form
    source_name = forms.CharField(
        label=_("Source"),
        max_length=200,
        help_text=_("Who says so, and where."),
        error_messages={"required": _("Enter who says so.")},
    )
    source_url = forms.URLField(
        label=_("Official page"),
        max_length=300,
        required=False,
        assume_scheme="https",
        error_messages={
            "invalid": _("This isn’t the address of a web page. One looks like https://travel.state.gov/.")
        },
    )
    as_of = day(_("Checked on"))
    review_on = day(_("Check again by"), help_text=_("After this day, readers are sent to the official page."))
    is_confirmed = forms.BooleanField(
        label=_("Compared with its source"),
        required=False,
        help_text=_("If not, readers are told to check the official page."),
    )

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        self.row, today = row, timezone.localdate()
        ahead = today + timedelta(days=int(facts.number(self.of.review_fact)))
        initial = {**self.initial_of(row), "as_of": today} if row else {"as_of": today, "is_confirmed": True}
        if row is None or row.review_on <= today:
            initial["review_on"] = ahead
        super().__init__(*args, initial=initial, **kwargs)

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        shown = super().initial_of(row)
        names = [name for name in shown if name not in ("seen", "is_confirmed")]
        return shown | {"seen": rows.fingerprint(row, names)}

    def clean_as_of(self) -> Any:
        if self.cleaned_data["as_of"] > timezone.localdate():
            raise forms.ValidationError(_("This day is still ahead. Enter the day on which you looked."))
        return self.cleaned_data["as_of"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        as_of, review_on = self.cleaned_data.get("as_of"), self.cleaned_data.get("review_on")
        if as_of and review_on and review_on <= as_of:
            self.add_error("review_on", _("The next check must be after this one."))
        elif review_on and review_on <= timezone.localdate():
            self.add_error("review_on", _("This day has passed. Enter the day by which to look again."))
        return self.cleaned_data


class FactForm(ReferenceForm):
    of = FACT
    layout: Layout = (("value",), ("label_en", "label_es"), *SOURCE)
    value = forms.DecimalField(max_digits=12, decimal_places=2)
    label_en = _line(Fact, "label_en", _("What it’s called, in English"))
    label_es = _line(Fact, "label_es", _("What it’s called, in Spanish"))

    def __init__(self, *args: Any, row: Fact, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.initial["value"] = row.number
        unit = row.get_unit_display()
        self.fields["value"].label = _("Number") if row.unit == Fact.Unit.COUNT else _("Number, in %s") % unit

    def clean_value(self) -> Any:
        value = self.cleaned_data["value"]
        if problem := reference_bounds.problem(self.row, value):
            raise forms.ValidationError(problem)
        return value


class NewFactForm(ReferenceForm):
    """For the lists of facts that are open: which countries we text, what a city asks, what is paid of a fee."""

    of = FACT
    layout: Layout = (("about", "country"), ("value", "unit"), ("label_en", "label_es"), *SOURCE)
    extra_fields = ("about", "country")
    about = forms.ChoiceField(label=_("About"))
    country = forms.RegexField(
        r"\A[A-Za-z]{2}\Z",
        label=_("Country’s two letters"),
        required=False,
        help_text=_("Only for a country whose phones we text, such as PR. Then the number is 1 for yes, 0 for no."),
        error_messages={"invalid": _("Enter the two letters of the country, such as PR.")},
    )
    value = forms.DecimalField(label=_("Number"), max_digits=12, decimal_places=2)
    unit = forms.ChoiceField(label=_("Unit"), choices=Fact.Unit.choices)
    label_en = _line(Fact, "label_en", _("What it’s called, in English"))
    label_es = _line(Fact, "label_es", _("What it’s called, in Spanish"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(
            "about",
            [
                (TEXTED, _("A country whose phones we text")),
                *((f"entry.{city.code}", _("Entering %s") % city) for city in PartnerCity.objects.all()),
            ],
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("about") == TEXTED and not said.get("country") and "country" not in self.errors:
            self.add_error("country", _("Enter the two letters of the country, such as PR."))
        elif not self.errors:
            fact = Fact(key=self.key, unit=said["unit"])
            if problem := reference_bounds.problem(fact, said["value"]):
                self.add_error("value", problem)
        return said

    @property
    def key(self) -> str:
        said = self.cleaned_data
        if said["about"] == TEXTED:
            return f"{TEXTED}.{said['country'].lower()}"
        name = slugify(said["label_en"]).replace("-", "_")[:KEY_PART] or new_code().lower()
        return f"{said['about']}.{name}" if said["about"].startswith("entry.") else str(said["about"])

    @property
    def values(self) -> dict[str, Any]:
        return {**super().values, "key": self.key}


class EntryForm(ReferenceForm):
    of = ENTRY
    layout: Layout = (
        *(("requirement",), ("fee", "currency"), ("lead_days", "blank_pages")),
        *(("validity_months", "validity_basis"), ("note_en", "note_es"), *SOURCE),
    )
    requirement = forms.ChoiceField(label=_("What a traveler needs"), choices=EntryRule.Requirement.choices)
    fee = forms.DecimalField(
        label=_("Fee"),
        min_value=0,
        max_digits=7,
        decimal_places=2,
        required=False,
        help_text=_("Empty if there’s none."),
    )
    currency = forms.RegexField(
        r"\A[A-Z]{3}\Z",
        label=_("Currency of the fee"),
        required=False,
        help_text=_("Three capital letters, such as USD or EUR."),
        error_messages={"invalid": _("Enter three capital letters, such as USD or EUR.")},
    )
    lead_days = forms.IntegerField(
        label=_("Days to allow for the visa or authorization"), min_value=0, max_value=730, help_text=_("0 if none.")
    )
    blank_pages = forms.IntegerField(label=_("Blank pages to have"), min_value=0, max_value=20)
    validity_months = forms.IntegerField(label=_("Months the passport must be valid"), min_value=0, max_value=24)
    validity_basis = forms.ChoiceField(label=_("Counted"), choices=EntryRule.Basis.choices)
    note_en = _text("note_en", _("In words, in English"), required=False)
    note_es = _text("note_es", _("In words, in Spanish"), required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.need_both("note")
        if said.get("fee") is not None and not said.get("currency") and "currency" not in self.errors:
            self.add_error("currency", _("Enter the currency of the fee."))
        return said


class NewEntryForm(EntryForm):
    """For a city that has no rule yet."""

    layout: Layout = (("city",), *EntryForm.layout)
    city = forms.ModelChoiceField(label=_("City"), queryset=PartnerCity.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["city"]
        choice.queryset = PartnerCity.objects.exclude(entry_rules__document=EntryRule.Document.US_PASSPORT)


class HealthForm(ReferenceForm):
    of = HEALTH
    layout: Layout = (("kind", "strength"), ("title_en", "title_es"), ("text_en", "text_es"), *SOURCE)
    kind = forms.ChoiceField(label=_("About"), choices=HealthRule.Kind.choices)
    strength = forms.ChoiceField(label=_("How strongly"), choices=HealthRule.Strength.choices)
    title_en = _line(HealthRule, "title_en", _("Title, in English"))
    title_es = _line(HealthRule, "title_es", _("Title, in Spanish"))
    text_en = _text("text_en", _("In words, in English"))
    text_es = _text("text_es", _("In words, in Spanish"))


class NewHealthForm(HealthForm):
    layout: Layout = (("city",), *HealthForm.layout)
    city = forms.ModelChoiceField(
        label=_("City"), queryset=PartnerCity.objects.all(), required=False, empty_label=_("Every city")
    )


class GuidanceForm(ReferenceForm):
    of = GUIDANCE
    layout: Layout = (("title_en", "title_es"), ("text_en", "text_es"), ("routes",), ("order",), *SOURCE)
    title_en = _line(Guidance, "title_en", _("Title, in English"))
    title_es = _line(Guidance, "title_es", _("Title, in Spanish"))
    text_en = _text("text_en", _("In words, in English"))
    text_es = _text("text_es", _("In words, in Spanish"))
    routes = forms.MultipleChoiceField(
        label=_("For students on these routes"),
        choices=PassportCase.Route.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: for everyone who applies for a passport."),
    )
    order = forms.IntegerField(
        label=_("Place in the list"), min_value=0, max_value=32_000, help_text=_("Lower numbers come first.")
    )


class NewGuidanceForm(GuidanceForm):
    layout: Layout = (("topic",), *GuidanceForm.layout)
    # which documents someone brings follows from their answers, by the keys of the rows that ship with the portal
    topic = forms.ChoiceField(
        label=_("About"),
        choices=[
            choice for choice in Guidance.Topic.choices if choice[0] not in (Guidance.Topic.PAPER, Guidance.Topic.HELP)
        ],
    )


class RetentionForm(ReferenceForm):
    of = RETENTION
    layout: Layout = (("what_en", "what_es"), ("starts_en", "starts_es"), ("reason_en", "reason_es"), *SOURCE)
    what_en = _line(RetentionRule, "what_en", _("What we keep, in English"))
    what_es = _line(RetentionRule, "what_es", _("What we keep, in Spanish"))
    starts_en = _line(RetentionRule, "starts_en", _("Counted from, in English"), required=False)
    starts_es = _line(RetentionRule, "starts_es", _("Counted from, in Spanish"), required=False)
    reason_en = _line(RetentionRule, "reason_en", _("Reason, in English"))
    reason_es = _line(RetentionRule, "reason_es", _("Reason, in Spanish"))

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.need_both("starts")
        return said


class NoticeForm(ReferenceForm):
    of = NOTICE
    layout: Layout = (("title_en", "title_es"), ("body_en", "body_es"), *SOURCE)
    title_en = _line(NoticeSection, "title_en", _("Title, in English"))
    title_es = _line(NoticeSection, "title_es", _("Title, in Spanish"))
    body_en = _text("body_en", _("In words, in English"), rows=12)
    body_es = _text("body_es", _("In words, in Spanish"), rows=12)


class ConsentForm(ReferenceForm):
    """Only the source: what students signed is never changed."""

    of = CONSENT
    layout: Layout = SOURCE


FORMS: dict[str, type[ReferenceForm]] = {
    form.of.key: form
    for form in (FactForm, EntryForm, HealthForm, GuidanceForm, RetentionForm, NoticeForm, ConsentForm)
}
NEW_FORMS: dict[str, type[ReferenceForm]] = {
    form.of.key: form for form in (NewFactForm, NewEntryForm, NewHealthForm, NewGuidanceForm)
}


def label_of(kind: Kind, name: str) -> str:
    """What a column is called on the form of its kind."""
    for form in (FORMS[kind.key], NEW_FORMS.get(kind.key)):
        field = form.base_fields.get(name) if form else None
        if field and field.label:
            return str(field.label)
    return {"value": str(_("Number")), "checked_by": str(_("Checked by"))}.get(name, name)
