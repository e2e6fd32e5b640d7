"""The reference rows that ship with the portal, and how a changed file reaches the database."""

import ast
import datetime as dt
import importlib
import re
import shutil
import tomllib
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from exchange.messages import reminders
from exchange.models import College, ConsentText, Event, Fact, HomeCity, PartnerCity
from exchange.reference import facts
from tests.constraints import refused
from tests.factories import PartnerCityFactory, UserFactory
from travel.base import actions as rows
from travel.models import CityStanding, EntryRule, Guidance, PassportCase, ShippedRow
from travel.office.reference import actions as reference_row
from travel.office.reference import files as reference_files
from travel.office.reference import loading as reference
from travel.office.reference.kinds import kind_of
from travel.partners.actions import partner

ROOT = Path(__file__).resolve().parents[3]
OFFICIAL = {
    "www.dmv.ca.gov",
    "www.ecfr.gov",
    "travel.state.gov",
    "iafdb.travel.state.gov",
    "pptform.state.gov",
    "www.uscis.gov",
    "travel-europe.europa.eu",
    "k-eta.go.kr",
    "leginfo.legislature.ca.gov",
    "www.tsa.gov",
}

TEXTUAL = {"CharField", "TextField", "URLField"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded():
    reference.load()


@pytest.fixture
def folder(tmp_path):
    """A copy of the reference files that a test may change."""
    shutil.copytree(reference.FOLDER, tmp_path / "reference")
    return tmp_path / "reference"


def change(folder, name, old, new):
    text = (folder / name).read_text()
    assert text.count(old) == 1
    (folder / name).write_text(text.replace(old, new))


def as_of(folder, day):
    change(folder, "us/facts.toml", "as_of = 2026-11-20", f"as_of = {day}")


def fact_keys_in_code():
    """The keys passed to facts.number, numbers and current, as far as they can be evaluated in their module, and those
    of reminders."""
    found = reminders.keys()
    for path in sorted(path for app in ("exchange", "applications", "travel") for path in (ROOT / app).rglob("*.py")):
        text = path.read_text()
        calls = [node for node in ast.walk(ast.parse(text)) if _reads_facts(node)] if "facts." in text else []
        if calls:
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            found |= {key for call in calls for argument in call.args for key in _keys(argument, vars(module))}
    return found


def _reads_facts(node):
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "facts"
        and node.func.attr in ("number", "numbers", "current")
    )


def _keys(argument, names):
    starred = isinstance(argument, ast.Starred)
    expression = ast.Expression(argument.value if starred else argument)
    try:
        value = eval(compile(expression, "argument", "eval"), dict(names))  # noqa: S307 -- our own source
    except NameError:  # a function's own name: the literal is found at its caller
        return []
    return list(value) if starred else [value]


def test_every_fact_that_the_code_reads_is_in_the_files(loaded):
    used = fact_keys_in_code()

    assert {"passport.days.routine", "checklist.safe_days"} <= used  # the search works
    assert used <= set(Fact.objects.current().values_list("key", flat=True))


def test_loading_again_changes_nothing(loaded):
    before = Event.objects.count()

    done = reference.load()

    assert set(done) == {"unchanged"}
    assert Event.objects.count() == before


def test_shippedrow_each_once():
    ShippedRow.objects.create(kind="exchange.college", key="mission")

    refused("shippedrow_each_once", lambda: ShippedRow.objects.create(kind="exchange.college", key="mission"))


def test_command_says_what_it_did(capsys):
    call_command("load_reference")
    call_command("load_reference")

    first, second = capsys.readouterr().out.splitlines()
    assert "added" in first
    assert "unchanged" in second and "added" not in second


def test_dry_run_says_what_would_change_and_keeps_nothing(capsys):
    call_command("load_reference", dry_run=True)

    assert "added" in capsys.readouterr().out
    assert not Fact.objects.exists() and not Event.objects.exists()


def test_dry_run_names_what_the_files_would_change_and_what_they_leave_to_the_office(
    loaded, folder, office, capsys, monkeypatch
):
    giza, by = PartnerCity.objects.get(code="giza"), UserFactory(coordinator=True)
    partner.offer(giza, is_offered=False, by=by)
    rows.change(giza, {"name_es": "Guiza, Egipto"}, seen=rows.fingerprint(giza, ["name_es"]), by=by)
    delete(office, College, College.objects.get(code="mission"))
    change(folder, "us/facts.toml", 'value = "22.05"', 'value = "23.40"')
    change(folder, "us/facts.toml", 'label_en = "Expedited (faster) service"\n', 'label_en = "Faster service"\n')
    city = "cities/los-angeles/cities.toml"
    change(folder, city, 'airport_code = "HAN"', 'airport_code = "XXH"')
    change(folder, city, 'airport_code = "CAI"', 'airport_code = "SPX"')
    numbers = folder / "cities/los-angeles/help_numbers.toml"
    numbers.write_text(numbers.read_text() + '\n[[number]]\ncity = "paris"\nkind = "police"\nphone = "17"\n')
    events = Event.objects.count()
    monkeypatch.setattr(reference, "load", partial(reference.load, folder))

    call_command("load_reference", dry_run=True)

    said = capsys.readouterr().out
    parts = dict(part.split(":\n", 1) for part in said.strip().split("\n\n")[:-1])
    assert list(parts) == [
        "Added",
        "Changed",
        "Replaced by a new value; the old one stays as history",
        "Kept, because the office changed them or looked them up later",
        "Kept away, because the office removed them",
    ]
    added, changed, superseded, kept, removed = (part.splitlines() for part in parts.values())
    assert len(added) == 1 and "help number" in added[0]
    assert sorted(changed) == [
        "  fact: passport.fee.expedite = 60 usd"
        " (label_en: “Expedited (faster) service”, in the files “Faster service”)",
        "  partner city: Hanoi (airport_code: “HAN”, in the files “XXH”)",
    ]
    assert superseded == ["  fact: passport.fee.fast_return = 22.05 usd (23.40 usd)"]
    assert kept == [
        "  partner city: Giza (name_es: “Guiza, Egipto”, in the files “Guiza”; airport_code: “CAI”, in the files “SPX”)"
    ]
    assert removed == ["  college: Los Angeles Mission College"]
    assert Event.objects.count() == events and PartnerCity.objects.get(code="hanoi").airport_code == "HAN"
    assert not PartnerCity.objects.get(code="giza").is_offered


def test_without_a_city_only_what_holds_anywhere_is_loaded(settings):
    settings.REFERENCE_CITY = ""

    reference.load()

    assert not College.objects.exists() and not PartnerCity.objects.exists() and not HomeCity.objects.exists()
    assert fact_keys_in_code() <= set(Fact.objects.values_list("key", flat=True))
    assert set(Guidance.objects.values_list("topic", flat=True)) == set(Guidance.Topic.values)
    assert not Fact.objects.filter(source_name__contains="{").exists()


# --- The state ----------------------------------------------------------------------------------------

CITED = re.compile(r"Californi|\bCal\. |ca\.gov|\bDMV\b")
BY_STATE = {
    "facts.toml": ("fact", ["key"]),
    "retention.toml": ("rule", ["key"]),
    "consent_texts.toml": ("text", ["key", "version"]),
    "guidance_papers.toml": ("guidance", ["topic", "key"]),
}


def cited() -> set[str]:
    """The dated rows that name the state or its law, by table and text."""
    found = set()
    for model in reference_files.DATED:
        texts = [field.name for field in model._meta.fields if field.get_internal_type() in TEXTUAL]
        for row in model.objects.all():
            if any(CITED.search(str(getattr(row, name))) for name in texts):
                found.add(f"{model._meta.model_name} {getattr(row, 'key', row.pk)}")
    return found


def test_a_city_without_a_state_gets_no_row_that_cites_one(settings):
    settings.REFERENCE_CITY = ""
    reference.load()
    assert cited() == set()
    assert [path.name for path in (reference.FOLDER / "us").iterdir() if CITED.search(path.read_text())] == []
    # pages need these numbers
    assert facts.number("signing.adult_age") == 18 and facts.number("retention.log_days") == 1095


@pytest.mark.parametrize("city", ["los-angeles", "long-beach"])
def test_a_city_has_the_law_and_the_papers_of_its_state_and_all_else_of_the_country(settings, city):
    settings.REFERENCE_CITY = ""
    reference.load()
    country = Fact.objects.get(key="signing.adult_age")
    settings.REFERENCE_CITY = city
    reference.load()
    assert len(cited()) == 18  # a version that people sign keeps the source that it came with
    age = Fact.objects.get(key="signing.adult_age")
    assert age.pk == country.pk and age.source_name == "California Family Code 6500" and age.source_url
    assert (age.value, age.label_es, age.as_of, age.is_confirmed) == (
        country.value,
        country.label_es,
        country.as_of,
        False,
    )
    paper = Guidance.objects.get(topic="paper", key="order-birth-certificate")
    assert "“authorized.”" in paper.text_en and paper.source_name == "U.S. Department of State"
    assert set(reference.load()) == {"unchanged"}


def test_a_new_city_has_all_that_its_state_adds(loaded):
    assert len(cited()) == 21
    assert "Cal. Civ. Code 3344" in ConsentText.objects.get(key="story_quote").source_name


def test_a_state_says_what_is_different_about_rows_of_the_country(settings):
    for state in (reference.FOLDER / "states").iterdir():
        assert {path.name for path in state.iterdir()} <= set(BY_STATE)
        for name in (path.name for path in state.iterdir()):
            table, by = BY_STATE[name]
            own, country = (
                tomllib.loads((folder / name).read_text())[table] for folder in (state, reference.FOLDER / "us")
            )
            assert {tuple(row[key] for key in by) for row in own} <= {tuple(row[key] for key in by) for row in country}


def test_an_update_of_a_state_says_what_it_changes_and_keeps_what_the_office_changed(
    loaded, folder, capsys, monkeypatch
):
    state = "states/california/facts.toml"
    reference.supersede(Fact.objects.get(key="signing.adult_age"), value=21, by=UserFactory(coordinator=True))
    change(folder, state, "California Family Code 6500", "California Family Code 6501")
    change(folder, state, "California health agencies, data", "California’s health agencies, data")
    monkeypatch.setattr(reference, "load", partial(reference.load, folder))

    call_command("load_reference", dry_run=True)
    said = capsys.readouterr().out
    assert "disclosure.threshold = 11 count (source_name: “California health agencies" in said
    assert "signing.adult_age = 21 years" in said.partition("Kept, because the office changed them")[2]
    call_command("load_reference")

    assert facts.number("signing.adult_age") == 21
    assert Fact.objects.get(key="disclosure.band").source_name.startswith("California’s")


def test_a_state_without_a_folder_is_an_error(folder, settings):
    change(folder, "cities/los-angeles/home.toml", 'state = "california"', 'state = "atlantis"')
    with pytest.raises(ImproperlyConfigured, match="the state atlantis"):
        reference.load(folder)


def test_a_city_that_has_no_folder_is_named_with_those_that_have(settings):
    settings.REFERENCE_CITY = "atlantis"

    with pytest.raises(CommandError, match="atlantis.*long-beach, los-angeles"):
        call_command("load_reference")


def test_what_a_country_asks_reaches_a_city_that_the_office_added(loaded):
    lyon = PartnerCityFactory(code="lyon", country_code="FR")

    assert reference.load()["added"] == 1
    assert EntryRule.objects.get(city=lyon).requirement == EntryRule.Requirement.AUTHORIZATION


def test_changed_value_supersedes_and_keeps_the_old_row(loaded, folder):
    old = Fact.objects.current().get(key="passport.fee.fast_return")
    change(folder, "us/facts.toml", 'value = "22.05"', 'value = "23.40"')
    as_of(folder, "2027-01-15")

    done = reference.load(folder)

    new = Fact.objects.current().get(key="passport.fee.fast_return")
    old.refresh_from_db()
    assert done["superseded"] == 1
    assert (str(old.value), old.as_of) == ("22.05", dt.date(2026, 11, 20))
    assert (str(new.value), new.as_of) == ("23.40", dt.date(2027, 1, 15))
    assert (new.pk != old.pk, old.superseded_by) == (True, new)
    assert str(facts.number("passport.fee.fast_return")) == "23.40"
    event = Event.objects.get(action="reference.supersede")
    assert (event.target_id, event.changes["was"], event.changes["is"]) == (new.pk, "22.05", "23.40")


def test_value_can_be_superseded_twice(loaded, folder):
    change(folder, "us/facts.toml", 'value = "22.05"', 'value = "23.40"')
    reference.load(folder)
    change(folder, "us/facts.toml", 'value = "23.40"', 'value = "22.05"')

    reference.load(folder)

    rows = Fact.objects.filter(key="passport.fee.fast_return")
    assert sorted(str(row.value) for row in rows) == ["22.05", "22.05", "23.40"]
    assert rows.current().count() == 1


def test_new_wording_is_written_into_the_same_row(loaded, folder):
    old = Fact.objects.current().get(key="passport.fee.expedite")
    change(folder, "us/facts.toml", 'label_en = "Expedited (faster) service"\n', 'label_en = "Faster service"\n')

    done = reference.load(folder)

    assert (done["changed"], done["superseded"]) == (1, 0)
    assert Fact.objects.get(pk=old.pk).label_en == "Faster service"


def test_row_that_the_office_dated_later_is_left_alone(loaded, folder):
    Fact.objects.filter(key="passport.fee.expedite").update(value=75, as_of=dt.date(2027, 2, 1))
    EntryRule.objects.filter(city__code="hanoi").update(lead_days=30, as_of=dt.date(2027, 2, 1))

    done = reference.load(folder)

    assert done["kept"] == 2
    assert facts.number("passport.fee.expedite") == 75
    assert EntryRule.objects.get(city__code="hanoi").lead_days == 30


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(is_staff=True, is_superuser=True, coordinator=True))


def delete(office, model, row):
    """As a person does it on the page of the row, or in the admin's list."""
    if kind := kind_of(model):
        page = reverse("travel:reference-act", args=[kind.key, kind.address(row)])
        office.post(page, {"act": "remove", "seen": reference_row.seen_of(kind, row)})
        assert not model.objects.filter(pk=row.pk).exists()
        return
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    office.post(page, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert not model.objects.filter(pk=row.pk).exists()


def test_what_the_office_deleted_stays_deleted(loaded, office):
    EntryRule.objects.filter(city__code="athens").delete()
    CityStanding.objects.filter(city__code="athens").delete()
    delete(office, PartnerCity, PartnerCity.objects.get(code="athens"))
    delete(office, College, College.objects.get(code="mission"))
    delete(office, EntryRule, EntryRule.objects.get(city__code="salvador"))
    delete(office, Guidance, Guidance.objects.get(topic="paper", key="look-for-it"))

    done = reference.load()

    assert set(done) == {"unchanged", "removed"}
    assert not College.objects.filter(code="mission").exists()
    assert not PartnerCity.objects.filter(code="athens").exists()
    assert not EntryRule.objects.filter(city__code__in=["athens", "salvador"]).exists()
    assert not Guidance.objects.filter(topic="paper", key="look-for-it").exists()


def test_what_the_office_added_again_by_hand_is_theirs(loaded, office):
    delete(office, College, College.objects.get(code="mission"))
    fields = {"code": "mission", "name": "Mission College", "short_name": "LAMC", "mis_code": "743", "place": "Sylmar"}
    office.post(reverse("admin:exchange_college_add"), fields)

    assert reference.load()["kept"] == 1
    assert College.objects.get(code="mission").short_name == "LAMC"


def test_what_the_office_changed_stays_although_the_files_are_newer_and_the_command_says_so(
    loaded, folder, office, capsys, monkeypatch
):
    college, city = College.objects.get(code="mission"), PartnerCity.objects.get(code="hanoi")
    fee = Fact.objects.current().get(key="passport.fee.fast_return")
    for row, field, value in (
        (college, "place", "San Fernando"),
        (city, "name_es", "Hanói, Vietnam"),
    ):
        meta = row._meta
        page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        form = office.get(page).context["adminform"].form
        given = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
        office.post(page, {**given, "links": "[]", field: value})
        row.refresh_from_db()
        assert getattr(row, field) == value
    reference.supersede(fee, value=30, by=UserFactory(coordinator=True))
    change(folder, "us/facts.toml", 'value = "22.05"', 'value = "23.40"')
    as_of(folder, "2027-01-15")
    monkeypatch.setattr(reference, "load", partial(reference.load, folder))

    call_command("load_reference")

    assert facts.number("passport.fee.fast_return") == 30
    for row, field, value in ((college, "place", "San Fernando"), (city, "name_es", "Hanói, Vietnam")):
        row.refresh_from_db()
        assert getattr(row, field) == value
    said = capsys.readouterr().out
    assert "later date than the office’s row: passport.fee.fast_return = 30 usd" in said


def test_a_city_that_no_file_has_is_an_error(folder):
    change(
        folder,
        "cities/los-angeles/standings.toml",
        'city = "athens"\nkind = "advisory"',
        'city = "atens"\nkind = "advisory"',
    )

    with pytest.raises(KeyError, match="atens"):
        reference.load(folder)


def test_wrong_unit_in_a_file_is_refused_and_nothing_is_loaded(folder):
    change(folder, "us/facts.toml", 'value = "22.05"\nunit = "usd"', 'value = "22.05"\nunit = "euros"')

    with pytest.raises(ValidationError, match="euros"):
        reference.load(folder)

    assert not College.objects.exists()


def test_what_is_unconfirmed_is_not_stated_as_certain(loaded):
    unconfirmed = set(Fact.objects.filter(is_confirmed=False).values_list("key", flat=True))

    assert unconfirmed == {
        "break_glass.minutes",
        "check_in.keep_days",
        "incidents.keep_days",
        "passport.days.appointment_wait",
        "passport.days.state_id",
        "passport.fee.birth_certificate",
        "passport.photo.kilobytes_max",
        "passport.rule.online_age",
        "passport.rule.online_from_years",
        "request.answer_days",
        "retention.account_days",
        "retention.application_days",
        "retention.draft_days",
        "retention.log_days",
        "retention.message_days",
        "retention.view_days",
        "signing.adult_age",
        "ticketing.airline_days",
    }
    assert not EntryRule.objects.get(city__code="hanoi").is_reliable
    assert set(EntryRule.objects.filter(is_confirmed=False).values_list("city__code", flat=True)) == {
        "hanoi",
        "durango",
        "tokyo",
        "nagoya",
        "salvador",
    }


def test_colleges_and_cities_are_complete(loaded):
    assert set(College.objects.values_list("code", flat=True)) == set(
        "lacc harbor mission pierce southwest lattc valley elac wlac".split()
    )
    assert dict(PartnerCity.objects.values_list("code", "airport_code")) == {
        "hanoi": "HAN",
        "paris": "CDG",
        "tokyo": "NRT",
        "durango": "DGO",
        "giza": "CAI",
        "nagoya": "NGO",
        "salvador": "SSA",
        "athens": "ATH",
    }
    sisters = PartnerCity.objects.filter(is_sister_city=True)
    assert set(sisters.values_list("code", flat=True)) == {"giza", "nagoya", "salvador", "athens"}
    assert EntryRule.objects.count() == PartnerCity.objects.count()


def test_each_passport_route_has_its_guidance(loaded):
    routes = set(PassportCase.Route.values) - {PassportCase.Route.UNKNOWN}

    assert set(Guidance.objects.filter(topic="route").values_list("key", flat=True)) == routes
    assert all(set(row.routes) <= routes for row in Guidance.objects.all())
    assert set(Guidance.objects.values_list("topic", flat=True)) == set(Guidance.Topic.values)


@pytest.mark.parametrize("model", [Fact, EntryRule, Guidance])
def test_each_row_is_dated_sourced_and_in_both_languages(loaded, model):
    texts = [field.name for field in model._meta.fields if field.name.endswith(("_en", "_es"))]
    for row in model.objects.all():
        assert row.source_name and row.as_of < row.review_on
        assert not row.source_url or urlsplit(row.source_url).hostname in OFFICIAL
        assert all(getattr(row, name) for name in texts), row
        for name in {text[:-3] for text in texts}:
            assert getattr(row, f"{name}_en") != getattr(row, f"{name}_es"), row


def test_what_a_person_looked_up_on_the_day_of_the_file_is_left_alone(loaded):
    row = CityStanding.objects.current().get(city__code="tokyo", kind="advisory")
    said = {name: getattr(row, name) for name in ("as_of", "review_on", "source_name", "source_url", "is_confirmed")}
    office = UserFactory(coordinator=True)
    partner.record_standing(row.city, "advisory", said | {"value": "level_2"}, by=office)

    reference.load()

    assert CityStanding.objects.current().get(city__code="tokyo", kind="advisory").value == "level_2"
