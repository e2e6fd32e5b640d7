"""One page for what waits for a second person: what it is, who may confirm it, from when one alone may, and a stop."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.models import AccountMerge
from exchange.models.takes_two import TakesTwo
from exchange.people.merging import actions as merging
from exchange.people.second import second
from exchange.web.access import opens
from exchange.web.shortcuts import me, require


class StopForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why should it be stopped?"),
        help_text=gettext_lazy("Everyone who was told about it reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write why it should be stopped.")},
    )


@never_cache
@require_safe
def second_detail(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    return _page(request, _row(request, kind, code), StopForm())


@require_POST
def second_stop(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """No fresh proof: stopping harms little and must be quick."""
    row, form = _row(request, kind, code), StopForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=400)
    try:
        second.act_of(row).stop(row, form.cleaned_data["reason"], me(request))
    except RuleViolation as violation:
        form.add_error(None, violation.message)
        return _page(request, _row(request, kind, code), form, status=400)
    messages.success(request, _("Stopped. Everyone who was told about it hears of this, too."))
    return redirect(second.address_of(row))


def back_to(row: TakesTwo, request: HttpRequest) -> HttpResponse:
    """Where somebody who has confirmed it goes on: the account's page, if they see accounts."""
    if roles.looks_after_accounts(request.user):
        return redirect("person-detail", code=row.whose[0].code)
    return redirect(second.address_of(row))


def _page(request: HttpRequest, row: TakesTwo, form: StopForm, status: int = 200) -> HttpResponse:
    by = me(request)
    sees_all = second.knows(row, by)
    why = second.why_not(row, by)
    found = None
    if isinstance(row, AccountMerge) and sees_all and not row.is_over:
        found = merging.look(row.kept, row.closed)
        opens(request, *found.openings)
    context: dict[str, Any] = {
        "waiting": row,
        "kind": second.act_of(row).name,
        "is_own": by in row.whose,
        "is_staff": roles.is_staff_role(by),
        "sees_all": sees_all,
        "can_confirm": why is None and not row.is_over,
        "why_not": why[1] if why and sees_all and not row.is_over else "",
        "who_may": second.who_may(row) if roles.is_staff_role(by) and not row.is_over else [],
        "found": found,
        "form": form,
    }
    return render(request, "exchange/people/second_detail.html", context, status=status)


def _row(request: HttpRequest, kind: str, code: str) -> TakesTwo:
    require(request.user.is_authenticated)
    act = second.act_named(kind)
    if act is None:
        raise Http404
    row = get_object_or_404(act.model._default_manager.select_related(*act.related), code=code)
    if not second.is_told(row, me(request)):
        raise Http404
    return row
