"""Where two situations meet: what a year draws beside its plot, each played through the pages that it meets."""

import datetime as dt
import re
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from applications.models import Application
from applications.states import Status
from exchange.messages import inbound
from exchange.models import Message, User
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.signing import code_for
from tests.year import students as of_students
from tests.year.office import assign_readers, invite, publish_forms
from tests.year.pages import Broken, Form, Person
from tests.year.plan import OPEN_DAYS
from travel.models import CheckInPerson, Contact, Placement, Trip

if TYPE_CHECKING:
    from tests.year.story import Story

DATES = ("leaves_on", "returns_on")
WHY = {"reason_en": "The host asked for it.", "reason_es": "Lo pidió la institución anfitriona."}
# What travelers write to a check-in, and whether that says that they're safe.
TEXTS = {
    "1": True,
    "Estoy bien, gracias": True,
    "ayuda, no puedo salir": False,
    "are we safe?": False,
    "I'm fine but Maria is not": False,
}


# --- Names, telephones and texts --------------------------------------------------------------------------------------


def marry(student: Person) -> None:
    """They say their new name in their account, and once more where the passport's way asks for it."""
    student.surname = f"{student.surname}-Bianchi"
    student.go(reverse("account-edit")).send(full_name=f"{student.name} {student.surname}")
    code = Application.objects.get(student__email=student.address).code
    student.go(reverse("travel:passport-route", args=[code]))
    if student.page.view == "travel:passport-route":
        given = of_students.ROUTE | {"name": "changed_with_paper"}
        of_students.find_the_way(student, given, student.page.address)


def give_a_phone(student: Person) -> None:
    number = f"+1213555{student.random.randrange(200, 9999):04}"
    student.go(reverse("account_change_phone")).send(phone=number, texts=["on"])
    student.go(reverse("account_verify_phone")).send(code=code_for(number))


def say_whether_safe(student: Person, answer: str) -> None:
    """By the link in the message, or in words by text; "" stays silent."""
    number = User.objects.filter(email=student.address, phone_verified_at__isnull=False).values_list("phone", flat=True)
    if answer in TEXTS and number:
        text_back(student, answer)
    elif answer:
        way = of_students.link_in(number[0].as_e164 if number else student.address, "travel/check_in")
        student.go(way).send(press=f"said={answer if answer not in TEXTS else 'safe'}")


def text_back(student: Person, words: str) -> None:
    """An answer in words, as the phone company hands it on. Nobody is safe before a text has said so, whole."""
    number, sent_at = User.objects.get(email=student.address).phone.as_e164, timezone.now()
    inbound.receive(number, words, message_id=f"{student.name} {sent_at}", sent_at=sent_at)
    asked = CheckInPerson.objects.filter(placement__application__student__email=student.address).last()
    if asked and asked.state == CheckInPerson.State.SAFE and not TEXTS[words]:
        raise Broken("nobody counts as safe without a whole statement that says so", f"“{words}”")


NEW_NAME_WEEKS = 8  # until the form for a new name in a passport's first year ends
BORN_ON = "2005-03-09"  # as their applications say


def say_of_a_new_name(student: Person) -> None:
    """They changed their name months after their passport came: the form for that ends before the trip."""
    mine = Application.objects.get(student__email=student.address)
    address = reverse("travel:passport-route", args=[mine.code])
    if student.go(address).page.view != "travel:passport-route":
        return
    issued = timezone.localdate() + dt.timedelta(weeks=NEW_NAME_WEEKS - 52)
    issued = issued.replace(day=min(issued.day, 28))
    expires = issued.replace(year=issued.year + 10) - dt.timedelta(days=1)
    given = {
        **{"travel_on": "us_have", "where": "here", "kind": "full", "name": "changed_with_paper"},
        **{"printed_wrong": "no", "ticket_name": "new_name", "signed": "yes", "earlier_book": "no"},
        **{"issued_on": issued.isoformat(), "expires_on": expires.isoformat()},
        **{"issued_as_adult": "yes", "born_on": BORN_ON},
        **{"born": "in_us", "papers": ["certified"], "photo_id": "california"},
    }
    of_students.find_the_way(student, given, address)


def was_not_selected_before(student: Person, opened: dt.date) -> None:
    """Last year they applied as well. That year isn't played, so its rows are made."""
    user = User.objects.get(email=student.address)
    begins = dt.datetime.combine(opened - dt.timedelta(days=365), dt.time(9), dt.UTC)
    dates = {"opens_at": begins, "closes_at": begins + dt.timedelta(days=42)}
    before = CycleFactory(code="last-year", name_en="Last year", name_es="El año pasado", **dates)
    mine = Application.objects.filter(student=user).latest("pk")
    ApplicationFactory(not_selected=True, cycle=before, student=user, college=mine.college)


# --- People with another role, and without theirs ---------------------------------------------------------------------


def end_role(owner: Person, person: Person) -> None:
    """Their role ends while work of theirs is open; what it is stands in the preview."""
    code = User.objects.get(email=person.address).code
    owner.go(reverse("person-detail", args=[code])).follow(r"/roles/\w+/[\w-]+/end/$")
    while not owner.has("/end/$"):
        (form,) = [form for form in owner.page.forms() if owner.is_of_page(form) and form.method == "get"]
        owner.try_form(form)
    owner.send("/end/$")


def name_leader(office: Person, trip: str, leader: Person) -> None:
    """Somebody who works here also leads the group: proofs first, then what they sign."""
    office.go(reverse("travel:contact-add", args=["trip", trip]))
    office.send(name=leader.name, email=leader.address, phone="+1 213 555 0177", language="en")
    office.go(reverse("travel:clearance", args=[Contact.objects.get(user__email=leader.address).code]))
    kinds = [each.get("value") for each in office.page.document.xpath("//button[@name='kind']")]
    for kind in kinds:
        if (form := _with_button(office, kind)) is not None:
            office.try_form(form, f"kind={kind}", {"done_on": timezone.localdate().isoformat()})
    if office.has("/clearance/ask/"):
        office.send("/clearance/ask/")


def _with_button(office: Person, value: str) -> Form | None:
    forms = office.page.forms()
    return next((form for form in forms if any(each.get("value") == value for each in form.buttons())), None)


def sign_as_leader(leader: Person) -> None:
    """What the link in the message asks of a leader."""
    if not Message.objects.filter(address=leader.address, template="travel/contact_signs").exists():
        return
    way = of_students.link_in(leader.address, "travel/contact_signs")
    for address in [each for each in leader.go(way).page.links() if re.fullmatch(rf"{re.escape(way)}[\w-]+/", each)]:
        leader.go(address)
        if any("typed_name" in form.names() for form in leader.page.forms()):
            leader.send(typed_name=leader.name)


def assign_leader(office: Person, leader: Person) -> None:
    office.go(reverse("travel:clearance", args=[Contact.objects.get(user__email=leader.address).code]))
    if office.has("/clearance/assign/"):
        office.send("/clearance/assign/")


def lead(leader: Person, trip: str) -> None:
    """The list of their travelers, and what else the roster leads to."""
    if Contact.objects.filter(user__email=leader.address, trip__code=trip).exists():
        leader.go(reverse("travel:roster", args=[trip]))
        for address in [each for each in leader.page.links() if each.startswith("/roster/")]:
            leader.go(address)


def call_the_roll(first: Person, second: Person, trip: str) -> None:
    """One isn't there, says the first; the second has an old page and taps that they are. Until the first looks again,
    nobody who is asked after counts them as found.
    """
    where = reverse("travel:roll-call", args=[trip])
    group = [each.get("value") for each in first.go(where).page.document.xpath("//button[@name='missing']")]
    if not group:
        return
    one = first.random.choice(group)
    second.go(where)
    first.send("/roll-call/$", press=f"missing={one}")
    second.send("/roll-call/$", press=f"here={one}")
    asked = CheckInPerson.objects.filter(placement__code=one, check_in__closed_at__isnull=True)
    if found := asked.filter(state__in=("safe", "seen")).first():
        raise Broken("whoever a leader misses keeps a check-in open", f"{found.name} counts as {found.state}")
    first.go(where).send("/roll-call/$", press=f"here={one}")
    first.send("/roll-call/$", press="rest=1")


# --- Trips ------------------------------------------------------------------------------------------------------------


def move(office: Person, student: str, to: str) -> None:
    """One student to another trip, as the list of applications offers it, after reading what they'll read."""
    office.go(reverse("applications:application-list"))
    office.send("/several/", press="act=move", row=[student])
    office.send("/several/", trip=to, **WHY)
    for _ in range(3):
        if not any("trip" in form.names() for form in office.page.forms()):
            return
        office.send("/several/", trip=to, **WHY)


def change(office: Person, trip: Trip, kind: str, weeks: int) -> None:
    """The whole trip, some weeks later or earlier."""
    days = {name: (getattr(trip, name) + dt.timedelta(weeks=weeks)).isoformat() for name in DATES}
    office.go(f"{reverse('travel:trip-change-new', args=[trip.code])}?kind={kind}").send(**days, **WHY)
    office.send("/apply/$")


def come_late(office: Person, trip: Trip, days: int) -> None:
    until = (trip.home_on + dt.timedelta(days=days)).isoformat()
    office.go(reverse("travel:group-delay", args=[trip.code])).send(until=until, reason="The flight was canceled.")


# --- Results ----------------------------------------------------------------------------------------------------------


def appeal(student: Person) -> None:
    code = Application.objects.get(student__email=student.address).code
    student.go(reverse("applications:appeal-own", args=[code]))
    if student.has("/appeal/$"):
        student.send("/appeal/$", reason="One of my readings was of somebody else.")


def answer_appeals(office: Person) -> None:
    office.go(reverse("applications:appeal-list"))
    for address in [each for each in office.page.links() if re.fullmatch(r"/appeals/\w{8}/", each)]:
        office.go(address)
        if any("answer" in form.names() for form in office.page.forms()):
            office.send(result="upheld", answer="Both readings were yours.")


def fill_free_spots(office: Person, cycle: str) -> None:
    """Offers that nobody answered lapse, and every free spot is offered to who waits."""
    offers = reverse("applications:selection-offers", args=[cycle])
    office.go(offers)
    for lapse in [each for each in office.page.links() if each.endswith("/lapse/")]:
        office.go(lapse).send("/lapse/$")
    fill = reverse("applications:selection-fill", args=[cycle])
    if fill in office.go(offers).page.links():
        office.go(fill).send("/fill/")


# --- Hosts ------------------------------------------------------------------------------------------------------------


def ask_the_host(office: Person, trip: str, host: Person) -> None:
    """Somebody at the host gets a link to the group's arrivals."""
    institution = Trip.objects.get(code=trip).host.code
    office.go(reverse("travel:contact-add", args=["host", institution]))
    office.send(name=host.name, email=host.address, phone="+44 20 7946 0018", language="en")
    office.go(reverse("travel:trip-host", args=[trip])).send("/send/$")


def answer_as_host(host: Person) -> None:
    """Every page behind the link, and the first form of each filled in."""
    way = of_students.link_in(host.address, "travel/host_asked")
    for address in [way, *[each for each in host.go(way).page.links() if each.startswith(way)]]:
        host.go(address)
        forms = [form for form in host.page.forms() if host.is_of_page(form) and form.method == "post"]
        if forms:
            host.try_form(forms[0])


# --- When -------------------------------------------------------------------------------------------------------------


def an_advisor_leaves(story: "Story", day: int) -> None:
    """Before their college has spoken, or while readings of theirs are open. Somebody else comes, and reads instead."""
    college, advisor = list(story.advisors.items())[story.random.randrange(min(len(story.advisors), 4))]
    story.year.plan_act(story.on(day, 11), story.owner, "ends a role", lambda: end_role(story.owner, advisor))
    new = story.year.person(f"New advisor of {college}", "advisor", f"new.{college}@college.example.edu")
    story.advisors[college] = new
    at = story.on(day, 12)
    story.year.plan_act(at, story.office, "invites another", lambda: invite(story.office, new, "advisor", college))
    if day > OPEN_DAYS + 8:
        again = story.on(day, 14)
        story.year.plan_act(again, story.office, "assigns again", lambda: assign_readers(story.office, story.cycle))
    story.year.run(story.on(day, 15))


def after_release(story: "Story") -> None:
    for student in story.students:
        if story.status_of(student) == Status.NOT_SELECTED:
            story.year.plan_act(story.on(OPEN_DAYS + 28, 19), student, "appeals", lambda s=student: appeal(s))
    for day in (36, 43):
        at = story.on(OPEN_DAYS + day, 9)
        story.year.plan_act(at, story.office, "fills free spots", lambda: fill_free_spots(story.office, story.cycle))
    for student in story.students:
        at = story.on(OPEN_DAYS + 37 + student.random.randrange(5), 20)
        story.year.plan_act(at, student, "answers", lambda s=student: story.answer(s))
    at = story.on(OPEN_DAYS + 32, 9)
    story.year.plan_act(at, story.second, "answers appeals", lambda: answer_appeals(story.second))


def while_preparing(story: "Story") -> None:
    begins = OPEN_DAYS + 46
    if story.are_forms_late:
        at = story.on(begins + 18, 9)
        story.year.plan_act(at, story.office, "publishes the forms", lambda: publish_forms(story.office, story.cycle))
    for student in story.students:
        day = begins + story.random.randrange(70)
        if story.random.random() < 0.2:
            story.year.plan_act(story.on(day, 17), student, "marries", lambda s=student: _if_confirmed(story, s, marry))
        elif story.random.random() < 0.25:
            at = story.on(begins + 1, 17)
            story.year.plan_act(
                at, student, "has a new name", lambda s=student: _if_confirmed(story, s, say_of_a_new_name)
            )
        if story.random.random() < 0.6:
            story.year.plan_act(
                story.on(begins, 20), student, "gives a phone number", lambda s=student: give_a_phone(s)
            )
    if story.random.random() < 0.5:
        story.year.plan_act(story.on(begins + 15, 14), story.office, "moves a student", lambda: _move_one(story))
    if story.random.random() < 0.4:
        weeks = story.random.choice([1, 3])
        at = story.on(begins + 40 + story.random.randrange(60), 15)
        story.year.plan_act(
            at, story.office, "postpones a trip", lambda: change(story.office, _first(), "postpone", weeks)
        )
    _plan_a_leader(story, begins)
    host = story.year.person("Somebody at the host", "host", "arrivals@host.example.org")
    at, trip = story.on(begins + 30, 11), _first().code
    story.year.plan_act(at, story.office, "asks the host", lambda: ask_the_host(story.office, trip, host))
    story.year.plan_act(at + dt.timedelta(days=3), host, "answers as a host", lambda: answer_as_host(host))


def _plan_a_leader(story: "Story", begins: int) -> None:
    """An advisor who also leads the first group."""
    trip, leader = _first().code, story.random.choice(list(story.advisors.values()))
    for day, who, what, do in (
        (begins + 20, story.office, "names a leader", lambda: name_leader(story.office, trip, leader)),
        (begins + 22, leader, "signs as a leader", lambda: sign_as_leader(leader)),
        (begins + 25, story.office, "assigns the leader", lambda: assign_leader(story.office, leader)),
        (begins + 60, leader, "looks at the travelers", lambda: lead(leader, trip)),
    ):
        story.year.plan_act(story.on(day, 10), who, what, do)


def while_away(story: "Story", trip: Trip) -> None:
    if story.random.random() < 0.5:
        at = story.on((trip.home_on - story.opened).days - 1, 12)
        story.year.plan_act(at, story.second, "says that a group is late", lambda: come_late(story.second, trip, 2))


def _first() -> Trip:
    return Trip.objects.order_by("pk").first()


def _if_confirmed(story: "Story", student: Person, do) -> None:
    if story.status_of(student) == Status.CONFIRMED:
        do(student)


def _move_one(story: "Story") -> None:
    """Somebody of the larger group, to the other trip."""
    groups = {trip: list(Placement.objects.active().filter(trip=trip)) for trip in Trip.objects.order_by("pk")}
    small, *_rest, large = sorted(groups, key=lambda trip: len(groups[trip]))
    if groups[large] and small.seats > len(groups[small]):
        move(story.office, groups[large][0].application.code, small.code)
