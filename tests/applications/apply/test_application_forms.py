"""Form input becomes stored answers and form input again without losing anything."""

import datetime as dt

import pytest
from django.utils import translation
from django.utils.dates import MONTHS
from hypothesis import given
from hypothesis import strategies as st

from applications.apply.forms.application import SectionForm
from applications.base import answers
from applications.base.typed_dates import parts_of, read_date, read_month, read_number, read_parts
from applications.models import Question
from tests.factories_applications import ApplicationFactory, CycleFactory


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12", 12),
        ("0", 0),
        ("", ""),
        (None, ""),
        ("12 or so", "12 or so"),
        ("-3", "-3"),
        ("1.5", "1.5"),
        ("9999999", "9999999"),
        ("١٢", "١٢"),
    ],
)
def test_read_number_keeps_what_it_cannot_read(typed, kept):
    assert read_number(typed) == kept


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        (("2005", "3", "9"), "2005-03-09"),
        (("2004", "2", "29"), "2004-02-29"),
        (("2005", "2", "29"), "2/29/2005"),
        (("05", "3", "9"), "3/9/05"),
        (("", "3", ""), "3//"),
        (("", "", ""), ""),
        (("2005", "3", "nine"), "3/nine/2005"),
        (("2005", "March", "9"), "2005-03-09"),
        (("2005", "March", ""), "March//2005"),
        (("2005", "ma", "9"), "ma/9/2005"),
        (("", "3/9/2005", ""), "3-9-2005//"),
    ],
)
def test_read_date_parts_keeps_what_it_cannot_read(parts, kept):
    assert read_parts(*parts) == kept


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        *(
            ("3", 3),
            ("03", 3),
            ("March", 3),
            ("mar", 3),
            ("marzo", 3),
            ("MARZO ", 3),
            ("Mar.", 3),
            ("märz", 3),
            ("mez", None),
        ),
        *(("may", 5), ("ma", None), ("ju", None), ("jun", 6), ("Setiembre", 9), ("sept.", 9), ("ene", 1), ("ago", 8)),
        *(("", None), (".", None), ("0", None), ("13", None), ("003", None), ("3rd", None), ("marzo 9", None)),
    ],
)
def test_read_month_takes_a_number_a_name_or_its_beginning_in_either_language(typed, month):
    assert read_month(typed) == month


def test_read_month_takes_each_name_that_the_page_shows():
    for language in ("en", "es"):
        with translation.override(language):
            assert [read_month(str(name)) for name in MONTHS.values()] == list(range(1, 13))


@given(st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2100, 1, 1)))
def test_a_day_comes_back_as_it_was_typed(day):
    typed = (str(day.year), str(day.month), str(day.day))
    assert parts_of(read_parts(*typed)) == typed
    assert read_date(read_parts(*typed)) == day


@given(*[st.text(alphabet="0123456789 abc.-", max_size=6).map(str.strip)] * 3)
def test_parts_of_a_date_are_never_lost(year, month, day):
    kept = read_parts(year, month, day)
    if read_date(kept) is None:
        assert parts_of(kept) == (year, month, day)


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "order"), [("en", ["month", "day", "year"]), ("es", ["day", "month", "year"])])
def test_date_is_asked_in_the_order_of_the_language(language, order):
    application = ApplicationFactory(answered=True)
    with translation.override(language):
        form = SectionForm(application, answers.parts_of(application)[0])
    names = [name for name in form.fields if name.startswith("date_of_birth")]
    assert names == [f"date_of_birth_{part}" for part in order]
    month = form["date_of_birth_month"]
    assert month.value() == {"en": "March", "es": "marzo"}[language]  # stored as 2005-03-09
    assert 'type="text"' in str(month) and "inputmode" not in str(month)
    assert [form[name].value() for name in names if "month" not in name] == ["9", "2005"]


@pytest.mark.django_db
def test_account_fills_in_what_it_knows():
    application = ApplicationFactory(cycle=CycleFactory(ready=True))
    from_account = SectionForm(application, answers.parts_of(_with_form(application))[0])
    assert from_account["full_name"].value() == application.student.full_name


def _with_form(application):
    application.form = application.cycle.form_versions.get()
    application.save()
    return application


@pytest.mark.django_db
def test_every_kind_of_question_makes_a_field():
    """A kind without a builder would break the page of every form that has such a question."""
    application = ApplicationFactory(cycle=CycleFactory(ready=True))
    part = answers.parts_of(_with_form(application))[1]
    Question.objects.filter(section=part.section, kind="file").delete()
    for kind in set(Question.Kind.values) - {"file"}:
        question = Question.objects.filter(section=part.section).first()
        question.kind, question.options = kind, [{"key": "a", "en": "A", "es": "A"}]
        question.save()
        form = SectionForm(application, answers.parts_of(application)[1])
        assert form.rows[0].fields, kind


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "value", "text", "problem"),
    [
        ("number", 12, "12", ""),
        ("number", "12 or so", "12 or so", "Write a whole number, such as 12."),
        ("number", 0, "0", ""),
        ("date", "2005-03-09", "March 9, 2005", ""),
        ("date", "2/31/05", "2/31/05", "Write the whole year, such as 2005."),
        ("date", "2/31/2005", "2/31/2005", "There’s no such day."),
        ("date", "ma/40/2005", "ma/40/2005", "We couldn’t read the month “ma”."),
        ("date", "/9/", "/9/", "Write the month, such as 3 or March. Write the whole year"),
        ("date", "March/nine/2005", "March/nine/2005", "Write the day as a number, such as 9."),
        ("yes_no", False, "No", ""),
        ("email", "lena@", "lena@", "Write the whole email address"),
        ("phone", "555 0101", "555 0101", "Write the phone number"),
        ("phone", "213 974 3211", "(213) 974-3211", ""),
        ("phone", "my sister’s", "my sister’s", "Write the phone number"),
        ("several_of", ["a", "b"], "Apples, Pears", ""),
        ("one_of", "a", "Apples", ""),
        ("short_text", "", "", "Not answered yet."),
    ],
)
def test_answers_read_well_and_say_what_to_mend(kind, value, text, problem):
    options = [{"key": "a", "en": "Apples", "es": "M"}, {"key": "b", "en": "Pears", "es": "P"}]
    question = Question(key="q", kind=kind, label_en="Q", options=options if kind in ("several_of", "one_of") else [])
    item = answers._item(ApplicationFactory(), question, {question.key: value}, None)
    assert item.text == text
    assert item.problem.startswith(problem) if problem else item.problem == ""


@pytest.mark.django_db
def test_unanswered_optional_question_is_no_problem():
    question = Question(key="q", kind="short_text", label_en="Q", is_required=False)
    assert answers._item(ApplicationFactory(), question, {}, None).problem == ""


@pytest.mark.django_db
def test_parts_take_the_same_queries_for_an_empty_and_a_full_application(django_assert_max_num_queries):
    application = ApplicationFactory(answered=True)
    with django_assert_max_num_queries(7):
        parts = answers.parts_of(application)
    assert answers.unfinished(parts) == []
    assert all(part.is_done for part in parts)
