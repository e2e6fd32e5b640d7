"""Facts, rules and guidance under Set up: find one, compare it with its source, change it, see its history."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.messages import reminders
from exchange.models import Fact
from exchange.reference import references
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel import permissions
from travel.office.reference import actions
from travel.office.reference.forms import FORMS, NEW_FORMS, SOURCE, ReferenceForm, label_of
from travel.office.reference.history import history, words_of
from travel.office.reference.kinds import (
    ELSEWHERE,
    ENTERING,
    ENTRY,
    FACT,
    FEES,
    GROUPS,
    KINDS,
    MESSAGES,
    Group,
    Kind,
    Standing,
    cities_without_rule,
    group_of,
    name_of,
    standing,
    standings,
)
from travel.office.reference.reach import reach

LOOK, OURS = "look", "ours"
# groups of facts that the office adds to; the code reads the others by name
OPEN = (FEES, ENTERING, MESSAGES)


class FilterForm(forms.Form):
    words = forms.CharField(label=gettext_lazy("Contains"), required=False, max_length=100)
    group = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("Which"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group: Any = self.fields["group"]
        group.choices = [("", _("Everything")), *((each.key, each.title) for each in GROUPS.values())]
        state: Any = self.fields["state"]
        state.choices = [("", _("All")), (LOOK, _("Needs a look")), (OURS, _("Changed by us"))]


def _list(group: Group) -> str:
    return f"{reverse('travel:reference-list')}?group={group.key}"


# --- The list -----------------------------------------------------------------------------------------


@require_safe
def reference_list(request: HttpRequest) -> HttpResponse:
    """Without filters: what needs a look, and the groups. With filters: the rows that match, late ones first."""
    require(permissions.can_manage_partners(request.user))
    form = FilterForm(request.GET)
    filters = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    group = GROUPS.get(filters.get("group", ""))
    rows = standings([group.kind] if group else KINDS.values())
    context: dict[str, Any] = {"form": form, "group": group, "clear_href": reverse("travel:reference-list")}
    if filters:
        found = [row for row in rows if _matches(row, filters)]
        context |= {"page_obj": page_of(found, request), "query": query_without_page(request), "is_filtered": True}
        context |= _more(group) if group else {}
    else:
        context |= {"look": [row for row in rows if row.is_late or row.is_newer], "groups": _groups(rows)}
        own = sum(row.needs_a_look for row in rows) - len(context["look"])
        late, unconfirmed = references.to_check(models=tuple(ELSEWHERE))
        context |= {"elsewhere": late, "more": own + len(unconfirmed)}
    if filters == {"state": LOOK}:
        late, unconfirmed = references.to_check(models=tuple(ELSEWHERE))
        context["elsewhere"] = [*late, *unconfirmed]
        context["all"] = len(found) + len(context["elsewhere"])
    return render(request, "travel/office/reference_list.html", context)


def _matches(row: Standing, filters: dict[str, str]) -> bool:
    if filters.get("group", row.group.key) != row.group.key:
        return False
    if filters.get("words", "").casefold() not in row.words:
        return False
    return bool({LOOK: row.needs_a_look, OURS: row.ours}.get(filters.get("state", ""), True))


def _groups(rows: list[Standing]) -> list[dict[str, Any]]:
    found = []
    for group in GROUPS.values():
        own = [row for row in rows if row.group is group]
        look = sum(row.needs_a_look for row in own)
        if own or group.kind is not FACT:
            label = ngettext("%(count)s to look at", "%(count)s to look at", look) % {"count": look} if look else ""
            hint = ", ".join(row.name for row in own[:2])
            found.append(
                {"title": group.title, "href": _list(group), "hint": hint, "status_label": label, "tone": "wait"}
            )
    return found


def _more(group: Group) -> dict[str, Any]:
    """What can be added to the group, and what the files have that isn't here."""
    kind = group.kind
    if not kind.can_add:
        return {}
    without = [str(city) for city in cities_without_rule()] if kind is ENTRY else []
    there = {kind.address(row) for row in kind.rows()}
    absent = [(address, kind.model(**key, **values)) for address, (key, values) in kind.shipped().items()]
    return {
        "add_href": reverse("travel:reference-add", args=[kind.key]) if kind is not FACT or group in OPEN else "",
        "without": ", ".join(without),
        "absent": [
            {"name": name_of(row), "href": reverse("travel:reference-act", args=[kind.key, address])}
            for address, row in absent
            if address not in there and group_of(kind, row) is group
        ],
    }


# --- One row ------------------------------------------------------------------------------------------


def _found(request: HttpRequest, kind: str, address: str) -> tuple[Kind, Any]:
    require(permissions.can_manage_partners(request.user))
    found = KINDS.get(kind)
    row = found.find(address) if found else None
    if found is None or row is None:
        raise Http404
    return found, row


@require_safe
def reference_row(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    of, row = _found(request, kind, key)
    stands = standing(of, row)
    last = actions.last_act(row)
    context = {
        "kind": of,
        "row": row,
        "stands": stands,
        "lines": _lines(of, row),
        "words": _words(of, row),
        "reach": reach(row),
        "previews": _previews(row),
        "history": history(of, row),
        "seen": actions.seen_of(of, row),
        "undo": last.pk if last else "",
        "theirs": _differences(stands),
        "change_href": reverse("travel:reference-change", args=[of.key, key]),
        "act_href": reverse("travel:reference-act", args=[of.key, key]),
        "list_href": _list(stands.group),
    }
    return render(request, "travel/office/reference_row.html", context)


def _lines(kind: Kind, row: Any) -> list[tuple[str, str]]:
    """What the row says beside its texts and its source; a fact's number is in the heading."""
    names = [name for line in FORMS[kind.key].layout if line not in SOURCE for name in line]
    names = [name for name in names if kind is not FACT and not name.endswith(("_en", "_es"))]
    return [(label_of(kind, name), words_of(row, name, getattr(row, name))) for name in names]


def _words(kind: Kind, row: Any) -> list[tuple[Any, Any]]:
    """The row's texts, (English, Spanish) side by side, each with its label."""
    form = FORMS[kind.key]
    return [
        (
            {"label": label_of(kind, english).rpartition(",")[0], "text": getattr(row, english)},
            {"text": getattr(row, spanish)},
        )
        for english, spanish in (line for line in form.layout if len(line) == 2)
        if english.endswith("_en") and (getattr(row, english) or getattr(row, spanish))
    ]


def _differences(stands: Standing) -> list[dict[str, Any]]:
    """Where the office's row says something else than the files."""
    row, mine = stands.row, stands.ours
    return [
        {"label": label_of(stands.kind, name), "ours": words_of(row, name, getattr(row, name)), "files": files}
        for name, files in ((name, words_of(row, name, value)) for name, value in mine.items())
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def reference_change(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    of, row = _found(request, kind, key)
    form = FORMS[of.key](request.POST or None, row=row)
    is_sound = request.method == "POST" and form.is_valid()
    if request.headers.get("HX-Request"):
        previews = _previews(row, form.cleaned_data.get("value") if request.method == "POST" else None)
        return render(request, "travel/office/_reminder_days.html", {"previews": previews})
    if is_sound and "preview" not in request.POST:
        with refusal_in(form):
            actions.change(of, row, form.values, seen=form.cleaned_data["seen"], by=me(request))
            messages.success(request, _("Saved. The portal uses it from now on."))
            return redirect("travel:reference-row", kind=of.key, key=key)
    previews = _previews(row, form.cleaned_data.get("value") if request.method == "POST" else None)
    return _form(request, of, form, row=row, previews=previews, back=of.href(row))


def _previews(row: Any, typed: Any = None) -> list[reminders.Preview]:
    """Of a number of reminder days: what goes with the saved one and, if it's another, with the one that is typed."""
    if not isinstance(row, Fact) or row.key not in reminders.keys():
        return []
    numbers = [int(row.value)]
    if typed is not None and int(typed) not in numbers:
        numbers.append(int(typed))
    return [reminders.preview(row.key, days) for days in numbers]


@require_http_methods(["GET", "HEAD", "POST"])
def reference_add(request: HttpRequest, kind: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    of = KINDS.get(kind)
    if of is None or not of.can_add:
        raise Http404
    form = NEW_FORMS[of.key](request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            row = actions.add(of, form.values, by=me(request))
            messages.success(request, _("Added."))
            return redirect(of.href(row))
    return _form(request, of, form, row=None, back=reverse("travel:reference-list"))


def _form(request: HttpRequest, kind: Kind, form: ReferenceForm, **more: Any) -> HttpResponse:
    row = more["row"]
    context = {"kind": kind, "form": form, "name": name_of(row) if row else "", "reach": reach(row) if row else []}
    return render(request, "travel/office/reference_form.html", context | more)


# --- Acts ---------------------------------------------------------------------------------------------


@require_POST
def reference_act(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """One click: still right, undo, back to the default, remove; or put back what isn't here."""
    require(permissions.can_manage_partners(request.user))
    of = KINDS.get(kind)
    if of is None:
        raise Http404
    act = request.POST.get("act", "")
    if act == "restore":
        with rule_message(request, _("Put back.")):
            return redirect(of.href(actions.restore(of, key, by=me(request))))
        return redirect("travel:reference-list")
    row = of.find(key)
    if row is None or act not in ACTS or (act == "remove" and not standing(of, row).can_remove):
        raise Http404
    do, said = ACTS[act]
    with rule_message(request, str(said)):
        do(of, row, request)
    return redirect(of.href(row) if of.find(key) else _list(group_of(of, row)))


def _undo(kind: Kind, row: Any, request: HttpRequest) -> None:
    event = request.POST.get("undo", "")
    actions.undo(kind, row, event=int(event) if event.isdecimal() and len(event) < 19 else 0, by=me(request))


ACTS: dict[str, tuple[Callable[[Kind, Any, HttpRequest], object], Any]] = {
    "right": (
        lambda kind, row, request: actions.still_right(kind, row, seen=_seen(request), by=me(request)),
        gettext_lazy("Noted: still correct as of today."),
    ),
    "undo": (_undo, gettext_lazy("Undone.")),
    "back": (
        lambda kind, row, request: actions.back(kind, row, seen=_seen(request), by=me(request)),
        gettext_lazy("Back to the portal’s default. What you had is in the history."),
    ),
    "remove": (
        lambda kind, row, request: actions.remove(kind, row, seen=_seen(request), by=me(request)),
        gettext_lazy("Removed. Updates won’t bring it back."),
    ),
}


def _seen(request: HttpRequest) -> str:
    return str(request.POST.get("seen", ""))
