"""A lottery among the applicants marked as too close to call: exactly that set, frozen together with its line."""

import html
import re
import subprocess
from decimal import Decimal

import pytest
from django.urls import reverse

from applications.base import lottery as rule
from applications.models import Application, Lottery, Review
from applications.reading.actions.review import work_out_scores
from applications.scores import comparing
from applications.selection import zones
from applications.selection.actions import lottery as actions
from exchange.base.errors import RuleViolation
from exchange.reference import facts
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    review_facts,
)
from tests.factories_lottery import (
    PUBLIC_DRAW,
    REASON,
    RESULT,
    lottery_of,
    on_its_day,
    read_apart,
    tomorrow,
)
from tests.readings import read_by

pytestmark = pytest.mark.django_db
COMMITTED = Lottery.Stage.COMMITTED


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    return read_apart()


def compared(cycle):
    return comparing.compare(cycle, facts.numbers(*comparing.FACTS))


def announce(cycle, by, seats=2):
    return actions.announce(cycle, seats=seats, reason=REASON, by=by)


def commit(lottery, by):
    return actions.commit(lottery, public_draw=PUBLIC_DRAW, on=tomorrow(), by=by)


def refused(act, *args, **more):
    before = list(Lottery.objects.values())
    with pytest.raises(RuleViolation) as caught:
        act(*args, **more)
    assert list(Lottery.objects.values()) == before
    return caught.value.code


def marked(cycle):
    return {each.code for each in cycle.applications.filter(pk__in=compared(cycle).close_keys())}


# --- The entries ------------------------------------------------------------------------------------


def test_in_it_are_those_whom_the_list_marks_and_who_have_no_result(cycle, office, sign_in):
    page = sign_in(office).get(reverse("applications:selection-list"), {"cycle": cycle.code})
    shown = {row.application.code for row in page.context["rows"] if row.compared.is_close}
    decided = cycle.applications.get(code=min(shown))
    DecisionFactory(application=decided)

    lottery = announce(cycle, office)

    found = compared(cycle)
    assert set(lottery.entries.split()) == shown - {decided.code}
    assert len(shown) > 3
    assert (lottery.kind, lottery.score_from, lottery.score_to) == ("close", None, None)
    assert lottery.zone == f"close score adjusted percent 80 line {found.line:.3f} marked {found.close} seats 2"
    assert lottery.entries_hash == rule.sha256(f"lottery {lottery.code}\nzone {lottery.zone}\n{lottery.entries}")


def test_in_it_are_different_means(cycle, office):
    inside = announce(cycle, office).entries.split()
    assert cycle.applications.filter(code__in=inside).values("score_mean").distinct().count() > 1


def test_where_scores_are_not_adjusted_the_raw_mean_counts(cycle, office):
    new = ApplicationFactory(submitted=True, cycle=cycle)
    read_by(new, UserFactory(advisor=True), [3] * cycle.criteria.count())  # a reader with one file: no adjusting
    work_out_scores(new)
    assert announce(cycle, office).terms["score"] == "mean"


@pytest.mark.parametrize("seats", [None, 16])
def test_without_a_seat_line_nobody_is_too_close(office, seats):
    assert refused(announce, read_apart(seats=seats), office) == "no_line"


def test_as_many_seats_as_entries_is_nothing_to_draw(cycle, office):
    assert refused(announce, cycle, office, seats=len(marked(cycle))) == "nothing_to_draw"


def test_any_reading_of_the_cycle_can_move_the_line(cycle, office):
    outside = cycle.applications.exclude(code__in=marked(cycle)).first()
    reading = AssignmentFactory(application=outside)
    assert refused(announce, cycle, office) == "reading_open"
    reading.delete()
    announce(cycle, office)


def test_it_is_frozen_as_of_now_however_slow_the_figures_are(cycle, office, monkeypatch):
    monkeypatch.setattr(comparing, "SLOW_SECONDS", -1)
    before = compared(cycle)
    best = cycle.applications.order_by("-score_mean").first()
    best.assignments.all().delete()
    work_out_scores(best)
    assert compared(cycle).line == before.line  # a minute old, as a page may be

    lottery = announce(cycle, office)

    monkeypatch.setattr(comparing, "SLOW_SECONDS", 1000)
    assert lottery.terms["line"] == f"{compared(cycle).line:.3f}" != f"{before.line:.3f}"


# --- Frozen -----------------------------------------------------------------------------------------


def test_a_score_that_moves_before_the_fingerprint_is_public_has_it_announced_again(cycle, office):
    lottery = announce(cycle, office)
    Review.objects.first().assignment.delete()
    for application in cycle.applications.all():
        work_out_scores(application)

    assert refused(commit, lottery, office) == "zone_moved"
    again = announce(cycle, office)
    assert (again.pk, again.zone != lottery.zone) == (lottery.pk, True)
    commit(again, office)


def test_the_same_candidates_at_another_line_are_another_zone(cycle, office):
    lottery = announce(cycle, office)
    Lottery.objects.filter(pk=lottery.pk).update(zone=lottery.zone.replace("marked ", "marked 9"))
    assert refused(commit, lottery, office) == "zone_moved"


def test_what_moves_after_the_fingerprint_is_public_changes_nothing(office):
    lottery = on_its_day(lottery_of(stage=COMMITTED, close=True))
    lottery.cycle.applications.update(score_mean=Decimal("3"))

    drawn = actions.draw(lottery, result=RESULT, by=office)

    assert (drawn.zone, sorted(drawn.order.split())) == (lottery.zone, lottery.entries.split())
    assert rule.faults_of(drawn.draw, drawn.entries_hash) == []


def test_announcing_again_can_change_the_kind(cycle, office):
    lottery = announce(cycle, office)
    again = actions.announce(cycle, low=Decimal(1), high=Decimal(99), seats=2, reason=REASON, by=office)
    assert (again.pk, again.kind, len(again.entries.split())) == (lottery.pk, "mean", 16)
    assert announce(cycle, office).kind == "close"


# --- The pages --------------------------------------------------------------------------------------


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


def test_the_form_begins_with_those_too_close_and_the_seats_left_for_them(cycle, office, sign_in):
    found = compared(cycle)
    places = {each: found.of(each.pk).place for each in cycle.applications.all()}
    above = [each for each, place in places.items() if place <= 6 and each.code not in marked(cycle)]
    assert above

    page = sign_in(office).get(reverse("applications:selection-lottery", args=[cycle.code]))

    assert page.context["form"].initial["kind"] == "close"
    assert page.context["form"].initial["seats"] == 6 - len(above) == page.context["close"].left
    assert f"{found.close} candidates are too close to call" in text_of(page)
    DecisionFactory(application=above[0])  # already selected: the same seat
    assert zones.close_now(cycle).left == 6 - len(above)


def test_whoever_still_reads_gets_no_line(cycle, office, sign_in):
    AssignmentFactory(application=cycle.applications.first(), reader=office)
    page = sign_in(office).get(reverse("applications:selection-lottery", args=[cycle.code]))
    assert page.context["close"] is None
    assert f"{compared(cycle).line:.2f}" not in page.text


def test_a_whole_lottery_by_its_pages_and_by_the_lines_that_the_public_page_prints(
    cycle, office, sign_in, client, tmp_path
):
    staff, address = sign_in(office), reverse("applications:selection-lottery", args=[cycle.code])
    staff.post(address, {"kind": "close", "score_from": "", "score_to": "", "seats": "2", "reason": REASON})
    lottery = Lottery.objects.get()
    named = {"public_draw": PUBLIC_DRAW, "public_draw_on": tomorrow().isoformat()}
    staff.post(lottery.get_absolute_url(), {"act": "commit"} | named)
    public = reverse("applications:lottery-public", args=[lottery.code])
    shown = client.get(public)
    before, line = text_of(shown), lottery.terms["line"]
    assert f"{line} points" in before and "80 of 100 cases" in before and "adjusted score" in before
    assert {"label": "Candidates", "value": len(lottery.entries.split())} in shown.context["facts"]
    client.cookies["language"] = "es"
    assert "el rango de su puntaje la incluye" in text_of(client.get(public))

    lottery.refresh_from_db()
    lottery = on_its_day(lottery)
    staff.post(lottery.get_absolute_url(), {"act": "draw", "result": RESULT})
    Application.objects.filter(code__in=lottery.entries.split()).update(status="not_selected")
    staff.post(lottery.get_absolute_url(), {"act": "publish"})

    file = client.get(reverse("applications:lottery-file", args=[lottery.code]))
    name = re.search(r'filename="(.*)"', file["Content-Disposition"]).group(1)
    (tmp_path / name).write_bytes(file.content)
    shell = html.unescape(re.search(r"<pre[^>]*>(file=.*?)</pre>", client.get(public).text, re.DOTALL).group(1))
    said = subprocess.run(["sh", "-eu", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=True)
    fingerprint, *order = said.stdout.splitlines()
    lottery.refresh_from_db()
    assert fingerprint.split()[0] == lottery.entries_hash in client.get(public).text
    assert order == lottery.order.split() == client.get(public).context["order"]
    # the file contains codes and nobody's score
    assert file.text.splitlines()[3:] == lottery.entries.split()


def test_a_cycle_without_a_line_offers_the_range_alone(office, sign_in):
    review_facts()
    page = sign_in(office).get(reverse("applications:selection-lottery", args=[CycleFactory(seats=None).code]))
    assert page.context["form"].initial == {"kind": "mean"}
    assert "No candidates are marked “too close to call" in text_of(page)
