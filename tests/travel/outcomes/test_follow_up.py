"""How students did afterward: agreed to by the student, sent by the college without names, counted and published."""

import csv
import datetime as dt
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from applications.models import Answer, Question
from applications.states import Status
from exchange.base import due
from exchange.base.errors import RuleViolation
from exchange.base.sealed import vault
from exchange.figures.counts import Range, Rules
from exchange.models import ConsentText, Event, Message
from tests.constraints import refused
from tests.exchange.figures.test_planning import narrowed_down
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory
from tests.travel.outcomes_rows import (
    agreed,
    cycle_home,
    follow_up_facts,
    part_of,
    publish,
    threshold,
    traveler,
    trip_home,
)
from travel.models import FollowUpConsent, FollowUpImport, FollowUpKey, FollowUpRecord, SelfReport
from travel.office.retention import purge
from travel.office.retention.erasing import erase
from travel.outcomes import actions as releasing
from travel.outcomes import open_data, release_page
from travel.outcomes.counting import counts_of
from travel.outcomes.following import actions, asking, matching
from travel.outcomes.following.codes import code_of
from travel.outcomes.following.files import Content, Row
from travel.outcomes.measures import MEASURES
from travel.outcomes.population import (
    COLLEGES_SAY,
    TRAVELERS_SAY,
    CycleCounts,
    FollowUpCounts,
    Item,
    Stage,
    Told,
    known_key,
    told_key,
)
from travel.outcomes.release_plan import attack, plan_release

PAGE, LIST, READ, TAKE = (reverse(f"travel:follow-up{part}") for part in ("", "-list", "-read", "-import"))
HEAD = "code,reenrolled,units,gpa_band,award,transferred"
SMALL = Rules(threshold=3, band=2, open=2)


def words(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# --- What is published, without a database ----------------------------------------------------------


def counted(traveled, known, items, *, source=COLLEGES_SAY, year=1):
    return CycleCounts("c", {Stage.TRAVELED: traveled}, follow_up=[FollowUpCounts(source, year, known, items)])


def told(counts, before=None):
    figures = plan_release([counts], before or {}, Rules()).figures
    return {key: f and f.range for key, f in figures.items()}


def test_whoever_tries_the_rules_on_every_group_of_travelers_learns_no_more_than_the_ranges():
    size = 4

    def world(known, yes, no, full, part):
        items = {Item.ENROLLED: {Told.YES: yes, Told.NO: no}, Item.UNITS: {Told.FULL: full, Told.PART: part}}
        counts = counted(size, known, items)
        return part_of(counts, f"{counts.follow_up[0].source}_known")

    worlds = [
        world(known, yes, no, full, part)[1]
        for known in range(size + 1)
        for yes in range(known + 1)
        for no in range(known - yes + 1)
        for full in range(yes + 1)
        for part in range(yes - full + 1)
    ]
    assert list(narrowed_down(lambda: world(0, 0, 0, 0, 0)[0], worlds, SMALL)) == []


MANY = {
    Item.ENROLLED: {Told.YES: 30, Told.NO: 5},
    Item.UNITS: {Told.FULL: 18, Told.PART: 11},
    Item.GPA: {Told.GPA_A: 12, Told.GPA_B: 11, Told.GPA_C: 5, Told.GPA_D: 1},
    Item.AWARD: {Told.YES: 4, Told.NO: 32},
    Item.TRANSFER: {Told.YES: 14, Told.NO: 20},
}


def test_large_counts_are_exact_and_small_ones_a_range_beside_how_many_are_known():
    counts = counted(44, 36, MANY)
    found = told(counts)
    assert 36 in found[known_key("c", COLLEGES_SAY, 1)]
    assert 30 in found[told_key("c", COLLEGES_SAY, Told.YES, "enrolled.1")]
    small = found[told_key("c", COLLEGES_SAY, Told.GPA_D, "gpa.1")]
    assert small is None or small.values >= Rules().open
    assert attack([counts], found, Rules()) == []


def test_the_attack_finds_a_small_count_that_was_published_by_mistake():
    counts = counted(44, 36, MANY)
    careless = {known_key("c", COLLEGES_SAY, 1): Range(36, 36)}
    careless |= {
        told_key("c", COLLEGES_SAY, said, f"{item}.1"): Range(n, n)
        for item, row in MANY.items()
        for said, n in row.items()
    }
    assert any(
        "unknown" in each.key.name or "not known" in each.key.name for each in attack([counts], careless, Rules())
    )


def test_a_year_is_published_once_and_the_next_year_beside_it():
    first = told(counted(44, 36, MANY))
    assert told(counted(44, 37, MANY), first) == {}
    later = {Item.AWARD: {Told.YES: 12, Told.NO: 20}, Item.TRANSFER: {Told.YES: 13, Told.NO: 20}}
    both = CycleCounts(
        "c",
        {Stage.TRAVELED: 44},
        follow_up=[FollowUpCounts(COLLEGES_SAY, 1, 36, MANY), FollowUpCounts(COLLEGES_SAY, 2, 34, later)],
    )
    second = told(both, first)
    assert {key.group for key in second} == {"2", "award.2", "transfer.2"}
    assert attack([both], first | second, Rules()) == []


# --- The student ------------------------------------------------------------------------------------


@pytest.fixture
def rules(db):
    follow_up_facts()


@pytest.fixture
def college(rules):
    return CollegeFactory(short_name="East", name="East College")


@pytest.fixture
def trip(rules):
    return trip_home(cycle_home(2024), PartnerCityFactory(name_en="Hanoi"))


@pytest.fixture
def placement(trip, college):
    return traveler(trip, college, full_name="Ana Osei")


@pytest.fixture
def other(trip, college):
    """Applied and didn't get a spot."""
    return ApplicationFactory(cycle=trip.cycle, form=trip.cycle.form_versions.get(), college=college, not_selected=True)


@pytest.fixture
def advisor(college):
    return UserFactory(advisor=college)


def own_page(application, part="own"):
    return reverse(f"travel:follow-up-{part}", kwargs={"code": application.code})


def test_a_student_signs_with_a_date_in_their_language_and_takes_it_back_with_one_tap(sign_in, placement, advisor):
    application = placement.application
    client = sign_in(application.student)
    page = words(client.get(own_page(application)))
    assert "Whether you enrolled at East College" in page and "Let your college tell us how your studies went" in page
    assert "Type your full name to sign." in words(client.post(own_page(application), {"typed_name": ""}))
    assert reverse("travel:alumni-own", kwargs={"code": placement.code}) in client.get(own_page(application)).text
    client.post(own_page(application), {"typed_name": "Ana Osei"})
    client.post(own_page(application), {"typed_name": "Ana Osei"})  # twice
    consent = FollowUpConsent.objects.get()
    assert (consent.typed_name, consent.language, consent.text.version) == ("Ana Osei", "en", 1)
    take(placement.trip.cycle, application.college, {application: {"reenrolled": True}}, by=advisor)
    assert "Signed by Ana Osei" in words(client.get(own_page(application)))
    client.post(own_page(application, "withdraw"))
    assert not FollowUpRecord.objects.exists() and FollowUpConsent.objects.get().withdrawn_at
    page = words(client.get(own_page(application)))
    assert "You withdrew your permission on" in page and "Sign" in page
    assert list(
        Event.objects.filter(action__startswith="follow_up.").order_by("pk").values_list("action", flat=True)
    ) == [
        "follow_up.sign",
        "follow_up.make_key",
        "follow_up.import",
        "follow_up.withdraw",
    ]


def test_the_page_is_whole_in_spanish(sign_in, placement):
    placement.application.student.language = "es"
    placement.application.student.save()
    page = words(
        sign_in(placement.application.student).get(own_page(placement.application), headers={"accept-language": "es"})
    )
    assert "Permite que tu college nos cuente cómo te fue en tus estudios" in page
    assert "Your studies" not in page and "Sign" not in page.split()


def test_a_student_without_a_spot_can_agree_too_but_is_asked_nothing_about_a_trip(sign_in, other):
    client = sign_in(other.student)
    page = words(client.get(own_page(other)))
    assert "Type your full name to sign" in page and "Are you enrolled in college now?" not in page
    client.post(own_page(other), {"typed_name": "B"})
    assert FollowUpConsent.objects.in_force().get().application == other
    assert client.post(own_page(other, "say"), {"enrolled": "yes"}).status_code == 404


def test_nobody_signs_for_another_student_or_before_there_is_a_result(sign_in, placement, college, advisor):
    for person in (UserFactory(), advisor, UserFactory(coordinator=True)):
        assert sign_in(person).get(own_page(placement.application)).status_code == 404
        assert sign_in(person).post(own_page(placement.application), {"typed_name": "X"}).status_code == 404
    early = ApplicationFactory(cycle=placement.trip.cycle, college=college, submitted=True)
    with pytest.raises(RuleViolation) as caught:
        actions.sign(early, typed_name="X", by=early.student)
    assert caught.value.code == "not_now"
    with pytest.raises(RuleViolation) as caught:
        actions.withdraw(placement.application, by=advisor)
    assert caught.value.code == "not_own"


def test_the_student_sees_what_they_agreed_to_and_what_came_of_it(sign_in, placement, advisor):
    application = placement.application
    agreed(application)
    take(placement.trip.cycle, application.college, {application: {"award": True}}, by=advisor)
    page = words(sign_in(application.student).get(reverse("travel:sharing")))
    assert "Let your college tell us how your studies went" in page
    assert "How your studies went, from East College" in page


def test_what_a_traveler_says_is_kept_changed_and_removed(sign_in, placement):
    client = sign_in(placement.application.student)
    say = own_page(placement.application, "say")
    client.post(say, {"enrolled": "yes", "award": "", "transferred": "no"})
    report = SelfReport.objects.get()
    assert (report.enrolled, report.award, report.transferred) == (True, None, False)
    client.post(say, {"enrolled": "no"})
    report.refresh_from_db()
    assert (report.enrolled, report.transferred) == (False, None)
    client.post(say, {"enrolled": "<b>"})
    assert SelfReport.objects.get().enrolled is False
    client.post(say, {})
    assert not SelfReport.objects.exists()


# --- Asked once -------------------------------------------------------------------------------------


def asked_of(person):
    return list(Message.objects.filter(recipient=person, template="travel/follow_up_asked"))


@pytest.fixture
def home_for(trip):
    def move(days):
        trip.returned_at = timezone.localtime() - dt.timedelta(days=days)
        trip.save()

    return move


def test_everybody_with_a_result_is_asked_once_in_their_language(placement, other, home_for):
    other.student.language = "es"
    other.student.save()
    quick = ApplicationFactory(cycle=placement.trip.cycle, form=other.form, college=other.college, not_selected=True)
    agreed(quick)
    home_for(50)
    assert asking.ask_all() == 2 and asking.ask_all() == 0
    (went,), (stayed,) = asked_of(placement.application.student), asked_of(other.student)
    assert own_page(placement.application) in went.body and "We won’t ask again." in went.body
    assert own_page(other) in stayed.body and "No te volveremos a preguntar" in stayed.body
    assert not asked_of(quick.student)
    assert Event.objects.filter(action="follow_up.ask").count() == 2


@pytest.mark.parametrize(("days", "is_asked"), [(44, False), (46, True), (74, True), (77, False)])
def test_nobody_is_asked_too_early_or_years_later(placement, home_for, days, is_asked):
    home_for(days)
    assert asking.ask_all() == is_asked


def test_nobody_is_asked_for_what_has_no_words_yet_or_after_they_answered(placement, home_for):
    home_for(50)
    words_to_sign = ConsentText.objects.filter(key=FollowUpConsent.TEXT)
    words_to_sign.update(is_current=False)
    assert asking.ask_all() == 0
    words_to_sign.update(is_current=True)
    assert asking.ask_all() == 1
    (message,) = asked_of(placement.application.student)
    assert due.holds(message.still_due)
    agreed(placement.application)
    assert not due.holds(message.still_due)


# --- The college ------------------------------------------------------------------------------------


def take(cycle, college, rows, *, by, year=1):
    """As the research office would send it."""
    actions.make_key(cycle, college, by=by)
    code = {each.application: each.code for each in matching.listed(cycle, college)}
    content = Content({line: Row(code[each], **said) for line, (each, said) in enumerate(rows.items(), 2)})
    return actions.take(cycle, college, year, content, by=by)


def given_list(client, **query):
    response = client.get(LIST, query)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def numbered(application, number):
    question, _new = Question.objects.get_or_create(
        section=application.form.sections.get(),
        key="student_number",
        defaults={"order": 9, "kind": Question.Kind.SHORT_TEXT, "label_en": "ID", "label_es": "ID"},
    )
    Answer.objects.create(application=application, question=question, value=number)
    return application


def upload(*lines, head=HEAD):
    return SimpleUploadedFile("file.csv", "\n".join((head, *lines)).encode(), content_type="text/csv")


def test_the_list_has_numbers_and_codes_of_those_who_agreed_and_no_names(sign_in, placement, other, advisor, college):
    agreed(numbered(placement.application, "88001234"))
    numbered(other, "88009999")
    client = sign_in(advisor)
    (row,) = given_list(client, cycle=placement.trip.cycle.code)
    assert row["student_number"] == "88001234" and set(row) == {"student_number", *HEAD.split(",")}
    assert not any(row[name] for name in HEAD.split(",") if name != "code")
    assert given_list(client)[0]["code"] == row["code"]  # again the same
    assert Event.objects.filter(action="follow_up.list").count() == 2
    key = FollowUpKey.objects.get()
    assert row["code"] not in key.sealed and len(bytes.fromhex(vault().decrypt(key.sealed.encode()).decode())) == 32


def test_without_a_fresh_proof_no_list_leaves(sign_in, placement, advisor, monkeypatch):
    monkeypatch.setattr("travel.outcomes.views.follow_up.is_fresh", lambda request: False)
    assert sign_in(advisor).get(LIST).status_code == 302
    assert not FollowUpKey.objects.exists()


def test_a_file_is_looked_at_first_then_taken_then_undone(sign_in, placement, other, advisor, college):
    cycle = placement.trip.cycle
    agreed(placement.application)
    agreed(other)
    third = traveler(placement.trip, college).application
    agreed(third)
    actions.withdraw(third, by=third.student)
    actions.make_key(cycle, college, by=advisor)
    code = {each.application: each.code for each in matching.listed(cycle, college)}
    key = matching.key_of(cycle, college)
    lines = [
        f"{code[placement.application]},yes,12,B,no,no",
        f"{code[other]},no,,,,yes",
        f"{code_of(key, third.code)},yes,,,,",
        "BCDF-GHJK-MNPQ,yes,,,,",
        f"{code[other]},no,,,,yes",
        "88001234,yes,,,,",
    ]
    about = {"college": college.code, "cycle": cycle.code, "year": "1"}
    client = sign_in(advisor)
    response = client.post(READ, about | {"file": upload(*lines)})
    page = words(response)
    assert "2 students of the 2 who agreed are in the file." in page
    assert "1 student hasn’t agreed, or withdrew. We don’t keep their row (line 4)." in page
    assert "1 code fits no one here. We don’t keep its row (line 5)." in page
    assert "1 line says again what another line says. It counts once." in page
    assert "Line 7: The code is missing or isn’t one of ours." in page and "88001234" not in response.content.decode()
    assert not FollowUpImport.objects.exists() and not FollowUpRecord.objects.exists()
    signed = re.search(r'name="rows" value="([^"]+)"', response.content.decode())[1]
    page = words(client.post(TAKE, about | {"rows": signed}, follow=True))
    assert "Imported: 2 students." in page
    assert set(FollowUpRecord.objects.values_list("application", "units", "gpa", "transferred")) == {
        (placement.application.pk, 12, "B", False),
        (other.pk, None, "", True),
    }
    made = FollowUpImport.objects.get()
    assert (made.rows, made.unknown, made.refused) == (2, 1, 1)
    assert "This file was imported before." in words(client.post(TAKE, about | {"rows": signed}, follow=True))
    assert FollowUpImport.objects.count() == 1
    undo = reverse("travel:follow-up-undo", kwargs={"code": made.code})
    assert "Undone. What this file said is deleted." in words(client.post(undo, follow=True))
    assert not FollowUpRecord.objects.exists()
    client.post(undo)  # twice
    assert Event.objects.filter(action="follow_up.undo").count() == 1
    client.post(TAKE, about | {"rows": signed})  # after the undo it's new again
    assert FollowUpRecord.objects.count() == 2


def test_whoever_takes_it_back_between_the_preview_and_the_import_isnt_stored(
    sign_in, placement, other, advisor, college
):
    cycle = placement.trip.cycle
    agreed(placement.application)
    agreed(other)
    actions.make_key(cycle, college, by=advisor)
    lines = [f"{each.code},yes,,,," for each in matching.listed(cycle, college)]
    about = {"college": college.code, "cycle": cycle.code, "year": "1"}
    client = sign_in(advisor)
    response = client.post(READ, about | {"file": upload(*lines)})
    signed = re.search(r'name="rows" value="([^"]+)"', response.content.decode())[1]
    actions.withdraw(other, by=other.student)
    client.post(TAKE, about | {"rows": signed})
    assert [row.application for row in FollowUpRecord.objects.all()] == [placement.application]
    assert FollowUpImport.objects.get().refused == 1


def test_a_file_of_another_college_another_cycle_or_another_person_is_not_taken(sign_in, placement, advisor, college):
    cycle = placement.trip.cycle
    agreed(placement.application)
    actions.make_key(cycle, college, by=advisor)
    (mine,) = matching.listed(cycle, college)
    valley, later = CollegeFactory(short_name="Valley", name="Valley College"), cycle_home(2025)
    for its_cycle, its_college in ((cycle, valley), (later, college)):
        agreed(
            traveler(
                trip_home(its_cycle, PartnerCityFactory()) if its_cycle == later else placement.trip, its_college
            ).application
        )
        actions.make_key(its_cycle, its_college, by=advisor)
        office = sign_in(UserFactory(coordinator=True))
        about = {"college": its_college.code, "cycle": its_cycle.code, "year": "1"}
        response = office.post(READ, about | {"file": upload(f"{mine.code},yes,12,A,yes,yes")})
        page = words(response)
        assert "No code in this file belongs here" in page and its_college.name in page
        assert 'name="rows"' not in response.content.decode()
    about = {"college": valley.code, "cycle": cycle.code, "year": "1"}
    assert sign_in(advisor).post(READ, about | {"file": upload(f"{mine.code},yes,,,,")}).status_code == 404
    good = {"college": college.code, "cycle": cycle.code, "year": "1"}
    response = sign_in(advisor).post(READ, good | {"file": upload(f"{mine.code},yes,,,,")})
    signed = re.search(r'name="rows" value="([^"]+)"', response.content.decode())[1]
    for person, changed in ((UserFactory(advisor=college), good), (advisor, good | {"year": "2"})):
        page = words(sign_in(person).post(TAKE, changed | {"rows": signed}, follow=True))
        assert "nothing was saved" in page
    assert not FollowUpRecord.objects.exists()


@pytest.mark.parametrize(
    ("file", "language", "said"),
    [
        (None, "en", "Choose the file first."),
        (upload("x", head="student,grade"), "en", "There’s no column named “code”."),
        (
            upload("x,88001234", head=f"{HEAD},student_number"),
            "en",
            "The column “student_number” is still in this file.",
        ),
        (upload("x", head=f"{HEAD},<script>alert(1)</script>"), "en", "columns that we don’t take"),
        (upload("x", head="student,grade"), "es", "No hay una columna llamada “code”."),
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04\x00"), "en", "Save it as “CSV UTF-8”"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_in_the_persons_language(
    sign_in, placement, college, file, language, said
):
    advisor = UserFactory(advisor=college, language=language)
    about = {"college": college.code, "cycle": placement.trip.cycle.code, "year": "1"}
    if file:
        file.seek(0)
    response = sign_in(advisor).post(
        READ, about | ({"file": file} if file else {}), headers={"accept-language": language}
    )
    assert response.status_code == 422 and said in words(response)
    assert "<script>alert" not in response.content.decode() and "88001234" not in response.content.decode()


def test_the_page_says_what_to_do_and_asks_few_queries(
    sign_in, placement, other, advisor, django_assert_max_num_queries
):
    agreed(placement.application)
    client = sign_in(advisor)
    client.get(PAGE)
    with django_assert_max_num_queries(10):
        page = words(client.get(PAGE))
    assert "1 of 2 students" in page and "gpa_band" in page and "Counted since" in page
    assert "gpa_band" not in words(client.get(PAGE, {"year": "2"}))
    assert words(client.get(PAGE, {"year": "²"})).count("After 1 year")
    assert client.get(PAGE, {"cycle": "nowhere"}).status_code == 404


def test_nothing_of_one_students_row_is_visible_to_staff(placement, advisor):
    agreed(placement.application)
    take(placement.trip.cycle, placement.application.college, {placement.application: {"award": True}}, by=advisor)
    SelfReport.objects.create(application=placement.application, award=True)
    for person in (advisor, UserFactory(coordinator=True), UserFactory(director=True)):
        assert (
            not FollowUpRecord.objects.visible_to(person).exists()
            and not SelfReport.objects.visible_to(person).exists()
        )
    assert FollowUpRecord.objects.visible_to(placement.application.student).count() == 1
    assert FollowUpImport.objects.visible_to(UserFactory(director=True)).count() == 0


# --- Counted ----------------------------------------------------------------------------------------


@pytest.fixture
def five(trip, college):
    found = [traveler(trip, college).application for _number in range(5)]
    for each in found:
        agreed(each)
    return found


SAID = [
    {"reenrolled": True, "units": 12, "gpa": "A", "award": False, "transferred": False},
    {"reenrolled": True, "units": 6, "gpa": "B", "award": False},
    {"reenrolled": False, "transferred": True},
    {"award": True},
]


def test_the_newest_word_counts_and_applicants_who_stayed_are_not_among_travelers(trip, college, advisor, five, other):
    agreed(other)
    take(trip.cycle, college, dict(zip(five, SAID, strict=False)) | {other: {"reenrolled": True}}, by=advisor)
    (found,) = counts_of(trip.cycle).follow_up
    assert (found.source, found.year, found.known) == (COLLEGES_SAY, 1, 4)
    assert found.items == {
        Item.ENROLLED: {Told.YES: 2, Told.NO: 1},
        Item.UNITS: {Told.FULL: 1, Told.PART: 1},
        Item.GPA: {Told.GPA_A: 1, Told.GPA_B: 1},
        Item.AWARD: {Told.NO: 2, Told.YES: 1},
        Item.TRANSFER: {Told.NO: 1, Told.YES: 1},
    }
    newer = take(trip.cycle, college, {five[0]: {"transferred": True}, five[4]: {"award": True}}, by=advisor)
    (found,) = counts_of(trip.cycle).follow_up
    assert found.known == 5 and found.items[Item.TRANSFER] == {Told.YES: 2}
    assert found.items[Item.UNITS] == {Told.FULL: 1, Told.PART: 1}  # what the newer file doesn't say stays
    actions.undo(newer, by=advisor)
    assert counts_of(trip.cycle).follow_up[0].items[Item.TRANSFER] == {Told.NO: 1, Told.YES: 1}
    actions.withdraw(five[2], by=five[2].student)
    assert counts_of(trip.cycle).follow_up[0].known == 3


def test_a_transfer_is_counted_in_the_year_in_which_it_came(trip, college, advisor, five):
    take(trip.cycle, college, {five[0]: {"transferred": True}, five[1]: {"transferred": False}}, by=advisor)
    later = {five[0]: {"transferred": True}, five[1]: {"transferred": True}, five[2]: {"transferred": True}}
    take(trip.cycle, college, later, by=advisor, year=2)
    found = {each.year: each for each in counts_of(trip.cycle).follow_up}
    assert found[1].items[Item.TRANSFER] == {Told.YES: 1, Told.NO: 1}
    assert found[2].items == {Item.AWARD: {}, Item.TRANSFER: {Told.NO: 1, Told.YES: 2}}


def test_a_year_that_isnt_over_isnt_counted(trip, college, advisor, five):
    take(trip.cycle, college, {five[0]: {"award": True}}, by=advisor)
    actions.say(five[0].placement, enrolled=True, award=None, transferred=None, by=five[0].student)
    assert {each.source for each in counts_of(trip.cycle).follow_up} == {COLLEGES_SAY, TRAVELERS_SAY}
    for days, is_over in ((365 + 61, True), (365 + 57, False)):
        trip.returned_at = timezone.now() - dt.timedelta(days=days)
        trip.save()
        assert bool(counts_of(trip.cycle).follow_up) is is_over


def test_what_students_say_is_counted_apart_from_what_colleges_send(trip, college, advisor, five):
    take(trip.cycle, college, {five[0]: {"transferred": False}}, by=advisor)
    for each in five[:3]:
        actions.say(each.placement, enrolled=None, award=None, transferred=True, by=each.student)
    found = {each.source: each for each in counts_of(trip.cycle).follow_up}
    assert found[COLLEGES_SAY].items[Item.TRANSFER] == {Told.NO: 1}
    assert (found[TRAVELERS_SAY].known, found[TRAVELERS_SAY].items[Item.TRANSFER]) == (3, {Told.YES: 3})


def test_erasing_an_application_keeps_what_is_counted_and_drops_the_signature(trip, college, advisor, five):
    take(trip.cycle, college, dict(zip(five, SAID, strict=False)), by=advisor)
    before = purge._figures(trip.cycle.pk)
    erase([each.pk for each in five])
    assert purge._figures(trip.cycle.pk) == before and not FollowUpConsent.objects.exists()


def test_the_outcomes_page_shows_counts_beside_how_many_are_known(sign_in, trip, college, advisor, five):
    threshold(1)
    take(trip.cycle, college, dict(zip(five, SAID, strict=False)), by=advisor)
    actions.say(five[0].placement, enrolled=True, award=None, transferred=None, by=five[0].student)
    publish()
    page = words(sign_in(UserFactory(director=True)).get(reverse("travel:outcomes")))
    assert "Studies in the first year after the trip: Summer 2024" in page
    assert "Known from their college: 4 of 5 travelers" in page
    assert "Enrolled in the fall or spring term after the trip Yes: 2 No: 1" in page
    assert "GPA of that term, of those enrolled 3.5 or more: 1 3.0 to 3.49: 1" in page
    assert "It says how students did, not what caused it." in page
    assert "Answered: 1 of 5 travelers" in page and "Self-reported: students told us this themselves" in page
    assert "because of" not in page
    rows = [each for each in open_data.records() if each["measure"].startswith(("followup", "selfreport"))]
    assert all(each["measure"] in MEASURES for each in rows)
    (row,) = [each for each in rows if (each["measure"], each["group"]) == ("followup_yes", "transfer.1")]
    assert (
        row["low"] == row["high"] == 1 and "Transferred to a four-year college in the first year" in row["definition"]
    )


def test_what_would_be_published_names_each_figure_in_both_languages(trip, college, advisor, five):
    threshold(1)
    take(trip.cycle, college, dict(zip(five, SAID, strict=False)), by=advisor)
    plan = releasing._work_out().plan
    for language in ("en", "es"):
        with translation.override(language):
            lines = [line for each in release_page.preview(plan) for line in (*each.lines, *each.groups)]
            assert not [line for line in lines if line.figure.startswith(("followup", "selfreport"))]
            assert not [line for line in lines if line.group.partition(".")[0] in set(Item)]


def test_too_few_are_one_sentence(sign_in, trip, college, advisor, five):
    threshold(11)
    take(trip.cycle, college, {five[0]: {"award": True}}, by=advisor)
    publish()
    page = words(sign_in(UserFactory(director=True)).get(reverse("travel:outcomes")))
    assert "5 travelers. Too few are known to show how many." in page
    assert "Too few are known to show how their studies went." in page


# --- Constraints ------------------------------------------------------------------------------------


@pytest.mark.both
def test_constraints(placement, advisor, college):
    application, cycle = placement.application, placement.trip.cycle
    first = agreed(application)
    refused("followupconsent_one_in_force", lambda: agreed(application))
    rows = FollowUpConsent.objects.filter(pk=first.pk)
    refused("followupconsent_has_a_name", lambda: rows.update(typed_name=""))
    early = first.signed_at - dt.timedelta(days=1)
    refused("followupconsent_ends_after_it_was_signed", lambda: rows.update(withdrawn_at=early))
    FollowUpKey.objects.create(cycle=cycle, college=college, sealed="x")
    refused("followupkey_once", lambda: FollowUpKey.objects.create(cycle=cycle, college=college, sealed="y"))
    about = {"cycle": cycle, "college": college, "digest": "0", "rows": 1, "imported_by": advisor}
    made = FollowUpImport.objects.create(**about, year=1)
    refused("followupimport_same_file_once", lambda: FollowUpImport.objects.create(**about, year=1))
    refused("followupimport_year_is_one_of_three", lambda: FollowUpImport.objects.create(**about, year=4))
    refused(
        "followupimport_undone_by_somebody", lambda: FollowUpImport.objects.create(**about, year=2, undone_by=advisor)
    )
    row = {"imported": made, "application": application}
    refused("followuprecord_says_something", lambda: FollowUpRecord.objects.create(**row))
    refused("followuprecord_units_of_a_term", lambda: FollowUpRecord.objects.create(**row, units=41))
    FollowUpRecord.objects.create(**row, award=True)
    refused("followuprecord_once_per_import", lambda: FollowUpRecord.objects.create(**row, award=False))
    refused("selfreport_says_something", lambda: SelfReport.objects.create(application=application))


def test_only_students_with_a_result_are_asked():
    assert set(matching.ASKED_IN) == {Status.CONFIRMED, Status.NOT_SELECTED, Status.WAITLISTED}
