"""Messages to groups: the list, the text and its recipients, the preview, and what became of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.base import edit_lock
from applications.models import Application, GroupMessage
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.messages import batches
from exchange.templatetags.ui import clock, the_time
from exchange.web.edited import refusal_in
from exchange.web.list_files import asked_file
from exchange.web.shortcuts import me, page_of, require, rule_message
from exchange.web.worklist import FILE_ROWS, worklist
from travel.office.group_messages import actions, group_list, group_page
from travel.office.group_messages.audience import AudienceForm, audience_of
from travel.office.group_messages.forms import ConfirmForm, GroupMessageForm
from travel.office.group_messages.group_list import GroupFilterForm


@require_safe
def group_message_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_write_to_groups(request.user))
    form = GroupFilterForm(request.GET, user=me(request))
    page = page_of(group_list.found(GroupMessage.objects.visible_to(request.user), form), request)
    context = {
        "list": worklist(request, title=_("Messages to groups"), columns=group_list.COLUMNS, form=form, page=page),
        "rows": group_list.rows_of(page),
        "clear_href": reverse("travel:group-message-list"),
    }
    return render(request, "travel/office/group_message_list.html", context)


@require_POST
def group_message_file(request: HttpRequest) -> HttpResponseBase:
    """What the list has, with all that the messages say. `query`: its address; `format`: csv or xlsx."""
    require(permissions.can_write_to_groups(request.user))
    asked = asked_file(request, reverse("travel:group-message-list"))
    if isinstance(asked, HttpResponse):
        return asked
    filters = GroupFilterForm(asked.query, user=me(request))
    found = list(group_list.found(GroupMessage.objects.visible_to(request.user), filters)[:FILE_ROWS])
    group_list.record_download(query=asked.recorded, rows=len(found), by=me(request))
    return group_list.COLUMNS.file(group_list.rows_of(found), asked.form, name=_("messages to groups"))


@require_http_methods(["GET", "POST"])
def group_message_new(request: HttpRequest) -> HttpResponse:
    """The filters are in the address, so that any list can lead here with its own."""
    require(permissions.can_write_to_groups(request.user))
    return _write(request)


@require_http_methods(["GET", "POST"])
def group_message_edit(request: HttpRequest, code: str) -> HttpResponse:
    group = _own(request, code)
    return _write(request, group) if group.can_change else redirect(group)


def _write(request: HttpRequest, group: GroupMessage | None = None) -> HttpResponse:
    asked = request.POST if "filters" in request.POST else request.GET
    audience = audience_of(asked or (group.query if group else {}), me(request))
    if request.POST.get("filters") == "choose":  # another list; what has been written stays
        form = GroupMessageForm(initial=request.POST.dict())
    else:
        initial = {**GroupMessageForm.initial_of(group), "seen": _seen(group)} if group else {}
        form = GroupMessageForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        values: dict[str, Any] = {
            "query": audience.query,
            "body_en": said["body_en"],
            "body_es": said["body_es"],
            "send_at": form.send_at,
        }
        with refusal_in(form):
            if group:
                actions.change(group, **values, seen=said["seen"], by=me(request))
            else:
                group = actions.draft(**values, by=me(request))
            return redirect(group)
    only = audience.only
    context = {
        "group": group,
        "form": form,
        "audience": audience,
        "application": only,
        "student": only.student if only else None,
        "reads": only.person.language if only else "",
        "count": len(audience.rows),
    }
    return render(request, "travel/office/group_message_form.html", context)


def _seen(group: GroupMessage) -> str:
    return edit_lock.fingerprint(group, actions.TEXTS)


@require_safe
def group_message_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Of a draft, the preview; of any other, whom it went to and what became of it."""
    return _detail(request, _visible(request, code))


@require_POST
def group_message_confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Send or schedule it, unless the list has changed: then the page says how, and asks again."""
    group = _own(request, code)
    form = ConfirmForm(request.POST, lacking=actions.lacks_text(group))
    if not form.is_valid():
        return _detail(request, group, form=form)
    try:
        found = actions.confirm(group, **form.cleaned_data, by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return redirect(group)
    if found:
        return _detail(request, group, differences=group_page.differences(found))
    is_later = group.send_at is not None
    group.refresh_from_db()
    if is_later:
        messages.success(request, _("Scheduled. You can change it until it goes out."))
    else:
        text = _("It goes out at %(the_time)s. Until then, you can change it or cancel it.")
        messages.success(request, text % {"the_time": the_time(clock(group.send_at))})
    return redirect(group)


@require_POST
def group_message_call_off(request: HttpRequest, code: str) -> HttpResponse:
    """By its author, or anyone of the office."""
    group = _visible(request, code)
    was_draft = group.is_draft
    with rule_message(request, _("Discarded.") if was_draft else _("Canceled. No one gets it.")):
        actions.call_off(group, by=me(request))
        return redirect("travel:group-message-list") if was_draft else redirect(group)
    return redirect(group)


def _detail(
    request: HttpRequest, group: GroupMessage, *, form: ConfirmForm | None = None, differences: list[str] | None = None
) -> HttpResponse:
    in_sight = group.recipients.filter(application__in=Application.objects.visible_to(request.user))
    rows = list(in_sight.select_related("application__student", "application__college", "thread"))
    languages = list(group.recipients.order_by().values_list("language", flat=True))
    shown = group_page.page_of(group, rows, languages)
    is_own = group.author_id == me(request).pk
    label, tone = group_page.state_of(group)
    only = group_page.only_of(group, rows)
    context = {
        "group": group,
        "shown": shown,
        "page_obj": page_of(shown.lines, request, 100),
        "count": len(languages),
        "student": only,
        "application": rows[0].application if only else None,
        "state": label,
        "tone": tone,
        "audience": AudienceForm(QueryDict(group.query), user=me(request)).in_words,
        "edit_href": reverse("travel:group-message-edit", args=[group.code]) + f"?{group.query}",
        "form": (form or _confirm_form(group, shown, is_one=bool(only))) if is_own and group.is_draft else None,
        "may_edit": is_own and group.can_change,
        "may_call_off": group.can_change,
        "differences": differences or [],
        # the page of failed messages, which this leads to, is the office's
        "batch": batches.batch_of(group) if group.started_at and roles.is_coordinator(request.user) else None,
    }
    return render(request, "travel/office/group_message_detail.html", context)


def _confirm_form(group: GroupMessage, shown: group_page.GroupPage, *, is_one: bool) -> ConfirmForm:
    initial = {"seen": actions.mark_of(group)}
    return ConfirmForm(initial=initial, lacking=shown.lacking, is_one=is_one)


def _visible(request: HttpRequest, code: str) -> GroupMessage:
    require(permissions.can_write_to_groups(request.user))
    rows = GroupMessage.objects.visible_to(request.user).select_related("author", "called_off_by")
    return get_object_or_404(rows, code=code)


def _own(request: HttpRequest, code: str) -> GroupMessage:
    group = _visible(request, code)
    require(group.author_id == me(request).pk)
    return group
