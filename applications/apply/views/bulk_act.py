"""One act on many students: begun on a list, looked at, confirmed, and undone on the page that says how it went."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.apply.actions import bulk_act as actions
from applications.base import bulk_acts
from applications.models import Application, BulkAct, BulkRow
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Language, Message, User
from exchange.templatetags.ui import language_here
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message

NAMED_MOST = 10
ON_A_PAGE = 100
WITH_MESSAGES = 25  # students on a page; each message takes a millisecond or two to write


@require_POST
def bulk_act_begin(request: HttpRequest) -> HttpResponse:
    """Stores whom the act would touch, and leads to the page that shows it.

    A list whose form does more than this, such as the ranked list, has `place`, `act` and `query` in the button's
    address, and a name of its own for what is checked.
    """
    require(permissions.can_list_applications(request.user))
    said = {**request.GET.dict(), **request.POST.dict()}
    place, kind = said.get("place", ""), said.get("act", "")
    try:
        bulk = actions.draft(
            kind,
            place=place,
            query=said.get("query", ""),
            codes=request.POST.getlist("row") or request.POST.getlist("applications"),
            takes_all="all" in request.POST,
            by=me(request),
        )
    except RuleViolation as violation:
        messages.error(request, violation.message)
        back = request.META.get("HTTP_REFERER", "")
        if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            return redirect(back)
        return redirect(_list_of(place))
    if kind == bulk_acts.MESSAGE:
        return redirect(f"{reverse('travel:group-message-new')}?chosen={bulk.code}")
    return redirect(bulk)


@require_http_methods(["GET", "POST"])
def bulk_act(request: HttpRequest, code: str) -> HttpResponse:
    """Of a draft, what it would do and to whom; afterward, what became of each. A list that has changed since it was
    shown is shown again, and nothing is done. `page` in the form: another page, with what was typed, and nothing else.
    """
    bulk = _own(request, code)
    act = bulk_acts.act_of(bulk.kind)
    if act is None:
        return redirect(_list_of(bulk.place))
    if not bulk.is_draft:
        context = _shown(request, bulk, act)
        context["page_obj"] = _page(request, bulk, context["in_sight"], ON_A_PAGE, request.GET.get("page"))
        return render(request, "applications/apply/bulk_act_done.html", context)
    found = actions.applications_of(bulk)
    form = act.form(found, me(request), request.POST if request.method == "POST" else None)
    changed: list[str] = []
    difference, depends = actions.Difference(), False
    seen, warned, looks = request.POST.get("seen", ""), request.POST.get("warned", ""), "page" in request.POST
    is_only_list = looks and not warned  # another page of the students, before anything is sent
    if is_only_list:
        form.errors.clear()
    elif request.method == "POST" and form.is_valid():
        with refusal_in(form):
            if looks:
                difference = actions.look(bulk, said=_said(form), seen=seen)
            else:
                difference = actions.confirm(bulk, said=_said(form), seen=seen, warned=warned)
            if not difference and not looks:
                bulk_acts.remember(bulk, request)
                return redirect(bulk)
            depends = _is_by_choice(act, difference, me(request))
            changed = _in_words(difference, depends=depends)
    context = {**_shown(request, bulk, act), "form": form, "changed": changed, "depends": depends}
    context["seen"] = seen if is_only_list else actions.mark_of(bulk)
    context |= _to_read(request, context, difference)
    context["can_be"] = context["count"] or _may_fit(act, found, me(request))
    return render(request, "applications/apply/bulk_act.html", context)


def _to_read(request: HttpRequest, shown: dict[str, Any], difference: actions.Difference) -> dict[str, Any]:
    """What is read before it's done: sentences, and of the messages that it would send those to the students of a
    page, from the first one on where they aren't those that were shown. `shown`: of `_shown`."""
    bulk, act = shown["bulk"], shown["act"]
    warnings, drafts = difference.warnings, difference.previews
    warned = actions.mark_of_warnings(bulk, warnings, drafts) if warnings or drafts else ""
    most, done_first = WITH_MESSAGES if drafts else ON_A_PAGE, bool(drafts and not difference.refused)
    asked = request.POST if request.method == "POST" else request.GET
    number = asked.get("page") if asked.get("warned", "") == warned else None
    page = _page(request, bulk, shown["in_sight"], most, number, done_first=done_first)
    here = {row.application_id for row in page}
    by_student: dict[int, list[bulk_acts.Draft]] = {}
    for draft in bulk_acts.written([draft for draft in drafts if draft.application.pk in here]):
        by_student.setdefault(draft.application.pk, []).append(draft)
    has_texts = any(row.channel == Message.Channel.TEXT for draft in drafts for row in draft.messages)
    return {
        "warnings": warnings,
        "warned": warned,
        "has_previews": act.previews is not None,
        "page_obj": page,
        "drafts": by_student,
        "counts": bulk_acts.counts_of(drafts),
        "languages": [language_here(language).capitalize() for language in Language.values],
        "unreachable": [draft.application for draft in drafts if not draft.messages],
        "texts_wait": outbox.by_day(timezone.now()) if has_texts else None,
    }


@require_POST
def bulk_act_undo(request: HttpRequest, code: str) -> HttpResponse:
    bulk = _own(request, code)
    with rule_message(request):
        actions.undo(bulk)
        bulk_acts.forget(bulk, request)
    return redirect(bulk)


@require_POST
def bulk_act_discard(request: HttpRequest, code: str) -> HttpResponse:
    bulk = _own(request, code)
    actions.discard(bulk)
    return redirect(_back(bulk))


def _own(request: HttpRequest, code: str) -> BulkAct:
    require(permissions.can_list_applications(request.user))
    return get_object_or_404(BulkAct.objects.visible_to(request.user).select_related("by"), code=code)


def _shown(request: HttpRequest, bulk: BulkAct, act: bulk_acts.Act) -> dict[str, Any]:
    outcomes = {outcome: Count("pk", filter=Q(outcome=outcome)) for outcome in BulkRow.Outcome.values}
    counts = bulk.rows.aggregate(
        all=Count("pk"),
        in_sight=Count("pk", filter=_in_sight(request)),
        refused=Count("pk", filter=~Q(refusal="")),
        waiting=Count("pk", filter=Q(outcome="")),
        **outcomes,
    )
    left_out = counts["refused"] if bulk.is_draft else counts["left_out"]
    return {
        "bulk": bulk,
        "act": act,
        "in_sight": counts["in_sight"],
        "out_of_sight": counts["all"] - counts["in_sight"],
        "count": counts["all"] - left_out,
        "left_out": left_out,
        "done": counts["done"],
        "undone": counts["undone"],
        "stays": counts["stays"],
        "worked": counts["all"] - counts["waiting"] - counts["left_out"],
        "total": counts["all"] - counts["left_out"],
        "tones": {"done": "good", "undone": "neutral", "stays": "stop", "left_out": "wait"},
        "back_href": _back(bulk),
    }


def _in_sight(request: HttpRequest) -> Q:
    """Of rows: those whose student the person may still see."""
    return Q(application__in=Application.objects.visible_to(request.user))


def _page(
    request: HttpRequest, bulk: BulkAct, count: int, most: int, number: str | None, *, done_first: bool = False
) -> Page[BulkRow]:
    """The rows of a page: first those that it can't be done to, or isn't; with `done_first`, last. `count`: of all."""
    is_done = Case(When(refusal="", why="", then=True), default=False)
    order = is_done.desc() if done_first else is_done.asc()
    named = bulk.rows.filter(_in_sight(request)).select_related("application__student", "application__college")
    paginator = Paginator(named.order_by(order, "application__student__full_name", "pk"), most)
    paginator.count = count
    return paginator.get_page(number)


def _may_fit(act: bulk_acts.Act, found: list[Application], user: User) -> bool:
    """Whether another choice in the form may fit some of those who are left out now."""
    return act.refusals_for is not None and len(act.refusals(found, user)) < len(found)


def _is_by_choice(act: bulk_acts.Act, found: actions.Difference, user: User) -> bool:
    """Whether nobody's case has changed: whoever is left out now doesn't fit what was chosen in the form."""
    return act.refusals_for is not None and not found.gone and not act.refusals(found.refused, user)


def _said(form: forms.Form) -> dict[str, Any]:
    said: dict[str, Any] = form.said  # type: ignore[attr-defined] # what each act's form has
    return said


def _list_of(place: str) -> str:
    known = bulk_acts.place_of(place)
    return reverse(known.href if known else "applications:application-list")


def _back(bulk: BulkAct) -> str:
    return f"{_list_of(bulk.place)}?{bulk.query}" if bulk.query else _list_of(bulk.place)


def _in_words(found: actions.Difference, *, depends: bool) -> list[str]:
    lines = []
    if found.gone:
        text = ngettext(
            "No longer on the list: %(count)s student whose file you may no longer see.",
            "No longer on the list: %(count)s students whose files you may no longer see.",
            found.gone,
        )
        lines.append(text % {"count": found.gone})
    if found.refused:
        text = _("Left out: %(names)s.") if depends else _("No longer possible for: %(names)s.")
        lines.append(text % {"names": _names(found.refused)})
    if found.can:
        lines.append(_("Possible now for: %(names)s.") % {"names": _names(found.can)})
    return lines


def _names(rows: list[Application]) -> str:
    names = [str(row.student) for row in rows[:NAMED_MOST]]
    if more := len(rows) - len(names):
        names.append(ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more})
    return ", ".join(names)
