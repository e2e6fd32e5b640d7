"""Own students are endorsed; the office reads what the college says."""

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import answers, conditions, permissions
from applications.actions import endorsement as endorsing
from applications.forms.endorsement import EndorsementFilterForm, EndorsementForm
from applications.models import Application, Cycle, Endorsement
from applications.paging import Halves
from applications.states import Status
from exchange import roles
from exchange.web import page_of, query_without_page, require, rule_message

ENDORSEMENT_TONES = {
    Endorsement.Result.ENDORSED: "good",
    Endorsement.Result.NOT_ENDORSED: "stop",
    Endorsement.Result.ASK_THE_OFFICE: "wait",
}
OWED = Q(status=Status.SUBMITTED, endorsement__isnull=True)


@require_safe
def endorsement_list(request) -> HttpResponse:
    require(permissions.can_open_endorsements(request.user))
    form = EndorsementFilterForm(request.GET or None, cycles=Cycle.objects.public())
    chosen = form.cleaned_data if form.is_valid() else {}
    answered_for = Application.objects.answered_for_by(request.user)
    if chosen.get("cycle"):
        answered_for = answered_for.filter(cycle=chosen["cycle"])
    done = ~OWED if not chosen.get("owed") else Q(endorsement__isnull=False)
    counts = answered_for.aggregate(
        owed=Count("pk", filter=OWED), done=Count("pk", filter=Q(endorsement__isnull=False)), all=Count("pk")
    )
    owed_rows, done_rows = (answered_for.filter(each).order_by("submitted_at", "pk") for each in (OWED, done))
    listed = {
        "": Halves(owed_rows, done_rows, dress=_with_endorsement, count=counts["all"]),
        "yes": Halves(owed_rows, done_rows.none(), dress=_with_endorsement, count=counts["owed"]),
        "no": Halves(done_rows, owed_rows.none(), dress=_with_endorsement, count=counts["done"]),
    }
    rows = listed[chosen.get("owed", "")]
    context = {
        "page_obj": page_of(rows, request),
        "counts": counts,
        "form": form,
        "query": query_without_page(request),
        "tones": ENDORSEMENT_TONES,
        "shows_college": roles.is_coordinator(request.user) or len(roles.advisor_college_ids(request.user)) > 1,
    }
    return render(request, "applications/review/endorsement_list.html", context)


def _with_endorsement(applications: QuerySet[Application]) -> QuerySet[Application]:
    return applications.select_related("student", "college", "cycle", "endorsement")


@require_http_methods(["GET", "POST"])
def endorsement_record(request, code: str) -> HttpResponse:
    visible = Application.objects.answered_for_by(request.user)
    application = get_object_or_404(visible.with_people().select_related("form", "endorsement"), code=code)
    may_endorse = permissions.can_endorse(request.user, application)
    form = EndorsementForm.for_application(application, request.POST or None)
    if request.method == "POST":
        require(may_endorse)
        if form.is_valid():
            with rule_message(request, success=_("Saved. The office sees it now.")):
                endorsing.endorse(application, by=request.user, **form.cleaned_data)
            return redirect("applications:endorsement-list")
    parts = [
        part.only(lambda question: permissions.can_view_answer(request.user, application, question))
        for part in answers.parts_of(application)
    ]
    values = {key: item.value for key, item in answers.by_key(parts).items()}
    endorsement = getattr(application, "endorsement", None)
    context = {
        "application": application,
        "endorsement": endorsement,
        "endorsement_tone": endorsement and ENDORSEMENT_TONES[endorsement.result],
        "form": form if may_endorse and application.status == Status.SUBMITTED else None,
        "conditions": conditions.judge(application.cycle, values),
        "facts": [
            {"label": item.question.label, "value": item.text}
            for part in parts
            if part.key != answers.REFEREE_SECTION
            for item in part.items
            if item.text and not item.is_essay
        ],
    }
    return render(request, "applications/review/endorsement_record.html", context)
