"""Endorsing several students at once, ticked in the list of applications or matched in the enrollment list."""

import html
import io
import re
from functools import partial

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.models import Endorsement
from exchange.models import Event, Fact
from tests.applications import workbook_samples
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, EndorsementFactory, review_facts

pytestmark = pytest.mark.django_db
HEAD = "Student ID,Email,Name,Units,Good standing"


@pytest.fixture(autouse=True)
def numbers(db):
    review_facts()


@pytest.fixture
def advisor():
    return UserFactory(advisor=True)


@pytest.fixture
def college(advisor):
    return advisor.roles.get().college


@pytest.fixture
def cycle():
    return CycleFactory(ready=True)


def applicant(college, cycle, name, number=None, **answers):
    """An applicant of the college in the cycle, with these answers."""
    return ApplicationFactory(
        submitted=True,
        college=college,
        cycle=cycle,
        student__full_name=name,
        student__email=f"{name.split()[0].lower()}@mail.example",
        answered=True,
        answered__full_name=name,
        answered__student_number=number,
        **{f"answered__{key}": value for key, value in answers.items()},
    )


@pytest.fixture
def student(college, cycle):
    """`student("Ana Ruiz", "88001", units=3)`."""
    return partial(applicant, college, cycle)


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


# --- Ticked in the list -----------------------------------------------------------------------------


def several(cycle):
    return reverse("applications:endorsement-several", args=[cycle.code])


def ticks(*applications, units="12", **more):
    codes = [each.code for each in applications]
    fields = {f"units_{code}": units for code in codes}
    return {"shown": codes, "take": codes, "in_good_standing": "yes", **fields, **more}


def test_several_are_endorsed_in_one_sending(sign_in, advisor, cycle, student):
    ana, bea = student("Ana Ruiz"), student("Bea Long")
    client = sign_in(advisor)
    sent = ticks(ana, bea) | {f"units_{bea.code}": "", "as_they_say": "on"}

    response = client.post(several(cycle), sent, follow=True)

    assert "Saved for 2 students." in text_of(response)
    said = Endorsement.objects.values_list("application", "units", "in_good_standing", "endorsed_by")
    assert set(said) == {(ana.pk, 12, True, advisor.pk), (bea.pk, 12, True, advisor.pk)}
    assert "Nothing new" in text_of(client.post(several(cycle), sent, follow=True))  # a second tap
    assert Event.objects.filter(action="review.endorse").count() == 2


def test_several_shows_own_students_who_wait_with_their_conditions(sign_in, advisor, cycle, student):
    few, unsure = student("Ana Ruiz", units=3), student("Bea Long", good_standing="not_sure")
    EndorsementFactory(application=student("Done Before"))
    ApplicationFactory(submitted=True, cycle=cycle, answered=True)

    response = sign_in(advisor).get(several(cycle))

    assert [row["student"].application for row in response.context["rows"]] == [few]
    assert [each.application for each in response.context["to_look_at"]] == [unsure]
    assert "You’re taking at least 6 units this term." in text_of(response)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"take": []}, "Check at least one student."),
        ({"in_good_standing": ""}, "Choose an answer about good standing."),
        ({"in_good_standing": "no"}, "Select a valid choice."),
        ({"units": ""}, "Enter the units for this term."),
        ({"units": "122"}, "less than or equal to 40"),
        ({"units": "3"}, "You need to open these one by one: Ana Ruiz"),
    ],
)
def test_several_keeps_what_was_typed_when_it_does_not_add_up(sign_in, advisor, cycle, student, changes, error):
    ana = student("Ana Ruiz")
    sent = ticks(ana, units=changes.pop("units", "12")) | changes

    page = text_of(sign_in(advisor).post(several(cycle), sent))

    assert error in page
    assert f'value="{sent[f"units_{ana.code}"]}"' in page or not sent[f"units_{ana.code}"]
    assert not Endorsement.objects.exists()


def test_several_tells_who_changed_in_the_meantime(sign_in, advisor, cycle, student):
    ana, bea = student("Ana Ruiz"), student("Bea Long")
    EndorsementFactory(application=bea, units=3)

    response = sign_in(advisor).post(several(cycle), ticks(ana, bea))

    assert "These have changed in the meantime: Bea Long." in text_of(response)
    assert Endorsement.objects.count() == 1


def test_several_takes_no_student_of_another_college(sign_in, advisor, cycle):
    stranger = ApplicationFactory(submitted=True, cycle=cycle, answered=True)

    response = sign_in(advisor).post(several(cycle), ticks(stranger))

    assert response.context["form"].has_error("take", "invalid_choice")
    assert not Endorsement.objects.exists()


def test_several_needs_as_many_queries_for_one_as_for_twenty(
    sign_in, advisor, cycle, student, django_assert_max_num_queries
):
    client = sign_in(advisor)
    for number in range(20):
        student(f"Ana{number} Ruiz")
    with django_assert_max_num_queries(18):
        client.get(several(cycle))


# --- Found in the college's list --------------------------------------------------------------------


def upload(cycle):
    return reverse("applications:enrollment-upload", args=[cycle.code])


def send(client, cycle, college, *lines, head=HEAD, content=None):
    content = "\n".join((head, *lines)).encode() if content is None else content
    return client.post(upload(cycle), {"college": college.code, "file": SimpleUploadedFile("list.csv", content)})


def confirm(client, cycle, response, **data):
    """Posts what the page would send: the signed list, and the ticks it proposes unless others are given."""
    form = response.context["form"]
    sent = {"college": response.context["college"].code, "list": response.context["signed"], "take": list(form.ticked)}
    address = reverse("applications:enrollment-confirm", args=[cycle.code])
    return client.post(address, sent | data, follow=True)


def names(lines):
    return [str(each.application.student) for each in lines]


def test_list_is_compared_and_nothing_is_kept(sign_in, advisor, college, cycle, student):
    student("Ana Ruiz", "88001"), student("Bea Long", "88002"), student("Cora Diaz")
    ApplicationFactory(submitted=True, cycle=cycle, student__email="away@mail.example")
    lines = (
        "0088001,ana@mail.example,Ruiz Ana,12,yes",
        "88002,,Bob Wrong,9,yes",
        "99999,away@mail.example,Secret Person,9,yes",
    )
    events = Event.objects.count()

    response = send(sign_in(advisor), cycle, college, *lines)

    preview = response.context["preview"]
    assert (names(preview.matches), names(preview.in_doubt), names(preview.missing)) == (
        ["Ana Ruiz"],
        ["Bea Long"],
        ["Cora Diaz"],
    )
    page = text_of(response)
    assert "1 of 3 rows is about someone who didn’t apply." in page
    assert "The name looks different." in page
    assert "Secret" not in page and "99999" not in page and "away@" not in page
    assert (Endorsement.objects.count(), Event.objects.count()) == (0, events)


def test_confirming_keeps_the_ticked_and_the_decided(sign_in, advisor, college, cycle, student):
    ana, bea, cora = student("Ana Ruiz", "88001"), student("Bea Long", "88002"), student("Cora Diaz", "88003")
    client = sign_in(advisor)
    lines = ("88001,,Ana Ruiz,12,yes", "88002,,Bob Wrong,9,yes", "88003,,Cora Diaz,12,no")
    response = send(client, cycle, college, *lines)
    decided = {f"decide_{bea.code}": "endorsed", f"units_{bea.code}": "9"}
    decided |= {f"decide_{cora.code}": "ask_the_office", f"units_{cora.code}": "12", f"note_{cora.code}": "Probation."}

    page = text_of(confirm(client, cycle, response, **decided))

    assert "Saved for 3 students." in page
    said = Endorsement.objects.values_list("application", "result", "units", "in_good_standing", "note")
    assert set(said) == {
        (ana.pk, "endorsed", 12, True, ""),
        (bea.pk, "endorsed", 9, True, ""),
        (cora.pk, "ask_the_office", 12, False, "Probation."),
    }
    assert "Nothing new" in text_of(confirm(client, cycle, response, **decided))  # a second tap


def test_those_in_doubt_are_never_decided_by_default(sign_in, advisor, college, cycle, student):
    student("Bea Long", "88002")
    client = sign_in(advisor)
    response = send(client, cycle, college, "88002,,Bob Wrong,9,yes")

    page = confirm(client, cycle, response)

    assert "No one is checked, and nothing is decided." in text_of(page)
    assert not Endorsement.objects.exists()


@pytest.mark.parametrize(
    ("line", "sent", "error"),
    [
        ("88001,,Ana Ruiz,,yes", {"decide": "endorsed"}, "Enter the units for this term."),
        ("88001,,Ana Ruiz,12,no", {"decide": "endorsed", "units": "12"}, "Say why you’re endorsing"),
        ("88001,,Ana Ruiz,3,yes", {"decide": "not_endorsed", "units": "3"}, "Say why, so the office can decide."),
    ],
)
def test_a_decision_that_does_not_add_up_comes_back(sign_in, advisor, college, cycle, student, line, sent, error):
    ana = student("Ana Ruiz", "88001")
    client = sign_in(advisor)
    response = send(client, cycle, college, line)

    page = text_of(confirm(client, cycle, response, **{f"{key}_{ana.code}": value for key, value in sent.items()}))

    assert error in page
    assert not Endorsement.objects.exists()


def test_a_student_who_is_not_enrolled_cannot_be_endorsed_from_the_list(sign_in, advisor, college, cycle, student):
    ana = student("Ana Ruiz", "88001")
    client = sign_in(advisor)
    response = send(client, cycle, college, "88001,,Ana Ruiz,12,no", head="SID,Email,Name,Units,Enrolled")

    confirm(client, cycle, response, **{f"decide_{ana.code}": "endorsed", f"units_{ana.code}": "12"})

    assert not Endorsement.objects.exists()


@pytest.mark.parametrize("change", ["withdrawn", "endorsed"])
def test_what_changed_before_confirming_is_shown(sign_in, advisor, college, cycle, student, change):
    ana, bea = student("Ana Ruiz", "88001"), student("Bea Long", "88002")
    client = sign_in(advisor)
    response = send(client, cycle, college, "88001,,Ana Ruiz,12,yes", "88002,,Bea Long,9,yes")
    if change == "endorsed":
        EndorsementFactory(application=ana, units=7)
    else:
        ana.status, ana.withdrawn_at = "withdrawn", ana.submitted_at
        ana.save()

    again = confirm(client, cycle, response)

    page = text_of(again)
    assert "These have changed in the meantime: Ana Ruiz." in page
    assert "Changed in the meantime" in page and change in page
    assert not Endorsement.objects.filter(application=bea).exists()
    assert "Saved for 1 student." in text_of(confirm(client, cycle, again, take=[bea.code]))


@pytest.mark.parametrize("whose", ["another person", "another cycle", "nobody", "old"])
def test_a_list_that_one_did_not_look_at_is_refused(sign_in, advisor, college, cycle, student, whose, monkeypatch):
    student("Ana Ruiz", "88001")
    response = send(sign_in(advisor), cycle, college, "88001,,Ana Ruiz,12,yes")
    client = sign_in(UserFactory(advisor=college) if whose == "another person" else advisor)
    more = {"list": "made up"} if whose == "nobody" else {}
    if whose == "old":
        Fact.objects.filter(key="enrollment.preview_minutes").update(value="0")

    page = confirm(client, CycleFactory(ready=True) if whose == "another cycle" else cycle, response, **more)

    assert ("too long ago" if whose == "old" else "isn’t the list you looked at") in text_of(page)
    assert not Endorsement.objects.exists()


def test_a_list_for_another_college_is_not_found(sign_in, advisor, college, cycle, student):
    student("Ana Ruiz", "88001")
    client = sign_in(advisor)
    response = send(client, cycle, college, "88001,,Ana Ruiz,12,yes")

    assert confirm(client, cycle, response, college=CollegeFactory().code).status_code == 404
    assert send(client, cycle, CollegeFactory(), "88001,,,12,yes").context["form"].has_error("college")


def test_the_office_takes_in_the_list_that_a_college_emailed(sign_in, college, cycle, student):
    ana, bea = student("Ana Ruiz", "88001"), student("Bea Long", "88002")
    office = UserFactory(coordinator=True)
    client = sign_in(office)
    page = send(client, cycle, college, "88001,,Ana Ruiz,12,yes", "77777,,Someone Else,12,yes")
    assert f"You’re recording what {college.name} says." in text_of(page)
    assert (
        bea.get_absolute_url() in page.text
        and "/endorse" not in page.text.partition("<main")[2].partition("missing")[2]
    )
    confirm(client, cycle, page)
    said = Endorsement.objects.get()
    assert (said.application, said.endorsed_by, said.units) == (ana, office, 12)
    event = Event.objects.get(action="review.endorse")
    assert event.changes["source"] == "college list, taken in by the office"
    assert client.get(reverse("applications:endorsement-several", args=[cycle.code])).status_code == 403


def test_the_office_chooses_the_college_and_is_told_whose_list_it_is(sign_in, college, cycle, student):
    other = CollegeFactory(name="Harbor College")
    student("Ana Ruiz", "88001")
    applicant(other, cycle, "Bea Long", "88002")
    client = sign_in(UserFactory(coordinator=True))
    assert not client.get(upload(cycle)).context["form"]["college"].value()

    page = send(client, cycle, college, "88002,,Bea Long,12,yes")
    assert "It looks like Harbor College’s: choose the college again." in text_of(page)
    page = send(client, cycle, other, "88002,,Bea Long,12,yes")
    assert page.context["counts"]["strangers"] == 0
    page = send(client, cycle, college, "99009,,Someone Else,12,yes")
    assert page.context["counts"]["strangers"] == 1


def test_a_list_of_a_college_that_isnt_ones_own_says_so_and_saves_nothing(sign_in, advisor, cycle):
    other = CollegeFactory()
    page = send(sign_in(advisor), cycle, other, "88001,,Ana Ruiz,12,yes")
    assert "You can’t import a list for that college." in page.text and not Endorsement.objects.exists()


def test_what_the_college_said_before_stays_and_the_difference_is_shown(sign_in, advisor, college, cycle, student):
    EndorsementFactory(application=student("Ana Ruiz", "88001"), units=12)

    response = send(sign_in(advisor), cycle, college, "88001,,Ana Ruiz,3,yes")

    assert names(response.context["preview"].differs) == ["Ana Ruiz"]
    assert Endorsement.objects.get().units == 12


def test_without_a_column_for_the_standing_the_page_asks_once(sign_in, advisor, college, cycle, student):
    student("Ana Ruiz", "88001")
    client = sign_in(advisor)
    response = send(client, cycle, college, "88001,,Ana Ruiz,12", head="SID,Email,Name,Units")

    assert response.context["form"].fields["in_good_standing"].required
    assert "Choose an answer about good standing." in text_of(confirm(client, cycle, response))
    confirm(client, cycle, response, in_good_standing="unsaid")
    assert Endorsement.objects.get().in_good_standing is None


def test_workbook_is_read_too(sign_in, advisor, college, cycle, student):
    student("Ana Ruiz", "88001")
    book, held = openpyxl.Workbook(), io.BytesIO()
    book.active.append(HEAD.split(","))
    book.active.append([88001, None, "Ana Ruiz", 12, "yes"])
    book.save(held)

    response = send(sign_in(advisor), cycle, college, content=held.getvalue())

    assert names(response.context["preview"].matches) == ["Ana Ruiz"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There are no students in this file."),
        (b"\x89PNG\r\n\x1a\n\x00", "This file isn’t a list."),
        (b"Name\nMu\x96oz\n", "which letters line 2 has"),
        (b"<b>Name</b>,Major\nAna,x\n", "“<b>Name</b>”, “Major”"),
        (b"SID,Email,E-mail\n1,,\n", "Two columns mean the same thing: “Email”, “E-mail”."),
        (b"SID\n" + b"1\n" * 4, "The limit is 3 rows"),
        (b"x" * (1024 * 1024 + 1), "larger than 1 MB"),
    ],
)
def test_file_that_cannot_be_read_says_why(sign_in, advisor, college, cycle, content, words):
    Fact.objects.filter(key="enrollment.megabytes").update(value="1")
    Fact.objects.filter(key="enrollment.rows_max").update(value="3")

    response = send(sign_in(advisor), cycle, college, content=content)

    assert words in text_of(response)
    assert b"<b>Name" not in response.content


@pytest.mark.parametrize(
    ("fact", "most", "sheets", "words", "en_espanol"),
    [
        ("cells_max", 1, 1, "more than 1 cells", "más de 1 celdas"),
        ("sheets_max", 1, 2, "more than 1 sheets", "más de 1 hojas"),
        ("strings_max", 1, 1, "far more than a list of students", "mucho más que una lista de estudiantes"),
    ],
)
def test_workbook_beyond_a_limit_says_so_in_both_languages(
    sign_in, advisor, college, cycle, fact, most, sheets, words, en_espanol
):
    Fact.objects.filter(key=f"enrollment.{fact}").update(value=str(most))
    content = workbook_samples.workbook(strings=workbook_samples.string("a") * 2, sheets=sheets)
    client = sign_in(advisor)

    assert words in text_of(send(client, cycle, college, content=content))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"
    assert en_espanol in text_of(send(client, cycle, college, content=content))


def test_long_list_comes_in_parts(sign_in, advisor, college, cycle, student, monkeypatch):
    monkeypatch.setattr("applications.endorse.enrollment_preview.AT_ONCE", 1)
    student("Ana Ruiz", "88001"), student("Bea Long", "88002")
    client, lines = sign_in(advisor), ("88001,,Ana Ruiz,12,yes", "88002,,Bea Long,9,yes")

    for _turn in range(2):
        response = send(client, cycle, college, *lines)
        assert len(response.context["preview"].matches) == 1
        confirm(client, cycle, response)

    assert Endorsement.objects.count() == 2


def test_comparing_needs_as_many_queries_for_one_as_for_many(
    sign_in, advisor, college, cycle, student, django_assert_max_num_queries
):
    lines = []
    for number in range(15):
        student(f"Ana{number} Ruiz", f"88{number:03}")
        lines.append(f"88{number:03},,{'Ana' if number % 2 else 'Eve'}{number} Ruiz,12,yes")
    client = sign_in(advisor)

    with django_assert_max_num_queries(26):
        response = send(client, cycle, college, *lines)

    assert len(response.context["preview"].matches) == 7


@pytest.mark.parametrize("language", ["en", "es"])
def test_template_is_a_list_that_we_read(sign_in, advisor, college, cycle, language):
    client = sign_in(advisor)
    address = reverse("applications:enrollment-template", args=[cycle.code])
    response = send(client, cycle, college, content=client.get(address, headers={"accept-language": language}).content)

    assert (response.context["counts"]["strangers"], response.context["lacks"]) == (1, [])
