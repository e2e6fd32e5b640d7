"""Updates know what the office changed and removed without the audit log, which is purged after some years.

The files are loaded once for the module, which takes a while.
"""

import datetime as dt
import shutil
from functools import partial

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from exchange.models import College, Event, Fact, HomeCity, PartnerCity
from tests.factories import UserFactory
from tests.factories_travel import in_days
from tests.travel.office.reference_pages import act, change, page
from travel.base import actions as rows
from travel.models import CityStanding, EntryRule, Guidance, HealthRule, HelpNumber, ShippedRow
from travel.office.colleges import actions as colleges
from travel.office.reference import loading as reference
from travel.partners.actions import partner

pytestmark = pytest.mark.django_db
LA = "cities/los-angeles"


@pytest.fixture(scope="module")
def everything(django_db_setup, django_db_blocker):
    """Loaded once: each test runs in a transaction and rolls back only its own changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        reference.load()
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def loaded(everything, db):
    pass


@pytest.fixture
def ana():
    return UserFactory(coordinator=True)


@pytest.fixture
def office(sign_in, ana):
    return sign_in(ana)


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(reference.FOLDER, tmp_path / "reference")
    return tmp_path / "reference"


def files_say(folder, name, old, new):
    text = (folder / name).read_text()
    assert text.count(old) == 1
    (folder / name).write_text(text.replace(old, new))


def write(row, by, **values):
    return rows.change(row, values, seen=rows.fingerprint(row, values), by=by)


def purge_log():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # as if by the role that purges
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE exchange_event DISABLE TRIGGER exchange_event_append_only")
        cursor.execute("DELETE FROM exchange_event")
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE exchange_event ENABLE TRIGGER exchange_event_append_only")
    assert not Event.objects.exists()


def records():
    return {(each.kind, each.key): each.values for each in ShippedRow.objects.all()}


def dry_run(capsys):
    """What it says that would be done: the rows, under the first words of each heading."""
    capsys.readouterr()
    call_command("load_reference", dry_run=True)
    parts = [part.split(":\n", 1) for part in capsys.readouterr().out.strip().split("\n\n")[:-1]]
    return {heading.partition(",")[0]: lines for heading, lines in parts}


@pytest.fixture
def since(folder, office, ana, monkeypatch):
    """The office changed a college, a partner city, guidance and a fact, and removed one of each but a fact; now the
    files say something new of all of them, and the log is gone."""
    write(College.objects.get(code="mission"), ana, place="San Fernando")
    write(PartnerCity.objects.get(code="hanoi"), ana, name_es="Hanói, Vietnam")
    change(office, Guidance.objects.get(topic="paper", key="report-lost"), title_en="Report it on the same day")
    change(office, Fact.objects.get(key="passport.fee.expedite"), value="75", as_of=dt.date(2026, 11, 19))
    colleges.remove(College.objects.get(code="pierce"), by=ana)
    EntryRule.objects.filter(city__code="athens").delete()
    CityStanding.objects.filter(city__code="athens").delete()
    rows.remove(PartnerCity.objects.get(code="athens"), by=ana)
    act(office, Guidance.objects.get(topic="paper", key="look-for-it"), "remove")
    purge_log()
    for name, old, new in (
        (f"{LA}/colleges.toml", '"Sylmar, Los Angeles"', '"Sylmar"'),
        (f"{LA}/colleges.toml", '"Woodland Hills, Los Angeles"', '"Woodland Hills"'),
        (f"{LA}/cities.toml", 'name_es = "Hanói"', 'name_es = "Hanói (Vietnam)"'),
        (f"{LA}/cities.toml", 'name_es = "Atenas"', 'name_es = "Atenas (Grecia)"'),
        ("us/guidance_papers.toml", "Report it first, with form DS-64", "Report it first"),
        ("us/guidance_papers.toml", 'key = "look-for-it"', 'key = "look-for-it"\nas_of = 2027-01-15'),
        ("us/facts.toml", 'value = "60"\nunit = "usd"', 'value = "65"\nunit = "usd"'),
    ):
        files_say(folder, name, old, new)
    load = reference.load
    monkeypatch.setattr(reference, "load", partial(load, folder))


# --- Without the log ----------------------------------------------------------------------------------


def test_what_the_office_changed_and_removed_stays_without_the_log_and_a_dry_run_names_it(since, capsys):
    would = dry_run(capsys)
    kept, away = would["Kept"].splitlines(), would["Kept away"].splitlines()
    call_command("load_reference")

    assert sorted(line.partition(" (")[0] for line in kept) == [
        "  college: Los Angeles Mission College",
        "  fact: passport.fee.expedite = 75 usd",
        "  guidance: Report it on the same day",
        "  partner city: Hanoi",
    ]
    assert "  partner city: Hanoi (name_es: “Hanói, Vietnam”, in the files “Hanói (Vietnam)”)" in kept
    assert [line for line in away if "Athens" in line or "Pierce" in line or "guidance" in line] == [
        "  college: Los Angeles Pierce College",
        "  partner city: Athens",
        "  guidance: Look for your old passport this week",
    ]
    assert College.objects.get(code="mission").place == "San Fernando"
    assert PartnerCity.objects.get(code="hanoi").name_es == "Hanói, Vietnam"
    assert Guidance.objects.get(topic="paper", key="report-lost").title_en == "Report it on the same day"
    assert Fact.objects.current().get(key="passport.fee.expedite").value == 75
    assert not College.objects.filter(code="pierce").exists()
    assert not PartnerCity.objects.filter(code="athens").exists()
    assert not Guidance.objects.filter(topic="paper", key="look-for-it").exists()


def test_two_updates_in_a_row_change_nothing(since):
    reference.load()
    before, events = records(), Event.objects.count()

    done = reference.load()

    assert set(done) == {"unchanged", "kept", "removed"} and Event.objects.count() == events
    assert records() == before


def test_use_the_portals_lets_updates_through_again(since, office, folder):
    row, fee = Guidance.objects.get(topic="paper", key="report-lost"), now_fee()
    for each in (row, fee):
        act(office, each, "back")  # what this release ships
    office.post(act_of(row, "look-for-it"), {"act": "restore"})
    purge_log()

    reference.load()

    row.refresh_from_db()
    assert row.title_en == "Report it first" and now_fee().value == 65
    files_say(folder, "us/guidance_papers.toml", '"Look for your old passport this week"', '"Look for it"')
    reference.load()
    assert Guidance.objects.get(topic="paper", key="look-for-it").title_en == "Look for it"


def test_an_undone_back_is_the_offices_again(office, since):
    row = Guidance.objects.get(topic="paper", key="report-lost")
    act(office, row, "back")
    act(office, row, "undo")
    purge_log()

    reference.load()

    row.refresh_from_db()
    assert row.title_en == "Report it on the same day"


def test_still_right_is_no_change_without_the_log(office, folder):
    fee = now_fee()
    act(office, fee, "right")
    purge_log()
    assert reference.load()["kept"] == 1  # looked up after the files
    later = f'value = "65"\nas_of = {in_days(1)}\nreview_on = {in_days(200)}\nunit = "usd"'
    files_say(folder, "us/facts.toml", 'value = "60"\nunit = "usd"', later)

    assert reference.load(folder)["superseded"] == 1 and now_fee().value == 65


def test_a_fact_dated_before_the_files_is_the_offices_all_the_same_and_flagged(since):
    done = reference.load()

    assert done.newer == ["passport.fee.expedite = 75 usd"]


def test_an_update_asks_no_more_than_before_there_were_records(folder):
    files_say(folder, "us/facts.toml", 'value = "60"\nunit = "usd"', 'value = "65"\nunit = "usd"')
    with CaptureQueriesContext(connection) as again:
        reference.load()
    with CaptureQueriesContext(connection) as changed:
        reference.load(folder)

    assert len(again) <= ShippedRow.objects.count() + 40  # a row is looked up once
    assert len(changed) < len(again) + 20
    assert sum("shippedrow" in query["sql"] for query in again) == 1
    assert not any("exchange_event" in query["sql"] for query in again)


# --- What is whose ------------------------------------------------------------------------------------


def test_a_city_that_is_no_longer_offered_still_gets_better_words_and_stays_off(ana, folder):
    partner.offer(PartnerCity.objects.get(code="hanoi"), is_offered=False, by=ana)
    files_say(folder, f"{LA}/cities.toml", 'name_es = "Hanói"', 'name_es = "Hanói (Vietnam)"')

    reference.load(folder)

    city = PartnerCity.objects.get(code="hanoi")
    assert (city.name_es, city.is_offered) == ("Hanói (Vietnam)", False)


def test_what_the_office_wrote_where_the_files_were_silent_stays_when_they_begin_to_speak(ana):
    for code in ("hanoi", "athens"):  # as if updates had never written a time zone
        PartnerCity.objects.filter(code=code).update(time_zone="")
        record = ShippedRow.objects.get(kind="exchange.partnercity", key=code)
        del record.values["time_zone"]
        record.save()
    write(PartnerCity.objects.get(code="hanoi"), ana, time_zone="Asia/Bangkok")

    done = reference.load()

    assert (done["kept"], done["changed"]) == (1, 1)
    zones = dict(PartnerCity.objects.values_list("code", "time_zone"))
    assert (zones["hanoi"], zones["athens"]) == ("Asia/Bangkok", "Europe/Athens")


def test_back_by_hand_to_what_the_files_said_is_no_change(ana, folder):
    college = write(College.objects.get(code="mission"), ana, place="San Fernando")
    write(college, ana, place="Sylmar, Los Angeles")
    files_say(folder, f"{LA}/colleges.toml", '"Sylmar, Los Angeles"', '"Sylmar"')

    assert reference.load(folder)["changed"] == 1


def test_a_number_that_the_office_corrected_does_not_bring_back_the_old_one(ana):
    number = HelpNumber.objects.filter(city__code="hanoi").first()
    write(number, ana, phone="+84 24 0000 0000")

    assert reference.load()["removed"] == 1
    assert not HelpNumber.objects.filter(city=number.city, kind=number.kind).exclude(pk=number.pk).exists()


def test_a_city_that_is_added_anew_gets_its_rows(ana):
    hanoi = PartnerCity.objects.get(code="hanoi")
    rule = EntryRule.objects.get(city=hanoi)
    values = {field.name: getattr(hanoi, field.name) for field in PartnerCity._meta.concrete_fields if field.editable}
    CityStanding.objects.filter(city=hanoi).delete()
    rule.delete()
    rows.remove(hanoi, by=ana)
    assert not ShippedRow.objects.filter(city=hanoi.pk).exists()
    partner.add_city({name: value for name, value in values.items() if name != "id"}, by=ana)

    reference.load()

    assert EntryRule.objects.get(city__code="hanoi").requirement == rule.requirement


def test_a_row_that_the_office_had_first_is_theirs_and_stays_away_once_removed(ana, folder):
    ours = colleges.add({"name": "Port College", "short_name": "Port", "place": "Pier 1"}, by=ana)
    text = '\n[[college]]\ncode = "port"\nname = "Port City College"\nshort_name = "Port"\nplace = "Pier 2"\n'
    with (folder / LA / "colleges.toml").open("a") as file:
        file.write(text)

    assert reference.load(folder)["kept"] == 1
    colleges.remove(ours, by=ana)
    assert reference.load(folder)["removed"] == 1 and not College.objects.filter(code="port").exists()


def test_a_health_rule_can_be_one_citys(folder, ana):
    with (folder / "us/health_rules.toml").open("a") as file:
        file.write(
            '\n[[rule]]\nkey = "typhoid"\ncity = "hanoi"\nkind = "vaccine"\nstrength = "recommended"\n'
            'source_name = "We"\ntitle_en = "Typhoid"\ntitle_es = "Tifoidea"\ntext_en = "Ask."\ntext_es = "Pregunta."\n'
        )
    assert reference.load(folder)["added"] == 1 and set(reference.load(folder)) == {"unchanged"}
    rule = HealthRule.objects.get(key="typhoid")
    write(rule, ana, city=PartnerCity.objects.get(code="paris"))

    assert reference.load(folder)["kept"] == 1


@pytest.mark.parametrize("model", [HomeCity, Fact, CityStanding])
def test_what_no_page_removes_comes_back(model):
    row = model.objects.filter(**({"superseded_by": None} if model is not HomeCity else {})).first()
    row.delete()

    assert reference.load()["added"] == 1 and set(reference.load()) == {"unchanged"}


def now_fee():
    return Fact.objects.current().get(key="passport.fee.expedite")


def act_of(row, key):
    """The address of acts on another row of the same topic."""
    return page(row, "act").replace(row.key, key)
