"""The dated list on a phone: a late step is the next one, others wait or are the office's; a step is done; on paper."""

import pytest
from django.core.management import call_command
from django.utils import translation
from django.utils.translation import gettext as _

from exchange.templatetags.ui import short_day
from tests.factories import UserFactory
from tests.factories_travel import EntryRuleFactory, PlacementFactory, in_days
from tests.journeys.phone import Phones
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import steps

pytestmark = pytest.mark.browser


@pytest.fixture
def placement(transactional_db):
    """A student with the standard list whose bank step is three days late, and safe for two more."""
    call_command("load_reference", verbosity=0)
    placement = PlacementFactory(trip__leaves_in=200)
    EntryRuleFactory(city=placement.trip.city)
    steps.create_steps(placement.trip.cycle, by=UserFactory(coordinator=True))
    checklist.open_for(placement, by=placement.placed_by)
    placement.checklist_items.exclude(step__key="bank-card").update(do_by=in_days(60), last_safe_on=in_days(67))
    placement.checklist_items.filter(step__key="bank-card").update(do_by=in_days(-3), last_safe_on=in_days(2))
    case = placement.passport_case
    type(case).objects.filter(pk=case.pk).update(stage="applied", documents_by=None, apply_by=None)
    return placement


@pytest.mark.parametrize(
    ("language", "script"),
    [("en", True), pytest.param("es", True, marks=pytest.mark.core), ("es", False)],
    ids=["en", "es", "es, no script"],
)
def test_a_dated_list_with_a_late_step_on_a_phone(browser, live_server, placement, language, script):
    student = placement.application.student
    student.language = language
    student.save(update_fields=["language"])
    home = f"/checklists/{placement.code}/"
    with Phones(browser, live_server.url, language) as phones, translation.override(language):
        phone = phones.open(student, script=script)
        phone.go(home)
        late = placement.checklist_items.select_related("step").get(step__key="bank-card")
        first = phone.page.locator(".ex-next-step").inner_text()
        assert str(late.step.title) in first
        assert _("Today") in first
        assert short_day(late.last_safe_on) in first
        assert short_day(late.do_by) not in phone.text()
        heights = [row.bounding_box()["height"] for row in phone.page.locator(".ex-duties__row").all()]
        assert min(heights) >= 48

        phone.follow('="?who=office"')
        ticket = placement.checklist_items.select_related("step").get(step__key="ticket")
        assert str(ticket.step.title) in phone.text()
        assert (
            phone.page.locator(".ex-duties__row").count()
            == placement.checklist_items.filter(step__owner__in=("office", "advisor")).count()
        )

        phone.go(home).follow(f'="{home}items/bank-card/"')
        phone.send('form[action$="/done/"]')
        assert phone.path == home
        assert placement.checklist_items.get(step__key="bank-card").done_at
        phone.follow(f'="{home}print/"')
        assert phone.page.locator("svg").count() >= 1
        assert str(ticket.step.title) in phone.text()
