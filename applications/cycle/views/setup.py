"""Views of a cycle's setup for coordinators: list, create, copy, edit texts and dates, publish, test the form."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.cycle import cycle_dates, readiness
from applications.cycle.actions import setup as actions
from applications.cycle.forms.setup import BasicsForm, DatesForm, NewCycleForm
from applications.cycle.parts import Need
from applications.models import Cycle
from exchange.reference import references
from exchange.templatetags.ui import clock, day_year, full_day, the_time, zone_city
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message

INVITE = "people-invite"
FACTS, FACT, NEW_FACT = "travel:reference-list", "travel:reference-row", "travel:reference-add"
PREPARATION = "preparation"  # the tab of a page in travel

# links to pages about all cycles, by URL name only, because this package must not import those apps
YOUR_CITY = (
    (
        "travel:home-city",
        gettext_lazy("Your city"),
        gettext_lazy("The names of your city and program, your office and your airport."),
    ),
    (
        "travel:home-logo",
        gettext_lazy("Logo of your city"),
        gettext_lazy("At the top of pages, emails and letters, and on posters."),
    ),
    (
        "travel:home-picture",
        gettext_lazy("Picture of your city"),
        gettext_lazy("On the home page, with words for people who can’t see it."),
    ),
    ("people", gettext_lazy("People"), gettext_lazy("Who can do what. Invite advisors and readers.")),
    (
        "travel:college-list",
        gettext_lazy("Colleges"),
        gettext_lazy("Where your students study, and whose name is on reminders there."),
    ),
    (
        "travel:facility-list",
        gettext_lazy("Passport acceptance facilities"),
        gettext_lazy("Where students apply near each college, and the wait there."),
    ),
)
WORDS_AND_RULES = (
    (
        FACTS,
        gettext_lazy("Facts, fees and rules"),
        gettext_lazy("Every fee, wait time, entry rule and piece of guidance, its source, and when to check it again."),
    ),
    (
        "travel:committee-rules",
        gettext_lazy("Reading and selection at a glance"),
        gettext_lazy("Every number and rule of the cycles under way, where it’s set, and since when."),
    ),
    (
        f"{FACTS}?group=reminders",
        gettext_lazy("Reminder days"),
        gettext_lazy("How long before a deadline reminders go, and how often."),
    ),
    (
        "message-texts",
        gettext_lazy("The portal’s texts"),
        gettext_lazy("What pages, emails and text messages say, in both languages."),
    ),
    (
        "travel:retention",
        gettext_lazy("How long we keep things"),
        gettext_lazy("When applications, files and other records are deleted, and how many are next."),
    ),
    (
        "texts-record",
        gettext_lazy("Record text message consent"),
        gettext_lazy("If someone agreed to or refused text messages by phone or on paper, record it here."),
    ),
)


def cycle_of(request: HttpRequest, code: str) -> Cycle:
    """The cycle; 403 for everyone but a coordinator, 404 if it does not exist."""
    require(permissions.can_set_up(request.user))
    return get_object_or_404(Cycle.objects.visible_to(request.user).select_related("copied_from"), code=code)


def address(page: str, cycle: Cycle, **more: str) -> str:
    return reverse(f"applications:cycle-setup-{page}", kwargs={"code": cycle.code, **more})


def tabs(cycle: Cycle, current: str) -> list[dict[str, object]]:
    """The tabs for the pages of one cycle's setup."""
    pages = [
        ("detail", _("What’s missing")),
        ("basics", _("Names and wording")),
        ("dates", _("Dates")),
        ("form", _("Form")),
        ("rules", _("Who can apply")),
        ("rubric", _("What readers score")),
        ("norming", _("Samples for readers")),
    ]
    shown = [{"label": label, "href": address(page, cycle), "current": page == current} for page, label in pages]
    # by URL name only, because this package must not import that app
    href = reverse("travel:cycle-preparation", kwargs={"code": cycle.code})
    return [*shown, {"label": _("Before and after the trip"), "href": href, "current": current == PREPARATION}]


def frame(cycle: Cycle, current: str) -> dict[str, object]:
    """The context that all pages of a cycle's setup share."""
    return {"cycle": cycle, "tabs": tabs(cycle, current), "stage": stage(cycle), "zone": zone_city()}


def stage(cycle: Cycle) -> dict[str, str]:
    """The cycle's stage, in words for the office."""
    if not cycle.published_at:
        return {"label": _("being set up"), "tone": "wait"}
    if cycle.closed_out_at:
        return {"label": _("closed out"), "tone": "neutral"}
    if not cycle.has_opened:
        return {"label": _("published, not open yet"), "tone": "now"}
    if cycle.is_open:
        return {"label": _("open now"), "tone": "good"}
    return {"label": _("closed"), "tone": "neutral"}


# --- Cycles -----------------------------------------------------------------------------------------


@require_safe
def setup_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_set_up(request.user))
    cycles = Cycle.objects.visible_to(request.user).order_by("-opens_at")
    return render(
        request,
        "applications/cycle/setup_list.html",
        {
            "rows": [{"cycle": cycle, "stage": stage(cycle)} for cycle in cycles],
            "your_city": _places(YOUR_CITY),
            "words": _places(WORDS_AND_RULES, facts_to_check=references.how_many()),
        },
    )


def _places(pages: Sequence[tuple[str, Promise, Promise]], *, facts_to_check: int = 0) -> list[dict[str, str]]:
    rows = [{"title": str(title), "href": _address(page), "hint": str(hint)} for page, title, hint in pages]
    if facts_to_check:
        label = ngettext("%(count)s to look at", "%(count)s to look at", facts_to_check) % {"count": facts_to_check}
        next(row for row in rows if row["href"] == reverse(FACTS)).update(status_label=label, tone="wait")
    return rows


def _address(page: str) -> str:
    """Of a URL name, with the query that may stand behind it."""
    name, mark, query = page.partition("?")
    return f"{reverse(name)}{mark}{query}"


@require_safe
def setup_detail(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    needs = readiness.needs_of(cycle)
    must = [need for need in needs if need.stops]
    test = cycle.applications.filter(student=me(request), is_test=True).first()
    context = {
        "must": [_task(cycle, need) for need in must],
        "may": [_task(cycle, need) for need in needs if not need.stops],
        "is_published": bool(cycle.published_at),
        "can_publish": not must and not cycle.published_at,
        "can_delete": not cycle.published_at and not cycle.applications.filter(is_test=False).exists(),
        "test": test,
        "dates": _date_rows(cycle),
    }
    return render(request, "applications/cycle/setup_detail.html", frame(cycle, "detail") | context)


def _task(cycle: Cycle, need: Need) -> dict[str, str]:
    href = ""
    if need.page in (INVITE, FACT, NEW_FACT):
        href = reverse(need.page, kwargs=need.arguments)
    elif need.page:
        page = need.page if ":" in need.page else f"applications:{need.page}"
        href = reverse(page, kwargs={"code": cycle.code, **need.arguments})
    label, tone = (_("missing"), "stop") if need.stops else (_("check this"), "wait")
    return {"title": need.text, "href": href, "status_label": label, "tone": tone}


def _date_rows(cycle: Cycle) -> list[dict[str, str]]:
    dates = cycle_dates.dates_of(cycle)
    return [
        {"label": _("Opens"), "value": day_time(cycle.opens_at)},
        {"label": _("Closes"), "value": day_time(cycle.closes_at)},
        {"label": _("Endorsements are due"), "value": day_year(cycle.endorsements_due_on) or _("not set yet")},
        {"label": _("Scores are due"), "value": day_year(cycle.readings_due_on) or _("not set yet")},
        {"label": _("All decisions by"), "value": day_year(cycle.decisions_on)},
        {"label": _("Last day to answer an offer"), "value": day_year(dates.answers_due_on)},
    ]


@require_http_methods(["GET", "POST"])
def setup_new(request: HttpRequest) -> HttpResponse:
    """Create a cycle with the default form: the first cycle, or one unlike last year's."""
    require(permissions.can_set_up(request.user))
    form = NewCycleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            cycle = actions.create_cycle(
                form.values, form.dates, departs_on=form.cleaned_data["departs_on"], by=me(request)
            )
            messages.success(
                request, _("%(cycle)s was created. Only your office can see it for now.") % {"cycle": cycle.name}
            )
            return redirect(address("detail", cycle))
    return render(request, "applications/cycle/setup_new.html", {"form": form, "zone": zone_city()})


@require_http_methods(["GET", "POST"])
def setup_copy(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows the dates that the copy would have; POST makes the copy and redirects to its open tasks."""
    source = cycle_of(request, code)
    if request.method == "POST":
        with rule_message(request):
            cycle = actions.copy_cycle(source, by=me(request))
            messages.success(
                request, _("%(cycle)s was created. Only your office can see it for now.") % {"cycle": cycle.name}
            )
            return redirect(address("detail", cycle))
        return redirect("applications:cycle-setup-list")
    years = cycle_dates.years_ahead(source.opens_at)
    moments = [(_("Opens"), source.opens_at), (_("Closes"), source.closes_at)]
    rows = [
        {"label": label, "old": day_time(moment), "new": day_time(cycle_dates.moved_at(moment, years))}
        for label, moment in moments
    ]
    days = [
        (_("Endorsements are due"), source.endorsements_due_on),
        (_("Scores are due"), source.readings_due_on),
        (_("All decisions by"), source.decisions_on),
    ]
    rows += [
        {"label": label, "old": day_year(day), "new": day_year(cycle_dates.moved(day, years))}
        for label, day in days
        if day
    ]
    context = {
        "cycle": source,
        "name": cycle_dates.moved_words(source.name, years),
        "rows": rows,
        "zone": zone_city(),
        "existing": source.copies.filter(published_at__isnull=True).first(),
    }
    return render(request, "applications/cycle/setup_copy.html", context)


def day_time(moment: datetime) -> str:
    """Such as "Friday, February 12, 2027 at 11:59 pm, Porto time"."""
    return _("%(day)s, %(year)s at %(the_time)s, %(city)s time") % {
        "day": full_day(moment),
        "year": timezone.localtime(moment).year,
        "the_time": the_time(clock(moment)),
        "city": zone_city(),
    }


@require_POST
def setup_delete(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        actions.delete_cycle(cycle, by=me(request))
        messages.success(request, _("%(cycle)s was deleted.") % {"cycle": cycle.name})
        return redirect("applications:cycle-setup-list")
    return redirect(address("detail", cycle))


@require_POST
def setup_publish(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request, _("Published. Everyone can see it now.")):
        actions.publish_cycle(cycle, by=me(request))
    return redirect(address("detail", cycle))


# --- Names, texts, dates ----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def setup_basics(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    initial = {name: getattr(cycle, name) for name in actions.BASICS}
    initial |= {"cities": [city.code for city in cycle.cities.all()], "seen": actions.basics_fingerprint(cycle)}
    form = BasicsForm(request.POST or None, cycle=cycle, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with refusal_in(form):
            actions.save_basics(cycle, form.values, cities=list(said["cities"]), seen=said["seen"], by=me(request))
            messages.success(request, _("Saved."))
            return redirect(address("basics", cycle))
    return render(request, "applications/cycle/setup_basics.html", frame(cycle, "basics") | {"form": form})


@require_http_methods(["GET", "POST"])
def setup_dates(request: HttpRequest, code: str) -> HttpResponse:
    """Edit the dates. Unusual dates need a confirmation before they are saved; impossible ones are errors."""
    cycle = cycle_of(request, code)
    initial = DatesForm.initial_of(cycle) | {"seen": actions.dates_fingerprint(cycle)}
    form = DatesForm(request.POST or None, initial=initial)
    dates = cycle_dates.dates_of(cycle)
    if is_whole := request.method == "POST" and form.is_valid():
        dates = form.dates
    remarks = _remarks(cycle, dates)
    if is_whole:
        for remark in remarks:
            if remark.stops:
                form.add_error(remark.field, remark.text)
        odd = [remark for remark in remarks if not remark.stops]
        if form.is_valid() and (not odd or form.cleaned_data["is_sure"]):
            with refusal_in(form):
                actions.save_dates(cycle, dates, seen=form.cleaned_data["seen"], by=me(request))
                messages.success(request, _("Saved."))
                return redirect(address("dates", cycle))
    context = {
        "form": form,
        "remarks": [remark for remark in remarks if not remark.stops],
        "asks": request.method == "POST",
        "due": day_year(dates.answers_due_on),
    }
    return render(request, "applications/cycle/setup_dates.html", frame(cycle, "dates") | context)


def _remarks(cycle: Cycle, dates: cycle_dates.Dates) -> list[cycle_dates.Remark]:
    others = Cycle.objects.running().exclude(pk=cycle.pk)
    spans = [(other.name, other.opens_at, other.closes_at) for other in others]
    found = cycle_dates.remarks(dates, spans, is_published=bool(cycle.published_at))
    if cycle.is_open and dates.closes_at < cycle.closes_at:
        text = _("It’s open now, and it would close sooner than students were told.")
        found.append(cycle_dates.Remark("closes_sooner", text, "closes_on"))
    return found


# --- Test the form ----------------------------------------------------------------------------------


@require_POST
def setup_test(request: HttpRequest, code: str) -> HttpResponse:
    """Start a test application on the student's pages, which is never submitted."""
    cycle = cycle_of(request, code)
    with rule_message(request):
        test = actions.start_test(cycle, by=me(request))
        return redirect("applications:application-overview", code=test.code)
    return redirect(address("detail", cycle))


@require_POST
def setup_test_end(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        if actions.end_test(cycle, by=me(request)):
            messages.success(request, _("This was a test. Nothing was sent or kept."))
    return redirect(address("detail", cycle))
