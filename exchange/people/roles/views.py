"""The page of people: who can do what, who is invited, whose role has ended."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from exchange.base import roles
from exchange.guests import working as links
from exchange.models import College, User
from exchange.people.roles import who as listing
from exchange.people.roles.who import ACTIVE, ENDED, INVITED, LINKS
from exchange.templatetags.ui import day_year
from exchange.web.list_files import asked_file
from exchange.web.shortcuts import me, page_of, require
from exchange.web.worklist import FILE_ROWS, SearchField, SortField, worklist


class FilterForm(forms.Form):
    state = forms.CharField(required=False, widget=forms.HiddenInput)
    q = SearchField(label=gettext_lazy("Name, email or phone"))
    kind = forms.ChoiceField(label=gettext_lazy("Role"), required=False)
    college = forms.ChoiceField(label=gettext_lazy("College"), required=False)
    sort = SortField()

    def __init__(self, data: QueryDict, *, state: str) -> None:
        super().__init__(data)
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("Every role")), *listing.kinds()]
        if state == LINKS:
            kind.label = listing.COLUMNS[LINKS].by_key["opens"].label
            kind.choices = [("", _("Everything")), *((each.name, each.opens) for each, _model in links.purposes())]
            del self.fields["college"]
            return
        college: Any = self.fields["college"]
        colleges = College.objects.order_by("short_name").values_list("code", "short_name")
        college.choices = [("", _("Every college")), *colleges]
        sort: Any = self.fields["sort"]
        sort.offer(listing.COLUMNS[state])

    def filters(self) -> listing.Filters:
        self.is_valid()
        data = self.cleaned_data
        return listing.Filters(data.get("q", ""), data.get("kind", ""), data.get("college", ""))


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    require(roles.looks_after_accounts(request.user))
    state, form, lists = _lists(request.GET, me(request))
    counts = {each: rows.count() for each, rows in lists.items()}
    page = page_of(_in_order(lists[state], state, request.GET), request, count=counts[state])
    columns = listing.COLUMNS[state]
    context = {
        "list": worklist(
            request,
            title=_("People"),
            columns=columns,
            form=form,
            page=page,
            kept=("state",),
            has_peek=state not in (INVITED, LINKS),  # nobody's account
        ),
        "state": state,
        "tabs": _tabs(request, counts, state),
        "rows": _rows(state, list(page)),
        "now": timezone.now(),
        "can_invite": bool(roles.grantable_by(me(request))),
        "clear_href": f"{reverse('people')}?state={state}",
    }
    return render(request, "exchange/people/people.html", context)


@require_safe
def person_peek(request: HttpRequest, code: str) -> HttpResponse:
    """One person beside the list: a part of a page, which list.js puts there."""
    require(roles.looks_after_accounts(request.user))
    row = listing.row_of(get_object_or_404(User, code=code))
    colleges = ", ".join(role.college.name for role in row.person.roles.all() if role.college)
    visit = day_year(row.person.last_login) if row.person.last_login else _("not yet")
    shown = [(_("College"), colleges), (_("Last visit"), visit)]
    context = {
        "person": row.person,
        "does": row.does,
        "facts": [{"label": label, "value": value} for label, value in shown if value],
    }
    return render(request, "exchange/people/person_peek.html", context)


@require_POST
def people_file(request: HttpRequest) -> HttpResponseBase:
    """What the page lists, as a file. `query`: its address; `format`: csv or xlsx."""
    require(roles.looks_after_accounts(request.user))
    asked = asked_file(request, reverse("people"))
    if isinstance(asked, HttpResponse):
        return asked
    state, _form, lists = _lists(asked.query, me(request))
    found = list(_in_order(lists[state], state, asked.query)[:FILE_ROWS])
    listing.record_download(state, len(found), by=me(request))
    return listing.COLUMNS[state].file(_rows(state, found), asked.form, name=_("people"))


def _lists(query: QueryDict, user: User) -> tuple[str, FilterForm, dict[str, Any]]:
    """The list that the address asks for, its filters, and the rows of each."""
    sees_links = roles.is_coordinator(user)  # of students, whom an owner without that role doesn't see
    state = query.get("state", "")
    state = state if state in listing.COLUMNS and (state != LINKS or sees_links) else ACTIVE
    form = FilterForm(query, state=state)
    filters = form.filters()
    lists: dict[str, Any] = {
        ACTIVE: listing.active(filters),
        INVITED: listing.invited(user, filters),
        ENDED: listing.ended(user, filters),
    }
    if sees_links:
        lists[LINKS] = links.working(filters.kind, filters.q) if state == LINKS else links.working()
    return state, form, lists


def _in_order(rows: Any, state: str, query: QueryDict) -> Any:
    if state == LINKS:
        return rows
    found = listing.COLUMNS[state].sorted(rows, query.get("sort"))
    return listing.with_duties(found) if state == ACTIVE else found


def _tabs(request: HttpRequest, counts: dict[str, int], state: str) -> list[dict[str, Any]]:
    labels = {
        ACTIVE: ngettext("%(count)s active", "%(count)s active", counts[ACTIVE]),
        INVITED: ngettext("%(count)s invited", "%(count)s invited", counts[INVITED]),
        ENDED: ngettext("%(count)s ended role", "%(count)s ended roles", counts[ENDED]),
    }
    if LINKS in counts:
        labels[LINKS] = ngettext("%(count)s private link", "%(count)s private links", counts[LINKS])
    tabs = []
    for each, label in labels.items():
        query = request.GET.copy()
        others = ("q", "kind", "college") if LINKS in (each, state) and each != state else ()
        for name in ("page", "sort", *others):  # each list has columns of its own, and that of links its filters
            query.pop(name, None)
        query["state"] = each
        tabs.append(
            {"label": label % {"count": counts[each]}, "href": f"?{query.urlencode()}", "current": each == state}
        )
    return tabs


def _rows(state: str, found: list[Any]) -> list[Any]:
    if state == ACTIVE:
        return listing.rows(found)
    return links.rows(found) if state == LINKS else found
