"""A college's list of enrolled students: uploaded, previewed, confirmed. Nothing is saved before the confirmation."""

from collections import Counter

from django.contrib import messages
from django.core.signing import BadSignature, SignatureExpired
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import permissions
from applications.endorse import actions as endorsing
from applications.endorse import enrollment_preview
from applications.endorse.enrollment_preview import Found
from applications.endorse.forms.enrollment import COLUMNS, ConfirmListForm, EnrollmentForm
from applications.endorse.views.endorsement import ENDORSEMENT_TONES, endorsed
from applications.models import Application, Cycle
from applications.models.application import ApplicationQuerySet
from exchange.base import roles
from exchange.files import spreadsheets
from exchange.models import College
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require

FROM_COLLEGE, FROM_OFFICE = "college list", "college list, taken in by the office"  # for the audit log


def _cycle(request: HttpRequest, code: str) -> Cycle:
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    require(permissions.can_send_college_list(me(request)))
    return cycle


def _colleges(request: HttpRequest) -> QuerySet[College]:
    """An advisor's own; all for the office, to which colleges email their lists."""
    if roles.is_coordinator(me(request)):
        return College.objects.all()
    return College.objects.filter(pk__in=roles.advisor_college_ids(me(request)))


def _applicants(request: HttpRequest, cycle: Cycle, college: College) -> ApplicationQuerySet:
    """Submitted applications, also those withdrawn since: the page says so."""
    own = Application.objects.visible_to(me(request)).exclude(student=me(request))
    return own.filter(cycle=cycle, college=college, submitted_at__isnull=False).order_by("submitted_at", "pk")


@require_http_methods(["GET", "POST"])
def enrollment_upload(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle(request, code)
    colleges = _colleges(request)
    is_office = roles.is_coordinator(me(request))
    form = EnrollmentForm(request.POST or None, request.FILES or None, colleges=colleges, is_office=is_office)
    if request.method == "POST" and form.is_valid():
        college = form.cleaned_data["college"]
        applicants = _applicants(request, cycle, college)
        found = enrollment_preview.compare(applicants.in_the_cycle(), cycle, form.cleaned_data["file"])
        other = None if found.knows_anyone else _whose(request, cycle, colleges.exclude(pk=college.pk), form)
        if other is None:
            return _preview(request, cycle, college, found)
        text = _("No student of %(college)s is on this list. It looks like %(other)s’s: choose the college again.")
        form.add_error("college", text % {"college": college.name, "other": other.name})
    context = {"cycle": cycle, "form": form, "is_office": is_office}
    return render(request, "applications/endorse/enrollment_upload.html", context)


def _whose(request: HttpRequest, cycle: Cycle, colleges: QuerySet[College], form: EnrollmentForm) -> College | None:
    """Another of these colleges with students on the list. Asked only where the chosen one has none."""
    for college in colleges:
        applicants = _applicants(request, cycle, college).in_the_cycle()
        if enrollment_preview.compare(applicants, cycle, form.cleaned_data["file"]).knows_anyone:
            return college
    return None


def _preview(
    request: HttpRequest, cycle: Cycle, college: College, found: Found, data: QueryDict | None = None
) -> HttpResponse:
    """The preview. With valid `data`, the confirmed endorsements are saved and the list of endorsements follows."""
    preview = enrollment_preview.preview(_applicants(request, cycle, college), cycle, found)
    form = ConfirmListForm(data, preview=preview)
    is_office = college.pk not in roles.advisor_college_ids(me(request))
    if data and form.is_valid():
        with refusal_in(form):
            added = endorsing.endorse_several(
                cycle, form.words(), by=me(request), source=FROM_OFFICE if is_office else FROM_COLLEGE
            )
            messages.add_message(request, messages.SUCCESS if added else messages.INFO, endorsed(added))
            if is_office:
                return redirect(f"{reverse('applications:application-list')}?cycle={cycle.code}&college={college.code}")
            return redirect(f"{reverse('applications:endorsement-list')}?cycle={cycle.code}")
    context = {
        "cycle": cycle,
        "college": college,
        "preview": preview,
        "is_office": is_office,
        "counts": found.counts,
        "columns": [(column.name, COLUMNS[column.kind], column.is_guess) for column in found.columns],
        "lacks": _lacking(found),
        "form": form,
        "signed": enrollment_preview.sign(found, by=me(request), college=college, cycle=cycle)
        if data is None
        else data["list"],
        "tones": ENDORSEMENT_TONES,
    }
    return render(request, "applications/endorse/enrollment_preview.html", context)


def _lacking(found: Found) -> list[str]:
    """Labels of the columns that the list lacks and that would leave fewer applicants in doubt."""
    kinds = Counter(column.kind for column in found.columns)
    wanted = [kind for kind in ("number", "email", "units") if not kinds[kind]]
    if not kinds["name"] and not kinds["last"]:
        wanted.append("name")
    return [str(COLUMNS[kind]) for kind in wanted]


@require_http_methods(["GET", "POST"])  # signing in again after a timeout leads here by GET
def enrollment_confirm(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle(request, code)
    again = redirect("applications:enrollment-upload", cycle.code)
    if request.method != "POST":
        return again
    college = get_object_or_404(_colleges(request), code=request.POST.get("college", ""))
    try:
        found = enrollment_preview.carried(request.POST.get("list", ""), by=me(request), college=college, cycle=cycle)
    except SignatureExpired:
        messages.error(
            request, _("You opened this list too long ago, so nothing was saved. Please send the file again.")
        )
        return again
    except BadSignature:
        messages.error(request, _("This isn’t the list you looked at, so nothing was saved. Send the file again."))
        return again
    return _preview(request, cycle, college, found, request.POST)


@require_safe
def enrollment_template(request: HttpRequest, code: str) -> HttpResponse:
    """A CSV with the known columns and one made-up student."""
    cycle = _cycle(request, code)
    head: list[spreadsheets.Cell] = [
        _("Student ID"),
        _("Email"),
        _("Name"),
        _("Units"),
        _("Good standing"),
        _("Enrolled"),
    ]
    made_up: list[spreadsheets.Cell] = [
        "88000000",
        "ana.example@example.edu",
        "Ana Example",
        12,
        _("yes"),
        _("yes"),
    ]
    response = HttpResponse(spreadsheets.csv_pieces([head, made_up]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="students-{cycle.code}.csv"'
    return response
