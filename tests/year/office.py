"""What the office does in a year, page by page: setting up, deciding, placing, seeing a group off and home."""

import datetime as dt
import io
import re

from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from exchange.models import Invitation
from tests.signing import code_for
from tests.year.pages import SITE, WORDS, Person

# Where nobody goes to look around: other people's doors, and what is no page.
NO_WAY = re.compile(
    r"^/(demo|account|admin|static|language|.*\.(ics|csv|json|xlsx|pdf)|.*/(pdf|file|print|calendar|scan)/)"
)


def accept(person: Person, full_name: str) -> None:
    """Opens the link of an invitation, proves the address and says their name."""
    invitation = Invitation.objects.get(email=person.address)
    person.go(invitation.link.removeprefix(SITE)).send()
    person.send(code=code_for(person.address)).send(full_name=full_name)


def begin(person: Person, full_name: str, kind: str = "coordinator") -> None:
    call_command("start", person.address, **{"kind": kind}, name=full_name, stdout=io.StringIO())
    accept(person, full_name)


def name_the_city(office: Person) -> None:
    office.go("/setup/").follow(reverse("travel:home-city"))
    office.send(
        office_name_en="Exchange Office",
        office_name_es="Oficina de intercambio",
        office_email="exchange@city.example.gov",
        office_phone="+1 213 555 0142",
        address="1 Plaza",
    )


def invite(office: Person, person: Person, kind: str, college: str = "") -> None:
    office.go(reverse("people-invite"))
    known = {"is_known": "on"} if kind == "coordinator" else {}
    office.send(email=person.address, name=person.name, kind=kind, college=college, language="en", how="email", **known)
    accept(person, f"{person.name} Okafor")


def make_cycle(office: Person, *, cities: int, seats: int) -> str:
    """A cycle that opens today, as its first pages ask for it. Returns its code."""
    office.go(reverse("applications:cycle-setup-list")).follow(reverse("applications:cycle-setup-new"))
    closes = timezone.localdate() + dt.timedelta(days=42)

    def later(weeks: int) -> str:
        return (closes + dt.timedelta(weeks=weeks)).isoformat()

    office.send(
        name_en="First trip",
        name_es="Primer viaje",
        opens_on=timezone.localdate().isoformat(),
        opens_time="00:01",
        closes_on=closes.isoformat(),
        closes_time="23:59",
        endorsements_due_on=later(2),
        readings_due_on=later(4),
        decisions_on=later(6),
        answer_days="10",
        reads_each="2",
        departs_on=later(26),
    )
    code = office.page.address.strip("/").split("/")[-1]
    office.go(setup("basics", code))
    offered = [each.get("value") for each in office.page.document.xpath("//input[@name='cities']")]
    office.send(
        summary_en="Ten days abroad.",
        summary_es="Diez días en el extranjero.",
        covered_en="The flight",
        covered_es="El vuelo",
        student_pays_en="Souvenirs",
        student_pays_es="Recuerdos",
        seats=str(seats),
        cities=sorted(offered)[:cities],
    )
    return code


def setup(page: str, code: str) -> str:
    return reverse(f"applications:cycle-setup-{page}", args=[code])


def publish(office: Person, code: str) -> None:
    office.go(setup("form", code)).follow("/form/publish/").send()
    office.go(setup("detail", code))
    for fact in dict.fromkeys(each for each in office.page.links() if re.match(r"/reference/fact/[^/]+/", each)):
        office.go(fact)  # whose review date has passed
        if office.has("/act/$"):
            office.send("/act/$", press="act=right")
    office.go(setup("detail", code)).send(reverse("applications:cycle-setup-publish", args=[code]))


# --- Colleges and readers ---------------------------------------------------------------------------------------------


def endorse(advisor: Person, result: str) -> bool:
    """The next application that waits for their college, from the list. False if none is left."""
    advisor.go(f"{reverse('applications:endorsement-list')}?owed=yes")
    if not any(re.fullmatch(r"/endorsements/\w{8}/", address) for address in advisor.page.links()):
        return False
    advisor.follow(r"^/endorsements/\w{8}/$")
    advisor.send(result=result, is_enrolled="yes", units="12", in_good_standing="yes", note=WORDS)
    return True


def assign_readers(office: Person, code: str) -> None:
    office.go(f"{reverse('applications:review-list')}?cycle={code}")
    if office.has("/reviews/assign/"):  # else everybody has enough readers
        office.send("/reviews/assign/").send("/release/")


def read(reader: Person) -> bool:
    """The next application on their list, scored and locked. False if none is left."""
    reader.go(reverse("applications:review-list"))
    waiting = [address for address in reader.page.links() if re.fullmatch(r"/reviews/\w{8}/", address)]
    for address in waiting:
        reader.go(address)
        if any(
            form.buttons() and "act" in form.names() | {each.get("name") for each in form.buttons()}
            for form in reader.page.forms()
        ):
            reader.send(press="act=lock", feedback="Clear.", comment="Strong.")
            return True
    return False


# --- Selecting --------------------------------------------------------------------------------------------------------


def ranked(office: Person, code: str) -> list[str]:
    """The codes of the applications to decide, as the list ranks them."""
    office.go(f"{reverse('applications:selection-list')}?cycle={code}")
    found = (re.fullmatch(r"/selection/(\w{8})/decide/", address) for address in office.page.links())
    return [each[1] for each in found if each]


def decide(office: Person, application: str, result: str) -> None:
    office.go(reverse("applications:decision-record", args=[application]))
    office.send(result=result, reason="Purpose and readiness, as both readers saw it.")


def release(office: Person, code: str) -> None:
    """Looks at what will be told, keeps that preview and tells it."""
    office.go(reverse("applications:selection-preview", args=[code])).send().send("/selection/release/")


# --- Trips and placing ------------------------------------------------------------------------------------------------


def add_trip(office: Person, code: str, city: str, *, leaves_on: dt.date, nights: int, seats: int) -> str:
    """A host in the city, and the group's trip there. Returns the trip's code."""
    office.go(reverse("travel:host-add", args=[city])).send(name=f"{city.title()} Municipal College")
    office.go(reverse("travel:trip-add", args=[code]))
    hosts = office.page.document.xpath("//select[@name='host']//option[contains(., $city)]", city=city.title())
    host = hosts[0].get("value")
    returns_on = leaves_on + dt.timedelta(days=nights)
    office.send(
        host=host,
        leaves_on=leaves_on.isoformat(),
        returns_on=returns_on.isoformat(),
        seats=str(seats),
        minimum_group="2",
    )
    return office.page.address.strip("/").split("/")[1]


def publish_forms(office: Person, code: str) -> None:
    office.go(reverse("travel:cycle-preparation", args=[code]))
    for form in [each for each in office.page.links() if re.search(r"/preparation/forms/\w{8}/$", each)]:
        office.go(form).follow("/publish/$").send()


def place(office: Person, code: str) -> None:
    """A run with what its page proposes, looked at and released."""
    office.go(reverse("travel:placement-run-list", args=[code])).send(
        "/placements/run/", **{f"seats_{group}": None for group in range(1, 5)}
    )
    office.follow("/preview/$").send("/release/$")


def ask_whether_safe(office: Person) -> None:
    """Everybody who is away, in the middle of the trip."""
    office.go(reverse("travel:check-in-start"))
    travelers = [each.get("value") for each in office.page.document.xpath("//input[@name='travelers']")]
    office.send(
        press="preview=1", why_en="An earthquake was felt.", why_es="Se sintió un temblor.", travelers=travelers
    )
    office.send(press="start=1", travelers=travelers)


def depart(office: Person, trip: str) -> None:
    office.go(reverse("travel:trip-abroad", args=[trip])).follow("/departure/$").send("/departure/$")


def come_home(office: Person, trip: str, on: dt.date) -> None:
    office.go(reverse("travel:trip-abroad", args=[trip])).follow("/return/$").send("/return/$", on=on.isoformat())


def do_tasks(office: Person) -> None:
    """What is on the office's list, marked as done where it can be."""
    for _ in range(20):
        office.go(reverse("travel:office-task-list"))
        if not any(re.fullmatch(r"/tasks/\w{8}/(\?.*)?", each) for each in office.page.links()):
            return
        office.follow(r"^/tasks/\w{8}/(\?.*)?$")
        if not office.has(r"/tasks/\w{8}/$"):
            return
        office.send(r"/tasks/\w{8}/$")
