"""Rows for tests, from the form to the answer. Traits are steps: `ApplicationFactory(confirmed=True)`."""

import datetime as dt
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from applications.cycle.actions import cycle as cycle_actions
from applications.cycle.actions import levers as lever_setup
from applications.models import (
    Answer,
    Application,
    Assignment,
    CityPreference,
    Cycle,
    Decision,
    Endorsement,
    FormVersion,
    IncomingUpload,
    Offer,
    Question,
    Rating,
    Recommendation,
    RecordsConsent,
    Review,
    Upload,
)
from applications.reading.actions import review as review_actions
from applications.states import Status
from exchange.models import ConsentText
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_facts import application_facts
from tests.factories_facts import review_facts as review_facts

# one valid answer to each required question of the standard form; the college comes from the application
ANSWERS = {
    "full_name": "Marisol Reyes Ortega",
    "preferred_name": "Marisol",
    "date_of_birth": "2005-03-09",
    "answer_language": "en",
    "units": 12,
    "good_standing": "yes",
    "major": "Nursing",
    "free_for_trip": "yes",
    "work_hours": 16,
    "parents_education": "no_college",
    "first_abroad": True,
    "first_flight": True,
    "fee_waiver": "yes",
    "council_district": "1",
    "story_why": "After the clinic job starts there will be no gap for years.",
    "story_new": "When we moved I ate lunch in the library for two months.",
    "story_back": "My sister Dani gets the whole story first.",
}


class CycleFactory(DjangoModelFactory):
    """A published cycle that takes applications now; `closed=True`: no longer, `upcoming=True`: not yet.

    `ready=True` gives it three cities and the standard form, eligibility rules and rubric.
    """

    class Meta:
        model = Cycle
        skip_postgeneration_save = True

    class Params:
        closed = factory.Trait(
            opens_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=90)),
            closes_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=30)),
        )
        upcoming = factory.Trait(
            opens_at=factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=10)),
            closes_at=factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=50)),
        )

    code = factory.Sequence(lambda n: f"spring-{2027 + n}")
    name_en = factory.Sequence(lambda n: f"Spring {2027 + n}")
    name_es = factory.Sequence(lambda n: f"Primavera {2027 + n}")
    summary_en = "Ten days in a partner city."
    summary_es = "Diez días en una ciudad hermana."
    covered_en = "Flights\nLodging"
    covered_es = "Vuelos\nAlojamiento"
    student_pays_en = "Spending money"
    student_pays_es = "Dinero de bolsillo"
    opens_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=30))
    closes_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=30))
    decisions_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=60))
    endorsements_due_on = factory.LazyAttribute(lambda cycle: cycle.decisions_on - dt.timedelta(days=20))
    readings_due_on = factory.LazyAttribute(lambda cycle: cycle.decisions_on - dt.timedelta(days=10))
    answer_days = 7
    reads_each = 3
    published_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=31))

    @factory.post_generation
    def ready(self, create, extracted, **kwargs):
        if create and extracted:
            application_facts()
            self.cities.set([PartnerCityFactory() for _ in range(3)])
            cycle_actions.create_form(self, by=None)
            departs_on = timezone.localdate() + dt.timedelta(days=180)
            cycle_actions.create_rules(self, departs_on=departs_on, by=None)
            cycle_actions.create_rubric(self, by=None)
            lever_setup.create_levers(self, by=None)


class FormVersionFactory(DjangoModelFactory):
    class Meta:
        model = FormVersion
        django_get_or_create = ("cycle", "number")

    cycle = factory.SubFactory(CycleFactory)
    number = 1
    published_at = factory.LazyAttribute(lambda form: form.cycle.opens_at)


class ApplicationFactory(DjangoModelFactory):
    """A draft; traits move it on: submitted, returned, selected, waitlisted, not_selected, confirmed, declined,
    withdrawn. `cities=[...]` ranks them in that order.

    `answered=True` fills in the whole standard form (its cycle must be `ready`, as it is when none is given),
    with `answered__story_why="..."` for another answer. `endorsed=True`: by an advisor of its college.
    """

    class Meta:
        model = Application
        skip_postgeneration_save = True

    class Params:
        submitted = factory.Trait(status=Status.SUBMITTED, submitted_at=factory.LazyFunction(timezone.now))
        selected = factory.Trait(submitted=True, status=Status.SELECTED)
        confirmed = factory.Trait(submitted=True, status=Status.CONFIRMED)
        returned = factory.Trait(submitted=True, status=Status.RETURNED, return_note="Name your college.")
        waitlisted = factory.Trait(submitted=True, status=Status.WAITLISTED)
        not_selected = factory.Trait(submitted=True, status=Status.NOT_SELECTED)
        declined = factory.Trait(submitted=True, status=Status.DECLINED)
        withdrawn = factory.Trait(
            submitted=True, status=Status.WITHDRAWN, withdrawn_at=factory.LazyFunction(timezone.now)
        )

    cycle = factory.SubFactory(CycleFactory)
    student = factory.SubFactory(UserFactory)
    form = factory.SubFactory(FormVersionFactory, cycle=factory.SelfAttribute("..cycle"))
    college = factory.SubFactory(CollegeFactory)

    @factory.post_generation
    def cities(self, create, extracted, **kwargs):
        for rank, city in enumerate(extracted or [], start=1):
            CityPreference.objects.create(application=self, city=city, rank=rank)

    @factory.post_generation
    def answered(self, create, extracted, **changes):
        if create and extracted:
            answer_all(self, **changes)

    @factory.post_generation
    def signed(self, create, extracted, **kwargs):
        """A submitted one is signed: its college may tell about it. `signed=False`: not."""
        if create and self.submitted_at and self.college and extracted is not False:
            RecordsConsentFactory(application=self)

    @factory.post_generation
    def endorsed(self, create, extracted, **kwargs):
        if create and extracted:
            EndorsementFactory(application=self)


def answer_all(application, **changes):
    """Every required answer, a ranking of all the cycle's cities, and a referee; None as a value leaves one out."""
    application_facts()
    if not application.form.sections.exists():
        application.cycle.cities.add(PartnerCityFactory(), PartnerCityFactory())
        application.form = cycle_actions.create_form(application.cycle, by=None)
        application.save(update_fields=["form"])
    values = {**ANSWERS, "college": application.college.code, **changes}
    questions = Question.objects.filter(section__form=application.form).exclude(kind="ranked_cities")
    Answer.objects.bulk_create(
        Answer(application=application, question=question, value=values[question.key])
        for question in questions
        if values.get(question.key) is not None
    )
    if values.get("student_number"):
        application.student_number = values["student_number"]
        application.save(update_fields=["student_number"])
    if not application.city_preferences.exists():
        for rank, city in enumerate(application.cycle.cities.all(), start=1):
            CityPreference.objects.create(application=application, city=city, rank=rank)
    RecommendationFactory(application=application)


class RecommendationFactory(DjangoModelFactory):
    """A named referee; `asked=True`: has the link, for a month; `begun=True`: has saved a draft; `received=True`: has
    written; `declined=True`: cannot; `expired=True`: the link has run out."""

    class Meta:
        model = Recommendation

    class Params:
        asked = factory.Trait(
            requested_at=factory.LazyFunction(timezone.now),
            expires_at=factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=30)),
        )
        begun = factory.Trait(
            asked=True,
            draft="She stayed late",
            draft_saved_at=factory.LazyFunction(timezone.now),
            opened_at=factory.LazyFunction(timezone.now),
        )
        declined = factory.Trait(
            asked=True,
            refused=Recommendation.Refused.DECLINED,
            refused_at=factory.LazyFunction(timezone.now),
            answer_note="I am away until June.",
        )
        expired = factory.Trait(
            asked=True,
            requested_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=31)),
            expires_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=1)),
        )
        received = factory.Trait(
            asked=True,
            letter="She stayed late on Thursdays, unasked, for five weeks.",
            received_at=factory.LazyFunction(timezone.now),
        )

    application = factory.SubFactory(ApplicationFactory)
    referee_name = "Dr. Lena Whitcomb"
    referee_email = "lena.whitcomb@example.edu"
    relation = "Biology professor"


class ConsentTextFactory(DjangoModelFactory):
    class Meta:
        model = ConsentText
        django_get_or_create = ("key", "version")

    key = ConsentText.COLLEGE_RECORDS
    version = 1
    title_en, title_es = "Let your college tell us", "Permite que tu college nos informe"
    records_en, records_es = "Whether you’re enrolled at {college}\nYour units", "Si estás en {college}\nTus unidades"
    purpose_en, purpose_es = "To decide on your application for {cycle}.", "Para decidir sobre {cycle}."
    recipients_en, recipients_es = "The exchange team.", "El equipo de intercambio."
    ending_en, ending_es = "You can take it back.", "Puedes retirarlo."
    as_of = dt.date(2026, 11, 20)
    review_on = dt.date(2100, 1, 1)
    source_name = "34 CFR part 99"


class RecordsConsentFactory(DjangoModelFactory):
    """`taken_back=True`: withdrawn since."""

    class Meta:
        model = RecordsConsent

    class Params:
        taken_back = factory.Trait(withdrawn_at=factory.LazyFunction(timezone.now))

    application = factory.SubFactory(ApplicationFactory, submitted=True, signed=False)
    college = factory.SelfAttribute("application.college")
    text = factory.SubFactory(ConsentTextFactory)
    language = "en"
    typed_name = "Marisol Reyes Ortega"
    signed_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(seconds=1))


class EndorsementFactory(DjangoModelFactory):
    class Meta:
        model = Endorsement

    application = factory.SubFactory(ApplicationFactory, submitted=True)
    result = Endorsement.Result.ENDORSED
    is_enrolled = True
    units = 12
    endorsed_by = factory.LazyAttribute(lambda o: UserFactory(advisor=o.application.college))


class UploadFactory(DjangoModelFactory):
    """A file that was kept; `received=True`: not checked yet, `refused=True`: not kept.

    Its question must be one of the application's form.
    """

    class Meta:
        model = Upload

    class Params:
        received = factory.Trait(state="received", checked_at=None)
        refused = factory.Trait(state="refused", refused_because="unreadable", file="")

    code = factory.LazyFunction(lambda: uuid4().hex)  # processes of a test run share a folder
    application = factory.SubFactory(ApplicationFactory, answered=True)
    question = factory.LazyAttribute(
        lambda o: Question.objects.get(section__form=o.application.form, key="class_schedule")
    )
    content_type = "application/pdf"
    original_name = "classes.pdf"
    size = 9
    state = "kept"
    checked_at = factory.LazyFunction(timezone.now)
    file = factory.django.FileField(data=b"%PDF-1.7\n", filename="classes.pdf")


class AssignmentFactory(DjangoModelFactory):
    """The assignment of a submitted, answered application to an advisor of another college."""

    class Meta:
        model = Assignment

    application = factory.SubFactory(ApplicationFactory, submitted=True, answered=True, cycle__ready=True)
    reader = factory.LazyFunction(lambda: UserFactory(advisor=True))
    released_at = factory.LazyFunction(timezone.now)


class ReviewFactory(DjangoModelFactory):
    """A review in progress. `points=4` or `points={"purpose": 4, ...}` scores; `locked=True` locks it, fully scored,
    twelve minutes after its start, and calculates the application's figures. The cycle needs a rubric (`ready`).
    """

    class Meta:
        model = Review
        skip_postgeneration_save = True

    class Params:
        locked = factory.Trait(locked_at=factory.LazyFunction(timezone.now))

    assignment = factory.SubFactory(AssignmentFactory)
    comment = "Clear and concrete."
    feedback = "Your library story shows how you find your way in."
    started_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(minutes=12))

    @factory.post_generation
    def points(self, create, extracted, **kwargs):
        application = self.assignment.application
        if not application.cycle.criteria.exists():
            cycle_actions.create_rubric(application.cycle, by=None)
        given = extracted or (4 if self.locked_at else {})
        for criterion in application.cycle.criteria.all():
            value = given if isinstance(given, int) else given.get(criterion.key)
            if value:
                Rating.objects.create(review=self, criterion=criterion, points=value)
        if self.locked_at:
            review_actions.work_out_scores(application)


class DecisionFactory(DjangoModelFactory):
    """The committee's private decision. `released=True`: told, with the application in the state that follows."""

    class Meta:
        model = Decision

    class Params:
        released = factory.Trait(
            released_at=factory.LazyFunction(timezone.now),
            released_by=factory.SelfAttribute("decided_by"),
            application=factory.SubFactory(
                ApplicationFactory, submitted=True, status=factory.SelfAttribute("..result")
            ),
        )

    application = factory.SubFactory(ApplicationFactory, submitted=True)
    result = Status.SELECTED
    reason = "Strong purpose, agreed by all readers."
    decided_by = factory.LazyFunction(lambda: UserFactory(coordinator=True))


class OfferFactory(DjangoModelFactory):
    """An offer that waits for an answer. `silent=True`: for four days; `lapsed=True`: its deadline has passed."""

    class Meta:
        model = Offer

    class Params:
        lapsed = factory.Trait(
            made_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=9)),
            answer_by=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=2)),
        )
        silent = factory.Trait(made_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=4)))

    decision = factory.SubFactory(DecisionFactory, released=True)
    application = factory.SelfAttribute("decision.application")
    answer_by = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=7))


class IncomingUploadFactory(DjangoModelFactory):
    """An upload in progress, of which nothing has arrived."""

    class Meta:
        model = IncomingUpload

    code = factory.Sequence(lambda n: f"{n:031x}f")
    application = factory.SubFactory(ApplicationFactory, answered=True)
    question = factory.LazyAttribute(
        lambda o: Question.objects.get(section__form=o.application.form, key="class_schedule")
    )
    original_name = "classes.pdf"
    size = 9
