"""Two people at one form: the second is refused, sees what the first saved beside what they typed, and loses nothing.

One table of every page on which the office edits something; a form with an edit lock that isn't in it fails.
"""

from dataclasses import dataclass, field

import pytest
from django.core.exceptions import NON_FIELD_ERRORS
from django.urls import reverse

from exchange.models import College
from exchange.web.edited import CHANGED, EditedForm
from tests import test_urls
from tests.factories import UserFactory
from tests.factories_travel import in_days

pytestmark = pytest.mark.django_db
everything, sessions, client_of, world = (
    getattr(test_urls, name) for name in ("everything", "sessions", "client_of", "world")
)


@dataclass(frozen=True, slots=True)
class Edit:
    """The form on a page; one of its fields ("": its first), what the first and the second person enter, what both must
    enter, and who they are.
    """

    form: str
    field: str
    theirs: object = "Theirs"
    mine: object = "Mine"
    more: dict[str, object] = field(default_factory=dict)
    role: str = "coordinator"


ENDORSED = {"result": "endorsed", "is_enrolled": "yes", "units": "12", "in_good_standing": "yes"}
PAGES = {
    "applications:cycle-setup-basics": Edit("BasicsForm", "name_en"),
    "applications:cycle-setup-criterion": Edit("CriterionForm", "title_en"),
    "applications:cycle-setup-dates": Edit("DatesForm", "answer_days", "8", "9", {"is_sure": "on"}),
    "applications:cycle-setup-question": Edit("QuestionSetupForm", "label_en"),
    "applications:cycle-setup-rule": Edit("RuleForm", "text_en"),
    "applications:cycle-setup-sample": Edit("SampleForm", "text_1"),
    "applications:cycle-setup-section": Edit("SectionSetupForm", "title_en"),
    "applications:endorsement-record": Edit("EndorsementForm", "note", more=ENDORSED, role="advisor"),
    "applications:staff-note-edit": Edit("StaffNoteEditForm", "body"),
    "applications:interview-slot": Edit("SlotForm", "place"),
    "applications:reader-profile": Edit("ReaderProfileForm", "reads_most", "5", "6"),
    "applications:selection-lever": Edit("LeverForm", "definition_en", more={"reason": "As agreed."}),
    "applications:selection-reserves": Edit("ReservesForm", "basis", "adjusted", "raw", {"reason": "As agreed."}),
    "travel:announcement-edit": Edit("AnnouncementForm", "text_en"),
    "travel:agreement-edit": Edit("AgreementForm", "title"),
    "travel:budget-line-edit": Edit("BudgetLineForm", "title"),
    "travel:checklist-step-edit": Edit("StepForm", "title_en", more={"how": "everyone"}),
    "travel:college-edit": Edit("CollegeForm", "name"),
    "travel:contact-edit": Edit("ContactForm", "name"),
    "travel:contribution-edit": Edit("ContributionForm", "amount", "6.00", "7.00"),
    "travel:entry-record": Edit("RecordForm", "state", "unsure", "needed"),
    "travel:facility-change": Edit("FacilityForm", "name"),
    "travel:form-text-edit": Edit("FormTextForm", "title_en"),
    "travel:group-message-edit": Edit("GroupMessageForm", "body_en"),
    "travel:guide-tip-edit": Edit("TipForm", "title_en"),
    "travel:help-number-edit": Edit("HelpNumberForm", "phone", "997", "998"),
    "travel:host-edit": Edit("HostForm", "name"),
    "travel:insurance-edit": Edit("PolicyForm", "name"),
    "travel:itinerary-segment": Edit("MeetingForm", "to_name"),
    "travel:local-card-edit": Edit("LocalCardForm", "text"),
    "travel:money-rule-edit": Edit("HowForm", "how_en", more={"how_es": "En efectivo."}),
    "travel:packing-edit": Edit("PackingItemForm", "text_en"),
    "travel:packing-trip": Edit("WeatherForm", "weather", ["hot"], ["cold"]),
    "travel:partner-edit": Edit("CityForm", "name_en"),
    "travel:passport-day-change": Edit("PassportDayForm", "agents"),
    "travel:reference-change": Edit("FactForm", "label_en"),
    "travel:reflection-prompt-edit": Edit("PromptForm", "text_en"),
    "travel:rooms-setup": Edit("RoomPlanForm", "wishes_max", "1", "2"),
    "travel:session-edit": Edit("SessionForm", "place"),
    "travel:sponsor-edit": Edit("SponsorForm", "name"),
    "travel:survey-item-edit": Edit("SurveyItemForm", "text_en"),
    "travel:trip-edit": Edit("TripForm", "minimum_group", "2", "3"),
    "travel:visa-day-edit": Edit("VisaDayForm", "place", more={"on": in_days(20)}),
}
# the same view as a page of the table, for another kind of row
SAME_VIEW = {
    *("FlightForm", "RideForm", "StayForm"),
    *("ConsentForm", "EntryForm", "GuidanceForm", "HealthForm", "NoticeForm", "RetentionForm"),
    *("InterviewCriterionForm", "MoneyRuleForm", "OwnReadingForm"),
}
ELSEWHERE = {
    "DelayForm": "travel/abroad/test_group.py",
    "HomeCityForm": "travel/office/test_home_city.py",
    "PictureForm": "travel/partners/test_city_pictures.py",
    "StoryTextForm": "travel/reflection/test_stories.py",
    "ProjectForm": "travel/reflection/test_projects.py",  # a student's own, on two devices
}
# of rows that don't exist yet, and the classes that these forms share
NOTHING_TO_MEET = {
    *("NewCycleForm", "NewEntryForm", "NewFactForm", "NewGuidanceForm", "NewHealthForm"),
    *("ReferenceForm", "RowForm", "SegmentForm", "SlotRowForm"),
    "StandingForm",  # each entry is a row, and the one before stays
}


def descendants(of=EditedForm):
    for form in of.__subclasses__():
        yield form
        yield from descendants(form)


def as_typed(*parts):
    """What a browser sends of forms that nobody touched."""
    fields = [field for part in parts for form in [part, *getattr(part, "forms", [])] for field in part_fields(form)]
    shown = {field.html_name: field.value() for field in fields}
    sent = {name: "" if value is None else value for name, value in shown.items() if value is not False}
    return {name: "on" if value is True else value for name, value in sent.items()}


def part_fields(form):
    return list(getattr(form, "management_form", form))


def test_every_form_with_an_edit_lock_is_in_the_table():
    locked = {form.__name__ for form in descendants() if "seen" in form.base_fields}
    known = {edit.form for edit in PAGES.values()} | SAME_VIEW | set(ELSEWHERE) | NOTHING_TO_MEET
    assert locked - known == set()


@pytest.mark.parametrize("name", PAGES)
def test_the_second_of_two_people_sees_both_and_loses_nothing(client_of, world, name):
    edit, page = PAGES[name], reverse(name, kwargs=test_urls.arguments(name, world))
    office = client_of(edit.role)
    shown = office.get(page).context
    form = shown["form"]
    assert type(form).__name__ == edit.form
    changed = edit.field or form.visible_fields()[0].name
    theirs, mine = (edit.theirs, edit.mine) if edit.field else (advisor_at(changed), advisor_at(changed))
    label = str(form[changed].label)
    given = as_typed(form, *(shown[each] for each in ("option_rows",) if each in shown)) | edit.more
    response = office.post(page, given | {changed: theirs})
    assert response.status_code == 302, response.context["form"].errors

    response = office.post(page, given | {changed: mine})

    assert response.status_code == 200
    form = response.context["form"]
    assert form.has_error(NON_FIELD_ERRORS, CHANGED) and label in dict(form.theirs)
    assert "What’s saved now" in response.text and dict(form.theirs)[label] in response.text
    assert form[changed].value() == mine
    assert as_typed(office.get(page).context["form"])[changed] != mine
    office.post(page, given | {changed: mine, "seen": form["seen"].value()})
    kept = as_typed(office.get(page).context["form"])[changed]
    assert (list(map(str, kept)) if isinstance(kept, list) else str(kept)) == mine


def advisor_at(college):
    return UserFactory(advisor=College.objects.get(code=college)).code
