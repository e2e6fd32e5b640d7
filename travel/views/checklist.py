"""The student's checklist and the way to a passport; for staff, who is falling behind."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, F, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from exchange import facts, roles
from exchange.models import College, Role, User
from exchange.templatetags.ui import short_day
from exchange.web import page_of, query_without_page, require, rule_message
from travel import guidance, permissions, planning
from travel.actions import checklist as actions
from travel.forms.checklist import HAS_ONE, ChecklistFilterForm, PassportCheckForm, PassportRouteForm, StageForm
from travel.models import ChecklistItem, EntryRule, PassportCase, Placement, Trip
from travel.next_step import next_step, shown_do_by
from travel.states import HAS_PASSPORT, MOVES, STAGE_TONES, URGENCY_TONES, PassportStage, Urgency

ADULT_AGE, RENEWAL_YEARS = "passport.rule.adult_age", "passport.rule.renewal_years"
TO_VERIFY = Q(done_at__isnull=False, verified_at__isnull=True, step__needs_verification=True) & ~Q(
    step__timing__in=actions.FOLLOWS_PASSPORT
)


def _placement(request: HttpRequest, code: str) -> Placement:
    """A placement within the person's scope that has a checklist, else 404."""
    visible = Placement.objects.visible_to(request.user).with_people().select_related("passport_case")
    return get_object_or_404(visible.filter(passport_case__isnull=False), code=code)


def _own(request: HttpRequest, code: str) -> Placement:
    placement = _placement(request, code)
    require(permissions.can_work_on_checklist(request.user, placement))
    return placement


def _item(placement: Placement, key: str) -> ChecklistItem:
    items = placement.checklist_items.select_related("step", "done_by", "verified_by")
    item = get_object_or_404(items, step__key=key)
    item.placement = placement
    return item


def item_status(item: ChecklistItem, today: date) -> tuple[str, str]:
    """(words, tone) of one duty."""
    if item.verified_at:
        return _("done and seen"), "good"
    if item.done_at:
        return (_("done, to be seen"), "wait") if item.step.needs_verification else (_("done"), "good")
    if item.last_safe_on < today:
        return _("late"), "stop"
    if item.do_by <= today:
        return _("do it now"), "wait"
    return _("to do"), "neutral"


def _dates(item: ChecklistItem, today: date) -> str:
    """Two dates of an open duty in one line."""
    if item.done_at:
        return ""
    do_by = shown_do_by(item.do_by, item.last_safe_on, today)
    if do_by == item.last_safe_on:
        return _("Last safe day: %(last)s.") % {"last": short_day(item.last_safe_on)}
    return _("Do it by %(do_by)s. Last safe day: %(last)s.") % {
        "do_by": short_day(do_by),
        "last": short_day(item.last_safe_on),
    }


# --- The student ------------------------------------------------------------------------------------


@require_GET
def checklist_detail(request: HttpRequest, code: str) -> HttpResponse:
    placement = _placement(request, code)
    if permissions.can_work_on_checklist(request.user, placement):
        return _own_page(request, placement)
    return _staff_page(request, placement)


def _own_page(request: HttpRequest, placement: Placement, stage_form: StageForm | None = None) -> HttpResponse:
    today, case, trip = timezone.localdate(), placement.passport_case, placement.trip
    items = list(placement.checklist_items.select_related("step"))
    rule = EntryRule.objects.filter(city=trip.city_id, document=EntryRule.Document.US_PASSPORT).first()
    form = stage_form or StageForm(current=case.stage)
    shows_rule = rule and case.route not in (PassportCase.Route.TALK, PassportCase.Route.UNKNOWN)
    context = {
        "placement": placement,
        "trip": trip,
        "case": case,
        "step": next_step(placement, case, items, today),
        "items": [_task(placement, item, today) for item in items],
        "done": sum(1 for item in items if item.done_at),
        "advice": guidance.by_topic(case.route),
        "fees": guidance.fees(case),
        "extras": guidance.extras(case),
        "photo": guidance.photo(case.route),
        "entry_lines": guidance.entry_lines(rule) if shows_rule else [],
        "entry_rule": rule if shows_rule else None,
        "entry_source": guidance.Source.of(rule) if shows_rule else None,
        "stage_form": form if form.fields["stage"].choices else None,
        "folds_stage": case.stage == PassportStage.IN_HAND and not form.is_bound,
        "stage_tone": STAGE_TONES[PassportStage(case.stage)],
        "can_answer": case.stage in planning.BEFORE_APPLYING or case.stage == PassportStage.IN_HAND,
        "advisors": _advisors(placement),
    }
    return render(request, "travel/checklist/checklist_detail.html", context)


def _task(placement: Placement, item: ChecklistItem, today: date) -> dict[str, str]:
    label, tone = item_status(item, today)
    href = reverse("travel:checklist-item", kwargs={"code": placement.code, "key": item.step.key})
    return {"title": item.step.title, "href": href, "hint": _dates(item, today), "status_label": label, "tone": tone}


def _advisors(placement: Placement) -> list[User]:
    people = User.objects.filter(
        is_active=True, roles__kind=Role.Kind.ADVISOR, roles__college=placement.application.college_id
    )
    return list(people.distinct().order_by("full_name", "pk")[:2])


@require_http_methods(["GET", "POST"])
def passport_route(request: HttpRequest, code: str) -> HttpResponse:
    placement = _own(request, code)
    ages = facts.numbers(ADULT_AGE, RENEWAL_YEARS)
    form = PassportRouteForm(request.POST or None, adult_age=ages[ADULT_AGE], renewal_years=ages[RENEWAL_YEARS])
    if request.method == "POST" and form.is_valid():
        with rule_message(request, success=_("We kept your way to a passport, and not your answers.")):
            actions.answer_route(placement.passport_case, form.answers(), by=request.user)
        return redirect(_passport_block(placement))
    context = {"placement": placement, "form": form, "trip": placement.trip}
    return render(request, "travel/checklist/passport_route.html", context)


def _passport_block(placement: Placement) -> str:
    return reverse("travel:checklist-detail", kwargs={"code": placement.code}) + "#passport"


@require_http_methods(["GET", "POST"])
def passport_certificate(request: HttpRequest, code: str) -> HttpResponse:
    """GET asks, POST says that a birth certificate must be ordered, or (is_needed=no) that it need not."""
    placement = _own(request, code)
    if request.method == "POST":
        is_needed = request.POST.get("is_needed") != "no"
        done = _("We moved your dates. Order it this week.") if is_needed else _("Good. We moved your dates.")
        with rule_message(request, success=done):
            actions.set_certificate(placement.passport_case, is_needed=is_needed, by=request.user)
        return redirect(_passport_block(placement))
    context = {
        "placement": placement,
        "case": placement.passport_case,
        "advice": guidance.certificate(),
        "fee": guidance.certificate_fee(),
    }
    return render(request, "travel/checklist/passport_certificate.html", context)


@require_POST
def passport_stage(request: HttpRequest, code: str) -> HttpResponse:
    """The student moves the own stage; staff say that they saw the passport, or take that back."""
    placement = _placement(request, code)
    case = placement.passport_case
    if not permissions.can_work_on_checklist(request.user, placement):
        return _check_passport(request, placement)
    form = StageForm(request.POST, current=case.stage)
    if request.POST.get("stage") == case.stage:  # sent twice by a slow phone
        return redirect(_passport_block(placement))
    if not form.is_valid():
        return _own_page(request, placement, form)
    with rule_message(request, success=_("Saved. Your dates are up to date.")):
        actions.move_stage(case, by=request.user, **form.cleaned_data)
    return redirect(_passport_block(placement))


@require_GET
def checklist_item(request: HttpRequest, code: str, key: str) -> HttpResponse:
    placement = _placement(request, code)
    item = _item(placement, key)
    today = timezone.localdate()
    is_own = permissions.can_work_on_checklist(request.user, placement)
    follows = item.step.timing in actions.FOLLOWS_PASSPORT
    label, tone = item_status(item, today)
    context = {
        "placement": placement,
        "item": item,
        "do_by": shown_do_by(item.do_by, item.last_safe_on, today),
        "label": label,
        "tone": tone,
        "follows_passport": follows,
        "may_do": is_own and not follows and item.done_at is None,
        "may_undo": is_own and not follows and item.done_at is not None and item.verified_at is None,
        "may_verify": permissions.can_verify(request.user, placement) and _waits_to_be_seen(item),
        "is_own": is_own,
    }
    return render(request, "travel/checklist/checklist_item.html", context)


@require_POST
def checklist_item_done(request: HttpRequest, code: str, key: str) -> HttpResponse:
    placement = _own(request, code)
    item = _item(placement, key)
    if "undo" in request.POST:
        with rule_message(request, success=_("Taken back. It is on your list again.")):
            actions.undo_done(item, by=request.user)
        return redirect(item)
    with rule_message(request, success=_("Done: %(title)s.") % {"title": item.step.title}):
        actions.mark_done(item, by=request.user)
    return redirect("travel:checklist-detail", code=placement.code)


# --- The staff --------------------------------------------------------------------------------------


@require_GET
def checklist_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_list_checklists(request.user))
    today = timezone.localdate()
    visible = PassportCase.objects.visible_to(request.user)
    is_coordinator = roles.is_coordinator(request.user)
    colleges = College.objects.all()
    if not is_coordinator:
        colleges = colleges.filter(pk__in=roles.advisor_college_ids(request.user))
    trips = Trip.objects.visible_to(request.user).filter(returned_at__isnull=True).select_related("city")
    form = ChecklistFilterForm(request.GET or None, colleges=colleges, trips=trips)
    page = page_of(_sorted(_filtered(visible, form, today)), request)
    context = {
        "form": form,
        "page_obj": page,
        "rows": _case_rows(page, today),
        "late": visible.before_return().late(today).count(),
        "query": query_without_page(request),
        "stage_tones": STAGE_TONES,
        "urgency_tones": URGENCY_TONES,
    }
    return render(request, "travel/checklist/checklist_list.html", context)


def _filtered(cases, form: ChecklistFilterForm, today: date):
    chosen = form.cleaned_data if form.is_valid() else {}
    cases = (
        cases.active().filter(placement__trip__cycle=chosen["cycle"]) if chosen.get("cycle") else cases.before_return()
    )
    if chosen.get("late"):
        cases = cases.before_return().late(today)
    if chosen.get("college"):
        cases = cases.filter(placement__application__college=chosen["college"])
    if chosen.get("trip"):
        cases = cases.filter(placement__trip=chosen["trip"])
    if chosen.get("stage"):
        cases = cases.filter(stage__in=HAS_PASSPORT if chosen["stage"] == HAS_ONE else [chosen["stage"]])
    return cases


def _sorted(cases):
    """The least slack first, what is finished last."""
    people = "placement__application__student", "placement__application__college", "placement__trip__city"
    items = ChecklistItem.objects.filter(TO_VERIFY).select_related("step")
    return (
        cases.with_next_on()
        .select_related(*people)
        .prefetch_related(Prefetch("placement__checklist_items", queryset=items, to_attr="to_verify"))
        .order_by(F("next_on").asc(nulls_last=True), "pk")
    )


def _case_rows(cases: Iterable[PassportCase], today: date) -> list[dict]:
    """Duties are counted for the rows of the page only: joined, the database would count those of every row."""
    duties = ChecklistItem.objects.filter(placement__in=[case.placement_id for case in cases]).order_by()
    counts = duties.values("placement").annotate(total=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)))
    progress = {row["placement"]: row for row in counts}
    return [_case_row(case, progress.get(case.placement_id, {"total": 0, "done": 0}), today) for case in cases]


def _case_row(case: PassportCase, progress: dict[str, int], today: date) -> dict:
    slack = (case.next_on - today).days if case.next_on else None
    return {
        "case": case,
        "placement": case.placement,
        "slack": slack_label(slack),
        "tone": slack_tone(case, slack),
        "done": progress["done"],
        "total": progress["total"],
        "to_verify": case.placement.to_verify,
    }


def slack_label(slack: int | None) -> str:
    if slack is None:
        return ""
    if slack < 0:
        return ngettext("%(count)s day late", "%(count)s days late", -slack) % {"count": -slack}
    return ngettext("%(count)s day", "%(count)s days", slack) % {"count": slack}


def slack_tone(case: PassportCase, slack: int | None) -> str:
    if slack is None:
        return "good"
    return "stop" if slack < 0 else URGENCY_TONES[Urgency(case.urgency)]


def _staff_page(request: HttpRequest, placement: Placement, form: PassportCheckForm | None = None) -> HttpResponse:
    today, case = timezone.localdate(), placement.passport_case
    require(permissions.can_verify(request.user, placement))
    next_on = planning.next_on(case)
    slack = (next_on - today).days if next_on else None
    rule = EntryRule.objects.filter(city=placement.trip.city_id, document=EntryRule.Document.US_PASSPORT).first()
    items = placement.checklist_items.select_related("step", "verified_by")
    context = {
        "placement": placement,
        "trip": placement.trip,
        "case": case,
        "next_on": next_on,
        "slack": slack_label(slack),
        "slack_tone": slack_tone(case, slack),
        "stage_tone": STAGE_TONES[PassportStage(case.stage)],
        "urgency_tone": URGENCY_TONES[Urgency(case.urgency)],
        "rows": [_staff_row(item, today) for item in items],
        "check_form": form
        or (PassportCheckForm() if PassportStage.CHECKED in MOVES[PassportStage(case.stage)] else None),
        "valid_until": planning.validity(placement.trip, rule).needed_until,
        "is_checked": case.stage == PassportStage.CHECKED,
    }
    return render(request, "travel/checklist/checklist_staff.html", context)


def _staff_row(item: ChecklistItem, today: date) -> dict:
    label, tone = item_status(item, today)
    return {"item": item, "label": label, "tone": tone, "may_verify": _waits_to_be_seen(item)}


def _waits_to_be_seen(item: ChecklistItem) -> bool:
    """Twin of TO_VERIFY for one row at hand."""
    is_open = item.done_at is not None and item.verified_at is None
    return is_open and item.step.needs_verification and item.step.timing not in actions.FOLLOWS_PASSPORT


def _check_passport(request: HttpRequest, placement: Placement) -> HttpResponse:
    require(permissions.can_verify(request.user, placement))
    case = placement.passport_case
    if "undo" in request.POST:
        if case.stage == PassportStage.CHECKED:
            with rule_message(request, success=_("Taken back.")):
                actions.move_stage(case, PassportStage.IN_HAND, by=request.user)
        return redirect("travel:checklist-detail", code=placement.code)
    form = PassportCheckForm(request.POST)
    if not form.is_valid():
        return _staff_page(request, placement, form)
    with rule_message(request, success=_("Noted: you have seen the passport.")):
        actions.check(case, by=request.user, **form.cleaned_data)
    return redirect("travel:checklist-detail", code=placement.code)


@require_POST
def checklist_item_verify(request: HttpRequest, code: str, key: str) -> HttpResponse:
    placement = _placement(request, code)
    require(permissions.can_verify(request.user, placement))
    item = _item(placement, key)
    with rule_message(request, success=_("Noted: you have seen “%(title)s”.") % {"title": item.step.title}):
        actions.verify_item(item, by=request.user)
    return redirect(_back_to(request, placement))


def _back_to(request: HttpRequest, placement: Placement) -> str:
    """The list with its filters, if the button was pressed there."""
    if "list" in request.POST:
        return f"{reverse('travel:checklist-list')}?{request.POST['list']}"
    return reverse("travel:checklist-detail", kwargs={"code": placement.code})
