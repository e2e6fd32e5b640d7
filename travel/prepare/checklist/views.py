"""Views of the checklist: the student's own; for staff, who is behind."""

from datetime import date
from typing import Any

from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from applications.base.bulk_acts import acts_on
from applications.base.opening import What, opened
from applications.standing import Act, may
from exchange.background.cached_figures import cached_for
from exchange.base import roles
from exchange.base.office import office
from exchange.reference import facts
from exchange.web.list_files import asked_file
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from exchange.web.worklist import FILE_ROWS, worklist
from travel import permissions
from travel.base.form_words import has_words
from travel.base.trip_stage import Tense, placed_standing
from travel.models import ChecklistItem, FormText, Placement, PracticalNeeds, SignedForm, StepFile
from travel.passport.case import duties
from travel.passport.case.next_step import next_step, shown_do_by
from travel.passport.case.views import advisors_of, staff_case
from travel.passport.case.visits import booking_of
from travel.placement.documents import qr_code
from travel.prepare.checklist import actions, bulk_acts, downloads, evidence, staff_list
from travel.prepare.checklist.file_forms import ReturnForm, StepFileForm
from travel.prepare.checklist.list_page import FILTERS, list_page, owner_label
from travel.states import STAGE_TONES, PassportStage


def placement_of(request: HttpRequest, code: str) -> Placement:
    """A placement this person may see that has a checklist, else 404."""
    visible = Placement.objects.visible_to(request.user).with_people()
    placement = get_object_or_404(visible.filter(application__passport_case__isnull=False), code=code)
    opened(request, placement.application, What.TRIP)
    return placement


def item_of(placement: Placement, key: str) -> ChecklistItem:
    items = placement.checklist_items.select_related("step", "done_by", "verified_by")
    item = get_object_or_404(items, step__key=key)
    item.placement = placement
    return item


def item_status(item: ChecklistItem, today: date) -> tuple[str, str]:
    """(text, tone) of one item."""
    if item.verified_at:
        return _("done and checked"), "good"
    if item.done_at:
        return (_("done, not checked yet"), "wait") if item.step.needs_verification else (_("done"), "good")
    if item.closed_at:
        return _("not needed now"), "neutral"
    if item.last_safe_on < today:
        return _("late"), "stop"
    if item.do_by <= today:
        return _("do it now"), "wait"
    return _("to do"), "neutral"


# --- The student ------------------------------------------------------------------------------------


@require_GET
def checklist_detail(request: HttpRequest, code: str) -> HttpResponse:
    placement = placement_of(request, code)
    if permissions.can_work_on_checklist(request.user, placement):
        return _own_page(request, placement)
    return _staff_page(request, placement)


def _own_page(request: HttpRequest, placement: Placement) -> HttpResponse:
    today, case, trip = timezone.localdate(), placement.passport_case, placement.trip
    is_ahead = placement.tense == Tense.BEFORE
    items = duties.shown_to(case, placement.checklist_items.select_related("step"))
    step = next_step(placement, case, items, today, booking_of(placement.application)) if is_ahead else None
    who = request.GET.get("who", "")
    page = list_page(placement, items, today, who if who in FILTERS else "")
    context = {
        "placement": placement,
        "trip": trip,
        "case": case,
        "is_ahead": is_ahead,
        "step": step and evidence.lead(step, items, placement),
        "page": page,
        "finished": _with_papers(placement, page.finished),
        "departs_from": placement.application.cycle.departure_airport,
        "stage_tone": STAGE_TONES[PassportStage(case.stage)],
        "advisors": advisors_of(placement.application),
        "has_forms": FormText.objects.current().filter(cycle=trip.cycle_id, signer=FormText.Signer.STUDENT).exists(),
        "asks_numbers": trip.number_needs.open().exists(),
        "asks_needs": not any(item.step.evidence_key == "needs" for item in items)
        and may(placed_standing(placement), Act.NEEDS)
        and not PracticalNeeds.objects.visible_to(request.user).filter(placement=placement).exists(),
    }
    return render(request, "travel/prepare/checklist_detail.html", context)


def _with_papers(
    placement: Placement, finished: list[ChecklistItem]
) -> list[tuple[ChecklistItem, str, SignedForm | None]]:
    """Each step that is done, with who did it unless the student did, and the student's signature under its form whose
    PDF is there. At most one query."""
    papers: dict[str, SignedForm] = {}
    if any(item.step.evidence == item.step.Evidence.SIGNATURE for item in finished):
        signed = placement.signed_forms.filter(signed_as=SignedForm.By.STUDENT, filed_at__isnull=False)
        rows = signed.filter(replaced_at__isnull=True, withdrawn_at__isnull=True).select_related("text")
        papers = {row.text.key: row for row in rows.order_by("signed_at")}
    return [
        (
            item,
            "" if item.step.owner == item.step.Owner.STUDENT else owner_label(item.step),
            papers.get(item.step.evidence_key) if item.done_via else None,
        )
        for item in finished
    ]


@require_GET
def checklist_print(request: HttpRequest, code: str) -> HttpResponse:
    """The list on paper, in the student's language, with a code that opens the page."""
    placement = placement_of(request, code)
    today, case = timezone.localdate(), placement.passport_case
    items = duties.shown_to(case, placement.checklist_items.select_related("step"))
    address = settings.SITE_URL + reverse("travel:checklist-detail", kwargs={"code": placement.code})
    with translation.override(placement.application.person.language):
        context = {
            "placement": placement,
            "trip": placement.trip,
            "is_own": permissions.can_work_on_checklist(request.user, placement),
            "page": list_page(placement, items, today),
            "today": today,
            "office": office(),
            "qr": qr_code(address, _("Code that opens your checklist")),
            "address": address,
        }
        return render(request, "travel/prepare/checklist_print.html", context)


@require_GET
def checklist_item(request: HttpRequest, code: str, key: str) -> HttpResponse:
    placement = placement_of(request, code)
    return item_page(request, placement, item_of(placement, key))


def item_page(
    request: HttpRequest, placement: Placement, item: ChecklistItem, form: Form | None = None
) -> HttpResponse:
    """The page of one step. `form`: of its files, with what was wrong with it."""
    today = timezone.localdate()
    is_own = permissions.can_work_on_checklist(request.user, placement)
    follows = item.step.timing in actions.FOLLOWS_PASSPORT
    can_do = permissions.can_do_step(request.user, placement, item.step)
    is_open = item.closed_at is None and may(placed_standing(placement), Act.CHECKLIST)
    may_mark = can_do and is_open and evidence.is_by_hand(item.step) and not item.done_via and not follows
    can_verify = permissions.can_verify(request.user, placement)
    others = list(placement.checklist_items.select_related("step"))
    waits_for = duties.waits(others).get(item.step.key, [])
    label, tone = item_status(item, today)
    context = {
        "placement": placement,
        "item": item,
        "do_by": shown_do_by(item.do_by, item.last_safe_on, today),
        "may_cost_the_trip": duties.may_cost_the_trip(item, others),
        "label": label,
        "tone": tone,
        "follows_passport": follows,
        "may_do": may_mark and item.done_at is None,
        "may_undo": may_mark and item.done_at is not None and item.verified_at is None,
        "may_verify": can_verify and _waits_to_be_seen(item),
        "is_own": is_own,
        "asks_text": item.step.evidence == item.step.Evidence.TEXT,
        "sees_text": is_own or permissions.can_read_text(request.user, placement, item.step),
        "waits_for": waits_for if item.is_open else [],
        "is_not_ready": item.is_open and not has_words(item.step),
        "evidence_href": evidence.href_of(item.step, placement) if is_own else "",
        "evidence_label": evidence.label_of(item.step, is_done=bool(item.done_at)),
        "shown": form,
        "may_change_files": can_do and is_open and item.verified_at is None,
    }
    if item.step.asks_file:
        may_return = can_verify and item.step.is_students and item.verified_at is None
        context |= _files(request, item, form, may_return=may_return)
    return render(request, "travel/prepare/checklist_item.html", context)


def _files(request: HttpRequest, item: ChecklistItem, form: Form | None, *, may_return: bool) -> dict[str, Any]:
    """What the page shows of a step's files: each with the form that returns it, if this person may."""
    there = list(StepFile.objects.visible_to(request.user).filter(item=item))

    def back(file: StepFile) -> Form | None:
        if not (may_return and file.is_kept and file.counts):
            return None
        return form if form and form.prefix == file.code else ReturnForm(prefix=file.code)

    return {
        "files": [(file, back(file)) for file in there],
        "was_returned": any(file.returned_at for file in there),
        "file_form": form if isinstance(form, StepFileForm) else StepFileForm(),
        "megabytes": facts.number("upload.megabytes"),
    }


@require_POST
def checklist_item_done(request: HttpRequest, code: str, key: str) -> HttpResponse:
    placement = placement_of(request, code)
    item = item_of(placement, key)
    require(permissions.can_do_step(request.user, placement, item.step))
    if "undo" in request.POST:
        with rule_message(request, success=_("Undone. It’s back on your list.")):
            actions.undo_done(item, by=me(request))
        return redirect(item)
    with rule_message(request, success=_("Done: %(title)s.") % {"title": item.step.title}):
        actions.mark_done(item, by=me(request), text=request.POST.get("text", ""))
        item.done_at = timezone.now()
    if "steps" in request.POST:
        return redirect(f"{reverse('travel:checklist-steps')}?{request.POST['steps']}")
    return redirect("travel:checklist-detail", code=placement.code) if item.done_at else redirect(item)


# --- The staff --------------------------------------------------------------------------------------


@require_GET
def checklist_list(request: HttpRequest) -> HttpResponse:
    user = me(request)
    require(permissions.can_list_checklists(user))
    form = staff_list.form_for(request.GET, user)
    found = cached_for(request, "checklists", lambda: staff_list.index_of(form, user))
    page = page_of(found.keys, request)
    rows = staff_list.rows_of(page.object_list, user, found.to_call.urgent_days)
    context = {
        "list": worklist(
            request,
            title=_("Passports and checklists"),
            columns=staff_list.COLUMNS,
            form=form,
            page=page,
            acts=acts_on(bulk_acts.CHECKLISTS.key, request),
            has_peek=True,
        ),
        "rows": rows,
        "page_obj": page,
        "late": found.late,
        "overdue": found.overdue if roles.is_coordinator(user) else 0,
        "calls": len(found.to_call.keys),
        "query": query_without_page(request),
        "may_keep_vouchers": permissions.can_keep_vouchers(user),
        "stage_tones": STAGE_TONES,
    }
    return render(request, "travel/prepare/checklist_list.html", context)


@require_POST
def checklist_file(request: HttpRequest) -> HttpResponseBase:
    """What the list has, as a file. `query`: its address; `format`: csv or xlsx."""
    user = me(request)
    require(permissions.can_list_checklists(user))
    asked = asked_file(request, reverse("travel:checklist-list"))
    if isinstance(asked, HttpResponse):
        return asked
    found = staff_list.index_of(staff_list.form_for(asked.query, user), user)
    rows = staff_list.rows_of(found.keys[:FILE_ROWS], user, found.to_call.urgent_days)
    downloads.record_list([row["application"].pk for row in rows], query=asked.recorded, by=user)
    return staff_list.COLUMNS.file(rows, asked.form, name=_("passports"))


def _staff_page(request: HttpRequest, placement: Placement) -> HttpResponse:
    require(permissions.can_verify(request.user, placement))
    today = timezone.localdate()
    items = placement.checklist_items.kept().select_related("step", "verified_by")
    context = {
        "placement": placement,
        "trip": placement.trip,
        "rows": [_staff_row(item, today) for item in items],
        **staff_case(request, placement.passport_case),
    }
    return render(request, "travel/prepare/checklist_staff.html", context)


def _staff_row(item: ChecklistItem, today: date) -> dict[str, Any]:
    label, tone = item_status(item, today)
    return {"item": item, "label": label, "tone": tone, "may_verify": _waits_to_be_seen(item)}


def _waits_to_be_seen(item: ChecklistItem) -> bool:
    """The same condition as staff_list.TO_VERIFY, for one loaded row."""
    is_open = item.done_at is not None and item.verified_at is None
    return is_open and item.step.needs_verification and item.step.timing not in actions.FOLLOWS_PASSPORT


@require_POST
def checklist_item_verify(request: HttpRequest, code: str, key: str) -> HttpResponse:
    placement = placement_of(request, code)
    require(permissions.can_verify(request.user, placement))
    item = item_of(placement, key)
    with rule_message(request, success=_("Checked: you’ve seen “%(title)s”.") % {"title": item.step.title}):
        actions.verify_item(item, by=me(request))
    return redirect(_back_to(request, placement))


def _back_to(request: HttpRequest, placement: Placement) -> str:
    """The list with its filters, if the button was pressed there."""
    if "list" in request.POST:
        return f"{reverse('travel:checklist-list')}?{request.POST['list']}"
    return reverse("travel:checklist-detail", kwargs={"code": placement.code})
