"""What this portal must never ask for, keep or hand out: immigration status, a Social Security number, the number
or a copy of a passport. Every field of every table and form, every choice, and every column of every export.
"""

import ast
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.db import models

from applications.base.form_defaults import DEFAULT_FORM, REFEREE
from applications.export.application_list import fixed_labels
from travel.office.own_data.export_tables import TABLES

OURS = ("exchange", "applications", "travel")
ROOT = Path(settings.BASE_DIR)
STATUS = (
    r"immigra|inmigra|migrat|undocumented|indocumentad|\bdaca\b|dreamer|green.?card|permanent.?residen|"
    r"residen\w+ permanente|asyl|asilo|refugee|refugiad|\balien\b|\ba[-_]number|\bi.?(94|551|571)\b|uscis|"
    r"nationalit|nacionalidad|citizen|ciudadan|"
    r"naturaliz|visa.?status|legal.?status|born.?(in|abroad)|birth.?(place|country)|country.?of.?birth"
)
NUMBERS = r"\bssn\b|_ssn|ssn_|social.?security|seguro social|\bitin\b|tax.?id"
PASSPORT = (
    r"passport.?(num|no\b|nr\b|id\b|scan|cop(y|ies)|photo|picture|image|file|upload|page|data)|"
    r"(num|number|no|scan|copy|picture|image)[_ ]?(of[_ ])?(the[_ ]|your[_ ])?passport|mrz|"
    r"document.?num|número de pasaporte"
)
FORBIDDEN = re.compile("|".join((STATUS, NUMBERS, PASSPORT)), re.IGNORECASE)

# The one restricted table: sealed, read by the student and the advisor they chose, in no export by the office.
RESTRICTED_MODELS = {"travel.TravelAnswers"}
RESTRICTED_FORMS = {"travel.passport.case.question_forms.PassportQuestions"}
# The other one: off for each trip until a coordinator gives a reason, sealed, each access audited, deleted after the
# trip.
RESTRICTED_MODELS |= {"travel.DocumentNumber"}
RESTRICTED_FORMS |= {"travel.passport.numbers.forms.NumberForm"}
NOT_HANDED_OUT = "travel.DocumentNumber"  # the name of the table; exports leave out the number itself
# Names that match the pattern but mean something else.
HARMLESS = {"exchange.Message.address", "travel.FeeVoucher.fee", "travel.MoneyRule.fee"}
HARMLESS |= {"travel.passport.vouchers.forms.IssueForm.fee"}
# about whether a place allows photographs of people
HARMLESS |= {f"travel.passport.facilities.forms.{form}.takes_photos" for form in ("FacilityForm", "NewFacilityForm")}
HARMLESS |= {f"travel.passport.days.forms.{form}.has_photos" for form in ("PassportDayForm", "NewPassportDayForm")}


def _choices(field) -> Iterator[str]:
    if isinstance(field, forms.ModelChoiceField | models.ForeignKey | models.ManyToManyField):
        return
    found = getattr(field, "choices", None) or ()
    for value, label in found() if callable(found) else found:
        yield str(value)
        yield str(label)


def _of_models() -> Iterator[tuple[str, str]]:
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            if model._meta.label in RESTRICTED_MODELS:
                continue
            for field in model._meta.get_fields():
                if field.auto_created:
                    continue
                where = f"{model._meta.label}.{field.name}"
                texts = [field.name, str(getattr(field, "verbose_name", "")), *_choices(field)]
                yield from ((where, text) for text in texts)


def _form_classes() -> Iterator[type[forms.BaseForm]]:
    for package in OURS:
        for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if any(part.endswith("forms") for part in found.name.split(".")):
                import_module(found.name)
    left, seen = [forms.BaseForm], set()
    while left:
        for each in left.pop().__subclasses__():
            if each not in seen:
                seen.add(each)
                left.append(each)
    yield from sorted((each for each in seen if each.__module__.split(".")[0] in OURS), key=_name)


def _name(form: type) -> str:
    return f"{form.__module__}.{form.__qualname__}"


def _of_forms() -> Iterator[tuple[str, str]]:
    for form in _form_classes():
        if _name(form) in RESTRICTED_FORMS:
            continue
        for name, field in form.base_fields.items():
            texts = [name, str(field.label or ""), *_choices(field)]
            yield from ((f"{_name(form)}.{name}", text) for text in texts)


def _texts(rows: object) -> Iterator[str]:
    if isinstance(rows, str):
        yield rows
    elif isinstance(rows, dict):
        for key, value in rows.items():
            if not str(key).startswith(("help", "intro", "text", "note")):  # our texts, not answers
                yield from _texts(value)
    elif isinstance(rows, list | tuple):
        for value in rows:
            yield from _texts(value)


def _of_the_application_form() -> Iterator[tuple[str, str]]:
    yield from (("the application form", text) for text in _texts(DEFAULT_FORM))
    yield from (("the referee’s form", text) for text in _texts(REFEREE))


def _of_exports() -> Iterator[tuple[str, str]]:
    for key, label in fixed_labels().items():
        yield from ((f"export of applications, {key}", text) for text in (key, str(label)))
    for path in sorted([*ROOT.glob("applications/export/*.py"), *ROOT.glob("travel/**/*report*.py"), *MY_DATA]):
        for node in ast.walk(ast.parse(path.read_text())):
            # a column's name is an identifier; a sentence is text for readers
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
                if node.value != NOT_HANDED_OUT:
                    yield str(path.relative_to(ROOT)), node.value


MY_DATA = sorted(ROOT.glob("travel/office/own_data/export*.py"))
INPUT = re.compile(r"<(?:input|select|textarea|button)\b[^>]*?\bname=\"([^\"{]+)\"", re.IGNORECASE | re.DOTALL)


def _of_templates() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.glob("templates/**/*.html")):
        for name in INPUT.findall(path.read_text()):
            yield str(path.relative_to(ROOT)), name


SOURCES = {
    "tables": _of_models,
    "forms": _of_forms,
    "the questions": _of_the_application_form,
    "exports": _of_exports,
    "inputs of templates": _of_templates,
}


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_that_must_never_be_stored_has_a_place(source):
    texts = list(SOURCES[source]())
    assert len(texts) > 10, "the scan found nothing to look at"
    found = {f"{where}: {text}" for where, text in texts if where not in HARMLESS and FORBIDDEN.search(text)}
    assert found == set()


def test_a_number_of_a_document_is_left_out_of_what_is_handed_out():
    assert "number" in TABLES[NOT_HANDED_OUT].left_out


@pytest.mark.parametrize(
    "text",
    [
        "immigration_status",
        "Estatus migratorio",
        "ssn",
        "passport_number",
        "passport_scan",
        "Copy of your passport",
        "scan_of_passport",
        "Nationality",
        "Permanent resident",
        "daca",
        "country_of_birth",
        "Número de pasaporte",
        "Social Security number",
        "US citizen",
    ],
)
def test_the_scan_knows_what_it_looks_for(text):
    assert FORBIDDEN.search(text)


@pytest.mark.parametrize(
    "text", ["passport_case", "expires_on", "is_first_passport", "application status", "assignment"]
)
def test_the_scan_lets_ordinary_words_be(text):
    assert not FORBIDDEN.search(text)


def test_no_export_of_the_office_reads_the_restricted_table():
    """Only the student's own export may name it, and the code that shows it to that student and their advisor."""
    names = {label.split(".")[1] for label in RESTRICTED_MODELS}
    may_read = ("travel/models/", "travel/demo/", "travel/permissions.py", "travel/migrations/")
    may_read += tuple(
        f"travel/passport/case/{name}.py" for name in ("actions", "forms", "views", "way", "question_views")
    )
    may_read += ("travel/passport/numbers/actions.py", "travel/passport/numbers/views.py")
    # who waits for a talk, never what was answered; and the student's own words for a proof
    may_read += ("travel/passport/case/talks.py", "travel/passport/case/talk.py", "travel/passport/way/proofs.py")
    may_read += ("travel/office/own_data/export_tables.py", "travel/office/own_data/export_views.py")
    # what the student agreed to, for the student alone; and deletes it when its time has come
    may_read += ("travel/office/own_data/sharing.py", "travel/office/retention/erasing.py")
    may_read += ("travel/office/account_merge.py",)  # names its keys to people, reads no row
    readers = set()
    for package in OURS:
        for path in (ROOT / package).rglob("*.py"):
            where = str(path.relative_to(ROOT))
            if not where.startswith(may_read) and any(name in path.read_text() for name in names):
                readers.add(where)
    assert readers == set()
