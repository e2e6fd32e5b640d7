"""What the office and the director take along: the annual report and briefings."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exchange.background import pdfs
from exchange.models import Language
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.outcomes import annual, briefing, documents
from travel.outcomes.published import ALL, report
from travel.reflection.stories import record_uses


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The buttons that make them."""
    require(permissions.can_open_outcomes(request.user))
    found = report(ALL)
    languages = [(Language.ENGLISH.value, _("Make it in English")), (Language.SPANISH.value, _("Make it in Spanish"))]
    context = {"found": found, "languages": languages}
    context["subjects"] = [each for kind in briefing.subjects(found).values() for each in kind]
    return render(request, "travel/outcomes/reports.html", context)


@require_POST
def annual_start(request: HttpRequest) -> HttpResponse:
    """Have a worker make the annual report; its page shows the progress."""
    require(permissions.can_open_outcomes(request.user))
    with rule_message(request):
        return redirect(annual.start(request.POST.get("language", ""), by=me(request)))
    return redirect("travel:outcomes-reports")


@require_safe
def briefing_pdf(request: HttpRequest) -> HttpResponse:
    """One page about the chosen subject, from released figures. `about`: kind and code; `lang`: its language."""
    require(permissions.can_open_outcomes(request.user))
    found = report(ALL)
    if found.outcomes is None:
        messages.info(request, _("Nothing has been published yet, so there’s nothing to report."))
        return redirect("travel:outcomes-reports")
    asked = request.GET.get("lang", "")
    language = asked if asked in Language.values else translation.get_language() or Language.ENGLISH
    with translation.override(language):
        known = {each.value: each for kind in briefing.subjects(found).values() for each in kind}
        subject = known.get(request.GET.get("about", ""))
        if subject is None:
            raise Http404
        about = briefing.briefing(found, subject)
        html = briefing.html_of(found, about)
    name = f"briefing-{subject.kind}-{subject.code}-{language}.pdf".lower()
    record_uses([about.quote] if about.quote else [], name, by=me(request))
    return pdfs.respond(
        request,
        html,
        filename=name,
        title=_("Briefing"),
        back=reverse("travel:outcomes-reports"),
        kind=documents.KIND,
    )
