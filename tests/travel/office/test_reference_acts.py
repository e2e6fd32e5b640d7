"""What the office does with one dated row: what is written, who it's by, what its history says, and what is refused."""

import datetime as dt

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Fact, PartnerCity
from exchange.people.merging import keys_to_people
from tests.factories import FactFactory, PartnerCityFactory, UserFactory
from tests.factories_travel import EntryRuleFactory, GuidanceFactory, in_days
from tests.written import events
from travel.base import actions as rows
from travel.base.reference_files import FOLDER, Files
from travel.models import EntryRule, Guidance, HealthRule, ShippedRow
from travel.office import account_merge
from travel.office.reference import actions as reference_row
from travel.office.reference import files as reference_files
from travel.office.reference import history as reference_history
from travel.office.reference import kinds as reference_kinds
from travel.office.reference import loading as reference
from travel.office.reference import shipped
from travel.office.reference.kinds import ENTRY, FACT, GUIDANCE, KINDS, standing, standings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    for key, days in (("reference.review_days", 180), ("reference.entry_review_days", 90)):
        FactFactory(key=key, value=days)


@pytest.fixture
def ana():
    return UserFactory(coordinator=True, full_name="Ana Aguilar", preferred_name="")


@pytest.fixture
def fact():
    words = {"key": "shop.days", "label_en": "Days", "label_es": "Días"}
    return fresh(FactFactory(**words, value=14, as_of=in_days(-9), checked_by="Bo"))


@pytest.fixture
def replanned(monkeypatch):
    """By whom passports' dates are worked out again."""
    found = []
    for module in (reference, reference_row):
        monkeypatch.setattr(module, "replan_later", lambda by: found.append(by))
    return found


@pytest.fixture
def told(monkeypatch):
    """Which facts the rest of the portal hears of."""
    found = []
    monkeypatch.setattr(reference.facts, "changed", lambda key, by: found.append((key, by)))
    return found


def code_of(act):
    with pytest.raises(RuleViolation) as refused:
        act()
    return refused.value.code


def fresh(row):
    """As the database holds it: a number has its zeros."""
    return type(row).objects.get(pk=row.pk)


def seen(kind, row):
    return reference_row.seen_of(kind, fresh(row))


def change(kind, row, by, **values):
    shown = [name for name in values if name != "is_confirmed"]
    return reference_row.change(kind, row, values, seen=rows.fingerprint(fresh(row), shown), by=by)


def test_a_row_that_is_still_right_is_due_again_after_its_days_and_written_down_once(ana, fact):
    rule = EntryRuleFactory(as_of=in_days(-9))
    for kind, row, days in ((FACT, fact, 180), (ENTRY, rule, 90)):
        before = {name: reference_files.plain(getattr(row, name)) for name in ("as_of", "review_on", "checked_by")}
        assert code_of(lambda kind=kind, row=row: reference_row.still_right(kind, row, seen="", by=ana)) == (
            "changed_meanwhile"
        )
        for _twice in range(2):
            reference_row.still_right(kind, row, seen=seen(kind, row), by=ana)
        row.refresh_from_db()
        assert (row.as_of, row.review_on, row.is_confirmed, row.checked_by) == (
            *(in_days(0), in_days(days), True, "Ana Aguilar"),
        )
        [(by, changes)] = events(reference_row.STILL_RIGHT, row)
        after = {"as_of": f"{in_days(0)}", "review_on": f"{in_days(days)}", "checked_by": "Ana Aguilar"}
        assert (by, changes) == (ana, {"before": before, "after": after, "fields": sorted(before)})


@pytest.mark.parametrize("lacks", [{"as_of": in_days(-1)}, {"is_confirmed": False}, {"review_on": in_days(0)}])
def test_a_row_that_lacks_something_is_looked_at_again_on_the_same_day(ana, fact, lacks):
    right = {"as_of": in_days(0), "is_confirmed": True, "review_on": in_days(9)}
    Fact.objects.filter(pk=fact.pk).update(**right | lacks)
    fact.refresh_from_db()
    found = reference_row.still_right(FACT, fact, seen=seen(FACT, fact), by=ana)
    assert (found.as_of, found.is_confirmed, found.review_on) == (in_days(0), True, in_days(180))


def test_words_change_in_place_and_a_value_makes_a_version(ana, fact, told):
    same = change(FACT, fact, ana, label_en="Days of the shop", is_confirmed=True)
    assert (same.pk, same.checked_by) == (fact.pk, "Ana Aguilar") and told == []
    assert change(FACT, same, ana, label_en="Days of the shop", is_confirmed=True) == same
    new = change(FACT, same, ana, value=30)
    fact.refresh_from_db()
    assert (new.value, new.label_en, fact.value, fact.superseded_by) == (30, "Days of the shop", 14, new)
    assert told == [("shop.days", ana)]
    [(by, changes)] = events("fact.change", new)
    assert (by, changes["before"], changes["after"], changes["fields"]) == (
        *(ana, {"value": "14.00"}, {"value": 30}, ["value"]),
    )
    [(by, changes)] = events("reference.supersede", new)
    assert (by, changes["was"], changes["is"], changes["replaces"]) == (ana, "14.00", "30", fact.pk)
    assert code_of(lambda: reference_row.change(FACT, new, {"value": 40}, seen="", by=ana)) == "changed_meanwhile"


def test_the_last_act_alone_is_undone_and_an_undo_is_not(ana, fact):
    new = fresh(change(FACT, fact, ana, value=30))
    last = reference_row.last_act(new)
    assert last.action == "fact.change"
    assert code_of(lambda: reference_row.undo(FACT, new, event=last.pk - 1, by=ana)) == "changed_meanwhile"
    back = reference_row.undo(FACT, new, event=last.pk, by=ana)
    assert back.value == 14 and reference_row.last_act(back) is None
    [(by, changes)] = events(reference_row.UNDO, back)
    assert (by, changes["before"], changes["after"]) == (ana, {"value": "30.00"}, {"value": "14.00"})
    assert reference_row.last_act(FactFactory()) is None
    Event.objects.create(action="reference.change", target_model="exchange.fact", target_id=back.pk, by=None)
    assert reference_row.last_act(back) is None


def test_an_entry_rule_that_dates_hang_on_has_them_worked_out_again(ana, replanned):
    rule = EntryRuleFactory(requirement="e_visa")
    change(ENTRY, rule, ana, note_en="Apply online.", note_es="En línea.")
    assert replanned == []
    change(ENTRY, rule, ana, lead_days=30)
    assert replanned == [ana]
    reference_row.remove(ENTRY, EntryRule.objects.get(), seen=seen(ENTRY, EntryRule.objects.get()), by=ana)
    assert replanned == [ana, ana] and not EntryRule.objects.exists()


def test_a_row_of_the_offices_own_is_added_with_a_key_and_removed_for_good(ana, told):
    words = {"title_en": "Bring water " * 9, "title_es": "Lleva agua", "text_en": "Hot.", "text_es": "Calor."}
    source = {"source_name": "We", "as_of": in_days(0), "review_on": in_days(90), "is_confirmed": True}
    row = reference_row.add(GUIDANCE, {"topic": "money", "order": 5, "routes": []} | words | source, by=ana)
    row.refresh_from_db()
    assert row.key.startswith("bring-water-bring-water") and len(row.key) <= reference_row.KEY_MAX
    assert (row.checked_by, row.title_es, row.as_of) == ("Ana Aguilar", "Lleva agua", in_days(0))
    assert events("guidance.add", row) == [(ana, {})]
    assert code_of(lambda: reference_row.remove(GUIDANCE, row, seen="x", by=ana)) == "changed_meanwhile"
    assert code_of(lambda: reference_row.back(GUIDANCE, row, seen=seen(GUIDANCE, row), by=ana)) == "no_default"
    reference_row.remove(GUIDANCE, row, seen=seen(GUIDANCE, row), by=ana)
    assert not Guidance.objects.exists()

    label = {"key": "shop.fee", "label_en": "Fee", "label_es": "Cuota", "value": 3, "unit": Fact.Unit.DAYS}
    made = reference_row.add(FACT, label | source, by=ana)
    assert told == [("shop.fee", ana)]
    reference_row.remove(FACT, made, seen=seen(FACT, made), by=ana)
    assert told == [("shop.fee", ana)] * 2 and not Fact.objects.filter(key="shop.fee").exists()


def test_a_fact_that_ships_is_not_removed_and_goes_back_to_its_default(ana, told):
    files = FACT.shipped()["passport.days.routine"]
    row = FactFactory(key="passport.days.routine", value=1, unit=files[1]["unit"])
    assert code_of(lambda: reference_row.remove(FACT, row, seen=seen(FACT, row), by=ana)) == "in_use"
    assert code_of(lambda: reference_row.back(FACT, row, seen="x", by=ana)) == "changed_meanwhile"
    new = reference_row.back(FACT, row, seen=seen(FACT, row), by=ana)
    assert (str(new.value), new.label_en) == (files[1]["value"], files[1]["label_en"])
    assert [by for by, _changes in events(reference_row.BACK, new)] == [ana]
    kept = ShippedRow.objects.get(kind="exchange.fact", key="passport.days.routine")
    assert set(kept.values) == set(files[1]) and kept.city_id is None


def test_a_row_that_the_office_removed_is_put_back_as_the_files_have_it(ana, replanned):
    address, (key, values) = next(iter(GUIDANCE.shipped().items()))
    row = reference_row.restore(GUIDANCE, address, by=ana)
    assert reference_row.restore(GUIDANCE, address, by=ana) == row
    assert (row.topic, row.key, row.title_en) == (key["topic"], key["key"], values["title_en"])
    assert events(reference_row.RESTORE, row) == [(ana, {})]
    assert ShippedRow.objects.get(kind="travel.guidance").key == shipped.address(key) == address
    assert code_of(lambda: reference_row.restore(GUIDANCE, "money:nothing", by=ana)) == "no_default"
    hanoi = PartnerCityFactory(code="hanoi", country_code="VN")
    rule = reference_row.restore(ENTRY, "hanoi:us_passport", by=ana)
    assert (rule.city, replanned) == (hanoi, [ana])
    assert ShippedRow.objects.get(kind="travel.entryrule").city_id == hanoi.pk


# --- Where a row stands -------------------------------------------------------------------------------


def test_how_a_row_stands_is_said_with_its_most_urgent_word():
    files = {"shop.days": ({"key": "shop.days"}, {"value": 14, "as_of": in_days(-5)})}

    def tag(**more):
        row = FactFactory.build(**{"key": "shop.days", "value": 14, "as_of": in_days(-9), "is_confirmed": True} | more)
        found = standing(FACT, row, files)
        return found.tag, found.needs_a_look, found.is_newer

    assert tag() == (("", ""), False, False)
    assert tag(value=7) == (("an update says otherwise", "wait"), True, True)
    assert tag(value=7, as_of=in_days(-5)) == (("changed by us", "good"), False, False)
    assert tag(is_confirmed=False) == (("not confirmed", "wait"), True, False)
    assert tag(review_on=in_days(-1), value=7) == (("check again", "stop"), True, True)
    assert tag(review_on=in_days(0)) == (("", ""), False, False)


def test_rows_are_in_order_of_what_needs_a_look_then_of_their_group_and_name():
    Fact.objects.all().delete()
    late = FactFactory(key="shop.late", label_en="Late", review_on=in_days(-1))
    later = FactFactory(key="shop.later", label_en="Later", review_on=in_days(-9))
    open_ = FactFactory(key="shop.open", label_en="Open", review_on=in_days(9), is_confirmed=False)
    other = [FactFactory(key=f"shop.{name}", label_en=name, review_on=in_days(9)) for name in ("beta", "Alpha")]
    fee = FactFactory(key="passport.fee.shop", label_en="Zeta", review_on=in_days(9))
    found = [each.row for each in standings([FACT])]
    assert found == [later, late, open_, fee, other[1], other[0]]


def test_a_row_says_its_name_value_and_everything_that_is_searched(fact):
    rule = EntryRuleFactory(city=PartnerCityFactory(name_en="Lyon"), requirement="none")
    found = standing(FACT, fact, {}), standing(ENTRY, rule, {})
    assert [(each.name, each.value, each.can_remove) for each in found] == [
        ("Days", "14 days", True),
        ("Lyon", "nothing needed in advance", True),
    ]
    assert "días" in found[0].words and "14 days" in found[0].words and "lyon" in found[1].words
    assert found[0].href.endswith("/fact/shop.days/")
    shipped_fact = standing(FACT, fact, {"shop.days": ({"key": "shop.days"}, {"value": 14, "as_of": in_days(-5)})})
    assert not shipped_fact.can_remove
    health = HealthRule(key="x", city=rule.city, title_en="A vaccine", title_es="Una vacuna")
    assert reference_kinds.name_of(health) == "Lyon: A vaccine"
    guidance = GuidanceFactory(title_en="The seal")
    assert (reference_kinds.name_of(guidance), reference_kinds.value_of(guidance)) == ("The seal", "")


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [("count", "3.00", "3"), ("days", "14.00", "14 days"), (Fact.Unit.DOLLARS, "22.05", "$22.05")],
)
def test_a_number_is_said_with_its_unit(unit, value, words):
    assert reference_kinds.fact_value(Fact(unit=unit), reference_kinds.Decimal(value)) == words


def test_offered_cities_without_a_rule_are_those_to_write_one_for():
    lyon, _hidden, ruled = PartnerCityFactory(), PartnerCityFactory(is_offered=False), PartnerCityFactory()
    EntryRuleFactory(city=ruled)
    assert list(reference_kinds.cities_without_rule()) == [lyon]


@pytest.mark.parametrize("key", KINDS)
def test_an_address_that_cannot_be_finds_nothing(key):
    assert KINDS[key].find("") is None and KINDS[key].find("a:b:c:d") is None and KINDS[key].find("x\x00") is None


# --- History -----------------------------------------------------------------------------------------


def test_a_history_has_each_act_with_what_was_and_what_became(ana, fact):
    new = change(FACT, fact, ana, value=30, as_of=in_days(0))
    newer = reference.supersede(new, value=40)
    about = {"target_model": "exchange.fact", "target_id": newer.pk}
    Event.objects.create(action="reference.change", changes={"fields": ["label_en"]}, **about)
    Event.objects.create(action="reference.supersede", changes={"was": "40", "is": "50"}, **about)
    Event.objects.create(action="fact.burn", changes={}, by=ana, **about)
    lines = reference_history.history(FACT, newer)
    said = [(line.who, line.act, line.changes) for line in lines]
    assert said[:3] == [
        ("Ana Aguilar", "fact.burn", []),
        ("The portal", "New value from an update of the portal", [("Number", "40 days", "50 days")]),
        ("The portal", "Changed by an update of the portal", [(said[2][2][0][0], "", "")]),
    ]
    assert said[3][:2] == ("The portal", "New value from an update of the portal")
    assert ("Number", "14 days", "30 days") in said[4][2] and said[4][:2] == ("Ana Aguilar", "Changed")
    Fact.objects.filter(pk=newer.pk).update(as_of=in_days(-1))
    right = reference_row.still_right(FACT, newer, seen=seen(FACT, newer), by=ana)
    looked = reference_history.history(FACT, right)[0]
    assert looked.act == "Still correct" and looked.changes  # only when it was looked at, and so that is said
    new = change(FACT, right, ana, label_es="Otros", as_of=in_days(-1))
    assert [before for _label, before, _after in reference_history.history(FACT, new)[0].changes] == ["Días"]
    assert len(said) == 5 and all(line.at <= timezone.now() for line in lines)


def test_a_stored_value_is_said_as_its_page_says_it(fact):
    rule = EntryRuleFactory(city=PartnerCityFactory(name_en="Lyon"))
    guidance = GuidanceFactory(routes=["ds11", "talk"])

    def words(row, name, value):
        return reference_history.words_of(row, name, value)

    assert [words(fact, "label_en", value) for value in (None, "", [])] == ["—"] * 3
    assert (words(fact, "is_confirmed", True), words(fact, "is_confirmed", False)) == ("yes", "no")
    assert (words(fact, "value", "30.00"), words(fact, "label_en", "Days")) == ("30 days", "Days")
    assert words(rule, "city", rule.city) == "Lyon"
    assert words(rule, "requirement", "none") == "nothing needed in advance"
    assert words(guidance, "routes", ["ds11", "talk"]) == "ds11, talk"
    assert "2027" in words(fact, "as_of", "2027-05-04")
    assert words(rule, "lead_days", 0) == "0"


# --- The files ---------------------------------------------------------------------------------------


def test_a_rows_columns_are_compared_as_its_fields_hold_them(fact):
    values = {"value": 14, "label_en": "Days", "as_of": fact.as_of, "checked_by": "Other", "unit": "months"}
    assert reference_files.differing(fact, values) == {"checked_by": "Other", "unit": "months"}
    assert reference_files.saying_otherwise(fact, values) == {"unit": "months"}
    assert reference_files.wanted(fact, {"value": "14"}) == {"value": fact.value}
    plain = [reference_files.plain(each) for each in (None, True, 3, "a", [1], {"a": 1}, dt.date(2027, 1, 2))]
    assert plain == [None, True, 3, "a", [1], {"a": 1}, "2027-01-02"]


def test_a_short_value_stands_whole_and_a_long_one_is_cut():
    assert reference._short("a  b") == "a b" and reference._short("x" * 60) == "x" * 60
    assert reference._short("x" * 61) == "x" * 60 + "…"


def test_a_city_that_the_office_deleted_is_known_as_gone():
    files = Files(FOLDER, "los-angeles")
    known = reference_files.current_cities(files)
    assert known and set(known.values()) == {None}
    lyon = PartnerCityFactory(code="lyon")
    code = next(iter(known))
    there = PartnerCity.objects.filter(code=code).first() or PartnerCityFactory(code=code)
    again = reference_files.cities_now()
    assert (again[code], again["lyon"]) == (there, lyon)


def test_a_row_of_a_later_folder_says_only_what_is_different_there(tmp_path):
    for folder, text in (("us", "a"), ("cities/here", "b")):
        (tmp_path / folder).mkdir(parents=True)
        rest = 'text = "first"\nsource = "o"' if text == "a" else f'text = "{text}"'
        content = f'[defaults]\nas_of = 1\n[source.o]\nsource_name = "{{office}}"\n[[row]]\nkey = "k"\n{rest}\n'
        (tmp_path / folder / "x.toml").write_text(content)
    (tmp_path / "cities" / "here" / "home.toml").write_text('office = "Our office"\n')
    files = Files(tmp_path, "here")
    assert files.folders == [tmp_path / "us", tmp_path / "cities" / "here"] and files.office == "Our office"
    first = {"as_of": 1, "source_name": "Our office", "key": "k", "text": "first"}
    assert files.rows("x.toml", "row") == [first, {"as_of": 1, "key": "k", "text": "b"}]
    assert files.rows("x.toml", "row", by=["key"]) == [first | {"text": "b"}]
    assert files.names("*.toml") == ["home.toml", "x.toml"] and files.read("none.toml") == []
    nowhere = Files(tmp_path, "")
    assert (nowhere.folders, nowhere.office) == ([tmp_path / "us"], "The exchange team")
    for city, words in (("there", "has only here"), ("here", "which has no folder in states/")):
        (tmp_path / "cities" / "here" / "home.toml").write_text('state = "XX"\n')
        with pytest.raises(ImproperlyConfigured, match=words):
            Files(tmp_path, city)


def test_what_hangs_on_an_account_moves_with_it_once_accounts_are_merged(monkeypatch):
    found = {}
    monkeypatch.setattr(keys_to_people, "register", lambda app, **said: found.update({app: said}))
    account_merge.register_keys()
    assert found == {"travel": {"moving": account_merge.MOVING, "of_staff": account_merge.OF_STAFF}}
