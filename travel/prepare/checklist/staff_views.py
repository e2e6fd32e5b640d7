"""View of the steps that advisors and the office do for students, the earliest first."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from exchange.web.shortcuts import page_of, query_without_page, require
from travel import permissions
from travel.models import ChecklistItem
from travel.models.checklist import StepFields
from travel.prepare.checklist import evidence
from travel.prepare.checklist.staff_steps import owners_of


@dataclass(frozen=True, slots=True)
class StaffRow:
    item: ChecklistItem
    is_late: bool
    waits_for: list[str]  # titles of what the student or others have to do first
    may_do: bool
    href: str  # where it's done, if not here
    label: str


@require_GET
def checklist_steps(request: HttpRequest) -> HttpResponse:
    require(permissions.can_list_checklists(request.user))
    is_due = "due" in request.GET
    found = ChecklistItem.objects.visible_to(request.user).of_staff(owners_of(request.user))
    if is_due:
        found = found.filter(do_by__lte=timezone.localdate())
    people = "placement__application__student", "placement__application__college", "placement__trip__city"
    page = page_of(found.select_related("step", *people).order_by("do_by", "step__order", "pk"), request)
    context = {
        "page_obj": page,
        "rows": _rows(request, list(page.object_list)),
        "is_due": is_due,
        "query": query_without_page(request),
    }
    return render(request, "travel/prepare/checklist_steps.html", context)


def _rows(request: HttpRequest, items: list[ChecklistItem]) -> list[StaffRow]:
    today, open_titles, rows = timezone.localdate(), _open_titles(request, items), []
    for item in items:
        there = open_titles.get(item.placement_id, {})
        waits_for = [there[key] for key in item.step.waits_for if key in there]
        may_do = permissions.can_do_step(request.user, item.placement, item.step)
        href, label = _link(item) if may_do else ("", "")
        may_do = may_do and (bool(href) or evidence.is_by_hand(item.step))
        rows.append(StaffRow(item, item.do_by < today, waits_for, may_do and not waits_for, href, label))
    return rows


def _link(item: ChecklistItem) -> tuple[str, str]:
    """(address, label) of the page where this step is done, unless it's checked off by hand."""
    if item.step.asks_file:
        return item.get_absolute_url(), _("Send the photo or PDF")
    return evidence.office_link_of(item.step, item.placement)


def _open_titles(request: HttpRequest, items: list[ChecklistItem]) -> dict[int, dict[str, str]]:
    """Of the steps that these wait for: placement -> key -> title, if they're open. One query."""
    keys = {key for item in items for key in item.step.waits_for}
    placements = {item.placement_id for item in items}
    rows = ChecklistItem.objects.visible_to(request.user).open().filter(placement__in=placements, step__key__in=keys)
    found: dict[int, dict[str, str]] = {}
    for row in rows.select_related("step"):
        step: StepFields = row.step
        found.setdefault(row.placement_id, {})[step.key] = step.title
    return found
