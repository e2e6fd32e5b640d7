"""The form of the plain questions on the way to a passport, one per screen. Where they lead: `way.route`.

Nothing is saved on the way: each screen carries the answers so far, and the last one submits them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.templatetags.ui import day_year
from travel.passport.case.stage_forms import day_input
from travel.passport.way.answers import DATES
from travel.passport.way.route import (
    OF_ABROAD,
    OF_US,
    Answer,
    Answers,
    Born,
    Kind,
    Name,
    Paper,
    PhotoId,
    Printed,
    Terms,
    Ticket,
    TravelOn,
    Where,
    answers_from_json,
    answers_to_json,
    contradictions,
    questions,
    years_on,
)
from travel.passport.way.validity import Validity

NOT_SURE = gettext_lazy("I’m not sure")
YES_NO_UNSURE = [
    (Answer.YES.value, gettext_lazy("Yes")),
    (Answer.NO.value, gettext_lazy("No")),
    (Answer.UNSURE.value, NOT_SURE),
]
# what a date says when its screen was shown and left empty: they can't look now, or would rather not say
UNKNOWN = "unknown"
OLDEST = 110  # years; an earlier date of birth is a slip
_IMPOSSIBLE: dict[str, tuple[Paper, ...]] = {
    Born.IN_US: OF_ABROAD,
    Born.ABROAD: OF_US,
    Born.NATURALIZED: (*OF_US, Paper.CONSULAR_REPORT),
}


class QuestionField(forms.ChoiceField):
    """Whether it is asked, and so must be answered, depends on the answers before it: see `current`."""

    widget = forms.RadioSelect

    def __init__(self, label: Any = "", choices: Any = YES_NO_UNSURE, help_text: Any = "") -> None:
        super().__init__(label=label, choices=choices, help_text=help_text, required=False)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One question with its answer, to be read and changed."""

    name: str
    label: str
    answer: str


class PassportQuestions(forms.Form):
    use_required_attribute = False

    travel_on = QuestionField(
        gettext_lazy("Which document would you travel with?"),
        choices=[
            (TravelOn.US_HAVE.value, gettext_lazy("A U.S. passport I already have")),
            (TravelOn.US_NEED.value, gettext_lazy("A U.S. passport I need to get")),
            (TravelOn.US_LOST.value, gettext_lazy("My U.S. passport was lost or stolen")),
            (TravelOn.OTHER_COUNTRY.value, gettext_lazy("Another country’s passport")),
            (TravelOn.OTHER_DOCUMENT.value, gettext_lazy("Another travel document")),
            (TravelOn.RATHER_TALK.value, gettext_lazy("I’d rather talk to someone")),
        ],
        help_text=gettext_lazy(
            "Every answer is fine, and none counts against you. If you choose one of the last three, an advisor at "
            "your college will talk with you in private. The office only sees which cities can work, never why."
        ),
    )
    had_passport = QuestionField(
        gettext_lazy("Have you ever had a U.S. passport?"),
        help_text=gettext_lazy("A passport you had as a child counts."),
    )
    where = QuestionField(
        gettext_lazy("Where is your U.S. passport?"),
        choices=[
            (Where.HERE.value, gettext_lazy("I have it, and it isn’t damaged")),
            (Where.DAMAGED.value, gettext_lazy("I have it, but it’s damaged")),
            (Where.LOST.value, gettext_lazy("It was lost")),
            (Where.STOLEN.value, gettext_lazy("It was stolen")),
            (Where.FOUND.value, gettext_lazy("I reported it lost or stolen, then found it")),
            (Where.UNSURE.value, NOT_SURE),
        ],
        help_text=gettext_lazy("Damaged means it got wet, a page is torn, or the cover is coming off."),
    )
    kind = QuestionField(
        gettext_lazy("What do you have?"),
        help_text=gettext_lazy("Count the years between the two dates on the page with your photo."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("When does it expire?"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("The date is on the page with your photo. If you can’t look right now, leave it blank."),
    )
    name = QuestionField(
        choices=[
            (Name.SAME.value, gettext_lazy("Yes, the same")),
            (Name.CHANGED_WITH_PAPER.value, gettext_lazy("No, and I have the document that shows the change")),
            (Name.CHANGED_WITHOUT_PAPER.value, gettext_lazy("No, and I don’t have that document")),
            (Name.UNSURE.value, NOT_SURE),
        ],
        help_text=gettext_lazy("That document is a marriage certificate, a divorce decree or a court order."),
    )
    printed_wrong = QuestionField(
        gettext_lazy("Is anything in it printed wrong?"),
        choices=[
            (Printed.NO.value, gettext_lazy("No, everything is right")),
            (Printed.YES.value, gettext_lazy("Yes, there’s a mistake")),
            (Printed.TALK.value, gettext_lazy("I have a question about the gender marker, or something else")),
            (Printed.UNSURE.value, NOT_SURE),
        ],
        help_text=gettext_lazy("Check your name, your date and place of birth, and your photo."),
    )
    ticket_name = QuestionField(
        gettext_lazy("Your passport is good for this trip. Which name do you want on your plane ticket?"),
        choices=[
            (Ticket.OLD_NAME.value, gettext_lazy("The name in my passport. I’ll travel with it as it is")),
            (Ticket.NEW_NAME.value, gettext_lazy("My new name. I’ll get a new passport first")),
        ],
        help_text=gettext_lazy(
            "The ticket and the passport need the same name. It can be your old one, and then you don’t have to apply"
            " for anything."
        ),
    )
    signed = QuestionField(
        gettext_lazy("Is it signed?"),
        help_text=gettext_lazy("Look across from the page with your photo. Your signature goes there, in ink."),
    )
    earlier_book = QuestionField()
    issued_on = forms.DateField(
        label=gettext_lazy("When was it issued?"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy(
            "The date is also on the page with your photo. It decides how long you can use a form. If you can’t look"
            " right now, leave it blank."
        ),
    )
    issued_as_adult = QuestionField()
    born_on = forms.DateField(label=gettext_lazy("What’s your date of birth?"), required=False, widget=day_input())
    born = QuestionField(
        gettext_lazy("Where were you born?"),
        choices=[
            (Born.IN_US.value, gettext_lazy("In the United States or one of its territories")),
            (Born.ABROAD.value, gettext_lazy("In another country, with a parent who is a U.S. citizen")),
            (Born.NATURALIZED.value, gettext_lazy("In another country, and I became a U.S. citizen later")),
            (Born.UNSURE.value, gettext_lazy("I’m not sure, or I’d rather talk")),
        ],
        help_text=gettext_lazy("We only ask because it decides which document you bring."),
    )
    papers = forms.MultipleChoiceField(
        label=gettext_lazy("Which of these do you have?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (Paper.CERTIFIED.value, gettext_lazy("A U.S. birth certificate with a seal")),
            (Paper.LATE.value, gettext_lazy("A U.S. birth certificate filed more than a year after I was born")),
            (Paper.PUERTO_RICO_OLD.value, gettext_lazy("A Puerto Rico birth certificate issued before July 2010")),
            (Paper.INFORMATIONAL.value, gettext_lazy("A copy that says “informational”")),
            (Paper.SOUVENIR.value, gettext_lazy("A hospital certificate with footprints")),
            (Paper.CONSULAR_REPORT.value, gettext_lazy("A Consular Report of Birth Abroad")),
            (Paper.CITIZENSHIP.value, gettext_lazy("A Certificate of Citizenship")),
            (Paper.NATURALIZATION.value, gettext_lazy("A Certificate of Naturalization")),
            (Paper.NONE.value, gettext_lazy("None of these right now")),
            (Paper.NO_RECORD.value, gettext_lazy("I think my birth was never registered")),
            (Paper.UNSURE.value, NOT_SURE),
        ],
        help_text=gettext_lazy("Choose all that you have. Compare yours with the drawings."),
    )
    photo_id = QuestionField(
        gettext_lazy("Which photo ID do you have?"),
        choices=[
            (PhotoId.IN_STATE.value, gettext_lazy("A driver’s license or ID card from the state where I’ll apply")),
            (PhotoId.OTHER_STATE.value, gettext_lazy("A license or ID card from another state")),
            (PhotoId.GOVERNMENT.value, gettext_lazy("A military ID or a government work ID")),
            (PhotoId.STUDENT_ONLY.value, gettext_lazy("Only a student ID")),
            (PhotoId.NONE.value, gettext_lazy("I don’t have any of these")),
            (PhotoId.UNSURE.value, NOT_SURE),
        ],
    )

    def __init__(self, *args: Any, validity: Validity, terms: Terms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validity, self.terms = validity, terms
        self.fields["earlier_book"].label = _("Before this one, did you have a passport valid for %(years)s years?") % {
            "years": terms.adult_valid_years
        }
        self.fields["issued_as_adult"].label = _("Were you %(age)s or older when it was issued?") % {
            "age": terms.adult_age
        }
        self.fields["born_on"].help_text = _about_the_birth_date(terms)
        self._choose("kind", _kinds(terms))
        self._name_the_paper()
        self._offer_papers()

    def _choose(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the types
        field.choices = choices

    def _name_the_paper(self) -> None:
        """Uses the raw data: reading the answers would bind the fields before their labels are set."""
        travel_on, had = self.data.get("travel_on"), self.data.get("had_passport")
        has_book = travel_on in (TravelOn.US_HAVE, TravelOn.US_LOST) or (
            travel_on == TravelOn.US_NEED and had == Answer.YES
        )
        self.fields["name"].label = (
            _("Is your name still the one in it?")
            if has_book
            else _("Is the name you use now the same as on your birth certificate or citizenship document?")
        )

    def _offer_papers(self) -> None:
        """Only what somebody born there can hold."""
        field: Any = self.fields["papers"]
        left_out = _IMPOSSIBLE.get(self.data.get("born", ""), ())
        self._choose("papers", [(value, label) for value, label in field.choices if value not in left_out])

    @classmethod
    def of(cls, sealed: Mapping[str, Any], **kwargs: Any) -> "PassportQuestions":
        """A form as if these sealed answers had just been given. What was never asked stays open."""
        answers = answers_from_json(sealed)
        asked = {*questions(answers, kwargs["validity"], kwargs["terms"])} | ({"born_on"} if answers.born_on else set())
        kept = {name: value for name, value in answers_to_json(answers).items() if name in asked & sealed.keys()}
        return cls(kept | {name: kept[name] or "" for name in DATES if name in kept}, **kwargs)

    def clean_papers(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["papers"]
        clash = contradictions(Answers(TravelOn.US_NEED, papers=tuple(Paper(each) for each in chosen)), self.terms)
        if clash:
            raise forms.ValidationError(
                _("You chose one that doesn’t go with the others. Which is right?"), code="alone"
            )
        return chosen

    def clean_expires_on(self) -> Any:
        day = self.cleaned_data["expires_on"]
        if day and day > years_on(self.terms.today, self.terms.adult_valid_years):
            raise forms.ValidationError(
                _("A U.S. passport is valid for %(years)s years at most. Check the date.")
                % {"years": self.terms.adult_valid_years},
                code="too_far",
            )
        return day

    def clean_issued_on(self) -> Any:
        day = self.cleaned_data["issued_on"]
        if day and day > self.terms.today:
            raise forms.ValidationError(_("That day hasn’t come yet. Check the date."), code="ahead")
        return day

    def clean_born_on(self) -> Any:
        """What the application already says isn't stored once more."""
        day = self.cleaned_data["born_on"]
        if day and not years_on(self.terms.today, -OLDEST) < day < self.terms.today:
            raise forms.ValidationError(_("Enter the day you were born. Check the year."), code="not_a_birthday")
        return None if day == self.terms.born_on else day

    # --- where it stands ----------------------------------------------------------------------------

    @property
    def given(self) -> dict[str, Any]:
        """Every readable answer, asked for or not: one that isn't needed now may be needed again."""
        if not self.is_bound:
            return {}
        return {name: value for name in self.fields if (value := self._answer(name)) not in (None, "", [])}

    def _answer(self, name: str) -> Any:
        if name in self.errors:
            return None
        value = self.cleaned_data.get(name)
        return UNKNOWN if name in DATES and value is None and name in self.data else value

    @property
    def answers(self) -> Answers | None:
        """The answers that count for this person, in order; None before the first."""
        return self._walk()[0]

    @property
    def current(self) -> str | None:
        """The question to ask now; None when nothing is left to ask."""
        return self._walk()[1]

    def _walk(self) -> tuple[Answers | None, str | None]:
        given: dict[str, Any] = {
            name: "" if value == UNKNOWN else value.isoformat() if isinstance(value, date) else value
            for name, value in self.given.items()
        }
        if "travel_on" not in given:
            return None, "travel_on"
        # a corrected date of birth counts before the question that needs it
        kept = {name: given[name] for name in ("travel_on", "born_on") if given.get(name)}
        answers = answers_from_json(kept)
        while left := [name for name in questions(answers, self.validity, self.terms) if name not in kept]:
            if left[0] not in given:
                return answers, left[0]
            kept[left[0]] = given[left[0]]
            answers = answers_from_json(kept)
        return answers, None

    @property
    def asked(self) -> tuple[str, ...]:
        return questions(self.answers, self.validity, self.terms) if self.answers else ("travel_on",)

    def before(self, name: str) -> str:
        """The question before this one, to go back to."""
        place = self.asked.index(name) if name in self.asked else 0
        return self.asked[max(0, place - 1)]

    def hidden(self, but: str | None) -> Iterator[tuple[str, str]]:
        """(name, value) of the answers that a screen carries along, without the question that it asks."""
        for name, value in self.given.items():
            if name == but:
                continue
            for each in value if isinstance(value, list) else [value]:
                yield name, "" if each == UNKNOWN else str(each)

    def lines(self) -> list[AnswerLine]:
        """Each question that was asked, and its answer in words."""
        return [self._line(name) for name in self.asked if name in self.given] if self.answers else []

    def _line(self, name: str) -> AnswerLine:
        value = self.given.get(name)
        if name == "born_on" and self.terms.born_on and value in (None, UNKNOWN):
            return AnswerLine(name, _("Your date of birth, from your application"), day_year(self.terms.born_on))
        return AnswerLine(name, str(self.fields[name].label), self._words(name, value))

    def _words(self, name: str, value: Any) -> str:
        if name in DATES:
            return _("not known") if value == UNKNOWN else day_year(value)
        choices: Any = self.fields[name]
        words = dict(choices.choices)
        return ", ".join(str(words[each]) for each in (value if isinstance(value, list) else [value]))

    def clashes(self) -> list[list[AnswerLine]]:
        """Groups of answers that can't all be true."""
        if self.answers is None:
            return []
        return [[self._line(name) for name in names] for names in contradictions(self.answers, self.terms)]


def _about_the_birth_date(terms: Terms) -> str:
    if terms.born_on is None:
        return _(
            "It affects what you’ll bring. It isn’t in your application, so we’re asking here. It’s locked with"
            " your other answers. You can leave it blank."
        )
    return _("Your application says %(day)s. If that’s wrong, enter the right date, and tell your advisor.") % {
        "day": day_year(terms.born_on)
    }


def _kinds(terms: Terms) -> list[tuple[str, Any]]:
    years = {"child": terms.child_valid_years, "adult": terms.adult_valid_years, "short": terms.short_years}
    return [
        (Kind.FULL.value, _("A passport book valid for %(child)s or %(adult)s years") % years),
        (Kind.LIMITED.value, _("A passport book valid for %(short)s years or less") % years),
        (
            Kind.LIMITED_LOSS.value,
            _("A book valid for %(short)s years or less because I’d lost or damaged others") % years,
        ),
        (Kind.CARD.value, _("Only a passport card, the size of a driver’s license")),
        (Kind.UNSURE.value, NOT_SURE),
    ]
