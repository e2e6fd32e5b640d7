"""What students and those whom they ask do in a year, page by page."""

import re

from django.urls import reverse

from exchange.models import Message
from tests.signing import code_for
from tests.year.pages import SITE, Broken, Person

# What stands on a page beside what it's for.
ASIDE = re.compile(r"/(withdraw|advisor|remove|end|discard|language|calendar)/")
STEP_PAGES = re.compile(
    r"^/placements/\w{8}/(needs|forms|ticketing|itinerary|entry|reach|family-links)/|^/passports/\w{8}/"
)
FORM_PAGES = 12  # more than a form has
QUESTIONS = 25  # more screens than any way to a passport has


def link_in(address: str, template: str) -> str:
    """The first link of ours in the newest message of this template to an address."""
    message = Message.objects.filter(address=address, template=template).order_by("pk").last()
    if message is None:
        raise Broken("whoever is asked gets a message", f"no {template} to {address}")
    return re.search(rf"{re.escape(SITE)}(/\S+)", message.body)[1]


def referee_of(student: Person) -> str:
    return f"referee.{student.name.lower()}@example.com"


def sign_up(student: Person) -> None:
    student.go(reverse("account_signup"))
    student.send(contact=student.address, preferred_name=student.name, language="en")
    student.send(code=code_for(student.address))


def begin(student: Person, cycle: str) -> None:
    student.go(reverse("applications:cycle-detail", args=[cycle])).send("/start/")


def answers(student: Person, college: str, cities: list[str]) -> dict[str, object]:
    """What decides something; all else is filled in as it comes."""
    ranked = {f"cities_{rank}": city for rank, city in enumerate(cities, start=1)}
    return {
        "full_name": f"{student.name} {student.surname}",
        "date_of_birth_month": "3",
        "date_of_birth_day": "9",
        "date_of_birth_year": "2005",
        "answer_language": "en",
        "college": college,
        "student_number": f"88{student.random.randrange(10**6):06}",
        "units": "12",
        "good_standing": "yes",
        "free_for_trip": "yes",
        "referee_name": "Dr. Lena Whitcomb",
        "referee_email": referee_of(student),
        "relation": "Biology professor",
        **ranked,
    }


def fill_in(student: Person, college: str, cities: list[str], leave_at: int = FORM_PAGES) -> None:
    """From the overview through the sections, in their order. `leave_at`: after how many they leave."""
    given = answers(student, college, cities)
    student.follow(r"/form/\w+/$")
    for done in range(FORM_PAGES):
        if done == leave_at or "/form/" not in student.page.address:
            return
        form = student.form("/form/")
        student.try_form(form, "", {name: value for name, value in given.items() if name in form.names()})


def submit(student: Person) -> None:
    student.send("/submit/", typed_name=f"{student.name} {student.surname}")


def write_letter(referee: Person) -> None:
    referee.go(link_in(referee.address, "applications/recommendation_asked"))
    referee.send(
        letter="She stayed late on Thursdays, unasked, for five weeks, and finished what others had left."
    ).send()


# --- With a spot ------------------------------------------------------------------------------------------------------


def answer_offer(student: Person, answer: str = "confirm") -> None:
    student.go("/journey/").follow(r"^/offers/").follow(rf"/{answer}/$").send()


ROUTE = {"travel_on": "us_need", "had_passport": "no", "born": "in_us", "papers": ["certified"], "name": "same"}


def find_the_way(student: Person, given: dict[str, object] = ROUTE, at: str = "") -> None:
    """The questions about the passport, until a plan is there. `at`: where they are answered again."""
    student.go(at) if at else student.go("/journey/").follow(r"^/passports/\w{8}/questions/$")
    for _ in range(QUESTIONS):
        if student.page.view != "travel:passport-route":
            return
        form = student.form("/questions/")
        student.try_form(form, "", {name: value for name, value in given.items() if name in form.names()})
        if student.page.errors:
            raise Broken("what was filled in with sense is taken", student.page.errors, student.page.text)
    raise Broken("questions come to an end", f"{QUESTIONS} screens at {student.page.address}", student.page.text)


def withdraw(student: Person) -> None:
    """By the way that their page shows."""
    student.go("/journey/")
    for way in (r"^/offers/\w{8}/$", r"^/applications/\w{8}/$"):
        links = list(student.page.links())
        if not any(re.search("/(withdraw|decline)/$", each) for each in links) and any(
            re.match(way, each) for each in links
        ):
            student.follow(way)
    student.follow("/(withdraw|decline)/$").send("/(withdraw|decline)/$")


def do_a_step(student: Person) -> None:
    """The step that the first page names: filled in, signed or checked off, whatever it asks for."""
    student.go("/journey/")
    steps = student.page.document.find_class("ex-next-step")
    ways = [student.page.absolute(each.get("href")) for step in steps for each in step.iter("a") if each.get("href")]
    if not ways:
        return
    student.go(ways[0])
    for _ in range(6):
        forms = [form for form in student.page.forms() if form.method == "post" and student.is_of_page(form)]
        main = [form for form in forms if not ASIDE.search(form.action)]
        here = student.page.address
        if not main:
            onward = [each for each in student.page.links() if STEP_PAGES.match(each) and each != here]
            if not onward:
                return
            student.go(onward[0])
            continue
        student.try_form(
            main[0], "", {"typed_name": f"{student.name} {student.surname}"} if "typed_name" in main[0].names() else {}
        )
        if student.page.errors or student.page.address == here:
            return
