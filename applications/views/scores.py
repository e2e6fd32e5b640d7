"""How the scores of a cycle are made comparable, in plain words, and what it takes to find the numbers again."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from applications import comparing, permissions
from applications.actions import scores as actions
from applications.models import Cycle
from applications.states import Status
from exchange import facts
from exchange.web import me, require

if TYPE_CHECKING:  # numpy is for those who work the figures out
    from applications.agreement import Agreement

SCRIPT = settings.BASE_DIR / "script" / "check-scores"
SHOWN = 25  # rows of the disagreement list on this page; the ranked list shows all
# how alpha is customarily read
SOLID, TENTATIVE = 0.8, 0.667


@require_safe
def scores_detail(request, code: str) -> HttpResponse:
    require(permissions.can_decide(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    numbers = facts.numbers("selection.spread_flag", *comparing.FACTS)
    compared = comparing.compare(cycle, numbers)
    apart = comparing.uncovered(cycle.applications.in_the_cycle(), request.user).filter(
        reads_locked__gt=1, score_spread__gte=numbers["selection.spread_flag"]
    )
    list_href = f"{reverse('applications:selection-list')}?cycle={cycle.code}&stage={Status.SUBMITTED.value}"
    context = {
        "cycle": cycle,
        "compared": compared,
        "reason": _reason(compared, numbers),
        "percent": numbers["scoring.interval_percent"],
        "files_min": numbers["scoring.files_min"],
        "spread_flag": numbers["selection.spread_flag"],
        "agreement": _agreement(cycle, compared),
        "apart": apart.select_related("student").order_by("-score_spread", "code")[:SHOWN],
        "list_href": list_href,
        "command": _command(cycle, numbers),
    }
    return render(request, "applications/selection/scores_detail.html", context)


def _reason(compared: comparing.Comparison, numbers) -> str:
    """Why nothing is adjusted; empty where it is."""
    match compared.refusal:
        case "nothing_read":
            return _("No reading is locked yet.")
        case "one_reader":
            return _("One person read everything, so nobody can say who is strict.")
        case "not_connected":
            return _(
                "The readers form %(groups)s groups that share no application. A group may give low points because "
                "it is strict or because its applications are weaker: nobody can tell."
            ) % {"groups": len(compared.groups)}
        case "few_files":
            return ngettext(
                "%(few)s of %(readers)s readers has locked fewer than %(least)s readings. That says too little.",
                "%(few)s of %(readers)s readers have locked fewer than %(least)s readings. That says too little.",
                compared.few,
            ) % {"few": compared.few, "readers": compared.readers, "least": numbers["scoring.files_min"]}
        case "read_once":
            return _("Too few applications are read twice to tell a strict reader from a weak application.")
        case "all_equal":
            return _("All readers gave the same points.")
        case "only_chance":
            return _("Readers differ as much about one application as applications differ from each other.")
    return ""


def _agreement(cycle: Cycle, compared: comparing.Comparison) -> list[dict]:
    found = comparing.agreement_of(cycle, compared.fingerprint)
    return [
        {"criterion": criterion, "found": each, "words": _in_words(each), "tone": _tone(each)}
        for criterion in cycle.criteria.all()
        if (each := found.get(criterion.key))
    ]


def _in_words(found: "Agreement") -> str:
    if found.alpha is None:
        return _("nothing to compare")
    return _("solid") if found.alpha >= SOLID else _("tentative") if found.alpha >= TENTATIVE else _("low")


def _tone(found: "Agreement") -> str:
    if found.alpha is None:
        return "neutral"
    return "good" if found.alpha >= SOLID else "now" if found.alpha >= TENTATIVE else "wait"


def _command(cycle: Cycle, numbers) -> str:
    """What to type beside the two files; every number that the result depends on."""
    seats = f" --seats {cycle.seats}" if cycle.seats else ""
    least, percent = numbers["scoring.files_min"], numbers["scoring.interval_percent"]
    return f"python3 check-scores scores-{cycle.code}.csv{seats} --files-min {least} --percent {percent}"


@require_safe
def scores_file(request, code: str) -> HttpResponse:
    require(permissions.can_decide(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    response = HttpResponse(actions.download(cycle, by=me(request)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="scores-{cycle.code}.csv"'
    return response


# --- Anybody ----------------------------------------------------------------------------------------


@login_not_required
@require_safe
def scores_public(request, code: str) -> HttpResponse:
    """The method in plain words, and how to repeat it; no figure of any candidate."""
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    numbers = facts.numbers(*comparing.FACTS)
    context = {
        "cycle": cycle,
        "percent": numbers["scoring.interval_percent"],
        "files_min": numbers["scoring.files_min"],
        "command": _command(cycle, numbers),
    }
    return render(request, "applications/selection/scores_public.html", context)


@login_not_required
@require_safe
def scores_script(request, code: str) -> FileResponse:
    """The script as it ships with this version."""
    get_object_or_404(Cycle.objects.public(), code=code)
    return FileResponse(SCRIPT.open("rb"), as_attachment=True, filename=SCRIPT.name, content_type="text/x-python")
