"""The result as a letter: for the student once it is released, and for the office before."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from applications import permissions
from applications.apply import documents, results
from applications.base.opening import What, opened
from applications.models import Application, Assignment, Decision
from applications.release.actions.releasing import answer_by
from exchange.background import pdfs
from exchange.web.shortcuts import me, require


def _application(request: HttpRequest, code: str) -> Application:
    people = "cycle", "student", "college__named_advisor"
    application = get_object_or_404(Application.objects.visible_to(me(request)).select_related(*people), code=code)
    require(permissions.can_open_result_letter(me(request), application))
    return opened(request, application, What.DECISION)


@require_safe
def application_letter(request: HttpRequest, code: str) -> HttpResponseBase:
    """The student's letter. 404 until a release, so that the URL does not reveal that there is a decision."""
    application = _application(request, code)
    told = results.told(application)
    if told is None or results.result_of(application) is None:
        raise Http404
    return _letter(request, application, told, back=application.get_absolute_url())


@require_safe
def decision_letter(request: HttpRequest, code: str) -> HttpResponseBase:
    """The letter for the office: of the unreleased result if there is one, else of the released one.

    Office staff who must still read or interview the student are redirected, because the letter has the other readers'
    feedback.
    """
    require(permissions.can_decide(me(request)))
    application = _application(request, code)
    require(not permissions.is_own(me(request), application))
    if Assignment.objects.still_scored_by(me(request)).filter(application=application).exists():
        messages.error(request, _("Lock your own reading first. This letter shows what other readers thought."))
        return redirect("applications:decision-record", application.code)
    decision = application.decisions.unreleased().first() or results.told(application)
    if decision is None:
        raise Http404
    back = reverse("applications:decision-record", kwargs={"code": application.code})
    return _letter(request, application, decision, back=back)


def _letter(request: HttpRequest, application: Application, decision: Decision, *, back: str) -> HttpResponseBase:
    offer = getattr(decision, "offer", None)
    html = documents.result_letter(
        application, decision, answer_by=offer.answer_by if offer else answer_by(application.cycle)
    )
    with translation.override(application.person.language):
        name = _("letter-%(code)s.pdf") % {"code": application.candidate_label}
    title = pgettext("to a student", "Your letter") if permissions.is_own(me(request), application) else _("Letter")
    return pdfs.respond(request, html, filename=name, title=title, back=back, about=application.code)
