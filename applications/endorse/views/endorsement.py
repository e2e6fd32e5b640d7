"""Pages on which advisors endorse their own students, one at a time or several, and the office reads the result."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.base import answers, conditions, due_days
from applications.base.bulk_acts import acts_on
from applications.base.consents import consent_of
from applications.base.opening import What, opened
from applications.base.paging import Halves, Kept, KeysFirst, keys_of
from applications.base.searching import found_by
from applications.base.sections import REFEREE_SECTION
from applications.endorse import actions as endorsing
from applications.endorse import bulk_acts, own_students
from applications.endorse.forms.endorsement import COLUMNS, EndorsementFilterForm, EndorsementForm, SeveralForm
from applications.endorse.own_students import OWED, UNSIGNED, WANTED
from applications.models import Application, Cycle, Endorsement
from applications.models.application import ApplicationQuerySet, may_tell
from applications.states import Status
from exchange.background.cached_figures import cached, cached_for
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.web.edited import CHANGED, refuse
from exchange.web.list_files import asked_file
from exchange.web.shortcuts import me, page_of, query_without_page, require
from exchange.web.worklist import FILE_ROWS, worklist

ENDORSEMENT_TONES = {
    Endorsement.Result.ENDORSED: "good",
    Endorsement.Result.NOT_ENDORSED: "stop",
    Endorsement.Result.ASK_THE_OFFICE: "wait",
}
SHOWN_MAX = 100  # applications taken from one request: twice as many as a page has


@require_safe
def endorsement_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_open_endorsements(me(request)))
    form = EndorsementFilterForm(request.GET, cycles=Cycle.objects.public())
    form.is_valid()
    chosen = form.cleaned_data
    answered_for = Application.objects.answered_for_by(me(request))
    if chosen.get("cycle"):
        answered_for = answered_for.filter(cycle=chosen["cycle"])
    counts = _counts(me(request), answered_for, chosen.get("cycle"))
    page = page_of(_listed(request, answered_for, chosen, counts), request)
    context = {
        "list": worklist(
            request,
            title=_("My students"),
            columns=COLUMNS,
            form=form,
            page=page,
            acts=acts_on(bulk_acts.OWN_STUDENTS.key, request),
            has_peek=True,
        ),
        "page_obj": page,
        "counts": counts,
        "tones": ENDORSEMENT_TONES,
        "shows_college": _shows_college(me(request)),
        "several": _cycle_of_several(me(request), chosen.get("cycle")),
        "today": timezone.localdate(),
    }
    return render(request, "applications/endorse/endorsement_list.html", context)


@require_POST
def endorsement_file(request: HttpRequest) -> HttpResponseBase:
    """What the list has, as a file. `query`: its address; `format`: csv or xlsx."""
    require(permissions.can_open_endorsements(me(request)))
    asked = asked_file(request, reverse("applications:endorsement-list"))
    if isinstance(asked, HttpResponse):
        return asked
    rows, sort = bulk_acts.listed(asked.query, me(request)), COLUMNS.asked(asked.query.get("sort"))
    if sort:
        found = list(_with_endorsement(COLUMNS.sorted(rows, sort))[:FILE_ROWS])
    else:
        found = Halves(*_in_own_order(rows, asked.query.get("owed", "")), dress=_with_endorsement)[0:FILE_ROWS]
    endorsing.record_download(found, query=asked.recorded, by=me(request))
    return COLUMNS.file(found, asked.form, name=_("my students"))


def _listed(
    request: HttpRequest, answered_for: ApplicationQuerySet, chosen: dict[str, Any], counts: dict[str, int]
) -> Any:
    """The rows that the filters ask for, in the list's own order unless the address asks for another one."""
    owed, is_search = chosen.get("owed", ""), bool(chosen.get("q"))
    wanted, sort = WANTED[owed], COLUMNS.asked(chosen.get("sort"))
    count = None if is_search else counts[{"yes": "owed", "no": "done"}.get(owed, owed or "all")]
    if is_search:
        answered_for = answered_for.filter(found_by(chosen["q"], me(request)))
    if COLUMNS.is_computed(sort):
        rows = COLUMNS.sorted(answered_for.filter(wanted), sort)
        return Kept(rows, cached_for(request, "own-students", lambda: keys_of(rows)), dress=_with_endorsement)
    if sort:
        # the name makes it an inner join, so that the database can go along the index of names
        found = answered_for.filter(wanted, student__full_name__isnull=False)
        return KeysFirst(COLUMNS.sorted(found, sort), dress=_with_endorsement, is_search=is_search, count=count)
    return Halves(*_in_own_order(answered_for, owed), dress=_with_endorsement, is_search=is_search, count=count)


def _in_own_order(rows: ApplicationQuerySet, owed: str) -> tuple[ApplicationQuerySet, ApplicationQuerySet]:
    """Those owed, the longest wait first, and the others, the newest first; of one kind alone, the longest wait first.
    `owed`: a key of WANTED; anything else is no filter."""
    match owed:
        case "no" | "unsigned":
            first, second = rows.filter(WANTED[owed]), rows.none()
        case "yes":
            first, second = _owed(rows), rows.none()
        case _:
            first, second = _owed(rows), rows.exclude(OWED)
    return first.order_by("submitted_at", "pk"), second.order_by("-submitted_at", "-pk")


def _owed(applications: ApplicationQuerySet) -> ApplicationQuerySet:
    """As OWED, without a join: an index then gives the order, and the database stops after the rows of one page."""
    word = Endorsement.objects.filter(application=OuterRef("pk"))
    return applications.filter(~Exists(word), may_tell(), status=Status.SUBMITTED)


def _shows_college(user: User) -> bool:
    return roles.is_coordinator(user) or len(roles.advisor_college_ids(user)) > 1


def _cycle_of_several(user: User, chosen: Cycle | None) -> Cycle | None:
    """The cycle that the links for endorsing several at once lead to: the chosen one, else the newest."""
    if not permissions.can_endorse_several(user):
        return None
    return chosen or Cycle.objects.running().first()


def _counts(user: User, answered_for: QuerySet[Application], cycle: Cycle | None) -> dict[str, int]:
    """Cached until an act changes them, because a college has thousands of students."""

    def count() -> dict[str, int]:
        return answered_for.aggregate(
            owed=Count("pk", filter=OWED),
            unsigned=Count("pk", filter=UNSIGNED),
            done=Count("pk", filter=Q(endorsement__isnull=False)),
            all=Count("pk"),
        )

    key = f"endorsements:{user.pk}:{cycle.pk if cycle else ''}"
    return cached(key, count, by=user, always_cache=True).value


def _with_endorsement(applications: Any) -> QuerySet[Application]:
    dressed: QuerySet[Application] = applications.with_consent()
    return dressed.select_related("student", "college", "cycle", "endorsement")


@require_http_methods(["GET", "POST"])
def endorsement_record(request: HttpRequest, code: str) -> HttpResponse:
    visible = Application.objects.answered_for_by(me(request))
    application = get_object_or_404(visible.with_people().select_related("form", "endorsement"), code=code)
    opened(request, application, What.ENROLLMENT)
    may_endorse = permissions.can_endorse(me(request), application)
    consent = consent_of(application)
    form = EndorsementForm.for_application(application, request.POST or None)
    if request.method == "POST":
        require(may_endorse)
        if form.is_valid() and _endorsed(request, application, form):
            return redirect("applications:endorsement-list")
    parts = [
        part.only(lambda question: permissions.can_view_answer(me(request), application, question))
        for part in answers.parts_of(application)
    ]
    items = answers.by_key(parts)
    values = {key: item.value for key, item in items.items()}
    endorsement = getattr(application, "endorsement", None)
    context = {
        "application": application,
        "endorsement": endorsement,
        "due": due_days.endorsing(application.cycle.endorsements_due_on) if may_endorse and not endorsement else "",
        "endorsement_tone": endorsement and ENDORSEMENT_TONES[endorsement.result],
        "consent": consent,
        "can_ask": may_endorse and visible.to_ask_for_consent().filter(pk=application.pk).exists(),
        "form": form if may_endorse and consent.is_signed and application.status == Status.SUBMITTED else None,
        "conditions": conditions.judge(application.cycle, values),
        "beside": _beside(items, endorsement) if endorsement else [],
        "facts": [
            {"label": item.question.label_for_staff, "value": item.text}
            for part in parts
            if part.key != REFEREE_SECTION
            for item in part.items
            if item.text and not item.is_essay
        ],
    }
    return render(request, "applications/endorse/endorsement_record.html", context)


def _endorsed(request: HttpRequest, application: Application, form: EndorsementForm) -> bool:
    """False if a colleague said something else since the form was opened: it then shows both."""
    try:
        endorsing.endorse(application, by=me(request), **form.cleaned_data)
    except RuleViolation as violation:
        if violation.code == CHANGED:
            refuse(form, violation)
            return False
        messages.error(request, violation.message)
    else:
        messages.success(request, _("Saved. The office can see it now."))
    return True


def _beside(items: dict[str, answers.Item], endorsement: Endorsement) -> list[dict[str, Any]]:
    """What the student said beside what the college says."""
    units, standing = (items.get(key) for key in (own_students.UNITS, own_students.STANDING))
    college_stands = _yes_or_no(endorsement.in_good_standing)
    student_stands = {"yes": True, "no": False}.get(str(standing.value) if standing else "")
    return [
        {"label": _("Enrolled"), "student": "", "college": _yes_or_no(endorsement.is_enrolled), "differs": False},
        {
            "label": _("Units this term"),
            "student": units.text if units else "",
            "college": endorsement.units,
            "differs": units is not None and units.is_answered and units.value != endorsement.units,
        },
        {
            "label": _("Good standing"),
            "student": standing.text if standing else "",
            "college": college_stands or _("We can’t share that"),
            "differs": None not in (student_stands, endorsement.in_good_standing)
            and student_stands is not endorsement.in_good_standing,
        },
    ]


def _yes_or_no(value: bool | None) -> str:
    return {True: _("Yes"), False: _("No")}.get(value, "") if value is not None else ""


# --- Several at once --------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def endorsement_several(request: HttpRequest, code: str) -> HttpResponse:
    """The advisor's own students who wait, each with a tick. All who are ticked are endorsed, or none is."""
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    require(permissions.can_endorse_several(me(request)))
    own = Application.objects.visible_to(me(request)).filter(
        cycle=cycle, college__in=roles.advisor_college_ids(me(request)), submitted_at__isnull=False
    )
    own = own.exclude(student=me(request)).order_by("submitted_at", "pk")
    posted = request.POST if request.method == "POST" else None
    page = page_of(_owed(own), request)
    shown: Any = page.object_list
    if posted:  # all that were shown, also those endorsed by now, so that a second tap sends the same again
        shown = own.filter(code__in=posted.getlist("shown")[:SHOWN_MAX])
    judged = own_students.judge(cycle, list(shown.select_related("student", "college", "endorsement")))
    form = SeveralForm(posted, students=[each for each in judged if not each.needs_a_look])
    if posted and form.is_valid() and _endorse_ticked(request, cycle, form):
        return redirect(f"{reverse('applications:endorsement-list')}?cycle={cycle.code}")
    context = {
        "cycle": cycle,
        "form": form,
        "unsigned": own.filter(UNSIGNED).count(),
        "rows": form.rows(),
        "to_look_at": [each for each in judged if each.needs_a_look],
        "page_obj": None if posted else page,
        "query": query_without_page(request),
        "shows_college": _shows_college(me(request)),
        "tones": ENDORSEMENT_TONES,
    }
    return render(request, "applications/endorse/endorsement_several.html", context)


def _endorse_ticked(request: HttpRequest, cycle: Cycle, form: SeveralForm) -> bool:
    try:
        added = endorsing.endorse_several(cycle, form.words(), by=me(request))
    except RuleViolation as violation:
        form.add_error(None, violation.message)
        return False
    messages.add_message(request, messages.SUCCESS if added else messages.INFO, endorsed(added))
    return True


def endorsed(added: int) -> str:
    if not added:
        return _("Nothing new to save. The office already has your answers for these students.")
    return ngettext(
        "Saved for %(count)s student. The office can see it now.",
        "Saved for %(count)s students. The office can see it now.",
        added,
    ) % {"count": added}
