"""Another city, from an empty database to a student who confirms: its first coordinator sets it up in Chromium.

Nothing is written for the city but its reference folder, and no page or message names the first city. The advisors and
readers beside the first advisor are made at once: each would be invited by the same pages.
"""

import datetime as dt
import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from applications.models import Cycle, ReaderProfile
from applications.states import Status
from exchange.base import home
from exchange.models import College, HomeCity, Invitation, Message, PartnerCity, User
from tests.factories import UserFactory
from tests.journeys import test_walk as walk
from tests.journeys.phone import Phone, Phones
from tests.journeys.scene import Scene
from tests.signing import code_for

pytestmark = pytest.mark.browser
COORDINATOR, ADVISOR = "ana.ferreira@example.gov", "noor.rahman@example.edu"
FIRST_CITY = re.compile(r"los[ _-]?[aá]ngeles|\blax\b|ambassadors|embajadores|hanoi|lacc\b|wilshire", re.IGNORECASE)
DESK = {"width": 1280, "height": 800}
TODAY = timezone.localdate


@pytest.fixture
def long_beach(live_server, transactional_db, settings):
    """An installation of its own: the reference rows, and nothing else."""
    settings.SITE_URL = live_server.url
    settings.REFERENCE_CITY = "long-beach"
    home.forget()
    call_command("load_reference", verbosity=0)
    assert not User.objects.exists()
    yield
    home.forget()


def test_long_beach_is_set_up_and_a_student_confirms(browser, live_server, long_beach):
    with Phones(browser, live_server.url, "en", size=DESK) as phones:
        office = begin(phones)
        name_the_city(office)
        see_colleges(office)
        see_partners(office)
        cycle = set_up_a_cycle(office)
        advisor = invite_an_advisor(phones, office)
        publish(office, cycle)
        story = walk.Story(scene_of(cycle, advisor), phones, phones.open())
        for step in (walk.arrive, walk.sign_up, walk.fill_in, walk.send, walk.write_letter, walk.endorse):
            step(story)
        for step in (walk.assign_readers, walk.read, walk.select, walk.confirm):
            step(story)
        assert story.application.status == Status.CONFIRMED
        assert_no_other_city(phones)


# --- Set up -------------------------------------------------------------------------------------------


def begin(phones: Phones) -> Phone:
    """`manage.py start` invites the first coordinator, who proves the address and accepts."""
    call_command("start", COORDINATOR, name="Ana Ferreira")
    office = phones.open()
    accept(office, COORDINATOR, "Ana Ferreira")
    return office


def accept(desk: Phone, address: str, name: str) -> None:
    invitation = Invitation.objects.get(email=address)
    desk.go(invitation.link.removeprefix(desk.phones.site)).send()
    desk.send(code=code_for(address))
    desk.send(full_name=name)


def name_the_city(office: Phone) -> None:
    office.go("/").follow('="/setup/"').follow(f'="{reverse("travel:home-city")}"')
    office.send(
        program_en="Long Beach Abroad",
        program_es="Long Beach al Mundo",
        short_name="Long Beach Abroad",
        office_name_en="Long Beach Exchange Office",
        office_name_es="Oficina de intercambio de Long Beach",
        office_email="exchange@longbeach.example.gov",
        office_phone="+1 562 555 0142",
        address="1 Harbor Plaza\nLong Beach",
    )
    assert HomeCity.objects.get().program_es == "Long Beach al Mundo"
    assert office.page.title().endswith("· Long Beach Abroad")


def see_colleges(office: Phone) -> None:
    office.go("/setup/").follow(f'="{reverse("travel:college-list")}"')
    assert all(college.name in office.text() for college in College.objects.all())
    office.follow('$="/cerritos/"').send(place="Norwalk, near Long Beach")
    office.follow('$="/colleges/new/"').send(name="Harbor Trade College", short_name="Harbor Trade", place="Pier 1")
    office.follow('$="/harbor-trade/"').leave(office.page.locator('form[action$="/remove/"] button'))
    assert set(College.objects.values_list("code", flat=True)) == {"lbcc", "cerritos", "compton"}


def see_partners(office: Phone) -> None:
    office.go("/setup/").follow(f'="{reverse("travel:partner-list")}"')
    for code in ("porto", "mombasa"):
        office.go(reverse("travel:partner-detail", args=[code]))
        office.go(reverse("travel:city-detail", args=[code]))
    office.go(reverse("travel:reference-list")).go("/cities/")


def set_up_a_cycle(office: Phone) -> Cycle:
    office.go(reverse("applications:cycle-setup-new"))
    closes = TODAY() + dt.timedelta(days=42 + (4 - TODAY().weekday()) % 7)  # a Friday

    def later(weeks: int) -> str:
        return (closes + dt.timedelta(weeks=weeks)).isoformat()

    office.send(
        name_en="First trip",
        name_es="Primer viaje",
        opens_on=TODAY().isoformat(),
        opens_time="00:01",
        closes_on=closes.isoformat(),
        closes_time="23:59",
        endorsements_due_on=later(2),
        readings_due_on=later(4),
        decisions_on=later(6),
        answer_days=10,
        reads_each=2,
        departs_on=later(30),
    )
    cycle = Cycle.objects.get()
    assert cycle.departure_airport == "LGB"
    office.go(address("basics", cycle)).send(
        summary_en="Ten days in Porto or Mombasa.",
        summary_es="Diez días en Oporto o Mombasa.",
        covered_en="The flight",
        covered_es="El vuelo",
        student_pays_en="Souvenirs",
        student_pays_es="Recuerdos",
        seats=20,
        cities=["porto", "mombasa"],
    )
    office.go(address("form", cycle)).follow('$="/form/publish/"').send()
    for page in ("rules", "rubric", "dates"):
        office.go(address(page, cycle))
    return cycle


def address(page: str, cycle: Cycle) -> str:
    return reverse(f"applications:cycle-setup-{page}", args=[cycle.code])


def invite_an_advisor(phones: Phones, office: Phone) -> User:
    """The one whose student applies accepts in a browser of their own."""
    office.go(reverse("people-invite"))
    office.send(email=ADVISOR, name="Noor Rahman", kind="advisor", college="lbcc", language="en", how="email")
    accept(phones.open(), ADVISOR, "Noor Rahman")
    for college in College.objects.exclude(code="lbcc"):
        reader = UserFactory(advisor=college)
        ReaderProfile.objects.create(user=reader, reads_spanish=True)
    return User.objects.get(email=ADVISOR)


def publish(office: Phone, cycle: Cycle) -> None:
    office.go(address("detail", cycle))
    assert "Ready to publish" in office.text(), office.text()
    office.leave(office.page.locator(f'form[action="{address("publish", cycle)}"] button'))
    assert "This cycle is published" in office.text()


def scene_of(cycle: Cycle, advisor: User) -> Scene:
    return Scene(
        language="en",
        cycle=Cycle.objects.get(pk=cycle.pk),
        trips=[],
        advisor=advisor,
        readers=list(User.objects.filter(roles__college__code__in=("cerritos", "compton")).order_by("pk")),
        coordinator=User.objects.get(email=COORDINATOR),
        director=None,
        college="lbcc",
        ranks=("porto", "mombasa"),
    )


def assert_no_other_city(phones: Phones) -> None:
    """Of all pages that were opened, and all messages that were written."""
    said = phones.read | {f"message {each.pk}": f"{each.subject}\n{each.body}" for each in Message.objects.all()}
    assert {name: hit[0] for name, text in said.items() if (hit := FIRST_CITY.search(text))} == {}
    assert len(phones.read) > 30 and PartnerCity.objects.count() == 2
    assert any("Long Beach Exchange Office" in each.body for each in Message.objects.all())
