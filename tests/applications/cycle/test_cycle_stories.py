"""All that setting up a cycle leaves behind: rows, events, and every need and refusal, word for word."""

import datetime as dt
from collections.abc import Mapping

import pytest
from django.utils import timezone

from applications.base import form_changes
from applications.cycle import cycle_dates, interest_list, readiness
from applications.cycle.actions import criteria, form_edit, form_versions, interest, setup
from applications.models import (
    Application,
    Cycle,
    EligibilityRule,
    Interest,
    InterestSource,
    Question,
    RubricCriterion,
    RubricVersion,
    Section,
)
from exchange.models import College
from tests.factories import CollegeFactory, FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, ReviewFactory, review_facts
from tests.factories_travel import TripFactory, standard_rows
from tests.setup_rows import OPTIONS, TEXTS, asked, values_of
from tests.told_whole import Story
from tests.wholes import NAMES, is_as_written

pytestmark = pytest.mark.django_db
PAGE = dict.fromkeys(form_edit.SECTION_FIELDS, "") | {"title_en": "Plans", "title_es": "Planes"}
LEVELS = [("Little", "Poco"), ("Some", "Algo"), ("Much", "Mucho")]


def same(name, text):
    return is_as_written(name, text, changing=NAMES)


@pytest.fixture
def story(still, office, source):
    return Story(still)


@pytest.fixture
def office(still):
    return UserFactory(coordinator=True, full_name="Dana Office", email="dana@example.gov")


@pytest.fixture
def source(still):
    standard_rows()
    CollegeFactory(name="Harbor College", short_name="Harbor")
    return CycleFactory(
        ready=True,
        code="spring-2026",
        name_en="Spring 2026",
        name_es="Primavera 2026",
        opens_at=timezone.make_aware(dt.datetime.fromisoformat("2025-12-01T09:00")),
        closes_at=timezone.make_aware(dt.datetime.fromisoformat("2026-02-13T23:59")),
        decisions_on=dt.date(2026, 4, 10),
    )


def days(**changes):
    """Of a cycle that opens on a Wednesday 100 days ahead."""
    opens = timezone.localtime() + dt.timedelta(days=100)
    given = {"opens_at": opens, "closes_at": opens + dt.timedelta(days=56), "answer_days": 7}
    given |= {"decisions_on": (opens + dt.timedelta(days=84)).date()}
    return cycle_dates.Dates(**{**given, **changes})


def day(number):
    return timezone.localdate() + dt.timedelta(days=number)


def needs(cycle):
    """Each as a line: where it's mended, whether it stops, and its words."""
    return [
        f"{need.topic} {'stops' if need.stops else 'look'} {need.page} {dict(need.arguments)}: {need.text}"
        for need in readiness.needs_of(Cycle.objects.get(pk=cycle.pk))
    ]


def basics(cycle, **changes):
    return {name: getattr(cycle, name) for name in setup.BASICS} | changes


def questions(cycle):
    form = form_changes.draft_form(cycle) or form_changes.current_form(cycle)
    return [f"{each.section.key} {each.order} {each.key} {each.kind}" for each in form_changes.questions_of(form)]


# --- What is missing --------------------------------------------------------------------------------


def spoil(cycle: Cycle, rows: Mapping[str, Mapping[str, object]]) -> None:
    for key, changes in rows.items():
        Question.objects.filter(section__form__cycle=cycle, key=key).update(**changes)


def test_what_is_missing_is_said_with_the_page_that_mends_it(story, source, office):
    new = story.act(
        "made without a copy",
        setup.create_cycle,
        {"name_en": "Fall 2027", "name_es": "Otoño 2027", "reads_each": 2},
        days(),
        departs_on=day(250),
        by=office,
    )
    story.say("needs of it", needs(new))
    new.form_versions.all().delete()
    new.rules.all().delete()
    new.criteria.all().delete()
    Cycle.objects.filter(pk=new.pk).update(has_interviews=True, seats=20, endorsements_due_on=day(170))
    story.say("needs of one that is empty", needs(new))

    Cycle.objects.filter(pk=source.pk).update(summary_en="Ten days in June 2026.", covered_es="Nacidos en 2004 o 2025")
    copy = story.act("copied", setup.copy_cycle, source, by=office)
    story.say("needs of the copy", needs(copy))
    spoil(copy, {"major": {"label_es": ""}, "pronouns": {"help_en": "In 2026"}})
    spoil(copy, {"story_why": {"audience": "office"}, "first_abroad": {"options": [{"key": "a", "en": "A"}]}})
    copy.rules.filter(key="age").update(text_es="", ask_en="")
    copy.rules.filter(key="units").update(question_key="gone", ask_en="In 2026?")
    copy.rules.exclude(key__in=("age", "units")).update(value="many")
    Section.objects.filter(form__cycle=copy, key="about").update(title_es="")
    Section.objects.filter(form__cycle=copy, key="college").update(staff_title_en="One", staff_title_es="")
    first, second, third = copy.criteria.all()
    first.levels.update(text_es="")
    second.levels.exclude(points=1).delete()
    RubricCriterion.objects.filter(pk=third.pk).update(question_key="gone")
    FactFactory(key="program.test", label_en="The test", review_on=day(-1))
    CollegeFactory(name="West College", short_name="West")
    story.say("needs of a copy with holes", needs(copy))
    form = form_changes.draft_form(copy)
    form.published_at = timezone.now()
    form.save()
    story.say("needs once the form with holes is out", needs(copy))
    form_versions.start_version(copy, by=office)
    story.say("needs while the next version is written", needs(copy))
    assert same("needs", story.text())


def test_odd_dates_are_said_word_for_word(story):
    shut, now = days(), timezone.now()
    spans = [("Fall", shut.opens_at, shut.closes_at), ("Later", shut.closes_at, shut.closes_at + dt.timedelta(days=5))]
    odd = {
        "plain": days(),
        "closes at once": days(closes_at=shut.opens_at),
        "results on the last day": days(decisions_on=timezone.localdate(shut.closes_at)),
        "endorsed on the last day": days(endorsements_due_on=timezone.localdate(shut.closes_at)),
        "read when endorsed": days(endorsements_due_on=day(160), readings_due_on=day(160)),
        "results when read": days(readings_due_on=shut.decisions_on),
        "opens now": days(opens_at=now),
        "closes now": days(opens_at=now - dt.timedelta(days=9), closes_at=now),
        "results yesterday": days(decisions_on=day(-1)),
        "results today": days(decisions_on=day(0)),
        "on weekends": days(
            closes_at=now + dt.timedelta(days=158),
            endorsements_due_on=day(165),
            readings_due_on=day(166),
            decisions_on=day(186),
        ),
        "answers on a Saturday": days(answer_days=4),
        "answers on a Friday": days(answer_days=3),
    }
    for title, dates in odd.items():
        for is_published in (False, True):
            found = cycle_dates.remarks(dates, spans, is_published=is_published)
            story.say(f"{title}{', published' if is_published else ''}", found)
    assert same("dates", story.text())


# --- From nothing to published ----------------------------------------------------------------------


def test_a_cycle_is_made_copied_and_taken_back(story, source, office):
    given = {"name_en": "Fall 2027", "name_es": "Otoño 2027", "reads_each": 2}
    story.act("results first", setup.create_cycle, given, days(decisions_on=day(90)), departs_on=day(250), by=office)
    first = story.act("made", setup.create_cycle, given, days(), departs_on=day(250), by=office)
    story.act("made again", setup.create_cycle, given, days(), departs_on=day(250), by=office)
    story.act("copied without a form", setup.copy_cycle, CycleFactory(code="bare"), by=office)
    copy = story.act("copied", setup.copy_cycle, source, by=office)
    story.act("copied again", setup.copy_cycle, source, by=office)
    story.act("a test of it", setup.start_test, copy, by=office)
    story.act("the test again", setup.start_test, copy, by=office)
    story.act("the test ends", setup.end_test, copy, by=office)
    story.act("ends again", setup.end_test, copy, by=office)
    story.act("published too soon", setup.publish_cycle, copy, by=office)
    story.act("deleted", setup.delete_cycle, copy, by=office)
    story.act("a published one deleted", setup.delete_cycle, source, by=office)
    TripFactory(cycle=first)
    story.act("one with a trip deleted", setup.delete_cycle, first, by=office)
    last = setup.copy_cycle(source, by=office)
    ApplicationFactory(cycle=last, form=form_changes.draft_form(last), student=office)
    story.act("a test by an applicant", setup.start_test, last, by=office)
    story.act("one with an application deleted", setup.delete_cycle, last, by=office)
    assert same("made", story.text(Cycle, EligibilityRule))


def test_basics_and_dates_are_saved_by_one_person_at_a_time(story, source, office):
    hanoi = PartnerCityFactory(name_en="Hanoi", name_es="Hanói", code="hanoi")
    seen = setup.basics_fingerprint(source)
    cities = [*source.cities.all()]
    ApplicationFactory(cycle=source, cities=cities[:1])
    story.act("a chosen city goes", setup.save_basics, source, basics(source), cities=[hanoi], by=office)
    new = basics(source, seats=24, summary_en="Two weeks.", has_interviews=True)
    story.act("saved", setup.save_basics, source, new, cities=[*cities, hanoi], seen=seen, by=office)
    story.act("saved by another", setup.save_basics, source, new, cities=cities, seen=seen, by=office)
    review_facts()
    ReviewFactory(assignment__application__cycle=source, locked=True)
    talk = new | {"readers_talk": True}
    story.act("readers talk after a lock", setup.save_basics, source, talk, cities=cities, by=office)
    dated = setup.dates_fingerprint(source)
    story.act("dates saved", setup.save_dates, source, days(readings_due_on=day(170)), seen=dated, by=office)
    story.act("by another", setup.save_dates, source, days(), seen=dated, by=office)
    story.act("impossible", setup.save_dates, source, days(closes_at=timezone.now()), by=office)
    source.refresh_from_db()
    story.say("needs of it, published", needs(source))
    assert same("saved", story.text(Cycle))


# --- The form ---------------------------------------------------------------------------------------


def test_a_form_is_written_anew_and_drafts_follow(story, source, office):
    draft = ApplicationFactory(
        cycle=source, form=form_changes.current_form(source), answered=True, student__full_name="Ana Ruiz"
    )
    sent = ApplicationFactory(cycle=source, submitted=True, student__full_name="Ben Cruz")
    edit, by = form_edit, {"by": office}
    story.act("no version yet", edit.add_section, source, PAGE, **by)
    story.act("nothing to publish", form_versions.publish_version, source, **by)
    story.act("started", form_versions.start_version, source, **by)
    story.act("started twice", form_versions.start_version, source, **by)
    story.act("a page", edit.add_section, source, PAGE, **by)
    story.act("the page again", edit.add_section, source, PAGE, **by)
    seen = edit.section_fingerprint(Section.objects.get(form__number=2, form__cycle=source, key="plans"))
    story.act("reworded", edit.save_section, source, "plans", PAGE | {"intro_en": "Hi"}, seen=seen, **by)
    story.act("by another", edit.save_section, source, "plans", PAGE, seen=seen, **by)
    story.act("one that is gone", edit.save_section, source, "gone", PAGE, **by)
    story.act("moved up", edit.move_section, source, "plans", up=True, **by)
    story.act("an empty page published", form_versions.publish_version, source, **by)
    story.act("the referee's removed", edit.remove_section, source, "recommender", **by)
    story.act("one with questions removed", edit.remove_section, source, "about", **by)
    one = story.act("a question", edit.add_question, source, "plans", TEXTS, **by)
    story.act("the question again", edit.add_question, source, "plans", TEXTS, **by)
    choice = TEXTS | {"label_en": "Which?", "label_es": "¿Cuál?", "kind": "one_of", "options": OPTIONS}
    story.act("one with answers", edit.add_question, source, "plans", choice, key="which", **by)
    story.act("a name that is taken", edit.add_question, source, "plans", choice, key="major", **by)
    story.act("a name of the page", edit.add_question, source, "plans", choice, key="base", **by)
    story.act("a name too near", edit.add_question, source, "plans", choice, key="date_of_birth_day", **by)
    story.act("on the referee's page", edit.add_question, source, "recommender", choice, key="more", **by)
    story.act("on a page that is gone", edit.add_question, source, "gone", choice, key="more", **by)
    later = {"show_if_key": "which", "show_if_value": "a"}
    story.act(
        "before what it hangs on",
        edit.save_question,
        source,
        one.key,
        values_of(one) | later,
        section_key="plans",
        **by,
    )
    story.act("moved down", edit.move_question, source, one.key, up=False, **by)
    hangs = values_of(one) | later
    story.act("hangs on the other", edit.save_question, source, one.key, hangs, section_key="plans", **by)
    story.act(
        "on no answer of it",
        edit.save_question,
        source,
        one.key,
        hangs | {"show_if_value": "z"},
        section_key="plans",
        **by,
    )
    story.act("moved up before it", edit.move_question, source, one.key, up=True, **by)
    story.act("what it hangs on removed", edit.remove_question, source, "which", **by)
    story.act("a protected one removed", edit.remove_question, source, "college", **by)
    college = asked(source, "college")
    story.act(
        "a protected one changed",
        edit.save_question,
        source,
        "college",
        values_of(college, kind="file"),
        section_key="about",
        **by,
    )
    story.act(
        "not among the first",
        edit.save_question,
        source,
        "major",
        values_of(asked(source, "major")),
        section_key="about",
        **by,
    )
    story.act("an unprotected one removed", edit.remove_question, source, "pronouns", **by)
    story.act("removed again", edit.remove_question, source, "pronouns", **by)
    story.say("questions", questions(source))
    story.act("published", form_versions.publish_version, source, **by)
    story.act("the published one discarded", form_versions.discard_version, source, **by)
    story.act("drafts follow", form_versions.move_drafts, source, **by)
    story.act("nobody left", form_versions.move_drafts, source, **by)
    story.say(
        "where they are",
        [f"{row.student} {row.form.number}" for row in Application.objects.filter(pk__in=[draft.pk, sent.pk])],
    )
    story.say(
        "answers",
        sorted(f"{row.question.key} {row.question.section.form.number} {row.value}" for row in draft.answers.all()),
    )
    story.act("another version", form_versions.start_version, source, **by)
    story.act("discarded", form_versions.discard_version, source, **by)
    empty = CycleFactory(code="bare", name_en="Bare")
    story.act("a version of nothing", form_versions.start_version, empty, **by)
    story.act("drafts of nothing", form_versions.move_drafts, empty, **by)
    assert same("form", story.text(Section))


# --- Who can apply, and what readers score ----------------------------------------------------------


def test_rules_and_rubric_change_until_somebody_scores(story, source, office):
    by = {"by": office}
    units = source.rules.get(key="units")
    values, seen = {name: getattr(units, name) for name in criteria.RULE_FIELDS}, criteria.rule_fingerprint(units)
    story.act("a rule", criteria.save_rule, source, values | {"value": 9}, key="units", seen=seen, **by)
    story.act("by another", criteria.save_rule, source, values, key="units", seen=seen, **by)
    story.act("one that is gone", criteria.save_rule, source, values, key="gone", **by)
    story.act("without its value", criteria.save_rule, source, values | {"value": None}, key="units", **by)
    story.act("a new one", criteria.save_rule, source, values | {"text_en": "Six units", "text_es": "Seis"}, **by)
    story.act("again", criteria.save_rule, source, values | {"text_en": "Six units", "text_es": "Seis"}, **by)
    story.act("up", criteria.move_rule, source, "six_units", up=True, **by)
    story.act("removed", criteria.remove_rule, source, "six_units", **by)
    story.act("removed twice", criteria.remove_rule, source, "six_units", **by)

    titles = {"question_key": "story_why", "title_en": "Reason", "title_es": "Motivo", "ask_en": "Why?", "ask_es": "¿?"}
    story.act("a criterion", criteria.save_criterion, source, titles, levels=LEVELS, samples=[("So", "Así")], **by)
    story.act("again", criteria.save_criterion, source, titles, levels=LEVELS, **by)
    story.act("up", criteria.move_criterion, source, "reason", up=True, **by)
    row = RubricCriterion.objects.get(cycle=source, key="reason")
    shown = criteria.criterion_fingerprint(row)
    story.act(
        "a point less", criteria.save_criterion, source, titles, levels=LEVELS[:2], key="reason", seen=shown, **by
    )
    story.act("by another", criteria.save_criterion, source, titles, levels=LEVELS, key="reason", seen=shown, **by)
    story.act("one that is gone", criteria.save_criterion, source, titles, levels=LEVELS, key="gone", **by)
    kind = criteria.Kind.INTERVIEW
    story.act("of interviews", criteria.save_criterion, source, titles, levels=LEVELS, kind=kind, **by)
    review_facts()
    ReviewFactory(assignment__application__cycle=source, locked=True)
    words = titles | {"ask_en": "Why now?"}
    for title, more in (("without a reason", {}), ("with one", {"reason": " Clearer. "})):
        story.act(
            f"reworded {title}", criteria.save_criterion, source, words, levels=LEVELS[:2], key="reason", **more, **by
        )
    story.act(
        "a point more now", criteria.save_criterion, source, words, levels=LEVELS, key="reason", reason="So", **by
    )
    story.act("up now", criteria.move_criterion, source, "reason", up=True, **by)
    story.act("removed now", criteria.remove_criterion, source, "reason", **by)
    story.act("the interviews' removed", criteria.remove_criterion, source, "reason_2", **by)
    story.act("removed twice", criteria.remove_criterion, source, "reason_2", **by)
    assert same("rules", story.text(RubricCriterion, RubricVersion))


# --- Who waits for the opening ----------------------------------------------------------------------


def test_who_waits_is_asked_told_and_forgotten(story, source, office):
    place = story.act("a source", interest.make_source, "Fair", College.objects.first(), by=office)
    story.act("again", interest.make_source, "Fair", College.objects.first(), by=office)
    for title, more in {
        "by email": {"email": "ana@example.org", "language": "es", "source": place},
        "the same again": {"email": "ana@example.org", "language": "en"},
        "by phone": {"phone": "+12135550101", "language": "en", "heard": "friend"},
        "who never confirms": {"email": "ben@example.org", "language": "en"},
    }.items():
        story.act(title, interest.leave, **more)
    for row in Interest.objects.exclude(email="ben@example.org"):
        story.act(f"{row.email or row.phone} confirms", interest.confirm, row)
        story.act(f"{row.email or row.phone} confirms twice", interest.confirm, row)
    ana = Interest.objects.get(email="ana@example.org")
    story.say("its link", interest.of_link(ana.link.split("/")[-2]) == ana)
    story.act("nobody told yet", interest.tell_all)
    story.say("the list", interest_list.counts_of(Interest.objects.all()))
    story.say("heard", interest_list.heard_of(Interest.objects.all()))
    for row in Interest.objects.order_by("pk"):
        story.say("stays", interest_list.stay_of(row))
        story.say("facts", interest_list.facts_of(row))
    now = timezone.now()
    Cycle.objects.filter(pk=source.pk).update(opens_at=now - dt.timedelta(days=1), closes_at=now + dt.timedelta(days=9))
    story.act("somebody too late", interest.leave, email="eva@example.org", language="en")
    story.act("told", interest.tell_all)
    story.act("told twice", interest.tell_all)
    story.say("due", interest.is_still_due(str(ana.pk)))
    story.later(days=8)
    story.act("to forget", interest.forget, days=7, dry_run=True)
    story.act("forgotten", interest.forget, days=7)
    story.say("who stays", sorted(str(row.email or row.phone) for row in Interest.objects.all()))
    story.act("the source ends", interest.end_source, place, by=office)
    story.act("ends twice", interest.end_source, place, by=office)
    story.act("found by its code", interest.source_of, place.code)
    assert same("interest", story.text(Interest, InterestSource))
