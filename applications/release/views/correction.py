"""Pages for a single correction or free seat: the office sees exactly what will be sent, then confirms."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import permissions
from applications.apply import results
from applications.base import waitlist
from applications.base.opening import What, opened
from applications.models import Application
from applications.release import promotions
from applications.release.actions import correcting
from applications.release.forms import CorrectionForm
from applications.release.views.offer_office import office_of
from applications.states import CORRECTIONS, Status, check_correction
from exchange.web.shortcuts import me, require, rule_message


def _application(request: HttpRequest, code: str) -> Application:
    require(permissions.can_decide(me(request)))
    found = Application.objects.visible_to(me(request)).in_the_cycle()
    application = get_object_or_404(found.select_related("cycle", "student", "college"), code=code)
    require(not permissions.is_own(me(request), application))
    return opened(request, application, What.DECISION)


@require_http_methods(["GET", "POST"])
def decision_correct(request: HttpRequest, code: str) -> HttpResponse:
    """GET asks for the right result; a first POST shows the message and the effects; `act=correct` does it, and
    `act=change` asks again."""
    application = _application(request, code)
    if Status(application.status) not in CORRECTIONS:
        with rule_message(request):
            check_correction(application.status, Status.NOT_SELECTED)
        return redirect("applications:decision-record", code=application.code)
    form = CorrectionForm(request.POST or None, status=application.status)
    context = {"application": application, "form": form}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if request.POST.get("act") == "correct":
            with rule_message(request, _("Result corrected. We’re letting the student know.")):
                correcting.correct(application, **said, by=me(request))
                return redirect("applications:decision-record", code=application.code)
        elif request.POST.get("act") != "change":
            context |= what_happens(application, said["result"])
    return render(request, "applications/release/decision_correct.html", context)


def what_happens(application: Application, result: str) -> dict[str, object]:
    """What the student would get and see, for the page that asks before it is done."""
    with translation.override(application.person.language):
        page_says = str(results.HEADINGS[Status(result)])
    return {
        "telling": correcting.telling(application),
        "page_says": page_says,
        "result_label": Status(result).label,
        "takes_offer_back": application.status == Status.SELECTED,
        "makes_offer": result == Status.SELECTED,
        "over": waitlist.over_with(application) if result == Status.SELECTED else 0,
    }


@require_http_methods(["GET", "POST"])
def decision_promote(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows who is next, why, and the message; POST offers the seat."""
    application = _application(request, code)
    if request.method == "POST":
        with rule_message(request, _("Spot offered. We’re letting the student know.")):
            correcting.promote(application, by=me(request))
        return redirect(office_of(application.cycle))
    free = waitlist.free_seats(application.cycle)
    proposal = promotions.next_in_line(application.cycle) if free else None
    if proposal is None or proposal.application.pk != application.pk:
        return redirect(office_of(application.cycle))
    telling = correcting.seat_telling(application)
    context = {
        "application": application,
        "title": _("Offer the open spot?"),
        "text": proposal.reason,
        "action": _("Offer the spot and tell the student"),
        "drafts": telling.drafts,
        "replaces": telling.replaces,
        "back_href": office_of(application.cycle),
        "outlook": promotions.outlook_of([application]).get(application.pk),
    }
    return render(request, "applications/release/tell_one.html", context)
