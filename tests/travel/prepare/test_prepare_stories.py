"""All that acts before departure leave behind: rows, events, messages, tasks, and every refusal, word for word."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from applications.apply.actions.upload import ReceivedFile
from applications.models import Disclosure
from exchange.models import AccessRecord
from tests.factories import UserFactory
from tests.factories_applications import application_facts, review_facts
from tests.factories_money import MoneyRuleFactory, ReceiptFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    ContactFactory,
    EntryRuleFactory,
    FormTextFactory,
    HostLinkFactory,
    PassportCaseFactory,
    PlacementFactory,
    StepFileFactory,
    TripFactory,
    born_on,
    in_days,
    travel_facts,
)
from tests.itineraries import LEAVES, RETURNS, homebound, meeting, outbound, stay
from tests.wholes import NAMES, is_as_written
from travel.base.names import FullName
from travel.models import (
    AgeAnswer,
    Attendance,
    BreakGlass,
    ChecklistItem,
    ChecklistStep,
    Clearance,
    Contact,
    EmergencyContact,
    EntryPermission,
    FamilyLink,
    FormText,
    GuardianCall,
    ItinerarySegment,
    MoneyPromise,
    MoneyRule,
    OrientationSession,
    PackingItem,
    PackingWeather,
    Payment,
    PaymentLine,
    PracticalNeeds,
    Receipt,
    Room,
    RoomPlan,
    RoomSeat,
    RoomWish,
    SignedForm,
    SigningLink,
    StepFile,
    TicketingDetails,
    TicketingExport,
    VisaDay,
    VisaDayPerson,
)
from travel.placement.slots import Move
from travel.prepare import move_follow
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import files as step_files
from travel.prepare.checklist import steps
from travel.prepare.checklist.step_change import How
from travel.prepare.clearance import actions as clearance
from travel.prepare.entry import actions as entry
from travel.prepare.entry import visa_day
from travel.prepare.entry.actions import Said
from travel.prepare.family import actions as family
from travel.prepare.itinerary import actions as itinerary
from travel.prepare.itinerary import news as itinerary_news
from travel.prepare.itinerary import steps as itinerary_steps
from travel.prepare.money import actions as money
from travel.prepare.money import follow as money_follow
from travel.prepare.money import payments, receipts
from travel.prepare.money import verifying as money_verifying
from travel.prepare.needs import actions as needs
from travel.prepare.needs import contacts
from travel.prepare.needs import opening as cards
from travel.prepare.orientation import actions as orientation
from travel.prepare.packing import actions as packing
from travel.prepare.rooms import actions as rooms
from travel.prepare.signing import actions as signing
from travel.prepare.signing import form_texts, guardian
from travel.prepare.signing.actions import Call, Signature
from travel.prepare.ticketing import actions as ticketing
from travel.prepare.ticketing.actions import Details

pytestmark = pytest.mark.django_db
ZONE = "America/Los_Angeles"


@pytest.fixture(autouse=True)
def numbers(still):
    application_facts(), review_facts(), travel_facts()


@pytest.fixture
def office(still):
    return UserFactory(coordinator=True, full_name="Dana Office", email="dana@example.gov")


@pytest.fixture
def other(still):
    return UserFactory(coordinator=True, full_name="Omar Office", email="omar@example.gov")


def seat(trip, name, language="en", **more):
    return PlacementFactory(
        trip=trip,
        application__student__full_name=name,
        application__student__preferred_name="",
        application__student__language=language,
        application__student__email=f"{name.split()[0].lower()}@example.org",
        **more,
    )


@pytest.fixture
def trip(still):
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70), city__name_en="Hanoi", city__name_es="Hanói")


@pytest.fixture
def ana(trip, office):
    return seat(trip, "Ana Ruiz", placed_by=office)


@pytest.fixture
def ben(trip, office):
    return seat(trip, "Ben Cruz", "es", placed_by=office)


def asked(placement, key, evidence="page", **more):
    """A step that this page closes, on their list."""
    said = {"evidence": evidence, "evidence_key": key, "title_en": f"Do {key}", "title_es": f"Haz {key}", "order": 1}
    return ChecklistItemFactory(
        placement=placement, step=ChecklistStepFactory(cycle=placement.trip.cycle, key=f"s-{key}", **said, **more)
    )


def at(days, clock="10:00"):
    return dt.datetime.combine(in_days(days), dt.time.fromisoformat(clock), ZoneInfo(ZONE)).astimezone(dt.UTC)


def same(name, text):
    return is_as_written(name, text, changing=NAMES)


# --- Steps and words --------------------------------------------------------------------------------


def test_steps_of_a_cycle(story, office, trip, ana, ben):
    cycle = trip.cycle
    PassportCaseFactory(placement=ana), PassportCaseFactory(placement=ben)
    words = {"title_en": "Pack", "title_es": "Empaca", "why_en": "So.", "why_es": "Así."}
    by_hand = {"timing": "before_departure", "days_before": 20, "order": 5, **words}
    story.say("lacks", list(steps.needs_of(cycle)))
    pack = story.act("add", steps.add_step, cycle, {"key": "pack", **by_hand}, by=office)
    call = {**by_hand, "key": "call", "title_en": "Call", "waits_for": ["pack"], "order": 6}
    call = story.act("add for one trip", steps.add_step, cycle, call, by=office, trips=[trip])
    after = {**by_hand, "key": "after", "timing": "after_step", "days_before": None, "after": "pack", "days_after": 3}
    story.act("add after", steps.add_step, cycle, after, by=office, trips=[TripFactory(cycle=cycle)])
    story.act("circle", steps.change_step, pack, {"waits_for": ["call"]}, seen="", by=office)
    story.act("nothing", steps.change_step, pack, {"days_before": 20}, seen="", by=office)
    story.later(hours=1)
    done = ChecklistItem.objects.get(placement=ana, step=pack)
    story.act("done", checklist.mark_done, done, by=ana.application.student)
    story.act("again", steps.change_step, pack, {"days_before": 25}, seen="", by=office, how=How.AGAIN)
    story.act("for new ones", steps.change_step, call, {"title_en": "Ring"}, seen="", by=office, how=How.NEW)
    story.act("for none", steps.change_step, call, {}, seen="", by=office, trips=[TripFactory(cycle=cycle)])
    new = ChecklistStep.objects.in_use().get(key="call")
    story.act("up", steps.move_step, new, up=True, by=office)
    story.act("up at the end", steps.move_step, cycle.checklist_steps.in_use().first(), up=True, by=office)
    story.act("down", steps.move_step, cycle.checklist_steps.in_use().first(), up=False, by=office)
    story.act("down at the end", steps.move_step, cycle.checklist_steps.in_use().last(), up=False, by=office)
    story.act("needed", steps.remove_step, pack, by=office)
    story.act("retire", steps.remove_step, new, by=office)
    alone = {**by_hand, "key": "alone"}
    alone = ChecklistStepFactory(cycle=cycle, **alone)
    story.act("remove", steps.remove_step, alone, by=office)
    story.say("lacks", list(steps.needs_of(cycle)))
    early = ChecklistStepFactory(cycle=cycle, key="early", title_en="Early", waits_for=["pack"], days_before=40)
    silent = ChecklistStepFactory(cycle=cycle, key="silent", title_en="Silent", why_es="")
    story.say("lacks", [each for each in steps.needs_of(cycle) if "missing a step" not in each.text])
    early.delete(), silent.delete()
    copied = story.act("copy", steps.copy_steps, cycle, TripFactory().cycle, by=office)
    story.act("copy nothing", steps.copy_steps, TripFactory().cycle, TripFactory().cycle, by=office)
    story.act("copy again", steps.copy_steps, cycle, copied[0].cycle, by=office)
    assert same("steps", story.text(ChecklistStep, ChecklistItem))


def test_forms_that_are_signed(story, office, trip, ana, ben):
    cycle = trip.cycle
    story.say("lacks", list(form_texts.needs_of(cycle)))
    words = {"title_en": "Rules", "title_es": "Reglas", "body_en": "Be kind.", "body_es": "Sé amable."}
    text = story.act("add", form_texts.add_text, cycle, {"key": "rules", "order": 1, **words}, by=office)
    story.act("empty", form_texts.change_text, text, {"body_es": ""}, seen="", by=office)
    story.act("publish without words", form_texts.publish, text, by=office)
    story.say("lacks", list(form_texts.needs_of(cycle)))
    text.refresh_from_db()
    story.act("change", form_texts.change_text, text, {"body_es": "Sean amables."}, seen="", by=office)
    asked(ana, "rules", "signature"), asked(ben, "rules", "signature")
    story.act("publish", form_texts.publish, text, by=office)
    story.act("publish twice", form_texts.publish, text, by=office)
    text.refresh_from_db()
    for placement in (ana, ben):
        said = Signature(text.code, "es", placement.application.student.full_name)
        story.act("sign", signing.sign, placement, "rules", said, by=placement.application.student)
    story.act("change what is published", form_texts.change_text, text, words, seen="", by=office)
    story.act("discard what is published", form_texts.discard, text, by=office)
    story.later(days=1)
    new = story.act("next", form_texts.start_version, text, by=office)
    story.act("next twice", form_texts.start_version, text, by=office)
    story.act("discard", form_texts.discard, new, by=office)
    new = story.act("next", form_texts.start_version, text, by=office)
    story.act("publish the next", form_texts.publish, new, by=office)
    story.say("lacks", list(form_texts.needs_of(cycle)))
    copied = story.act("copy", form_texts.copy_texts, cycle, TripFactory().cycle, by=office)
    story.act("copy again", form_texts.copy_texts, cycle, copied[0].cycle, by=office)
    assert same("form_texts", story.text(FormText, ChecklistItem, SignedForm))


def test_signing_by_student_guardian_and_contact(story, office, trip, ana, ben, still):
    student, cycle = ana.application.student, trip.cycle
    rules = FormTextFactory(cycle=cycle, key="rules", needs_guardian=True)
    photos = FormTextFactory(cycle=cycle, key="photos", is_optional=True, title_en="Photos", title_es="Fotos")
    asked(ana, "rules", "signature"), asked(ana, "photos", "signature")

    def signature(text, name="Ana Ruiz", **more):
        return Signature(text.code, "en", name, **more)

    story.act("not own", signing.sign, ana, "rules", signature(rules), by=office)
    story.act("other words", signing.sign, ana, "rules", signature(photos), by=student)
    story.act("no name", signing.sign, ana, "rules", signature(rules, "  "), by=student)
    story.act("other name", signing.sign, ana, "rules", signature(rules, "Mia Wong"), by=student)
    story.act("of age", signing.say_age, ana, is_of_age=True, by=student)
    story.act("sign", signing.sign, ana, "rules", signature(rules, "Mia  Wong", is_my_name=True), by=student)
    story.act("under age", signing.say_age, ana, is_of_age=False, by=student)
    story.act("no", signing.sign, ana, "photos", signature(photos, answer="no"), by=student)
    story.act("no twice", signing.sign, ana, "photos", signature(photos, answer="no"), by=student)
    story.later(minutes=1)
    yes = story.act("yes", signing.sign, ana, "photos", signature(photos), by=student)
    story.act("withdraw", signing.withdraw, yes, by=student)
    story.act("withdraw twice", signing.withdraw, yes, by=student)
    story.act("withdraw rules", signing.withdraw, SignedForm.objects.get(text=rules), by=student)
    story.act("withdraw of another", signing.withdraw, yes, by=office)

    def named(placement=ana, by=student, **more):
        said = {"name": "Luz  Ruiz", "email": "", "phone": "", "language": "es"} | more
        return guardian.name_guardian(placement, **said, by=by)

    story.act("guardian of another", named, by=office)
    story.act("nobody asks for a guardian", named, ben, by=ben.application.student)
    story.act("no way", named)
    story.act("no name", named, name=" ", email="luz@example.org")
    story.act("own", named, email="ana@example.org")
    link = story.act("by hand", named, reach="  Ask my  neighbor ")
    call = Call("Luz Ruiz", "213 555 0177", "es", "She said yes.", {rules.code: "yes"})
    story.act("call by a student", signing.record_call, ana, call, by=student)
    story.act("nobody answers", signing.record_call, ana, Call("", "213 555 0177", "es", "No one.", {}), by=office)
    story.act("no words", signing.record_call, ana, Call("", "", "es", "x", {}), by=office)
    unknown = Call("Luz Ruiz", "213 555 0177", "es", "x", {"BCDFGHJK": "yes"})
    story.act("another form", signing.record_call, ana, unknown, by=office)
    story.act("call", signing.record_call, ana, call, by=office)
    story.act("email", named, email="luz@example.org")
    story.act("the same", named, email="luz@example.org")
    story.act("call meanwhile", signing.record_call, ana, call, by=office)
    story.act("again at once", guardian.send_again, ana, by=student)
    story.later(hours=2)
    story.act("again", guardian.send_again, ana, by=student)
    link.refresh_from_db()
    story.act("not asked", signing.sign_as_guardian, link, "photos", signature(photos, "Luz Ruiz"))
    story.act("guardian signs", signing.sign_as_guardian, link, "rules", signature(rules, "Luz Ruiz"))
    FormTextFactory(cycle=cycle, key="more", needs_guardian=True)
    story.later(days=4)
    story.act("remind", guardian.REMINDER.send_all)
    story.later(days=1)
    story.act("remind later", guardian.REMINDER.send_all)
    story.act("remind twice", guardian.REMINDER.send_all)
    story.act("end", guardian.end, ana, by=student)
    story.act("end twice", guardian.end, ana, by=student)
    story.act("again after the end", guardian.send_again, ana, by=student)
    link.refresh_from_db()
    story.act("sign after the end", signing.sign_as_guardian, link, "rules", signature(rules, "Luz Ruiz"))
    story.act("files", signing.look_after_files)
    still.shift(dt.timedelta(days=60))
    story.act("over", named, email="luz2@example.org")
    models = (SignedForm, SigningLink, GuardianCall, AgeAnswer, ChecklistItem)
    assert same("signing", story.text(*models))


def test_a_guardian_who_is_called_when_the_student_drops_out(story, office, ana):
    FormTextFactory(cycle=ana.trip.cycle, key="rules", needs_guardian=True)
    born_on(ana.application, in_days(-17 * 365).isoformat())
    by = ana.application.student
    said = {"email": "", "phone": "", "language": "es", "reach": "At the shop"}
    story.act("name", guardian.name_guardian, ana, name="Luz Ruiz", **said, by=by)
    story.act("withdrawn", guardian.WITHDRAWN.after, ana.application, office)
    story.later(hours=1)
    story.act("undone", guardian.WITHDRAWN.undone, ana.application, office)
    assert same("guardian_called", story.text(SigningLink))


def test_who_may_lead(story, office, other, trip, still):
    for key in ("conduct", "duties"):
        FormTextFactory(cycle=trip.cycle, key=key, signer="leader", title_en=key)
    rosa = ContactFactory(host=None, candidate_for=trip, name="Rosa Lim", email="", language="en")
    story.act("no address", clearance.ask_to_sign, rosa, by=office)
    Contact.objects.filter(pk=rosa.pk).update(email="rosa@example.org", phone="213 555 0111")
    story.act("future", clearance.record, rosa, "check", in_days(1), by=office)
    story.act("check", clearance.record, rosa, "check", in_days(-10), by=office)
    story.act("check twice", clearance.record, rosa, "check", in_days(-10), by=other)
    story.act("training", clearance.record, rosa, "training", in_days(0), by=office)
    story.later(minutes=5)
    story.act("training anew", clearance.record, rosa, "training", in_days(-1), by=other)
    story.act("not cleared", clearance.assign, rosa, by=office)
    link = story.act("ask", clearance.ask_to_sign, rosa, by=office)
    story.act("ask twice", clearance.ask_to_sign, rosa, by=office)
    story.later(hours=2)
    story.act("ask again", clearance.ask_to_sign, rosa, by=office)
    link.refresh_from_db()
    story.act("unknown form", signing.sign_as_contact, link, "other", Signature("x", "en", "Rosa Lim"))
    for text in FormText.objects.order_by("pk"):
        story.act("sign", signing.sign_as_contact, link, text.key, Signature(text.code, "en", "Rosa Lim"))
    story.act("assign", clearance.assign, rosa, by=office)
    story.act("assign twice", clearance.assign, rosa, by=office)
    story.say("proof", [_proof(each) for each in clearance.cleared(Contact.objects.get(pk=rosa.pk)).proofs])
    story.act("take off", clearance.take_off, rosa, by=office)
    story.act("take off twice", clearance.take_off, rosa, by=office)
    story.act("take back", clearance.take_back, rosa, "training", by=office)
    story.act("take back twice", clearance.take_back, rosa, "training", by=office)
    host = ContactFactory(name="Lourdes Favela", email="lourdes@example.org")
    story.act("a host signs nothing", clearance.ask_to_sign, host, by=office)
    story.act("a host leads nothing", clearance.assign, host, by=office)
    assert same("clearance", story.text(Clearance, Contact, SigningLink, SignedForm))


def _proof(proof):
    return [proof.kind, proof.until, proof.needed_until, proof.is_enough, proof.is_short]


# --- Needs, contacts, cards, family ------------------------------------------------------------------


def contact(name, number, **more):
    words = {"name": name, "relation": "parent", "relation_words": "", "phone": number, "language": "es"}
    return {**words, "language_words": "", "knows": True, **more}


def test_needs_contacts_and_who_opens_them(story, office, trip, ana, ben):
    student, leader = ana.application.student, UserFactory(full_name="Joe Leader")
    asked(ana, "needs"), asked(ana, "contacts")
    peanuts = {"what": "peanuts", "words": "", "severity": "severe", "happens": "Hives", "helps": "Air"}
    said = {"food": {"diet": ["no_pork"], "access": ["fridge"]}, "sharing": {"by_name": ["diet"]}}
    said |= {"allergies": {"allergies": [{**peanuts, "injector": True}]}}
    said |= {"health": {"support": "Time", "medicines": "Insulin", "health": "Asthma"}, "arranged": {"arranged": []}}
    story.act("food", needs.say, ana, "food", **said["food"], wants_to_talk=True, by=student)
    story.act("talked", needs.note_talk, ana, by=office)
    story.act("talked twice", needs.note_talk, ana, by=office)
    story.later(minutes=3)
    for part in ("allergies", "health", "sharing", "arranged"):
        story.act(part, needs.say, ana, part, **said[part], by=student)
    story.act("the same", needs.say, ana, "health", **said["health"], by=student)
    story.act("to talk again", needs.say, ana, "food", **said["food"], wants_to_talk=False, by=student)
    own = "+12135550199"
    type(student).objects.filter(pk=student.pk).update(phone=own)
    first = contact("Rosa Ruiz", "+12135550140")
    story.act("own phone", contacts.save, ana, 1, said=contact("Rosa Ruiz", own), by=student)
    story.act("first", contacts.save, ana, 1, said=first, by=student)
    story.act("first twice", contacts.save, ana, 1, said=first, by=student)
    story.act("same phone", contacts.save, ana, 2, said=contact("Leo Ruiz", "+12135550140"), by=student)
    more = {"relation": "other", "relation_words": "Neighbor", "language": "other", "language_words": "Zapotec"}
    story.act("second", contacts.save, ana, 2, said=contact("Leo Ruiz", "+12135550141", **more), by=student)
    story.act("no purpose", cards.open_emergency_card, ana, by=office, purpose="curious")
    story.act("one", cards.open_emergency_card, ana, by=office, purpose="care")
    broken = {"opened_at": at(0, "11:50"), "until": at(0, "12:20"), "said": {"reason": "She fell."}}
    glass = BreakGlass.objects.create(placement=ana, by=leader, **broken)
    story.act("glass", cards.open_emergency_card, ana, by=leader, purpose="emergency", broken=glass)
    story.act("all", cards.open_emergency_cards, trip, by=leader, purpose="lodging")
    story.act("list", cards.open_roster, [ana], by=None, leader="Rosa Lim")
    story.say("looks", cards.looks_at(ana))
    story.say("looks at nobody else", cards.looks_at(ben))
    story.act("forget", needs.forget, days=14, dry_run=True)
    trip.returned_at = at(-14)
    trip.departed_at = at(-20)
    trip.save()
    story.act("over", needs.say, ana, "food", **said["food"], by=student)
    story.act("over", contacts.save, ana, 1, said=contact("R", "+12135550143"), by=student)
    story.act("forget later", needs.forget, days=15, dry_run=True)
    before = story.text(PracticalNeeds, EmergencyContact, ChecklistItem)
    story.lines.clear()
    story.act("forget", needs.forget, days=14)
    story.act("forget twice", needs.forget, days=14)
    assert same("needs", f"{before}\n\nAnd then\n{story.text(PracticalNeeds, EmergencyContact)}")


def test_links_for_family(story, office, ana, still):
    student = ana.application.student
    asked(ana, "family")
    given = {"label": " My  mom ", "language": "es", "ends_on": None, "email": "mom@example.org", "phone": ""}

    def make(parts=("hotel", "dates"), by=student, **more):
        return family.make(ana, parts=parts, **given | more, by=by)

    story.act("by another", make, by=office)
    story.act("nothing shown", make, parts=[])
    story.act("own address", make, email="Ana@example.org")
    story.act("yesterday", make, ends_on=in_days(-1))
    story.act("too late", make, ends_on=in_days(78))
    mom = story.act("make", make)
    story.act("the same", make)
    dad = story.act("until a day", make, label="Dad", ends_on=in_days(77))
    story.later(minutes=5)
    same_words = {**given, "label": "Dad"}
    story.act("change", family.change, dad, parts=["days"], **same_words, by=student)
    story.act("change nothing", family.change, dad, parts=["days"], **same_words, by=student)
    story.act("replace", family.replace, mom, by=student)
    story.act("end", family.end, mom, by=student)
    story.act("replace what ended", family.replace, mom, by=student)
    for number in range(7):
        made = make(label=f"Aunt {number}")
    story.act("too many", make, label="Uncle")
    story.say("page", [bool(family.href_of("ana@example.org")), family.href_of("x@example.org")])
    FamilyLink.objects.filter(label__startswith="Aunt").exclude(pk=made.pk).delete()
    still.shift(dt.timedelta(days=78))
    story.act("over", make, label="Late")
    assert same("family", story.text(FamilyLink, ChecklistItem))


# --- The checklist -----------------------------------------------------------------------------------


def coming(days: int) -> dict[dt.date, int]:
    found = checklist.REMINDER.coming(checklist.REMIND_DAYS, days)
    return {day: count for (day, _about), count in sorted(found.items())}


def test_checking_off(story, office, trip, ana, ben):
    student, advisor = ana.application.student, UserFactory(full_name="Ada Advisor")
    PassportCaseFactory(placement=ana), PassportCaseFactory(placement=ben, route="talk")
    made = {"cycle": trip.cycle, "title_es": "x"}
    note = ChecklistStepFactory(key="note", evidence="text", title_en="Note", days_before=55, order=2, **made)
    file = ChecklistStepFactory(key="file", evidence="file", title_en="File", order=3, **made)
    wait = ChecklistStepFactory(key="wait", title_en="Wait", waits_for=["note"], days_before=54, order=4, **made)
    passport = ChecklistStepFactory(key="apply", timing="apply", title_en="Apply", order=5, **made)
    closed = ChecklistStepFactory(key="closed", title_en="Closed", order=6, **made)
    ours = ChecklistStepFactory(key="ours", title_en="Ours", owner="office", days_before=55, order=7, **made)
    item = {}
    for step in (note, file, wait, passport, closed, ours):
        item[step.key] = ChecklistItemFactory(placement=ana, step=step)
        ChecklistItemFactory(placement=ben, step=step)
    ChecklistItem.objects.filter(step=closed).update(closed_at=at(0, "11:00"))
    page = asked(ana, "contacts")
    story.say("coming", coming(3))
    story.act("remind", checklist.REMINDER.send_all)
    for key in ("file", "wait", "apply", "closed"):
        story.act(key, checklist.mark_done, item[key], by=student)
    story.act("page", checklist.mark_done, page, by=student)
    story.act("no text", checklist.mark_done, item["note"], by=student, text=" \0 ")
    story.act("too long", checklist.mark_done, item["note"], by=student, text="x" * 1001)
    story.act("undo nothing", checklist.undo_done, item["note"], by=student)
    story.act("verify nothing", checklist.verify_item, item["note"], by=advisor)
    story.act("note", checklist.mark_done, item["note"], by=student, text=" Hello ")
    story.act("wait", checklist.mark_done, item["wait"], by=student)
    story.act("undo", checklist.undo_done, item["wait"], by=student)
    story.later(minutes=1)
    story.act("verify", checklist.verify_item, item["note"], by=advisor)
    story.act("verify twice", checklist.verify_item, item["note"], by=office)
    story.act("verify apply", checklist.verify_item, item["apply"], by=office)
    story.act("undo what was seen", checklist.undo_done, item["note"], by=student)
    story.act("unsee by another", checklist.undo_verify, item["note"], by=office)
    story.act("unsee", checklist.undo_verify, item["note"], by=advisor)
    story.act("unsee twice", checklist.undo_verify, item["note"], by=advisor)
    story.act("undo apply", checklist.undo_done, item["apply"], by=student)
    story.act("settle", checklist.settle, ana, by=None)
    story.later(days=1)
    story.act("remind", checklist.REMINDER.send_all)
    story.say("due", [checklist.REMINDER.is_still_due(str(each.pk)) for each in (ana, ben)])
    trip.departed_at, trip.leaves_on = at(0), in_days(0)
    trip.save()
    story.act("gone", checklist.undo_done, item["note"], by=student)
    story.act("gone", checklist.mark_done, item["wait"], by=student)
    story.say("due", [checklist.REMINDER.is_still_due(str(each.pk)) for each in (ana, ben)])
    story.say("coming", coming(3))
    assert same("checklist", story.text(ChecklistItem))


def test_files_for_a_step(story, office, trip, ana, django_capture_on_commit_callbacks):
    student = ana.application.student
    PassportCaseFactory(placement=ana)
    step = ChecklistStepFactory(cycle=trip.cycle, key="letter", evidence="file", title_en="Letter", title_es="Carta")
    item = ChecklistItemFactory(placement=ana, step=step)
    hand = ChecklistItemFactory(placement=ana, step=ChecklistStepFactory(cycle=trip.cycle, key="hand"))

    def send(to=item, content=b"\x89PNG one"):
        return step_files.send(to, ReceivedFile("letter.png", content, "image/png"), by=student)

    story.act("not asked", send, hand)
    file = story.act("send", send)
    story.act("send twice", send)
    story.act("return too early", step_files.return_file, file, reason="Blurred", by=office)
    StepFile.objects.filter(pk=file.pk).update(state="kept", checked_at=at(0, "12:00"))
    story.act("twice when kept", send)
    story.act("open", step_files.open_file, file, by=office)
    story.act("no reason", step_files.return_file, file, reason=" \0", by=office)
    story.act("long reason", step_files.return_file, file, reason="x" * 501, by=office)
    story.act("return", step_files.return_file, file, reason=" Blurred ", by=office)
    story.act("return twice", step_files.return_file, file, reason="Again", by=office)
    story.later(minutes=1)
    kept = story.act("another", send, content=b"\x89PNG two")
    for number in range(4):
        send(content=b"\x89PNG %d" % number)
    story.act("too many", send, content=b"\x89PNG six")
    story.act("remove", step_files.remove, kept, by=student)
    story.act("remove twice", step_files.remove, kept, by=student)
    StepFile.objects.filter(item=item).delete()
    last = StepFileFactory(item=item, uploaded_by=student)
    step_files._settle(last)
    story.act("remove the last", step_files.remove, last, by=student)
    refused = StepFileFactory(item=item, uploaded_by=student, state="refused", refused_because="unreadable", file="")
    step_files._settle(refused)
    seen = StepFileFactory(item=item, uploaded_by=student)
    step_files._settle(seen)
    item.refresh_from_db()
    checklist.verify_item(item, by=office)
    story.act("remove what was seen", step_files.remove, seen, by=student)
    story.act("return what was seen", step_files.return_file, seen, reason="x", by=office)
    story.act("send to what was seen", send, content=b"\x89PNG late")
    trip.returned_at, trip.departed_at = at(-14), at(-20)
    trip.save()
    story.act("forget later", step_files.forget, days=15)
    story.act("forget", step_files.forget, days=14, dry_run=True)
    story.act("forget", step_files.forget, days=14)
    story.act("files", step_files.look_after_files)
    assert same("step_files", story.text(StepFile, ChecklistItem, AccessRecord))


def test_packing(story, office, trip, ana):
    other_trip = TripFactory(cycle=trip.cycle)
    words = {"group": "things", "weather": "", "text_en": "Hat", "text_es": "Gorra", "key": "hat"}
    story.say("lacks", list(packing.needs_of(trip.cycle)))
    hat = story.act("add", packing.add_item, trip.cycle, words, trips=[], by=office)
    story.act("add twice", packing.add_item, trip.cycle, words, trips=[], by=office)
    cold = {**words, "weather": "cold", "text_en": "Coat", "text_es": "Abrigo", "key": "coat"}
    coat = story.act("for one trip", packing.add_item, trip.cycle, cold, trips=[other_trip], by=office)
    story.act("change trips", packing.change_item, coat, cold, trips=[trip], seen="", by=office)
    story.act("change words", packing.change_item, coat, {"text_en": "Warm coat"}, trips=[trip], seen="", by=office)
    for is_left_out in (True, True, False, False):
        story.act("leave out", packing.leave_out, hat, trip, is_left_out=is_left_out, by=office)
    for kinds in (["cold", "hot", "snow"], ["cold", "hot"], []):
        seen = packing.weather_seen(trip)
        story.act("weather", packing.set_weather, trip, kinds, seen=seen, by=office)
    story.act("weather of an old page", packing.set_weather, trip, ["cold"], seen="old", by=office)
    story.say("lacks", list(packing.needs_of(trip.cycle)))
    copied = TripFactory().cycle
    story.act("copy", packing.copy_items, trip.cycle, copied, by=office)
    story.act("copy again", packing.copy_items, trip.cycle, copied, by=office)
    assert same("packing", story.text(PackingItem, PackingWeather))


# --- Money -------------------------------------------------------------------------------------------


def test_money_from_the_rule_to_the_payment(story, office, other, trip, ana, ben):
    cycle, student = trip.cycle, ana.application.student
    story.say("lacks", list(money.needs_of(cycle)))
    asked(ana, "stipend"), asked(ben, "stipend")
    words = {"title_en": "Meals", "title_es": "Comidas", "fund": "Fund", "source_name": "Letter", "days": 9}
    values = {"key": "meals", "kind": "stipend", "timing": "before_departure", "as_of": in_days(-3), **words}
    meals = story.act("add", money.add_rule, cycle, {**values, "cents": None}, by=office)
    story.act("no amount", money.publish_rule, meals, by=office)
    story.act("change", money.change_rule, meals, {"cents": 25000}, seen="", by=office)
    story.act("publish", money.publish_rule, meals, by=office)
    story.act("publish twice", money.publish_rule, meals, by=office)
    meals.refresh_from_db()
    story.act("change what is published", money.change_rule, meals, {"cents": 1}, seen="", by=office)
    story.act("words", money.change_words, meals, {"how_en": "By check.", "how_es": "Con cheque."}, seen="", by=office)
    refund = {"kind": "refund", "title_en": "Photo", "title_es": "Foto", "cents": 1700, "timing": "after_receipt"}
    photo = MoneyRuleFactory(cycle=cycle, key="photo", is_for_everyone=False, days=30, **refund)
    far = MoneyRuleFactory(cycle=cycle, key="far", title_en="Far")
    far.trips.set([TripFactory(cycle=cycle)])
    story.act("not theirs", money.give, ana, far, by=office)
    paid = story.act("give", money.give, ana, photo, by=office)
    story.act("give twice", money.give, ana, photo, by=office)
    story.act("own", money.give, ana, photo, by=student)
    story.act("due", money.promise_due)
    story.act("due twice", money.promise_due)
    promise = MoneyPromise.objects.get(placement=ana, rule=meals)
    second = MoneyPromise.objects.get(placement=ben, rule=meals)

    def send(to=paid, content=b"\x89PNG", cents=1499):
        return receipts.send(
            to, ReceivedFile("r.png", content, "image/png"), cents=cents, spent_on=in_days(-2), by=student
        )

    story.act("no receipt", send, promise)
    receipt = story.act("receipt", send)
    story.act("receipt twice", send)
    story.act("not checked", receipts.approve, receipt, cents=1499, is_last=False, by=office)
    Receipt.objects.filter(pk=receipt.pk).update(state="kept", checked_at=at(0, "12:00"))
    story.act("own", receipts.approve, receipt, cents=1499, is_last=False, by=student)
    story.act("too much", receipts.approve, receipt, cents=1500, is_last=False, by=office)
    story.act("no reason", receipts.approve, receipt, cents=1400, is_last=False, by=office)
    story.act("open", receipts.open_file, receipt, by=office)
    story.act("approve", receipts.approve, receipt, cents=1400, is_last=True, reason=" No tip. ", by=office)
    story.act("approve twice", receipts.approve, receipt, cents=1400, is_last=True, by=office)
    story.act("withdraw", receipts.withdraw, receipt, by=student)
    story.act("another", send, content=b"\x89PNG2")
    story.act("undo", receipts.undo, receipt, by=office)
    story.act("undo twice", receipts.undo, receipt, by=office)
    story.act("return", receipts.send_back, receipt, reason="Whose is it?", by=office)
    story.act("return twice", receipts.send_back, receipt, reason="x", by=office)
    story.later(minutes=1)
    back = story.act("sent back", send, content=b"\x89PNG3")
    story.act("take back", receipts.withdraw, back, by=student)
    story.act("take back twice", receipts.withdraw, back, by=student)
    kept = ReceiptFactory(promise=paid, kept=True, cents=1700)
    story.act("all", receipts.approve, kept, cents=1700, is_last=True, by=office)
    story.act("nothing open", send, content=b"\x89PNG4")

    story.act("none", payments.make, [], by=office)
    story.act("own", payments.make, [paid.code], by=student)
    payment = story.act("pay", payments.make, [promise.code, second.code, paid.code], by=office)
    story.act("pay twice", payments.make, [promise.code], by=office)
    story.act("undo what is listed", receipts.undo, kept, by=office)
    story.act("cancel what is listed", money.cancel, promise, reason="x", by=office)
    story.act("file", lambda: list(payments.file_rows(payment)))
    story.act("exported", payments.note_export, payment, by=other)
    line = PaymentLine.objects.get(promise=second)
    story.act("off", payments.remove_line, payment, line, by=office)
    story.act("off twice", payments.remove_line, payment, line, by=office)
    story.act("no reference", payments.mark_paid, payment, paid_on=in_days(0), reference=" ", by=office)
    story.act("long reference", payments.mark_paid, payment, paid_on=in_days(0), reference="x" * 61, by=office)
    story.act("future", payments.mark_paid, payment, paid_on=in_days(1), reference="A 1", by=office)
    story.act("paid", payments.mark_paid, payment, paid_on=in_days(0), reference=" A  1 ", by=office)
    story.act("paid twice", payments.mark_paid, payment, paid_on=in_days(0), reference="B", by=office)
    story.act("off when paid", payments.remove_line, payment, payment.lines.first(), by=office)
    story.act("discard when paid", payments.discard, payment, by=office)
    payment.refresh_from_db()
    rest = story.act("the rest", payments.make, [second.code], by=other)
    story.act("discard", payments.discard, rest, by=other)
    story.act("discard twice", payments.discard, rest, by=other)
    story.say("discarded", [payments.was_discarded(rest.code), payments.was_discarded(payment.code)])
    story.act("unpaid", payments.undo_paid, payment, by=office, seen="")
    story.act("unpaid twice", payments.undo_paid, payment, by=office)
    story.later(minutes=1)
    story.act("no reason", money.cancel, second, reason=" ", by=office)
    story.act("long reason", money.cancel, second, reason="x" * 501, by=office)
    story.act("own", money.cancel, promise, reason="x", by=student)
    story.act("cancel", money.cancel, second, reason=" Not needed. ", by=office)
    story.act("restore", money.restore, second, by=office, seen="")
    story.act("restore twice", money.restore, second, by=office)
    story.say("drops out", [money_follow.lines(each.application) for each in (ana, ben)])
    story.act("drops out", money_follow.after, ana.application, office)
    story.say("decides", [money_follow.office_decides(each) for each in (ana, ben)])
    story.act("drops out", money_follow.after, ben.application, office)
    story.act("comes back", money_follow.undone, ben.application, office)
    story.act("takes place", money.cancel_trip, trip, reason="x", by=office)
    trip.__class__.objects.filter(pk=trip.pk).update(closed_at=at(0), closed_by=office, closed_reason="storm")
    story.act("no reason", money.cancel_trip, trip, reason="", by=office)
    story.act("canceled", money.cancel_trip, trip, reason="A storm.", by=office)
    story.act("stop", money.remove_rule, meals, by=office)
    story.act("stop twice", money.remove_rule, meals, by=office)
    story.act("not offered", money.give, ana, MoneyRule.objects.get(pk=meals.pk), by=office)
    draft = MoneyRuleFactory(cycle=cycle, key="draft", draft=True)
    story.act("remove a draft", money.remove_rule, draft, by=office)
    story.act("copy", money.copy_rules, cycle, TripFactory().cycle, by=office)
    story.say("lacks", list(money.needs_of(cycle)))
    MoneyPromise.objects.filter(pk=promise.pk).update(cents=20000)
    story.say("adds up", list(money_verifying.money()))
    models = (MoneyRule, MoneyPromise, Receipt, Payment, PaymentLine, ChecklistItem, Disclosure, AccessRecord)
    assert same("money", story.text(*models))


# --- The trip ----------------------------------------------------------------------------------------


def test_orientation(story, office, trip, ana, ben):
    cycle, student = trip.cycle, ana.application.student
    asked(ana, "orientation", "attendance")
    paris = TripFactory(cycle=cycle, leaves_on=in_days(60), returns_on=in_days(70), city__name_en="Paris")
    seat(paris, "Cyn Diaz")
    values = {"starts_at": at(20), "zone": ZONE, "minutes": 90, "place": "City Hall", "address": "200 North Main"}
    values |= {"note_en": "Bring a pen.", "note_es": "Trae una pluma."}
    story.act("past", orientation.plan, cycle, {**values, "starts_at": at(0, "11:00")}, trips=[], by=office)
    session = story.act("plan", orientation.plan, cycle, values, trips=[trip], by=office)
    story.act("plan twice", orientation.plan, cycle, values, trips=[], by=office)
    near = story.act(
        "near", orientation.plan, cycle, {**values, "starts_at": at(1), "place": "Hall"}, trips=[], by=office
    )
    story.act("nothing", orientation.change, session, values, trips=[trip], seen="", by=office)
    story.act("note", orientation.change, session, {**values, "note_en": "x"}, trips=[trip], seen="", by=office)
    story.act("past", orientation.change, session, {**values, "starts_at": at(-1)}, trips=[trip], seen="", by=office)
    later = {**values, "starts_at": at(21)}
    story.act("later, and for all", orientation.change, session, later, trips=[], seen="", by=office)
    session.refresh_from_db()
    story.act("call off", orientation.call_off, session, by=office)
    story.act("call off twice", orientation.call_off, session, by=office)
    story.act("bring back", orientation.bring_back, session, by=office)
    story.act("bring back twice", orientation.bring_back, session, by=office)
    story.act("too early", orientation.attend, session, ana, via="code", by=student)
    story.act("remind", orientation.REMINDER.send_all)
    story.later(days=19, hours=1)
    story.act("remind", orientation.REMINDER.send_all)
    story.act("remind twice", orientation.REMINDER.send_all)
    session.refresh_from_db()
    reminder = orientation.REMINDER
    now, of_near = (reminder.occasions(each, reminder.numbers())[0].key for each in (session, near))
    keys = [f"{session.pk}/{now}", f"{session.pk}/{now.partition('v')[0]}v1", f"{near.pk}/{of_near}"]
    story.say("due", [reminder.is_still_due(key) for key in keys])
    story.later(days=1, hours=22)
    story.act("begun", orientation.call_off, session, by=office)
    story.act("begun", orientation.change, session, values, trips=[], seen="", by=office)
    story.act("come", orientation.attend, session, ana, via="code", by=student)
    story.act("come twice", orientation.attend, session, ana, via="tap", by=office)
    story.act("another's", orientation.attend, session, PlacementFactory(), via="tap", by=office)
    story.act("not after all", orientation.undo, session, ana, by=office, shown="0")
    story.act("not after all", orientation.undo, session, ana, by=office)
    story.act("not after all, twice", orientation.undo, session, ana, by=office)
    story.later(hours=2)
    story.act("too late", orientation.attend, session, ana, via="code", by=student)
    story.act("dead phone", orientation.attend, session, ben, via="tap", by=office)
    story.say("due", [reminder.is_still_due(key) for key in keys])
    assert same("orientation", story.text(OrientationSession, Attendance, ChecklistItem))


def test_visas_and_visa_days(story, office, other, trip, ana, ben):
    student = ana.application.student
    EntryRuleFactory(city=trip.city)
    PassportCaseFactory(placement=ana), PassportCaseFactory(placement=ben)
    asked(ana, "entry"), asked(ben, "entry")

    def say(state, on=None, until=None, by=student):
        return entry.say(ana, Said(state, on, until), by=by)

    story.act("no appointment", entry.appoint, ana, at(5), "Consulate", by=student)
    story.act("unsure", say, "unsure")
    story.act("needed", say, "needed")
    story.act("no day", say, "applied")
    story.act("a day too many", say, "needed", in_days(0))
    story.act("future", say, "applied", in_days(1))
    story.act("past", entry.appoint, ana, at(-1), "Consulate", by=student)
    story.act("appoint", entry.appoint, ana, at(5), " Consulate ", by=student)
    story.act("appoint twice", entry.appoint, ana, at(5), "Consulate", by=student)
    story.act("appoint anew", entry.appoint, ana, at(6), "Consulate", by=student)
    story.act("drop", entry.drop_appointment, ana, by=student)
    story.act("drop twice", entry.drop_appointment, ana, by=student)
    entry.appoint(ana, at(6), "Consulate", by=student)
    story.act("applied", say, "applied", in_days(0))
    story.act("until, not granted", say, "applied", in_days(0), in_days(80))
    story.act("refused", say, "refused", in_days(0))
    story.act("refused twice", say, "refused", in_days(0))
    story.later(minutes=1)
    story.act("upside down", say, "granted", in_days(0), in_days(-1))
    story.act("over", say, "granted", in_days(-3), in_days(-1))
    story.act("too short", say, "granted", in_days(0), in_days(69), other)
    story.later(minutes=1)
    story.act("granted", say, "granted", in_days(0), in_days(70))
    story.say("settled", [entry.is_settled(each) for each in (ana, ben)])
    story.act("look again", entry.look_again)
    trip.__class__.objects.filter(pk=trip.pk).update(returns_on=in_days(71))
    story.act("later return", entry.look_again)
    story.act("later return, twice", entry.look_again)
    story.act("not needed", say, "not_needed")

    values = {"starts_at": at(5), "minutes": 120, "place": "Consulate", "address": "1 Wilshire"}
    values |= {"note_en": "Two photos.", "note_es": "Dos fotos."}
    story.act("past", visa_day.plan, trip, {**values, "starts_at": at(0, "12:00")}, [ana], by=office)
    story.act("nobody", visa_day.plan, trip, values, [], by=office)
    day = story.act("plan", visa_day.plan, trip, values, [ana, ben], by=office)
    anas, bens = VisaDayPerson.objects.order_by("pk")
    story.act("no answer", visa_day.answer, anas, "", by=student)
    story.act("coming", visa_day.answer, anas, "coming", by=student)
    story.act("coming twice", visa_day.answer, anas, "coming", by=student)
    story.later(minutes=1)
    story.act("note", visa_day.change, day, {**values, "note_en": "Three."}, [ana, ben], seen="", by=office)
    story.act("cannot", visa_day.answer, bens, "cannot", by=ben.application.student)
    story.act("minutes", visa_day.change, day, {**values, "minutes": 60}, [ana, ben], seen="", by=office)
    story.act("time", visa_day.change, day, {**values, "starts_at": at(6)}, [ana, ben], seen="", by=office)
    story.act("remind today", visa_day.REMINDER.send_all)
    cyn = seat(trip, "Cyn Diaz")
    day.refresh_from_db()
    now = {name: getattr(day, name) for name in values}
    story.act("other people", visa_day.change, day, now, [ana, cyn], seen="", by=office)
    story.act("too early", visa_day.note_applied, day, [ana], by=office)
    story.later(days=5)
    invited = [str(pk) for pk in VisaDayPerson.objects.values_list("pk", flat=True)]
    story.say("due", [visa_day.REMINDER.find(pk) is not None for pk in invited])
    story.act("remind", visa_day.REMINDER.send_all)
    story.act("remind twice", visa_day.REMINDER.send_all)
    story.later(days=1)
    story.act("applied", visa_day.note_applied, day, [ana, cyn], by=office)
    story.act("over", visa_day.answer, anas, "coming", by=student)
    second = visa_day.plan(trip, {**values, "starts_at": at(9)}, [ana, cyn], by=office)
    story.act("call off", visa_day.call_off, second, by=office)
    story.act("call off twice", visa_day.call_off, second, by=office)
    story.act("change", visa_day.change, second, values, [ana], seen="", by=office)
    before = story.text(EntryPermission, VisaDay, VisaDayPerson, ChecklistItem)
    trip.__class__.objects.filter(pk=trip.pk).update(returned_at=at(-14), departed_at=at(-20))
    story.lines.clear()
    story.act("forget later", entry.forget, days=15)
    story.act("forget", entry.forget, days=14, dry_run=True)
    story.act("forget", entry.forget, days=14)
    assert same("entry", f"{before}\n\nAnd then\n" + "\n".join(story.lines))


def test_the_list_for_the_airline(story, office, other, trip, ana, ben, still):
    student = ana.application.student
    asked(ana, "ticketing")
    ben.application.student.__class__.objects.filter(pk=ben.application.student_id).update(full_name="Ana Ruiz")

    def give(placement=ana, given="ANA", born=dt.date(2006, 3, 9), marker="F"):
        return ticketing.give(
            placement, Details(FullName("RUIZ", given), born, marker), by=placement.application.student
        )

    story.act("empty", ticketing.export, trip, "csv", by=office)
    story.act("unborn", give, born=in_days(0))
    story.act("too old", give, born=dt.date(1905, 1, 1))
    story.act("unreadable", give, given="", born=dt.date(1906, 1, 1))
    story.act("talk", give, marker="talk")
    story.say("there", [ticketing.is_there(each) for each in (ana, ben)])
    story.act("nobody", ticketing.export, trip, "csv", by=office)
    story.act("give", give)
    story.act("give twice", give)
    row = TicketingDetails.objects.get()
    story.act("no purpose", ticketing.look, row, what_for="x", by=office)
    story.act("own", ticketing.look, row, what_for="check", by=student)
    story.act("look", ticketing.look, row, what_for="check", by=office)
    story.act("look", ticketing.look, row, what_for="help", by=office)
    story.act("own list", ticketing.export, trip, "csv", by=student)
    story.act("list", ticketing.export, trip, "csv", reason="x", by=office)
    story.later(minutes=1)
    story.act("list without reason", ticketing.export, trip, "xlsx", by=office)
    give(ben, marker="M")
    story.act("list again", ticketing.export, trip, "xlsx", reason=" A typo. ", by=other)
    story.later(minutes=1)
    story.act("change", give, given="ANA MARIA")
    story.act("talk again", give, given="ANA MARIA", marker="talk")
    story.later(minutes=1)
    story.act("remove", ticketing.remove, ana, by=student)
    story.act("remove twice", ticketing.remove, ana, by=student)
    story.say("looks", ticketing.looks_at(ana))
    names = [FullName("RUIZ", "ANA"), FullName("RUIZ", "ANNA"), FullName("RUIS", "LUZ"), None]
    details = Details(FullName("RUIZ", "ANA"), dt.date(2006, 3, 9), "F")
    story.say("compared", [str(ticketing.compared(details, name)) for name in names])
    story.say("asked from", ticketing.opens_on(trip))
    trip.__class__.objects.filter(pk=trip.pk).update(leaves_on=in_days(76), returns_on=in_days(86))
    story.act("too early", give)
    trip.__class__.objects.filter(pk=trip.pk).update(
        departed_at=at(-20), leaves_on=in_days(-20), returns_on=in_days(-7)
    )
    story.act("gone", give)
    story.act("gone", ticketing.export, trip, "csv", by=office)
    before = story.text(TicketingDetails, TicketingExport, ChecklistItem, Disclosure)
    story.lines.clear()
    story.act("forget later", ticketing.forget, days=7)
    story.act("forget", ticketing.forget, days=6, dry_run=True)
    story.act("forget", ticketing.forget, days=6)
    assert same("ticketing", f"{before}\n\nAnd then\n" + "\n".join(story.lines))


def test_an_itinerary(story, office, ana, ben, trip):
    trip.__class__.objects.filter(pk=trip.pk).update(leaves_on=in_days(LEAVES), returns_on=in_days(RETURNS))
    trip.refresh_from_db()
    student = ana.application.student
    PassportCaseFactory(placement=ana), PassportCaseFactory(placement=ben)
    asked(ana, "ticket"), asked(ana, "itinerary")
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", email="rosa@example.gov", language="en")
    HostLinkFactory(trip=trip, contact__email="host@example.org")
    story.act("nothing to confirm", itinerary_steps.confirm, ana, seen="", by=student)
    there = story.act("add", itinerary.add, trip, outbound(), by=office)
    story.act("add twice", itinerary.add, trip, outbound(), by=office)
    story.act("overlaps", itinerary.add, trip, outbound(number="UA 2", placements=[ana]), by=office)
    story.act(
        "all", itinerary.add_all, trip, [outbound(), homebound(placements=[ana], leaders=[rosa]), meeting()], by=office
    )
    hotel = itinerary.add(trip, stay(placements=[ben]), by=office)
    gone = itinerary.add(trip, meeting(to_name="Door 9"), by=office)
    story.act("remove", itinerary.remove, gone, by=office)
    story.act("remove twice", itinerary.remove, gone, by=office)
    story.act("publish", itinerary_news.publish, trip, seen="", by=office)
    story.act("publish twice", itinerary_news.publish, trip, seen="", by=office)
    story.say("flies", [itinerary_steps.has_flight(each) for each in (ana, ben)])
    story.say("asked", [itinerary_steps.is_asked(each) for each in (ana, ben)])
    story.act("old page", itinerary_steps.confirm, ana, seen="old", by=student)
    seen = itinerary_steps.itinerary.fingerprint(itinerary_steps.itinerary.legs_of(ana))
    story.act("confirm", itinerary_steps.confirm, ana, seen=seen, by=student)
    story.act("confirm twice", itinerary_steps.confirm, ana, seen=seen, by=student)
    story.later(minutes=1)
    there.refresh_from_db()
    story.act("nothing", itinerary.change, there, outbound(), seen="", by=office)
    story.act(
        "change",
        itinerary.change,
        there,
        outbound(number="VN 97", placements=[ana], leaders=[rosa]),
        seen="",
        by=office,
    )
    story.act("remove", itinerary.remove, hotel, by=office)
    story.act("change what is gone", itinerary.change, hotel, stay(to_name="x"), seen="", by=office)
    trip.refresh_from_db()
    pending = itinerary_news.pending(trip)
    story.say("pending", [[each.kind, each.name, each.template] for each in pending.news])
    story.act("publish", itinerary_news.publish, trip, seen="", by=office)
    story.act("remove", itinerary.remove, ItinerarySegment.objects.get(number="VN 97"), by=office)
    trip.refresh_from_db()
    story.act("publish", itinerary_news.publish, trip, seen="", by=office)
    assert same("itinerary", story.text(ItinerarySegment, ChecklistItem))


def test_rooms_and_groups(story, office, trip, still):
    people = [seat(trip, name) for name in ("Ana Ruiz", "Bea Lam", "Cyn Diaz", "Eva Park", "Flo Kim")]
    ana, bea, cyn, eva, flo = people
    by = ana.application.student
    options = [{"key": "early", "en": "Early", "es": "Temprano"}]
    values = {"options": options, "wishes_max": 2, "mixes_colleges": True, "other": 1}
    story.act("set up", rooms.set_up, trip, values, seen="", by=office)
    said = {"option": "early", "people": [bea.code], "needs": []}
    story.act("say", rooms.say, ana, **said, by=by)
    story.act("say twice", rooms.say, ana, **said, by=by)
    story.act("too many", rooms.say, ana, **said | {"people": [bea.code, cyn.code, eva.code]}, by=by)
    story.act("oneself", rooms.say, ana, **said | {"people": [ana.code]}, by=by)
    story.act("no option", rooms.say, ana, **said | {"option": "late"}, by=by)
    story.act("no need", rooms.say, ana, **said | {"needs": ["pool"]}, by=by)
    story.act("as early", rooms.say, bea, option="early", people=[], needs=[], by=bea.application.student)
    story.act("nothing", rooms.say, cyn, option="", people=[], needs=[], by=cyn.application.student)
    story.act("needs", rooms.say, eva, option="", people=[], needs=["own", "quiet"], by=eva.application.student)
    story.act("none fits", rooms.propose, trip, by=office)
    story.act("too many", rooms.add_rooms, trip, count=201, beds=1, is_quiet=False, is_accessible=False, by=office)
    story.act("add", rooms.add_rooms, trip, count=2, beds=2, is_quiet=False, is_accessible=False, by=office)
    story.act("add", rooms.add_rooms, trip, count=1, beds=1, is_quiet=True, is_accessible=False, by=office)
    story.act("old page", rooms.propose, trip, by=office, seen="old")
    story.act("left", rooms.publish, trip, by=office)
    story.act("propose", rooms.propose, trip, by=office)
    story.act("groups", rooms.propose_groups, trip, size=3, by=office)
    story.say("where", _where(trip))
    story.later(minutes=1)
    story.act("publish", rooms.publish, trip, by=office)
    story.act("publish twice", rooms.publish, trip, by=office)
    one, two, quiet = Room.objects.filter(kind="room").order_by("number")
    story.act("full", rooms.move, flo, one, kind="room", by=office)
    story.act("out", rooms.move, ana, None, kind="room", by=office)
    story.act("out twice", rooms.move, ana, None, kind="room", by=office)
    story.act("out", rooms.move, eva, None, kind="room", by=office)
    story.act("needs", rooms.move, eva, two if two.seats.count() < 2 else one, kind="room", by=office)
    story.act("in", rooms.move, eva, quiet, kind="room", by=office)
    story.say("where", _where(trip))
    story.act("open", lambda: list(rooms.open_needs(trip, by=office).values()))
    story.act("remove", rooms.remove_room, quiet, by=office)
    story.act("remove twice", rooms.remove_room, quiet, by=office)
    story.act("unpublish", rooms.unpublish, trip, by=office)
    story.act("unpublish twice", rooms.unpublish, trip, by=office)
    story.act("forget", rooms.say, ana, option="", people=[], needs=[], by=by)
    trip.__class__.objects.filter(pk=trip.pk).update(departed_at=at(0), leaves_on=in_days(0))
    story.act("begun", rooms.say, ana, **said, by=by)
    assert same("rooms", story.text(RoomPlan, Room, RoomWish, RoomSeat))


def _where(trip):
    people = rooms.going(trip)
    found = {}
    for kind in ("room", "group"):
        layout = rooms.layout_of(trip, kind, people)
        found |= {str(each.room.name): f"{each.names} ({each.free} free)" for each in layout.filled}
        found[f"no {kind}"] = [str(each.application.student.full_name) for each in layout.left]
    return found


def test_a_move_to_another_trip(story, office, trip, ana, ben):
    paris = TripFactory(cycle=trip.cycle, leaves_on=in_days(80), returns_on=in_days(90), city__name_en="Paris")
    for each in (ana, ben):
        PassportCaseFactory(placement=each)
    asked(ana, "entry")
    rooms.add_rooms(trip, count=1, beds=2, is_quiet=False, is_accessible=False, by=office)
    RoomSeat.objects.create(room=Room.objects.get(), placement=ana, kind="room")
    flight = itinerary.add(trip, outbound(placements=[ana]), by=office)
    values = {"starts_at": at(5), "minutes": 60, "place": "Consulate", "address": "x", "note_en": "", "note_es": ""}
    visa_day.plan(trip, values, [ana], by=office)
    entry.say(ana, Said("applied", in_days(-1)), by=ana.application.student)
    entry.appoint(ana, at(7), "Consulate", by=ana.application.student)
    rule = MoneyRuleFactory(cycle=trip.cycle, title_en="Meals", is_for_everyone=False)
    rule.trips.set([trip])
    money.give(ana, rule, by=office)
    voucher = MoneyRuleFactory(
        cycle=trip.cycle, kind="voucher", title_en="Passport fee", fee="application", cents=13000
    )
    voucher.trips.set([trip])
    story.say("ends", move_follow.lines([ana, ben]))
    story.say("obstacle", [move_follow.obstacle(each) for each in (ana, ben)])
    story.later(minutes=1)
    ana.trip = paris
    ana.save()
    kept = move_follow.after(Move(ana, trip, "travel.move:1", office))
    story.say("kept", {key: len(value) for key, value in kept["prepare"].items()})
    story.say("moved", [RoomSeat.objects.count(), EntryPermission.objects.count(), flight.placements.count()])
    story.act("moved back", move_follow.undone, ana, kept, office)
    story.say("flight", list(flight.placements.all()))
    models = (RoomSeat, ItinerarySegment, VisaDayPerson, EntryPermission, ChecklistItem)
    assert same("moved", story.text(*models))
