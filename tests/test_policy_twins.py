"""Each viewing rule says the same in Python and in SQL, for every kind of person and every state of a row.

`TWINS` has one entry for each `can_view_*` of the two permission modules: a new one without a twin fails. `RULES`
states once more, in Python, who sees the rows that views look up by queryset alone.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.utils import timezone

from applications import permissions as applying
from applications.models import (
    Application,
    Assignment,
    Decision,
    Lottery,
    Offer,
    OfferCall,
    Question,
    ReaderProfile,
    Recommendation,
    ScoresFile,
    Thread,
    Upload,
)
from applications.states import IN_THE_CYCLE, Status
from exchange.base import roles
from exchange.models import User
from tests.alumni import agreed, asked
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    RecommendationFactory,
    UploadFactory,
)
from tests.factories_counters import PassportDayFactory
from tests.factories_help import ThreadFactory
from tests.factories_lottery import lottery_of
from tests.factories_travel import (
    ChecklistItemFactory,
    FeasibleCitiesFactory,
    PassportCaseFactory,
    PlacementFactory,
    PlacementRunFactory,
    TripFactory,
)
from tests.readings import published
from tests.travel.stories import photo_of, project_of
from travel import permissions as traveling
from travel.models import (
    AlumniAsk,
    AlumniConsent,
    BadgeKey,
    Certificate,
    ChecklistItem,
    EmergencyContact,
    EntryPermission,
    FeasibleCities,
    FeeVoucher,
    FollowOnProject,
    PassportBooking,
    PassportCall,
    PassportCase,
    Photo,
    Placement,
    PlacementRun,
    PracticalNeeds,
    Reflection,
    ReflectionPrompt,
    Story,
    TicketingDetails,
    TicketingExport,
    TicketName,
    TravelAnswers,
    Trip,
    Unplaced,
    VisaDay,
    VisaDayPerson,
)
from travel.states import SEEN, PassportStage, VoucherState

pytestmark = pytest.mark.django_db

type Cast = dict[str, Any]  # User or AnonymousUser, by what they are
type Rule = Callable[[Any, Any], bool]


class Twin(NamedTuple):
    """A rule and the queryset that must agree with it, over the rows of one table (`among`: those of this filter)."""

    model: type[Model]
    rule: Rule
    scope: str = "visible_to"
    among: dict[str, Any] = {}  # noqa: RUF012 -- a NamedTuple's default, never changed


# --- The rules that production code calls -------------------------------------------------------------

TWINS: dict[str, list[Twin]] = {
    "applications.can_view_application": [Twin(Application, applying.can_view_application)],
    "applications.can_view_upload": [Twin(Upload, applying.can_view_upload)],
    # an upload is the answer to its question; can_view_upload adds those in merged drafts
    "applications.can_view_answer": [
        Twin(
            Upload,
            lambda user, row: applying.can_view_answer(user, row.application, row.question),
            among={"application__merged_into": None},
        )
    ],
    "applications.can_view_letter": [
        Twin(Recommendation, lambda user, row: applying.can_view_letter(user, row.application))
    ],
    "applications.can_view_thread": [Twin(Thread, applying.can_view_thread)],
    "travel.can_view_by_application": [
        Twin(model, lambda user, row: traveling.can_view_by_application(user, row.application))
        for model in (Offer, PassportCase, FeasibleCities, Unplaced)
    ],
    "travel.can_view_placement": [
        Twin(Placement, traveling.can_view_placement),
        Twin(ChecklistItem, lambda user, row: traveling.can_view_placement(user, row.placement)),
        Twin(TicketName, lambda user, row: traveling.can_view_placement(user, row.placement)),
    ],
    "travel.can_view_booking": [Twin(PassportBooking, traveling.can_view_booking)],
}


# --- The rules that only a queryset has, stated once more ---------------------------------------------


def _office(user: Any, row: Any) -> bool:
    return roles.is_coordinator(user)


def _staff_of(user: Any, application: Application) -> bool:
    return roles.is_coordinator(user) or application.college_id in roles.advisor_college_ids(user)


def _endorsement(user: Any, application: Application) -> bool:
    is_open = application.status in IN_THE_CYCLE and not applying.is_own(user, application)
    return is_open and _staff_of(user, application)


def _assignment(user: Any, row: Assignment) -> bool:
    if applying.is_own(user, row.application):
        return False
    return roles.is_coordinator(user) or applying.can_score(user, row)


def _trip(user: Any, trip: Trip) -> bool:
    if roles.is_coordinator(user) or roles.is_advisor(user):
        return True
    return any(applying.is_own(user, placement.application) for placement in trip.placements.all())


def _travel_answers(user: Any, answers: TravelAnswers) -> bool:
    """The student, and the advisor whom they chose, while that person still advises for the college."""
    application = answers.application
    is_chosen = answers.advisor_id is not None and answers.advisor_id == user.pk
    still_advises = application.college_id in roles.advisor_college_ids(user)
    return applying.is_own(user, application) or (is_chosen and still_advises)


def _reflection(user: Any, reflection: Reflection) -> bool:
    application = reflection.placement.application
    if applying.is_own(user, application):
        return True
    if reflection.is_draft or reflection.privacy == "private":
        return False
    return _staff_of(user, application) or (reflection.privacy == "public" and roles.is_director(user))


def _project(user: Any, project: FollowOnProject) -> bool:
    return applying.is_own(user, project.placement.application) or _staff_of(user, project.placement.application)


def _story(user: Any, story: Story) -> bool:
    return roles.is_coordinator(user) or applying.is_own(user, story.reflection.placement.application)


def _photo(user: Any, photo: Photo) -> bool:
    return _reflection(user, photo.reflection) if photo.reflection else _project(user, photo.project)


def _entry(user: Any, placement: Placement) -> bool:
    return traveling.can_say_entry(user, placement) or traveling.can_manage_entry(user)


def _ticketing(user: Any, placement: Placement) -> bool:
    return traveling.can_give_ticketing(user, placement) or traveling.can_manage_ticketing(user)


def _voucher(user: Any, voucher: FeeVoucher) -> bool:
    if voucher.application is None:
        return roles.is_coordinator(user)
    return traveling.can_view_by_application(user, voucher.application)


RULES = [
    Twin(Application, _endorsement, "answered_for_by"),
    Twin(Assignment, _assignment),
    Twin(Assignment, applying.can_score, "to_read_by"),
    Twin(Decision, _office),
    Twin(Lottery, lambda user, row: roles.is_coordinator(user) or row.committed_at is not None),
    Twin(OfferCall, lambda user, row: _staff_of(user, row.offer.application)),
    Twin(ScoresFile, lambda user, row: roles.is_coordinator(user) or row.is_open),
    Twin(FeeVoucher, _voucher),
    Twin(PassportCall, lambda user, row: _staff_of(user, row.application)),
    Twin(PlacementRun, _office),
    Twin(EntryPermission, lambda user, row: _entry(user, row.placement)),
    Twin(VisaDayPerson, lambda user, row: _entry(user, row.placement)),
    Twin(VisaDay, lambda user, row: _entry(user, row.people.get().placement)),
    Twin(TicketingDetails, lambda user, row: _ticketing(user, row.placement)),
    Twin(TicketingExport, lambda user, row: traveling.can_manage_ticketing(user)),
    Twin(EmergencyContact, lambda user, row: applying.is_own(user, row.placement.application)),
    Twin(PracticalNeeds, lambda user, row: applying.is_own(user, row.placement.application)),
    Twin(Reflection, _reflection),
    Twin(FollowOnProject, _project),
    Twin(Photo, _photo),
    Twin(Story, _story),
    Twin(AlumniConsent, lambda user, row: roles.is_coordinator(user) or row.person_id == user.pk),
    Twin(AlumniAsk, lambda user, row: roles.is_coordinator(user) or row.consent.person_id == user.pk),
    Twin(Certificate, lambda user, row: roles.is_coordinator(user) or applying.is_own(user, row.placement.application)),
    Twin(TravelAnswers, _travel_answers),
    Twin(Trip, _trip),
]

# --- People and rows ----------------------------------------------------------------------------------


@pytest.fixture
def cast() -> Cast:
    """Every kind of person around one home college; three of the staff have applied themselves, too."""
    home, elsewhere = CollegeFactory(), CollegeFactory()
    former = UserFactory(advisor=home)
    former.roles.all().delete()
    asked = UserFactory()
    ReaderProfile.objects.create(user=asked)
    return {
        "stranger": AnonymousUser(),
        "student": UserFactory(),
        "other student": UserFactory(),
        "advisor": UserFactory(advisor=home),
        "advisor of another college": UserFactory(advisor=elsewhere),
        "advisor who reads": UserFactory(advisor=True),
        "former advisor": User.objects.get(pk=former.pk),
        "reader without a role": asked,
        "coordinator": UserFactory(coordinator=True),
        "coordinator who applied": UserFactory(coordinator=True),
        "advisor who applied": UserFactory(advisor=home),
        "advisor and coordinator": UserFactory(advisor=home, coordinator=True),
        "director": UserFactory(director=True),
        "staff without a role": UserFactory(is_staff=True),
    }


READERS = (
    *("advisor", "advisor who reads", "former advisor", "reader without a role", "student"),
    *("coordinator", "advisor who applied", "advisor and coordinator"),
)


def _college(person: User) -> Any:
    return person.roles.exclude(college=None).get().college


def _owners(cast: Cast) -> list[tuple[User, Any]]:
    """Who applies, and their home college."""
    home, elsewhere = _college(cast["advisor"]), _college(cast["advisor of another college"])
    return [
        (cast["student"], home),
        (cast["other student"], elsewhere),
        (cast["coordinator who applied"], home),
        (cast["advisor who applied"], home),
    ]


def _applications(cast: Cast) -> Iterator[Application]:
    """Every owner's in every status; then tests of the form, a visitor's draft, and a draft that was merged."""
    for status in Status:
        cycle, trait = CycleFactory(), {} if status == Status.DRAFT else {str(status): True}
        for owner, college in _owners(cast):
            yield ApplicationFactory(cycle=cycle, student=owner, college=college, **trait)
    home = _college(cast["advisor"])
    mine = ApplicationFactory(student=cast["student"], college=None)
    yield mine
    yield ApplicationFactory(student=None, draft_key="a" * 64, college=home)
    yield ApplicationFactory(student=None, draft_key="b" * 64, college=home, merged_into=mine)
    for tester in ("coordinator", "coordinator who applied", "student"):  # the last one has lost the role since
        yield ApplicationFactory(student=cast[tester], college=home, is_test=True)


def _rows_of_the_office() -> None:
    for stage in Lottery.Stage:
        lottery_of(stage=stage)
    taken_back = {"taken_back_at": timezone.now(), "taken_back_by": UserFactory(), "taken_back_reason": "wrong"}
    for changes in ({}, taken_back):
        ScoresFile.objects.filter(pk=published(CycleFactory()).pk).update(seats=6, **changes)


def _rows_of_applications(cast: Cast) -> None:
    """For each application its letter, a file for each audience, assignments given out and not, a result."""
    questions = list(Question.objects.filter(section__form__cycle=CycleFactory(ready=True))[:3])
    for question, audience in zip(questions, Question.Audience, strict=True):
        Question.objects.filter(pk=question.pk).update(audience=audience)
    for number, application in enumerate(_applications(cast)):
        RecommendationFactory(application=application, received=application.submitted_at is not None)
        for question in questions:
            UploadFactory(application=application, question=question)
        for place, name in enumerate(READERS):
            given_out = timezone.now() if (number + place) % 2 else None
            AssignmentFactory(application=application, reader=cast[name], released_at=given_out)
        if application.student:
            _results_of(application, is_told=bool(number % 3))
    for asker, college in _owners(cast):
        for addressee in Thread.Addressee:
            ThreadFactory(student=asker, college=college, addressee=addressee)
            ThreadFactory(student=asker, college=college, addressee=addressee, answered=True)


def _results_of(application: Application, *, is_told: bool) -> None:
    if not is_told:
        DecisionFactory(application=application)
        return
    by = UserFactory(coordinator=True)
    told = {"decided_by": by, "released_by": by, "released_at": timezone.now()}
    offer = OfferFactory(decision=DecisionFactory(application=application, **told))
    OfferCall.objects.create(offer=offer, due_at=timezone.now())


def _placements(cast: Cast) -> Iterator[Placement]:
    """Every owner's on a trip ahead, one under way and one that is home."""
    TripFactory()  # nobody is on it
    for traits in ({}, {"travelled": True}, {"returned": True}):
        cycle = CycleFactory()
        for owner, college in _owners(cast):
            whose = {"application__student": owner, "application__college": college}
            yield PlacementFactory(trip__cycle=cycle, **whose, **traits)


def _rows_of_placements(cast: Cast) -> None:
    stages, privacies = list(PassportStage), list(Reflection.Privacy)
    for number, placement in enumerate(_placements(cast)):
        by, application = placement.placed_by, placement.application
        stage = stages[number % len(stages)]
        seen = {"checked_at": timezone.now(), "checked_by": by} if stage in SEEN else {}
        PassportCaseFactory(placement=placement, stage=stage, **seen)
        FeasibleCitiesFactory(application=application)
        ChecklistItemFactory(placement=placement, done=bool(number % 2))
        TicketName.objects.create(placement=placement, surnames="REYES", written_by=by)
        PassportCall.objects.create(application=application, agreed="books", called_by=by)
        PracticalNeeds.objects.create(placement=placement, needs={})
        EmergencyContact.objects.create(placement=placement, number=1, said={})
        TicketingDetails.objects.create(placement=placement, said={})
        TicketingExport.objects.create(
            trip=placement.trip, kind="csv", count=1, missing=0, is_first=False, reason="x", by=by
        )
        EntryPermission.objects.create(placement=placement, state="needed")
        VisaDayPerson.objects.create(day=_visa_day(placement.trip, number), placement=placement)
        for order, privacy in enumerate(privacies):
            prompt = ReflectionPrompt.objects.get_or_create(
                cycle=placement.trip.cycle, key=privacy, order=order, moment="after", days=1, text_en="?", text_es="?"
            )[0]
            reflection = Reflection.objects.create(placement=placement, prompt=prompt, text="Rain.", privacy=privacy)
            photo_of(reflection, content=b"a picture")
            Story.objects.create(reflection=reflection, added_by=by)
        photo_of(project_of(placement), content=b"a picture")
        key = BadgeKey.objects.get_or_create(kid="x", defaults={"public": {}, "private": {}})[0]
        Certificate.objects.create(placement=placement, key=key, name="Ana", language="en", token="x")
        if not AlumniConsent.objects.filter(person=application.student).exists():
            asked(agreed(placement))
        Unplaced.objects.create(application=application, run=PlacementRunFactory(cycle=placement.trip.cycle))
        chosen = (None, cast["advisor"], cast["former advisor"], cast["advisor of another college"])[number % 4]
        TravelAnswers.objects.create(application=application, answers={}, advisor=chosen)
        _bookings_and_vouchers(application)


def _visa_day(trip: Trip, number: int) -> VisaDay:
    return VisaDay.objects.create(trip=trip, starts_at=timezone.now(), minutes=60, place=f"Room {number}", address="x")


def _bookings_and_vouchers(application: Application) -> None:
    now = timezone.now()
    PassportBooking.objects.create(day=PassportDayFactory(), application=application, waiting_since=now)
    PassportBooking.objects.create(day=PassportDayFactory(), application=application, cancelled_at=now)
    for fee, state in zip(FeeVoucher.Fee, VoucherState, strict=False):
        holder = None if state == VoucherState.OFFICE else application
        FeeVoucher.objects.create(
            number=f"{application.pk}-{state}",
            amount=130,
            fee=fee,
            method="direct",
            fund="x",
            state=state,
            application=holder,
        )


# --- The comparison -----------------------------------------------------------------------------------


def disagreements(cast: Cast, twin: Twin) -> dict[str, str]:
    """{person: what only one of the two shows}. Also fails when all cells are alike: such a table compares nothing."""
    rows = list(twin.model._default_manager.filter(**twin.among))
    found, cells = {}, set()
    for name, person in cast.items():
        in_sql: QuerySet[Any] = getattr(twin.model._default_manager.filter(**twin.among), twin.scope)(person)
        by_rule = {row for row in rows if twin.rule(person, row)}
        cells |= {row in by_rule for row in rows}
        if by_rule != set(in_sql):
            found[name] = f"{twin.scope} only {set(in_sql) - by_rule}, rule only {by_rule - set(in_sql)}"
    assert cells == {True, False}, f"{twin.model.__name__}: every cell is {cells}"
    return found


def _compare(cast: Cast, app: str) -> None:
    twins = [twin for each in TWINS.values() for twin in each] + RULES
    found = {
        f"{twin.model.__name__}.{twin.scope}": disagreements(cast, twin)
        for twin in twins
        if twin.model._meta.app_label == app
    }

    assert {name: cells for name, cells in found.items() if cells} == {}


def test_rules_and_querysets_agree_from_the_form_to_the_result(cast: Cast) -> None:
    _rows_of_applications(cast)
    _rows_of_the_office()
    assert {row.status for row in Application.objects.filter(student=cast["student"])} == set(Status)

    _compare(cast, "applications")


def test_rules_and_querysets_agree_from_the_seat_to_the_return(cast: Cast) -> None:
    _rows_of_placements(cast)
    assert set(PassportCase.objects.values_list("stage", flat=True)) == set(PassportStage)
    assert set(FeeVoucher.objects.values_list("state", flat=True)) == set(VoucherState)

    _compare(cast, "travel")


def test_every_viewing_rule_has_a_twin() -> None:
    modules = {"applications": applying, "travel": traveling}
    rules = {
        f"{app}.{name}"
        for app, module in modules.items()
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("can_view_") and function.__module__ == module.__name__
    }

    assert rules == TWINS.keys()
