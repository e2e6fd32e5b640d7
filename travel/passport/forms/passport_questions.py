"""The form of the plain questions on the way to a passport, one per screen. Where they lead: `passport_route`.

Nothing is saved on the way: each screen carries the answers so far, and the last one submits them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.passport.forms.stage import day_input
from travel.passport.passport_route import (
    Age,
    Answer,
    Answers,
    Born,
    Issued,
    Name,
    Paper,
    PhotoId,
    Terms,
    TravelOn,
    Where,
    answers_from_json,
    answers_to_json,
    contradictions,
    questions,
)
from travel.passport.validity import Validity

NOT_SURE = gettext_lazy("I’m not sure")
YES_NO_UNSURE = [
    (Answer.YES.value, gettext_lazy("Yes")),
    (Answer.NO.value, gettext_lazy("No")),
    (Answer.UNSURE.value, NOT_SURE),
]
# these can't be combined with any other choice
ALONE = (Paper.NO_RECORD, Paper.NONE)


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
    """`numbers`: the dated facts that the questions name, by the last part of their keys."""

    use_required_attribute = False

    travel_on = QuestionField(
        gettext_lazy("What would you travel on?"),
        choices=[
            (TravelOn.US_HAVE.value, gettext_lazy("A US passport that I have")),
            (TravelOn.US_NEED.value, gettext_lazy("A US passport that I need to get")),
            (TravelOn.OTHER_COUNTRY.value, gettext_lazy("Another country’s passport")),
            (TravelOn.OTHER_DOCUMENT.value, gettext_lazy("Another travel document")),
            (TravelOn.RATHER_TALK.value, gettext_lazy("I would rather talk to someone")),
        ],
        help_text=gettext_lazy(
            "Every answer is fine, and none counts against you. With one of the last three you talk with an advisor in "
            "private. The office then sees only which cities can work, and never why."
        ),
    )
    had_passport = QuestionField(
        gettext_lazy("Have you ever had a US passport?"), help_text=gettext_lazy("One you had as a child counts.")
    )
    where = QuestionField(
        gettext_lazy("Where is your US passport?"),
        choices=[
            (Where.HERE.value, gettext_lazy("I have it, and it is not damaged")),
            (Where.DAMAGED.value, gettext_lazy("I have it, but it is damaged")),
            (Where.LOST.value, gettext_lazy("It was lost")),
            (Where.STOLEN.value, gettext_lazy("It was stolen")),
            (Where.UNSURE.value, NOT_SURE),
        ],
        help_text=gettext_lazy("Damaged means that it got wet, or a page is torn, or the cover is coming off."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("When does it expire?"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy(
            "The date is on the page with your photo. If you cannot look now, leave it empty: an advisor helps."
        ),
    )
    name = QuestionField(
        choices=[
            (Name.SAME.value, gettext_lazy("Yes, the same")),
            (Name.CHANGED_WITH_PAPER.value, gettext_lazy("No, and I have the paper that shows the change")),
            (Name.CHANGED_WITHOUT_PAPER.value, gettext_lazy("No, and I do not have that paper")),
            (Name.UNSURE.value, NOT_SURE),
        ],
        help_text=gettext_lazy("Such a paper is a marriage certificate, a divorce paper, or a court order."),
    )
    printed_wrong = QuestionField()
    issued = QuestionField(
        gettext_lazy("When was it issued?"), help_text=gettext_lazy("That date is on the page with your photo, too.")
    )
    issued_as_adult = QuestionField()
    age = QuestionField(gettext_lazy("How old will you be on the day you apply?"))
    born = QuestionField(
        gettext_lazy("Where were you born?"),
        choices=[
            (Born.IN_US.value, gettext_lazy("In the United States or one of its territories")),
            (Born.ABROAD.value, gettext_lazy("In another country, with a parent who is a US citizen")),
            (Born.NATURALIZED.value, gettext_lazy("In another country, and I was given a naturalization certificate")),
            (Born.UNSURE.value, gettext_lazy("I’m not sure, or I would rather talk")),
        ],
        help_text=gettext_lazy("We ask only because it decides which paper you bring."),
    )
    papers = forms.MultipleChoiceField(
        label=gettext_lazy("Which of these do you have at hand?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (Paper.CERTIFIED.value, gettext_lazy("A US birth certificate with a seal")),
            (Paper.INFORMATIONAL.value, gettext_lazy("A copy that says “informational”")),
            (Paper.SOUVENIR.value, gettext_lazy("A paper with footprints from the hospital")),
            (Paper.CONSULAR_REPORT.value, gettext_lazy("A Consular Report of Birth Abroad")),
            (Paper.CITIZENSHIP.value, gettext_lazy("A Certificate of Citizenship")),
            (Paper.NATURALIZATION.value, gettext_lazy("A Certificate of Naturalization")),
            (Paper.NONE.value, gettext_lazy("None of these right now")),
            (Paper.NO_RECORD.value, gettext_lazy("I think nobody ever wrote my birth down")),
            (Paper.UNSURE.value, NOT_SURE),
        ],
        help_text=gettext_lazy("Choose all that you have. Hold yours next to the drawings."),
    )
    photo_id = QuestionField(
        gettext_lazy("Which photo ID do you have?"),
        choices=[
            (PhotoId.CALIFORNIA.value, gettext_lazy("A California driver’s license or ID card")),
            (PhotoId.OTHER_STATE.value, gettext_lazy("A license or ID card of another state")),
            (PhotoId.GOVERNMENT.value, gettext_lazy("A military ID, or a work ID of the government")),
            (PhotoId.STUDENT_ONLY.value, gettext_lazy("Only a student ID")),
            (PhotoId.NONE.value, gettext_lazy("None")),
            (PhotoId.UNSURE.value, NOT_SURE),
        ],
    )

    def __init__(self, *args: Any, validity: Validity, terms: Terms, numbers: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validity, self.terms = validity, terms
        self.fields["printed_wrong"].label = _(
            "Is anything printed wrong in it, or was it made for %(years)s years or less?"
        ) % {"years": numbers["short_years"]}
        self.fields["issued_as_adult"].label = _("Were you %(age)s or older when it was issued?") % {
            "age": numbers["adult_age"]
        }
        self._choose("issued", _issued(numbers))
        self._choose("age", _ages(numbers))
        self._name_the_paper()

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the types
        field.choices = choices

    def _name_the_paper(self) -> None:
        """Uses the raw data: reading the answers would bind the fields before their labels are set."""
        travel_on, had = self.data.get("travel_on"), self.data.get("had_passport")
        has_book = travel_on == TravelOn.US_HAVE or (travel_on == TravelOn.US_NEED and had == Answer.YES)
        self.fields["name"].label = (
            _("Is your name still the one in it?")
            if has_book
            else _("Is your name the one on your birth certificate, or on your citizenship paper?")
        )

    @classmethod
    def of(cls, answers: Answers, **kwargs: Any) -> "PassportQuestions":
        """A form as if these had just been answered."""
        asked = questions(answers, kwargs["validity"])
        kept = {name: value for name, value in answers_to_json(answers).items() if name in asked}
        return cls(kept | {"expires_on": kept.get("expires_on") or ""}, **kwargs)

    def clean_papers(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["papers"]
        if len(chosen) > 1 and any(paper in chosen for paper in ALONE):
            raise forms.ValidationError(
                _("You chose one that stands alone, and others too. Which is right?"), code="alone"
            )
        return chosen

    def clean_expires_on(self) -> Any:
        day = self.cleaned_data["expires_on"]
        if day and day.year > self.terms.today.year + self.terms.adult_valid_years:
            raise forms.ValidationError(
                _("A US passport is good for %(years)s years at most. Look at the date again.")
                % {"years": self.terms.adult_valid_years},
                code="too_far",
            )
        return day

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
        # an empty date counts as answered once its screen was shown: they can't look now
        return "unknown" if name == "expires_on" and value is None and name in self.data else value

    @property
    def answers(self) -> Answers | None:
        """The answers that count for this person, in order; None before the first."""
        return self._walk()[0]

    @property
    def current(self) -> str | None:
        """The question to ask now; None when nothing is left to ask."""
        return self._walk()[1]

    def _walk(self) -> tuple[Answers | None, str | None]:
        given, kept = self.given, {}
        if "travel_on" not in given:
            return None, "travel_on"
        kept["travel_on"] = given["travel_on"]
        answers = answers_from_json(kept)
        while left := [name for name in questions(answers, self.validity) if name not in kept]:
            if left[0] not in given:
                return answers, left[0]
            value = given[left[0]]
            kept[left[0]] = "" if value == "unknown" else value.isoformat() if left[0] == "expires_on" else value
            answers = answers_from_json(kept)
        return answers, None

    @property
    def asked(self) -> tuple[str, ...]:
        return questions(self.answers, self.validity) if self.answers else ("travel_on",)

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
                yield name, "" if each == "unknown" else str(each)

    def lines(self) -> list[AnswerLine]:
        """Each question that was asked, and its answer in words."""
        if self.answers is None:
            return []
        given = self.given
        return [
            AnswerLine(name, str(self.fields[name].label), self._words(name, given[name]))
            for name in self.asked
            if name in given
        ]

    def _words(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if isinstance(field, forms.DateField):
            return _("not known") if value == "unknown" else field.widget.format_value(value)
        choices: Any = field
        words = dict(choices.choices)
        return ", ".join(str(words[each]) for each in (value if isinstance(value, list) else [value]))

    def clashes(self) -> list[list[AnswerLine]]:
        """Groups of answers that can't all be true."""
        if self.answers is None:
            return []
        lines = {line.name: line for line in self.lines()}
        return [[lines[name] for name in names] for names in contradictions(self.answers, self.terms)]


def _issued(numbers: Mapping[str, int]) -> list[tuple[str, Any]]:
    years = {"years": numbers["renewal_years"]}
    return [
        (Issued.WITHIN_YEAR.value, _("In the last %(days)s days") % {"days": numbers["correction_days"]}),
        (Issued.WITHIN_LIMIT.value, _("Before that, but in the last %(years)s years") % years),
        (Issued.EARLIER.value, _("More than %(years)s years ago") % years),
        (Issued.UNSURE.value, NOT_SURE),
    ]


def _ages(numbers: Mapping[str, int]) -> list[tuple[str, Any]]:
    adult, of_age, older = numbers["adult_age"], numbers["parent_age"], numbers["online_age"]
    return [
        (Age.CHILD.value, _("Under %(age)s") % {"age": adult}),
        (Age.TEEN.value, _("%(first)s to %(last)s") % {"first": adult, "last": of_age - 1}),
        (Age.ADULT.value, _("%(first)s to %(last)s") % {"first": of_age, "last": older - 1}),
        (Age.OLDER.value, _("%(age)s or older") % {"age": older}),
        (Age.UNSURE.value, _("I would rather not say")),
    ]
