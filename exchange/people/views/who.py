"""The page of people: who can do what, who is invited, whose role has ended."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from exchange.base import roles
from exchange.models import College
from exchange.people import who as listing
from exchange.web.shortcuts import me, page_of, query_without_page, require

ACTIVE, INVITED, ENDED = "active", "invited", "ended"


class FilterForm(forms.Form):
    state = forms.CharField(required=False, widget=forms.HiddenInput)
    who = forms.CharField(label=gettext_lazy("Name, email or phone"), required=False, max_length=254)
    kind = forms.ChoiceField(label=gettext_lazy("Role"), required=False)
    college = forms.ChoiceField(label=gettext_lazy("College"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("Every role")), *listing.kinds()]
        college: Any = self.fields["college"]
        colleges = College.objects.order_by("short_name").values_list("code", "short_name")
        college.choices = [("", _("Every college")), *colleges]

    def filters(self) -> listing.Filters:
        data = self.cleaned_data if self.is_valid() else {}
        return listing.Filters(data.get("who", ""), data.get("kind", ""), data.get("college", ""))


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    require(roles.looks_after_accounts(request.user))
    form = FilterForm(request.GET)
    filters, user = form.filters(), me(request)
    lists: dict[str, Any] = {
        ACTIVE: listing.active(filters),
        INVITED: listing.invited(user, filters),
        ENDED: listing.ended(user, filters),
    }
    counts = {state: rows.count() for state, rows in lists.items()}
    state = request.GET.get("state", "")
    state = state if state in lists else ACTIVE
    found = listing.with_duties(lists[state]) if state == ACTIVE else lists[state]
    page = page_of(found, request, count=counts[state])
    context = {
        "form": form,
        "state": state,
        "tabs": _tabs(request, counts, state),
        "page_obj": page,
        "rows": _rows(state, list(page)),
        "query": query_without_page(request),
        "can_invite": bool(roles.grantable_by(user)),
        "clear_href": f"{reverse('people')}?state={state}",
    }
    return render(request, "exchange/people/people.html", context)


def _tabs(request: HttpRequest, counts: dict[str, int], state: str) -> list[dict[str, Any]]:
    labels = {
        ACTIVE: ngettext("%(count)s active", "%(count)s active", counts[ACTIVE]),
        INVITED: ngettext("%(count)s invited", "%(count)s invited", counts[INVITED]),
        ENDED: ngettext("%(count)s ended role", "%(count)s ended roles", counts[ENDED]),
    }
    tabs = []
    for each, label in labels.items():
        query = request.GET.copy()
        query.pop("page", None)
        query["state"] = each
        tabs.append(
            {"label": label % {"count": counts[each]}, "href": f"?{query.urlencode()}", "current": each == state}
        )
    return tabs


def _rows(state: str, found: list[Any]) -> list[Any]:
    if state == ACTIVE:
        return listing.rows(found)
    if state == INVITED:
        now = timezone.now()
        return [{"invitation": each, "is_expired": each.is_expired(now)} for each in found]
    return found
