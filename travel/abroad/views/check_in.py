"""Check-ins, for the office and for leaders with an account: started, watched live, worked until all are found."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.messages import outbox
from exchange.messages.batches import batch_of
from exchange.messages.phone_numbers import to_e164
from exchange.models import Language, User
from exchange.templatetags.ui import language_here
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel import permissions
from travel.abroad import accounting
from travel.abroad.account import statements_of, told
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.abroad.check_in_forms import CheckInForm
from travel.abroad.reaching import Reach, reach_of, reach_of_leaders, trips_to_check
from travel.models import CheckIn, CheckInPerson, CheckInStep, Contact, Placement, RollCall, Trip
from travel.models.check_in import CheckInPersonQuerySet

# the buttons of a row; each is pressed by somebody named
NOTES = {each.value: each for each in sorted(accounting.BY_A_PERSON)}
TONES = {"help": "stop", "missing": "stop", "disputed": "stop", "unclear": "stop", "safe": "good", "seen": "good"}


@require_safe
def check_in_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_check_in(request.user) or _leads(request))
    people = CheckInPerson.objects.visible_to(request.user).filter(check_in__isnull=False)
    seen = Q(people__in=people)
    accounted = seen & Q(people__state__in=[each.value for each in accounting.ACCOUNTED])
    rows = CheckIn.objects.visible_to(request.user).select_related("started_by").order_by("-started_at", "-pk")
    rows = rows.annotate(all=Count("people", filter=seen), accounted=Count("people", filter=accounted))
    context = {
        "page_obj": page_of(rows, request),
        "query": query_without_page(request),
        "may_start": trips_to_check(request.user).exists(),
        "roll_calls": RollCall.objects.visible_to(request.user).unresolved().select_related("trip__city"),
    }
    return render(request, "travel/abroad/check_in_list.html", context)


def _leads(request: HttpRequest) -> bool:
    return Contact.objects.filter(trip__isnull=False, user=me(request)).exists()


@require_http_methods(["GET", "HEAD", "POST"])
def check_in_start(request: HttpRequest) -> HttpResponse:
    """The form; with `preview` the texts in both languages and how each can be reached; with `start` it begins."""
    require(permissions.can_check_in(request.user) or _leads(request))
    require_fresh(request)
    placements, leaders = _travelers(request), _leaders(request)
    chosen = request.GET.get("trip", "")
    everyone: list[Placement | Contact] = [*placements, *leaders]
    ticked = [each.code for each in everyone if each.trip and chosen in ("", each.trip.code)]
    form = CheckInForm(
        request.POST or None,
        travelers=[(each.code, f"{each.application.person} · {each.trip.city}") for each in placements],
        leaders=[(each.code, f"{each} · {each.trip.city}") for each in leaders if each.trip],
        initial={"kind": "real", "travelers": ticked, "leaders": ticked},
    )
    context: dict[str, Any] = {"form": form, "has_travelers": bool(placements)}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        asked = [each for each in placements if each.code in set(said["travelers"])]
        with_them = [each for each in leaders if each.code in set(said.get("leaders", []))]
        words = {"kind": said["kind"], "why_en": said["why_en"], "why_es": said["why_es"]}
        if "start" in request.POST:
            return redirect(actions.start(asked, leaders=with_them, by=me(request), **words))
        reach = reach_of(asked, is_real=said["kind"] == CheckIn.Kind.REAL)
        context |= {"texts": _preview(CheckIn(started_by=me(request), **words), asked)}
        context |= {"ways": _ways([*reach.values(), *reach_of_leaders(with_them).values()])}
        context |= {"count": len(asked) + len(with_them)}
    return render(request, "travel/abroad/check_in_start.html", context)


def _travelers(request: HttpRequest) -> list[Placement]:
    """Who is away, of the trips that this person may check on; by city and name."""
    rows = Placement.objects.active().filter(trip__in=trips_to_check(request.user), returned_at__isnull=True)
    rows = rows.select_related("application__student", "trip__city")
    return list(rows.order_by("trip__leaves_on", "trip__city__name_en", "application__student__full_name"))


def _leaders(request: HttpRequest) -> list[Contact]:
    """Of the same trips: they are there, too."""
    rows = Contact.objects.filter(trip__in=trips_to_check(request.user)).select_related("trip__city", "user")
    return list(rows.order_by("trip__leaves_on", "trip__city__name_en", "name"))


def _preview(check_in: CheckIn, asked: Sequence[Placement]) -> list[tuple[str, str]]:
    """(language, text) as travelers get it, with a link that opens nothing."""
    person = CheckInPerson(check_in=check_in, placement=asked[0])
    found = []
    for language in Language.values:
        guest = outbox.Guest(phone="+10000000000", language=language)
        context = {"check_in": check_in, "person": person, "again": False, "is_preview": True}
        found.append((capfirst(language_here(language)), outbox.drafts(actions.ASKS, guest, context)[0].body))
    return found


def _ways(reach: Any) -> dict[str, int]:
    rows: list[Reach] = list(reach)
    text = [each for each in rows if each.text and not each.stopped]
    email = [each for each in rows if each not in text and each.email and not each.stopped]
    return {"text": len(text), "email": len(email), "call": len(rows) - len(text) - len(email)}


@require_safe
def check_in(request: HttpRequest, code: str) -> HttpResponse:
    """The live board. Ten queries for any number of travelers."""
    found = get_object_or_404(
        CheckIn.objects.visible_to(request.user).select_related("started_by", "reopened_by"), code=code
    )
    mine = CheckInPerson.objects.visible_to(request.user).filter(check_in=found)
    context = board_of(found, mine, viewer=me(request))
    may_close = found.closed_at is None and (not context["counts"].open or found.kind == CheckIn.Kind.DRILL)
    context |= {
        "batch": batch_of(found) if permissions.can_check_in(request.user) else None,
        "may_close": may_close,
        "may_reopen": actions.may_reopen(found) and _may_end(request, found),
        "back": (reverse("travel:check-in-list"), _("Check-ins")),
        "href": found.get_absolute_url(),
    }
    return render(request, "travel/abroad/check_in.html", context)


def board_of(
    found: CheckIn, mine: CheckInPersonQuerySet, *, viewer: User | None = None, key: str = "", leader: str = ""
) -> dict[str, Any]:
    """What the board shows of these people to `viewer`. `key`, `leader`: of a leader who isn't signed in."""
    people = list(mine.with_people().select_related("placement__reachability"))
    people.sort(key=lambda each: (accounting.ORDER.index(accounting.State(each.state)), each.state_at))
    counts = accounting.tally(each.state for each in people)
    steps = CheckInStep.objects.filter(person__in=people).select_related("by", "person")
    last = steps.aggregate(last=Max("pk"))["last"] or 0
    log: dict[int, list[CheckInStep]] = {}
    for step in steps.order_by("at", "pk"):
        log.setdefault(step.person_id, []).append(step)
    said = statements_of(people, log)
    trips = {each.trip.pk: each.trip for each in people}
    there = list(_contacts_there(trips.values()))
    hosts: dict[int, list[Contact]] = {}
    for contact in there:
        hosts.setdefault(contact.host_id or 0, []).append(contact)
    rows = [
        _row(each, log.get(each.pk, []), said[each.pk], len(trips) > 1)
        | _links(each, key)
        | {"is_self": actions.is_self(each, viewer, leader), "hosts": hosts.get(each.trip.host_id, [])}
        for each in people
    ]
    return {
        "check_in": found,
        "title": heading(counts, people),
        "counts": counts,
        "rows": rows,
        "trips": sorted(trips.values(), key=lambda trip: str(trip.city)),
        "leaders": [each for each in there if each.trip_id],
        "version": f"{last}.{_sum(rows)}.{found.closed_at is not None}",
    }


def _sum(rows: Sequence[Mapping[str, Any]]) -> int:
    """Another number once a tap has changed where somebody stands: taps are no steps."""
    return zlib.crc32(repr([(row["person"].state, row["told"]) for row in rows]).encode())


def _contacts_there(trips: Collection[Trip]) -> QuerySet[Contact]:
    """The leaders of these trips and the people of their hosts."""
    hosts = {trip.host_id for trip in trips}
    return Contact.objects.filter(Q(trip__in=trips) | Q(host__in=hosts)).order_by("name", "pk")


def _links(person: CheckInPerson, key: str) -> dict[str, Any]:
    if key:
        note = reverse("travel:roster-check-in-note", args=[key, person.code])
        return {"note_href": note, "cards_href": reverse("travel:roster-people", args=[key]), "may_take": False}
    cards = reverse("travel:trip-cards", args=[person.trip.code])
    return {"note_href": reverse("travel:check-in-note", args=[person.code]), "cards_href": cards, "may_take": True}


def heading(counts: accounting.Tally, people: Sequence[CheckInPerson]) -> str:
    """The answer to "is everyone safe?" in one sentence, with who is on it."""
    if not counts.open:
        return ngettext("%(count)s person is accounted for", "All %(count)s people are accounted for", counts.all) % {
            "count": counts.all
        }
    callers = {str(each.caller) for each in people if each.caller and each.state not in accounting.ACCOUNTED}
    words = {"count": counts.open, "all": counts.all, "names": ", ".join(sorted(callers))}
    if counts.help:
        return ngettext("%(count)s person needs help", "%(count)s people need help", counts.help) % {
            "count": counts.help
        }
    if callers:
        text = ngettext(
            "%(count)s of %(all)s isn’t accounted for. Calling now: %(names)s",
            "%(count)s of %(all)s aren’t accounted for. Calling now: %(names)s",
            counts.open,
        )
        return text % words
    text = ngettext(
        "%(count)s of %(all)s isn’t accounted for yet", "%(count)s of %(all)s aren’t accounted for yet", counts.open
    )
    return text % words


def _row(
    person: CheckInPerson, steps: list[CheckInStep], statements: list[accounting.Statement], shows_city: bool
) -> dict[str, Any]:
    """One person of the board, with what was said and done about them."""
    said = getattr(person.placement, "reachability", None)
    numbers = [person.number, str(said.phone.as_e164) if said and said.phone else "", _own_number(person)]
    undone = {each.undoes_id for each in steps}
    words = [each for each in steps if each.words]
    notes = [each for each in steps if each.kind in accounting.BY_A_PERSON and each.pk not in undone]
    return {
        "person": person,
        "name": person.name,
        "city": person.trip.city if shows_city else None,
        "numbers": list(dict.fromkeys(number for number in numbers if number)),
        "way": said.get_way_display() if said else "",
        "is_done": person.state in accounting.ACCOUNTED,
        "tone": TONES.get(person.state, "wait"),
        "told": _told(person, statements),
        "taps": _words(person, [each for each in statements if each.said in accounting.BY_TAPS]),
        "calls_family": any(each.kind == CheckInStep.Kind.FAMILY for each in steps),
        "words": words[-1] if words else None,
        "steps": steps,
        "note": notes[-1].pk if notes else None,
        "zone": person.trip.city.zone,
    }


def _told(person: CheckInPerson, statements: list[accounting.Statement]) -> list[str]:
    """What bears the state, and of somebody who isn't there also what they last said themselves."""
    bearing = accounting.account(statements).statement
    own = [each for each in statements if each.said in accounting.BY_THEMSELVES]
    shown = [bearing, *own[-1:]] if person.state in accounting.NOT_THERE else [bearing]
    return _words(person, shown)


def _words(person: CheckInPerson, statements: Sequence[accounting.Statement | None]) -> list[str]:
    with timezone.override(person.zone):
        return [told(each) for each in statements if each]


def _own_number(person: CheckInPerson) -> str:
    """Of the traveler's account, or the one the office has of a leader."""
    if person.placement:
        phone = person.placement.application.person.phone
        return to_e164(str(phone)) if phone else ""
    return to_e164(person.leader.phone) if person.leader and person.leader.phone else ""


@require_POST
def check_in_note(request: HttpRequest, code: str) -> HttpResponse:
    """A button of one row: seen, called, calling, or the last note taken back."""
    people = CheckInPerson.objects.visible_to(request.user).select_related("check_in")
    person = get_object_or_404(people, code=code)
    said = request.POST.get("said", "")
    with rule_message(request):
        if said in NOTES:
            actions.note(person, Said(said), by=me(request), shown=request.POST.get("words", ""))
        elif said == "taken":
            actions.take(person, by=me(request))
        elif said == "undo":
            actions.undo(person, shown=request.POST.get("note", ""), by=me(request))
    return redirect(person.check_in.get_absolute_url() + f"#p-{person.code}")


@require_POST
def check_in_close(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(CheckIn.objects.visible_to(request.user), code=code)
    require(_may_end(request, found))
    with rule_message(request, success=_("Closed. You can open it again for a day.")):
        actions.close(found, by=me(request))
    return redirect(found)


@require_POST
def check_in_reopen(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(CheckIn.objects.visible_to(request.user), code=code)
    require(_may_end(request, found))
    with rule_message(request, success=_("It’s open again.")):
        actions.reopen(found, by=me(request))
    return redirect(found)


def _may_end(request: HttpRequest, found: CheckIn) -> bool:
    return permissions.can_check_in(request.user) or found.started_by_id == me(request).pk
