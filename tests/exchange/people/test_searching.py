"""Searching people and applications: by whatever staff have at hand, each character standing for itself."""

import string

import pytest
from django.db import connection
from django.utils import timezone

from applications.base.searching import found_by, interest_called, letters_called, plain_number
from applications.cycle.interest_list import COLUMNS
from applications.models import Answer, Application, Interest, Question, Recommendation
from exchange.base.folded_text import LETTERS, folded
from exchange.models import User
from exchange.people.searching import people_called
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def angel():
    return UserFactory(
        full_name="Ángel Nguyễn Tzul Batz",
        preferred_name="Lupe",
        email="angel_n@example.edu",
        phone="+12135550134",
    )


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "angel",
            "ÁNGEL",
            "nguyen",
            "Nguyễn",
            "batz angel",
            "lupe tzul",
            "tzul  batz",
            "angel_n@",
            "EXAMPLE.EDU angel",
            "Angel_N@Example.edu ",
            "angel_n@example.e",
        ),
        *("(213) 555-0134", "213.555.0134", "+1 213 555 0134", "0134", "555 013"),
    ],
)
def test_a_person_is_found(angel, typed):
    UserFactory(full_name="Ana Bui", phone="+12135550199", email="ana@example.org")
    assert list(people_called(typed)) == [angel]


@pytest.mark.parametrize(
    "typed", ["%", "__", "angel%", "a_gel", "\\", "angel ruiz", "213 555 0135", "134", "", "  ", "-"]
)
def test_nobody_is_found(angel, typed):
    assert list(people_called(typed)) == []


def test_a_sign_that_is_there_is_found():
    odd = UserFactory(full_name="Sam 100% Paik_Osei", email="sam@example.edu")
    UserFactory(full_name="Sam Paik", email="other@example.edu")
    assert list(people_called("100%")) == [odd]
    assert list(people_called("paik_")) == [odd]


@pytest.mark.parametrize(
    ("text", "plain"), [("Đặng Łukasz Ñandú", "dang lukasz nandu"), ("Ёлка 김", "ёлка 김"), (None, "")]
)
def test_marks_of_latin_letters_do_not_count(text, plain):
    assert folded(text) == plain


def test_the_database_folds_as_python_does():
    person = UserFactory(full_name="Đặng Ñandú Şahin Ǫ Ёлка 김 Œuf")
    for word in person.full_name.split():
        assert list(people_called(word)) == [person], word


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite calls Python's own function")
def test_every_letter_is_folded_in_the_database_as_in_python():
    """If the letters change, a migration has to make the function and its index again."""
    text = LETTERS + string.printable.strip().replace("%", "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT exchange_folded(%s)", [text])
        assert cursor.fetchone() == (folded(text),)
        # alone and beside a letter of each shorter list, of which the database takes the first that is enough
        for beside in ("", "a", "ñ", "ø", "ễ"):
            each = [beside + letter for letter in text]
            cursor.execute(
                "SELECT exchange_folded(said) FROM unnest(%s::text[]) WITH ORDINALITY AS t(said, n) ORDER BY n", [each]
            )
            assert [row[0] for row in cursor.fetchall()] == [folded(said) for said in each]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no index of parts of a text")
@pytest.mark.parametrize(
    ("typed", "index"),
    [("ngu ángel", "user_searched"), ("(213) 555-0134", "user_dialed"), ("angel_n@example.edu", "exchange_user_email")],
)
def test_an_index_finds_parts_of_names_and_numbers(typed, index):
    """Without it each search reads every name (docs/adr/0033). On an empty table any index is as good as another, and
    the choice hangs on the version: so there are people, and the planner knows.
    """
    User.objects.bulk_create(
        User(email=f"student{number}@example.edu", full_name=f"Student {number}", code=f"P{number:07d}")
        for number in range(3000)
    )
    Interest.objects.bulk_create(
        Interest(email=f"guest{number}@example.org", token=f"{number:043d}", expires_at=timezone.now())
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE exchange_user, applications_interest")
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in people_called(typed).explain()
    letters = "recommendation_mailed" if "@" in typed else "recommendation_searched"
    assert letters in letters_called(typed, Recommendation.objects.all()).explain()
    assert "interest_searched" in interest_called(typed, Interest.objects.all()).explain()
    for order, by in (("-since", "interest_by_day"), ("address", "interest_by_address")):
        assert by in COLUMNS.sorted(Interest.objects.all(), order).values("pk")[:50].explain()
    assert "application_by_number" in Application.objects.filter(student_number__startswith="8812").explain()


def test_a_search_for_a_student_joins_no_row_that_may_be_missing():
    """PostgreSQL asks an outer join of every application and follows no index."""
    found = Application.objects.filter(found_by("ngu ángel", UserFactory(coordinator=True)))
    assert "INNER JOIN" in str(found.query) and "LEFT OUTER" not in str(found.query)


@pytest.fixture
def application():
    cycle = CycleFactory(ready=True)
    return ApplicationFactory(cycle=cycle, code="K7MFQ2XX", submitted=True)


def number_of(application, value="881234567", audience=Question.Audience.ADVISOR):
    section = application.form.sections.first()
    question, _is_new = Question.objects.update_or_create(
        section=section,
        key="student_number",
        defaults={"kind": "short_text", "label_en": "Student ID number", "label_es": "Número", "audience": audience},
        create_defaults={
            "kind": "short_text",
            "label_en": "Student ID number",
            "label_es": "Número",
            "audience": audience,
            "order": 99,
        },
    )
    Answer.objects.create(application=application, question=question, value=value)
    Application.objects.filter(pk=application.pk).update(student_number=plain_number(value))


@pytest.mark.parametrize(
    "typed", ["K7-MFQ2", "k7mfq2xx", "k7 mfq2", "881234567", " 881234567 ", "8812", "88-123 4567", "881-23"]
)
def test_an_application_is_found_by_its_code_and_by_the_student_number(application, typed):
    number_of(application)
    ApplicationFactory(submitted=True, cycle=application.cycle)
    office = UserFactory(coordinator=True)
    assert list(Application.objects.visible_to(office).filter(found_by(typed, office))) == [application]


@pytest.mark.parametrize(
    ("name", "typed"), [("Wynn Byrd", "wynn byrd"), ("Ana Bui", "55 55 01 34"), ("Ana Bui", "23555013")]
)
def test_what_has_the_letters_or_the_length_of_a_code_is_found_by_name_and_phone(name, typed):
    student = UserFactory(full_name=name, phone="+12355550134" if " 55" in typed else "+12235550139")
    application = ApplicationFactory(submitted=True, student=student)
    office = UserFactory(coordinator=True)
    assert list(Application.objects.visible_to(office).filter(found_by(typed, office))) == [application]


@pytest.mark.parametrize("typed", ["1234567", "8812345678", "%", "--", "88%", "K7%", "_7MFQ2XX"])
def test_an_application_is_not_found(application, typed):
    number_of(application)
    office = UserFactory(coordinator=True)
    assert not Application.objects.visible_to(office).filter(found_by(typed, office)).exists()


def test_an_advisor_does_not_find_by_a_number_that_only_the_office_reads(application):
    advisor = UserFactory(advisor=application.college or CollegeFactory())
    number_of(application, audience=Question.Audience.OFFICE)
    seen = Application.objects.visible_to(advisor)
    assert application in seen
    assert not seen.filter(found_by("881234567", advisor)).exists()
    Question.objects.filter(key="student_number").update(audience=Question.Audience.ADVISOR)
    assert list(seen.filter(found_by("881234567", advisor))) == [application]
