"""Rows for tests, from the placement to the return. `PlacementFactory(checklist=True)` has checklist items too."""

import datetime as dt
import secrets
import tomllib

import factory
from django.core.files.base import ContentFile
from django.utils import timezone
from factory.django import DjangoModelFactory

from applications.models import Answer, Question, Section
from exchange.models import Fact
from tests.factories import DatedReferenceFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_facts import write_facts
from travel.models import (
    Agreement,
    BudgetLine,
    ChecklistItem,
    ChecklistStep,
    CityStanding,
    Contact,
    EntryRule,
    FeasibleCities,
    FormText,
    Guidance,
    GuideTip,
    HelpNumber,
    HostInstitution,
    HostLink,
    InsurancePolicy,
    LeaderLink,
    LocalCard,
    PackingItem,
    PassportCase,
    Placement,
    PlacementRun,
    SigningLink,
    Sponsor,
    StandardPrompt,
    StandardStep,
    StandardSurveyItem,
    StepFile,
    Trip,
)
from travel.office.reference import loading as reference
from travel.states import HAS_PASSPORT, PassportStage

FACTS = {
    "passport.days.routine": (70, Fact.Unit.DAYS),
    "reference.review_days": (180, Fact.Unit.DAYS),
    "reference.entry_review_days": (90, Fact.Unit.DAYS),
    "passport.days.expedited": (49, Fact.Unit.DAYS),
    "passport.days.expedited_fast": (37, Fact.Unit.DAYS),
    "passport.days.buffer": (14, Fact.Unit.DAYS),
    "passport.days.appointment_wait": (21, Fact.Unit.DAYS),
    "passport.days.certificate": (28, Fact.Unit.DAYS),
    "passport.days.urgent_counter": (14, Fact.Unit.DAYS),
    "passport.days.urgent_counter_with_visa": (28, Fact.Unit.DAYS),
    "passport.fee.application": (130, Fact.Unit.DOLLARS),
    "passport.fee.execution": (35, Fact.Unit.DOLLARS),
    "passport.fee.expedite": (60, Fact.Unit.DOLLARS),
    "passport.fee.fast_return": ("22.05", Fact.Unit.DOLLARS),
    "facility.review_days": (60, Fact.Unit.DAYS),
    "passport_day.change_hours": (24, Fact.Unit.COUNT),
    "passport_day.remind_days": (3, Fact.Unit.DAYS),
    "passport.photo.side_mm": (51, Fact.Unit.MILLIMETERS),
    "passport.photo.head_min_mm": (25, Fact.Unit.MILLIMETERS),
    "passport.photo.head_max_mm": (35, Fact.Unit.MILLIMETERS),
    "passport.photo.pixels_min": (600, Fact.Unit.PIXELS),
    "passport.photo.pixels_max": (1200, Fact.Unit.PIXELS),
    "passport.photo.kilobytes_max": (240, Fact.Unit.KILOBYTES),
    "passport.photo.months_max": (6, Fact.Unit.MONTHS),
    "passport.rule.adult_age": (16, Fact.Unit.YEARS),
    "passport.rule.parent_age": (18, Fact.Unit.YEARS),
    "passport.rule.online_age": (25, Fact.Unit.YEARS),
    "passport.rule.online_from_years": (9, Fact.Unit.YEARS),
    "passport.rule.adult_valid_years": (10, Fact.Unit.YEARS),
    "passport.rule.child_valid_years": (5, Fact.Unit.YEARS),
    "passport.rule.renewal_years": (15, Fact.Unit.YEARS),
    "passport.rule.short_years": (2, Fact.Unit.YEARS),
    "passport.rule.correction_days": (365, Fact.Unit.DAYS),
    "checklist.safe_days": (7, Fact.Unit.DAYS),
    "checklist.remind_days": (7, Fact.Unit.DAYS),
    "agreement.remind_days": (120, Fact.Unit.DAYS),
    "host.link_days_after": (7, Fact.Unit.DAYS),
    "abroad.link_days_before": (3, Fact.Unit.DAYS),
    "abroad.link_days_after": (3, Fact.Unit.DAYS),
    "roster.days_after": (2, Fact.Unit.DAYS),
    "roster.keep_days": (30, Fact.Unit.DAYS),
    "roster.session_hours": (12, Fact.Unit.COUNT),
    "task.days": (3, Fact.Unit.DAYS),
    "check_in.text_again_minutes": (10, Fact.Unit.COUNT),
    "check_in.email_minutes": (20, Fact.Unit.COUNT),
    "check_in.call_minutes": (30, Fact.Unit.COUNT),
    "check_in.family_minutes": (60, Fact.Unit.COUNT),
    "signing.adult_age": (18, Fact.Unit.YEARS),
    "clearance.check_days": (365, Fact.Unit.DAYS),
    "clearance.training_days": (365, Fact.Unit.DAYS),
    "signing.link_days": (30, Fact.Unit.DAYS),
    "signing.remind_days": (5, Fact.Unit.DAYS),
    "orientation.code_seconds": (60, Fact.Unit.COUNT),
    "orientation.door_minutes": (60, Fact.Unit.COUNT),
    "orientation.remind_days": (2, Fact.Unit.DAYS),
    "alumni.keep_days": (1825, Fact.Unit.DAYS),
    "calendar.feed_days": (540, Fact.Unit.DAYS),
    "family.link_days_after": (7, Fact.Unit.DAYS),
    "calls.a_day": (3, Fact.Unit.COUNT),
    "board.urgent_days": (7, Fact.Unit.DAYS),
    "board.soon_days": (21, Fact.Unit.DAYS),
    "needs.keep_days": (14, Fact.Unit.DAYS),
    "step_file.keep_days": (14, Fact.Unit.DAYS),
    "ticketing.ask_days": (75, Fact.Unit.DAYS),
    "ticketing.keep_days": (7, Fact.Unit.DAYS),
    "ticketing.airline_days": (3, Fact.Unit.DAYS),
    "entry.keep_days": (14, Fact.Unit.DAYS),
    "lines.keep_days": (365, Fact.Unit.DAYS),
    "incidents.keep_days": (730, Fact.Unit.DAYS),
    "check_in.keep_days": (90, Fact.Unit.DAYS),
    "break_glass.minutes": (30, Fact.Unit.COUNT),
    "number.keep_days": (30, Fact.Unit.DAYS),
    "fairness.interval_percent": (95, Fact.Unit.PERCENT),
    "fairness.line_percent": (80, Fact.Unit.PERCENT),
}


def travel_facts(**changes):
    """The facts behind every checklist; `travel_facts(**{"checklist.safe_days": 3})` changes one."""
    write_facts(FACTS, changes)


def born_on(application, value):
    """The date of birth in the application, as typed there: "2005-03-09"; None takes the answer away."""
    section, _new = Section.objects.get_or_create(form=application.form, key="about", defaults={"order": 1})
    question, _new = Question.objects.get_or_create(
        section=section, key="date_of_birth", defaults={"order": 1, "kind": Question.Kind.DATE}
    )
    Answer.objects.update_or_create(application=application, question=question, defaults={"value": value})


def with_entry_rules(cycle):
    """The cycle, each of whose cities has what the office must write of it."""
    for city in cycle.cities.all():
        EntryRuleFactory(city=city)
    return cycle


def in_days(days):
    return timezone.localdate() + dt.timedelta(days=days)


def at_noon(days):
    """Noon in the city so many days from today: 24 hours times so many is another day where the clocks change."""
    return timezone.make_aware(dt.datetime.combine(in_days(days), dt.time(12)))


class HostInstitutionFactory(DjangoModelFactory):
    class Meta:
        model = HostInstitution

    city = factory.SubFactory(PartnerCityFactory)
    name = "Hanoi University of Culture"
    address = "418 La Thanh"


class TripFactory(DjangoModelFactory):
    """A trip in 200 days with ten seats; `departed=True` and `returned=True` move its dates back."""

    class Meta:
        model = Trip

    class Params:
        leaves_in = 200
        departed = factory.Trait(leaves_in=-2, departed_at=factory.LazyFunction(timezone.now))
        returned = factory.Trait(
            leaves_in=-40,
            departed_at=factory.LazyFunction(lambda: at_noon(-40)),
            returned_at=factory.LazyFunction(lambda: at_noon(-30)),
        )

    cycle = factory.SubFactory(CycleFactory)
    city = factory.SubFactory(PartnerCityFactory)
    host = factory.SubFactory(HostInstitutionFactory, city=factory.SelfAttribute("..city"))
    leaves_on = factory.LazyAttribute(lambda trip: in_days(trip.leaves_in))
    returns_on = factory.LazyAttribute(lambda trip: trip.leaves_on + dt.timedelta(days=10))
    seats = 20
    program_en = "Mornings at the university, afternoons in the city."
    program_es = "Mañanas en la universidad, tardes en la ciudad."


class PlacementRunFactory(DjangoModelFactory):
    class Meta:
        model = PlacementRun

    cycle = factory.SubFactory(CycleFactory)
    seed = 42
    inputs_hash = "0" * 64
    run_by = factory.SubFactory(UserFactory, coordinator=True)


class ChecklistStepFactory(DjangoModelFactory):
    class Meta:
        model = ChecklistStep
        django_get_or_create = ("cycle", "key")

    cycle = factory.SubFactory(CycleFactory)
    key = factory.Sequence(lambda n: f"step-{n}")
    order = factory.Sequence(lambda n: n)
    timing = ChecklistStep.Timing.BEFORE_DEPARTURE
    days_before = factory.LazyAttribute(
        lambda step: 30 if step.timing == ChecklistStep.Timing.BEFORE_DEPARTURE else None
    )
    title_en = "Tell us who to call in an emergency"
    title_es = "Dinos a quién llamar en una emergencia"
    why_en = "So that we reach your family fast."
    why_es = "Para llegar rápido a tu familia."


PROMPTS = tomllib.loads((reference.FOLDER / "us/reflection.toml").read_text())["prompt"]
SURVEY_FILE = tomllib.loads((reference.FOLDER / "us/survey.toml").read_text())
SURVEY = [{"order": number, **SURVEY_FILE["defaults"], **row} for number, row in enumerate(SURVEY_FILE["item"], 1)]
STEPS = [
    ("passport-papers", ChecklistStep.Timing.DOCUMENTS, None, "Bring your passport papers together"),
    ("passport-apply", ChecklistStep.Timing.APPLY, None, "Apply for your passport"),
    ("passport-in-hand", ChecklistStep.Timing.IN_HAND, None, "Have your passport in your hand"),
    ("entry", ChecklistStep.Timing.ENTRY, None, "Ask for your visa"),
    ("emergency", ChecklistStep.Timing.BEFORE_DEPARTURE, 60, "Tell us who to call in an emergency"),
    ("orientation", ChecklistStep.Timing.BEFORE_DEPARTURE, 21, "Come to the orientation"),
]


def standard_rows():
    """The standard steps and prompts, as `load_reference` writes them."""
    steps = tomllib.loads((reference.FOLDER / "us/checklist.toml").read_text())["step"]
    StandardStep.objects.bulk_create(StandardStep(**row) for row in steps)
    StandardPrompt.objects.bulk_create(StandardPrompt(**row) for row in PROMPTS)
    StandardSurveyItem.objects.bulk_create(StandardSurveyItem(**row) for row in SURVEY)


def checklist_steps(cycle):
    """A cycle's usual checklist steps, created once."""
    return [
        ChecklistStepFactory(
            cycle=cycle,
            key=key,
            order=order,
            timing=timing,
            days_before=days,
            title_en=title,
            title_es=title,
            needs_verification=key == "passport-in-hand",
        )
        for order, (key, timing, days, title) in enumerate(STEPS)
    ]


class PlacementFactory(DjangoModelFactory):
    """A confirmed student's seat; `checklist=True` adds the passport case and every item of the cycle's checklist."""

    class Meta:
        model = Placement
        skip_postgeneration_save = True

    class Params:
        travelled = factory.Trait(trip__departed=True, travelled_at=factory.SelfAttribute("trip.departed_at"))
        returned = factory.Trait(
            trip__returned=True,
            travelled_at=factory.SelfAttribute("trip.departed_at"),
            returned_at=factory.SelfAttribute("trip.returned_at"),
        )

    trip = factory.SubFactory(TripFactory)
    application = factory.SubFactory(ApplicationFactory, confirmed=True, cycle=factory.SelfAttribute("..trip.cycle"))
    rank = 1
    placed_by = factory.SubFactory(UserFactory, coordinator=True)

    @factory.post_generation
    def checklist(self, create, extracted, **kwargs):
        if extracted:
            PassportCaseFactory(placement=self, **kwargs)
            for step in checklist_steps(self.trip.cycle):
                ChecklistItemFactory(placement=self, step=step)


class PassportCaseFactory(DjangoModelFactory):
    """A passport case that has not started, with every date in the future."""

    class Meta:
        model = PassportCase

    class Params:
        placement = factory.SubFactory(PlacementFactory)

    application = factory.LazyAttribute(lambda case: case.placement.application)
    trip = factory.LazyAttribute(lambda case: case.placement.trip)
    service = "routine"
    documents_by = factory.LazyAttribute(lambda case: case.trip.leaves_on - dt.timedelta(days=112))
    apply_by = factory.LazyAttribute(lambda case: case.trip.leaves_on - dt.timedelta(days=91))
    in_hand_by = factory.LazyAttribute(lambda case: case.trip.leaves_on - dt.timedelta(days=21))
    last_safe_on = factory.LazyAttribute(lambda case: case.trip.leaves_on - dt.timedelta(days=79))
    signed_at = factory.LazyAttribute(lambda case: timezone.now() if case.stage in HAS_PASSPORT else None)
    stage = PassportStage.NOT_STARTED


class FeasibleCitiesFactory(DjangoModelFactory):
    """A marked list: every city is feasible, unless `is_everywhere=False` and cities are added."""

    class Meta:
        model = FeasibleCities

    application = factory.SubFactory(ApplicationFactory, confirmed=True)
    is_everywhere = True


class ChecklistItemFactory(DjangoModelFactory):
    class Meta:
        model = ChecklistItem

    class Params:
        done = factory.Trait(
            done_at=factory.LazyFunction(timezone.now),
            done_by=factory.SelfAttribute("placement.application.student"),
        )

    placement = factory.SubFactory(PlacementFactory)
    step = factory.SubFactory(ChecklistStepFactory, cycle=factory.SelfAttribute("..placement.trip.cycle"))
    do_by = factory.LazyAttribute(
        lambda item: item.placement.trip.leaves_on - dt.timedelta(days=item.step.days_before or 91)
    )
    last_safe_on = factory.LazyAttribute(lambda item: item.do_by + dt.timedelta(days=7))


class StepFileFactory(DjangoModelFactory):
    """A photo for a step that asks for one, checked and stored."""

    class Meta:
        model = StepFile

    code = factory.LazyFunction(lambda: secrets.token_hex(16))
    item = factory.SubFactory(ChecklistItemFactory, step__evidence="file")
    uploaded_by = factory.SelfAttribute("item.placement.application.student")
    original_name = "letter.png"
    content_type = "image/png"
    size = 10
    digest = factory.LazyFunction(lambda: secrets.token_hex(32))
    state = "kept"
    checked_at = factory.LazyFunction(timezone.now)
    file = factory.LazyFunction(lambda: ContentFile(b"\x89PNG", name="letter.png"))


class EntryRuleFactory(DatedReferenceFactory):
    """An electronic visa that takes 14 days; the passport must be valid six months after arrival."""

    class Meta:
        model = EntryRule

    city = factory.SubFactory(PartnerCityFactory)
    requirement = EntryRule.Requirement.E_VISA
    fee = 25
    currency = "USD"
    lead_days = 14
    validity_months = 6
    validity_basis = EntryRule.Basis.ENTRY


class GuidanceFactory(DatedReferenceFactory):
    class Meta:
        model = Guidance

    topic = Guidance.Topic.PAPER
    key = factory.Sequence(lambda n: f"paper-{n}")
    title_en = "Your birth certificate"
    title_es = "Tu acta de nacimiento"
    text_en = "The certified one, with a seal."
    text_es = "La certificada, con sello."


class GuideTipFactory(DatedReferenceFactory):
    class Meta:
        model = GuideTip

    step = GuideTip.Step.BAG
    title_en = "Two bags"
    title_es = "Dos maletas"
    text_en = "One stays with you.\n\n- Passport\n- Phone"
    text_es = "Una va contigo.\n\n- Pasaporte\n- Teléfono"


class PackingItemFactory(DjangoModelFactory):
    class Meta:
        model = PackingItem

    cycle = factory.SubFactory(CycleFactory)
    key = factory.Sequence(lambda n: f"thing-{n}")
    group = PackingItem.Group.THINGS
    text_en = "Umbrella"
    text_es = "Paraguas"


class CityStandingFactory(DatedReferenceFactory):
    class Meta:
        model = CityStanding

    city = factory.SubFactory(PartnerCityFactory)
    kind = CityStanding.Kind.ADVISORY
    value = CityStanding.Value.LEVEL_2


class ContactFactory(DjangoModelFactory):
    """A host's contact, unless another owner is given: `ContactFactory(host=None, trip=trip)`."""

    class Meta:
        model = Contact

    host = factory.SubFactory(HostInstitutionFactory)
    name = "Lourdes Favela"
    email = factory.Sequence(lambda n: f"lourdes-{n}@example.org")
    language = "es"


class LeaderLinkFactory(DjangoModelFactory):
    """Of a leader without an account; the trip isn't over."""

    class Meta:
        model = LeaderLink

    trip = factory.SubFactory(TripFactory)
    name = "Rosa Lim"
    contact = factory.SubFactory(
        ContactFactory,
        host=None,
        trip=factory.SelfAttribute("..trip"),
        name="Rosa Lim",
        phone="+1 213 555 0111",
        language="en",
    )
    made_by = factory.SubFactory(UserFactory, coordinator=True)
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=60))


class InsurancePolicyFactory(DjangoModelFactory):
    """Valid for all days of the trip."""

    class Meta:
        model = InsurancePolicy

    trip = factory.SubFactory(TripFactory)
    insurer = "Seven Seas Insurance"
    name = "Student group"
    number = factory.Sequence(lambda n: f"SG-{n:05}")
    phone = "+1 213-555-0150"
    covers_en = "Doctors and hospitals."
    covers_es = "Consultas y hospitales."
    valid_from = factory.SelfAttribute("trip.leaves_on")
    valid_until = factory.SelfAttribute("trip.returns_on")


class AgreementFactory(DjangoModelFactory):
    """An agreement for 300 more days; `ends_in=10` changes that."""

    class Meta:
        model = Agreement

    class Params:
        ends_in = 300

    city = factory.SubFactory(PartnerCityFactory)
    title = "Letter of cooperation"
    signed_on = factory.LazyFunction(lambda: in_days(-400))
    ends_on = factory.LazyAttribute(lambda agreement: in_days(agreement.ends_in))
    we_give_en = "Flights and insurance"
    they_give_en = "Beds and workshops"


class SponsorFactory(DjangoModelFactory):
    class Meta:
        model = Sponsor

    name = factory.Sequence(lambda n: f"Foundation {n}")


class HelpNumberFactory(DatedReferenceFactory):
    class Meta:
        model = HelpNumber

    city = factory.SubFactory(PartnerCityFactory)
    kind = HelpNumber.Kind.AMBULANCE
    phone = factory.Sequence(lambda n: f"11{n}")


class LocalCardFactory(DjangoModelFactory):
    """The address of a hotel that somebody has checked."""

    class Meta:
        model = LocalCard

    trip = factory.SubFactory(TripFactory)
    kind = LocalCard.Kind.ADDRESS
    language = "vi"
    text = "Khách sạn Hoa Sen\n12 phố Hàng Bông"
    meaning_en = "Lotus Hotel, 12 Hang Bong Street"
    meaning_es = "Hotel Loto, calle Hang Bong 12"
    checked_by_name = "Lan Pham"
    checked_on = factory.LazyFunction(timezone.localdate)


class BudgetLineFactory(DjangoModelFactory):
    class Meta:
        model = BudgetLine

    trip = factory.SubFactory(TripFactory)
    title = "Flights"
    planned = 1000


class HostLinkFactory(DjangoModelFactory):
    """A link that was sent yesterday and works for weeks."""

    class Meta:
        model = HostLink

    trip = factory.SubFactory(TripFactory)
    contact = factory.SubFactory(ContactFactory, host=factory.SelfAttribute("..trip.host"))
    sent_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=1))
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=60))


class FormTextFactory(DjangoModelFactory):
    """A published form that students sign; `draft=True`: not published yet."""

    class Meta:
        model = FormText

    class Params:
        draft = factory.Trait(is_current=False, published_at=None, published_by=None)

    cycle = factory.SubFactory(CycleFactory)
    key = factory.Sequence(lambda n: f"form-{n}")
    order = factory.Sequence(lambda n: n + 1)
    title_en = "Travel agreement"
    title_es = "Acuerdo de viaje"
    body_en = "We promise you a safe trip.\n\n- Be on time.\n- Be kind."
    body_es = "Te prometemos un viaje seguro.\n\n- Sé puntual.\n- Sé amable."
    is_current = True
    published_at = factory.LazyFunction(timezone.now)
    published_by = factory.SubFactory(UserFactory, coordinator=True)


class SigningLinkFactory(DjangoModelFactory):
    """A guardian's link that works for weeks."""

    class Meta:
        model = SigningLink

    placement = factory.SubFactory(PlacementFactory)
    name = "Lucía Reyes"
    email = "lucia@example.org"
    language = "es"
    sent_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=20))
