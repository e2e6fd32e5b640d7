"""One row of everything: the data for the table of URLs and for the attacks."""

from django.utils import timezone

from applications.models import LegalHold, Recommendation
from exchange.models import DataRequest, IncomingText, Message, OfficeTask
from exchange.people.sign_in.demo_people import DEMO_PEOPLE
from tests.factories import CollegeFactory, FactFactory, UserFactory, finished_job
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    IncomingUploadFactory,
    OfferFactory,
    UploadFactory,
    application_facts,
    review_facts,
)
from tests.factories_help import ThreadFactory
from tests.factories_travel import PROMPTS, PlacementFactory, PlacementRunFactory, TripFactory, travel_facts
from travel.models import ReflectionPrompt


def one_of_everything():
    """One row of everything, all of one student's, at stages in cycles of their own."""
    application_facts()
    review_facts()
    travel_facts()
    for name, value in (("threshold", 10), ("band", 8), ("open_values", 5)):
        FactFactory(key=f"disclosure.{name}", value=value, unit="count")
    FactFactory(key="comparison.least", value=30, unit="count")
    home, elsewhere = CollegeFactory(), CollegeFactory()
    owner = UserFactory(full_name="Marisol Reyes Ortega")
    coordinator = UserFactory(coordinator=True)
    people = {
        "visitor": None,
        "owner": owner,
        "stranger": UserFactory(),
        "advisor": UserFactory(advisor=home),
        "reader": UserFactory(advisor=elsewhere),
        "coordinator": coordinator,
        "director": UserFactory(director=True),
    }
    mine = {"student": owner, "college": home}
    draft = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True, **mine)
    sent = ApplicationFactory(submitted=True, cycle=CycleFactory(ready=True), answered=True, **mine)
    recommendation = Recommendation.objects.get(application=sent)
    Recommendation.objects.filter(pk=recommendation.pk).update(
        requested_at=sent.submitted_at, draft="She stays late.", draft_saved_at=sent.submitted_at
    )
    decided = ApplicationFactory(selected=True, **mine)
    trip = TripFactory()
    placement = PlacementFactory(
        trip=trip, application=ApplicationFactory(confirmed=True, cycle=trip.cycle, **mine), checklist=True
    )
    for row in PROMPTS:
        ReflectionPrompt.objects.create(cycle=trip.cycle, **row)
    UserFactory(email=DEMO_PEOPLE[0].email)
    message = Message.objects.create(
        channel="email", address=owner.email, recipient=owner, language="en", template="t", subject="s", body="b"
    )
    return {
        "people": people,
        "draft": draft,
        "sent": sent,
        "recommendation": recommendation,
        "upload": UploadFactory(application=sent),
        "draft_upload": UploadFactory(application=draft),
        "incoming": IncomingUploadFactory(application=draft),
        "assignment": AssignmentFactory(application=sent, reader=people["reader"]),
        "offer": OfferFactory(decision=DecisionFactory(application=decided, released=True)),
        "placement": placement,
        "trip": trip,
        "run": PlacementRunFactory(cycle=trip.cycle),
        "message": message,
        "job": finished_job(coordinator),
        "data_request": DataRequest.objects.create(
            asked_by=owner, kind="correction", text="My name.", due_on="2100-01-01"
        ),
        "incoming_text": IncomingText.objects.create(
            message_id="a" * 64, sent_at=timezone.now(), went_to="office", number="+12135550134", body="Hello?"
        ),
        "office_task": OfficeTask.objects.create(key="a", kind="test.call", person=owner, due_on="2100-01-01"),
        "hold": LegalHold.objects.create(cycle=CycleFactory(), reason="A lawsuit.", placed_by=coordinator),
        "thread": ThreadFactory(student=owner, college=home, application=sent),
    }
