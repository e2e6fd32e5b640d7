"""Applications waitlisted together get their positions by the same rule as those of a proposal."""

from decimal import Decimal

import pytest
from django.urls import reverse

from applications.models import Application, Cycle, Decision, Lottery
from applications.scores import comparing
from applications.selection import committee as room
from applications.selection.actions import proposal, selection
from applications.states import Status
from exchange.base.errors import RuleViolation
from tests.factories import UserFactory
from tests.factories_applications import (
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    application_facts,
    review_facts,
)
from tests.factories_lottery import lottery_of, scored, tie

pytestmark = [pytest.mark.django_db, pytest.mark.both]
REASON = "Next by the committee's order."
RAW, ADJUSTED = Cycle.Basis.RAW, Cycle.Basis.ADJUSTED


@pytest.fixture
def coordinator():
    application_facts()
    review_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    return CycleFactory(ready=True, seats=1)


@pytest.fixture
def rows(cycle, monkeypatch):
    """Three applications whose adjusted scores have the reverse order of their means."""
    made = [scored(cycle, Decimal(mean)) for mean in (12, 11, 10)]
    figures = {row.pk: comparing.Figures(20.0 - float(row.score_mean), None, None, 1, False) for row in made}

    class Compared:
        is_adjusted = True
        of = staticmethod(figures.get)

    monkeypatch.setattr(comparing, "compare", lambda *args, **kwargs: Compared)
    return made


def wait(rows, by):
    selection.decide_many(reversed(rows), result=Status.WAITLISTED, reason=REASON, by=by)
    return sorted(rows, key=lambda row: row.decisions.get().waitlist_position)


def drafted(cycle, basis, by):
    """Who is waitlisted by a proposal for one seat, in order."""
    asked = room.CommitteeRule(basis, {})
    seen = room.what_if(cycle, asked, comparing.compare(cycle, {})).fingerprint()
    proposal.draft(cycle, asked, waitlist=9, fingerprint=seen, by=by)
    waiting = cycle.applications.filter(decisions__result=Status.WAITLISTED)
    return list(waiting.order_by("decisions__waitlist_position"))


@pytest.mark.parametrize("basis", [RAW, ADJUSTED])
def test_ticked_at_once_they_wait_in_the_order_of_a_draft(coordinator, cycle, rows, basis):
    Cycle.objects.update(scores_by=basis)
    by_hand = wait(rows, coordinator)
    assert by_hand == (rows if basis == RAW else rows[::-1])

    for row in rows:
        selection.undo(row, by=coordinator)
    assert drafted(cycle, basis, coordinator) == by_hand[1:]


def test_a_draft_says_by_which_scores_the_committee_works(coordinator, cycle, rows):
    drafted(cycle, ADJUSTED, coordinator)
    proposal.undo_draft(cycle, by=coordinator)
    assert wait(rows, coordinator) == rows[::-1]


def test_saving_reserves_says_it_too_and_the_page_begins_with_it(sign_in, coordinator, cycle, rows):
    client, page = sign_in(coordinator), reverse("applications:selection-reserves", args=[cycle.code])
    client.post(page, {"basis": "adjusted", "reason": "Our readers differ."})

    assert wait(rows, coordinator) == rows[::-1]
    assert client.get(page).context["form"]["basis"].value() == "adjusted"
    listed = client.get(reverse("applications:selection-list"), {"cycle": cycle.code, "decided": "yes"}).text
    assert "The waitlist is in order of adjusted score" in listed


def test_where_nothing_is_adjusted_a_draft_by_adjusted_scores_says_that_it_goes_by_the_mean(
    sign_in, coordinator, cycle
):
    """The choice is kept for when there are adjusted scores; the audit log says what was used."""
    for mean in (14, 13, 12):
        scored(cycle, Decimal(mean))
    client, note = sign_in(coordinator), "so this uses the readers’ average"
    reserves, draft = (reverse(f"applications:selection-{name}", args=[cycle.code]) for name in ("reserves", "draft"))
    assert note in client.get(reserves, {"basis": "adjusted"}).text
    assert note not in client.get(reserves, {"basis": "raw"}).text
    page = client.get(draft, {"basis": "adjusted"})
    assert "by average scores" in page.context["rule"]

    client.post(draft, {"basis": "adjusted", "fingerprint": page.context["fingerprint"]})

    (decision,) = Decision.objects.all()
    cycle.refresh_from_db()
    assert "by average scores" in decision.reason
    assert cycle.scores_by == ADJUSTED
    listed = client.get(reverse("applications:selection-list"), {"cycle": cycle.code}).text
    assert "The waitlist is in order of average score" in listed


def test_those_of_a_lottery_wait_as_they_were_drawn_and_equal_ones_by_the_median(coordinator, cycle):
    lottery = lottery_of(cycle=tie(cycle=cycle), stage=Lottery.Stage.DRAWN)
    entries = {row.code: row for row in cycle.applications.all()}
    drawn = [entries[code] for code in lottery.order.split()]
    Application.objects.filter(pk=drawn[3].pk).update(score_mean=12)  # after the draw: it changes no place
    low, high = scored(cycle, Decimal(9)), scored(cycle, Decimal(9))
    Application.objects.filter(pk=high.pk).update(score_median=Decimal(10))

    assert wait([high, low, *drawn[1:5]], coordinator) == [*drawn[1:5], high, low]


def test_no_order_tells_a_reader_before_the_own_lock(coordinator, cycle):
    best, other = scored(cycle, Decimal(14)), scored(cycle, Decimal(9))
    AssignmentFactory(application=best, reader=coordinator)

    with pytest.raises(RuleViolation) as refused:
        wait([best, other], coordinator)

    assert refused.value.code == "reading_open"
    assert best.candidate_label in refused.value.message and other.candidate_label not in refused.value.message
    selection.decide(best, result=Status.WAITLISTED, reason=REASON, by=coordinator)
    assert wait([best, other], UserFactory(coordinator=True)) == [best, other]


def test_whoever_has_a_place_keeps_it(coordinator, cycle):
    first, second = scored(cycle, Decimal(9)), scored(cycle, Decimal(12))
    DecisionFactory(application=first, result=Status.WAITLISTED, waitlist_position=1)
    assert wait([first, second], coordinator) == [first, second]
