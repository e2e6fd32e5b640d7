"""Pages that explain how a cycle's scores are made comparable, and the files with which anyone can check that."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from applications import permissions
from applications.models import Cycle, ScoresFile
from applications.reading import comparability
from applications.scores import comparing
from applications.selection import scores_file as rules
from applications.selection.actions import lottery
from applications.selection.actions import scores as actions
from applications.selection.forms.committee import TakeBackForm
from applications.states import Status
from exchange.models import User
from exchange.reference import facts
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, require, rule_message

if TYPE_CHECKING:
    from applications.scores.scoring import Agreement

SCRIPT = settings.BASE_DIR / "script" / "check-scores"
SHOWN = 25  # rows of the disagreement list on this page; the ranked list shows all
# customary thresholds for alpha
SOLID, TENTATIVE = 0.8, 0.667


@require_safe
def scores_detail(request: HttpRequest, code: str) -> HttpResponse:
    return _detail(request, code)


def _detail(request: HttpRequest, code: str, form: TakeBackForm | None = None) -> HttpResponse:
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    numbers = facts.numbers("selection.spread_flag", *comparing.FACTS)
    compared = comparing.compare(cycle, numbers)
    apart = comparing.with_visible_scores(cycle.applications.in_the_cycle(), me(request)).filter(
        reads_locked__gt=1, score_spread__gte=numbers["selection.spread_flag"]
    )
    list_href = f"{reverse('applications:selection-list')}?cycle={cycle.code}&stage={Status.SUBMITTED.value}"
    # with a hidden application left out of the list, the seat line and its counts would tell where that one is
    outlook = comparability.outlook(cycle) if compared.refusal == "colleges_apart" else None
    own_open = lottery.labels_of(lottery.own_open(cycle, me(request)))
    context = {
        "cycle": cycle,
        "own_open": own_open,
        "compared": compared,
        "reason": _reason(compared, numbers),
        "outlook": outlook,
        "percent": numbers["scoring.interval_percent"],
        "files_min": numbers["scoring.files_min"],
        "spread_flag": numbers["selection.spread_flag"],
        "agreement": [] if own_open or not compared.is_current else _agreement(cycle, compared),
        "apart": apart.select_related("student").order_by("-score_spread", "code")[:SHOWN],
        "list_href": list_href,
        "command": _command(cycle, cycle.seats, numbers, compared.kept),
        **_for_everybody(me(request), cycle, compared, numbers),
        "take_back": form or TakeBackForm(),
    }
    parts = (compared.is_waited_for, outlook and outlook.is_waited_for, context["preparing"])
    context["waits"] = any(parts)
    return render(request, "applications/selection/scores_detail.html", context)


def _for_everybody(
    user: User, cycle: Cycle, compared: comparing.Comparison, numbers: Mapping[str, Any]
) -> dict[str, object]:
    """The published file, and the obstacles that are cheap to find; `publish` checks the others.

    Where there is none, a worker prepares the file. `preparing`: its job, until it's done.
    """
    kept = ScoresFile.objects.visible_to(user).filter(cycle=cycle).select_related("published_by", "taken_back_by")
    file = kept.defer("text").first()
    obstacles = []
    if file is None or not file.is_open:
        threshold = int(facts.number(rules.THRESHOLD))
        applications = file.applications if file else len(compared.keys)
        readers = file.readers if file else compared.readers
        obstacles = [*rules.too_early(cycle), *rules.too_few(applications, readers, threshold)]
        if not obstacles:
            obstacles += rules.few_left_out(cycle, applications)
    preparing = None
    if file is None and not obstacles and compared.is_current and not lottery.own_open(cycle, user):
        prepared = rules.prepare(cycle, numbers, compared)
        preparing = None if isinstance(prepared, rules.Prepared) else prepared
    return {"file": file, "obstacles": obstacles, "preparing": preparing}


def _reason(compared: comparing.Comparison, numbers: Mapping[str, Any]) -> str:
    """Why scores are not adjusted; "" if they are."""
    match compared.refusal:
        case "nothing_read":
            return _("No readings are locked yet.")
        case "one_reader":
            return _("One person read everything, so there’s no way to tell who’s strict.")
        case "not_connected":
            return _(
                "The readers form %(groups)s groups with no applications in common. If a group gives low points,"
                " there’s no way to tell whether the group is strict or its applications are weaker."
            ) % {"groups": len(compared.groups)}
        case "few_files":
            return ngettext(
                "%(few)s of %(readers)s readers has scored fewer than %(least)s applications, and that’s too few"
                " to go by.",
                "%(few)s of %(readers)s readers have scored fewer than %(least)s applications, and that’s too few"
                " to go by.",
                compared.few,
            ) % {"few": compared.few, "readers": compared.readers, "least": numbers["scoring.files_min"]}
        case "read_once":
            return _("Too few applications have two readings to tell a strict reader from a weak application.")
        case "colleges_apart":
            return _(
                "Because of how readings are assigned, adjusting could lose more than %(most)s%% of a real difference"
                " between colleges. Use the raw scores, or add readings."
            ) % {"most": 100 - numbers["scoring.kept_percent"]}
        case "all_equal":
            return _("All readers gave the same scores.")
        case "only_chance":
            return _("Readers disagree about a single application as much as applications differ from each other.")
    return ""


def _agreement(cycle: Cycle, compared: comparing.Comparison) -> list[dict[str, Any]]:
    found = comparing.agreement_of(cycle, compared.fingerprint)
    return [
        {"criterion": criterion, "found": each, "words": _in_words(each), "tone": _tone(each)}
        for criterion in cycle.criteria.all()
        if found and (each := found.get(criterion.key))
    ]


def _in_words(found: "Agreement") -> str:
    if found.alpha is None:
        return _("nothing to compare")
    return _("solid") if found.alpha >= SOLID else _("tentative") if found.alpha >= TENTATIVE else _("low")


def _tone(found: "Agreement") -> str:
    if found.alpha is None:
        return "neutral"
    return "good" if found.alpha >= SOLID else "now" if found.alpha >= TENTATIVE else "wait"


def _command(cycle: Cycle, seats: int | None, numbers: Mapping[str, Any], kept: int | None) -> str:
    """The command line that repeats the calculation, with every number that the result depends on."""
    said = f" --seats {seats}" if seats else ""
    least, percent = numbers["scoring.files_min"], numbers["scoring.interval_percent"]
    command = f"python3 check-scores scores-{cycle.code}.csv{said} --files-min {least} --percent {percent}"
    return command if kept is None else f"{command} --kept {kept} --kept-min {numbers['scoring.kept_percent']}"


@require_safe
def scores_file(request: HttpRequest, code: str) -> HttpResponse:
    """The file for the office, at any time, with new pseudonyms for each download."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if not is_fresh(request):
        return ask_for_proof(request, then=reverse("applications:scores-detail", args=[cycle.code]))
    with rule_message(request):
        return _attached(cycle, actions.download(cycle, by=me(request)))
    return redirect("applications:scores-detail", code=cycle.code)


def _attached(cycle: Cycle, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="scores-{cycle.code}.csv"'
    return response


@require_POST
def scores_publish(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    with rule_message(request, success=_("Published. Anyone can recalculate the scores now.")):
        actions.publish(cycle, by=me(request))
    return redirect("applications:scores-detail", code=cycle.code)


@require_POST
def scores_take_back(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        return _detail(request, code, form)
    with rule_message(request, success=_("Withdrawn. The file is no longer on the page.")):
        actions.take_back(cycle, reason=form.cleaned_data["reason"], by=me(request))
    return redirect("applications:scores-detail", code=cycle.code)


# --- Public -----------------------------------------------------------------------------------------


@login_not_required
@require_safe
def scores_public(request: HttpRequest, code: str) -> HttpResponse:
    """The method in plain words and how to repeat it; once the file is published, also the expected results."""
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    file = ScoresFile.objects.visible_to(request.user).open().filter(cycle=cycle).defer("text").first()
    numbers = facts.numbers(*comparing.FACTS)
    if file:
        numbers = {
            "scoring.files_min": file.files_min,
            "scoring.interval_percent": Decimal(f"{file.percent.normalize():f}"),
            "scoring.kept_percent": Decimal(file.kept_min or 0),
        }
    context = {
        "cycle": cycle,
        "file": file,
        "percent": numbers["scoring.interval_percent"],
        "files_min": numbers["scoring.files_min"],
        "command": _command(cycle, file.seats if file else cycle.seats, numbers, file.kept if file else None),
    }
    return render(request, "applications/selection/scores_public.html", context)


@login_not_required
@require_safe
def scores_public_file(request: HttpRequest, code: str) -> HttpResponse:
    """The published file, as frozen. 404 before its publication and after its end."""
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    file = get_object_or_404(ScoresFile.objects.visible_to(request.user).open(), cycle=cycle)
    return _attached(cycle, file.text)


@login_not_required
@require_safe
def scores_script(request: HttpRequest, code: str) -> FileResponse:
    """The script that repeats the calculation, from this version of the portal."""
    get_object_or_404(Cycle.objects.public(), code=code)
    return FileResponse(SCRIPT.open("rb"), as_attachment=True, filename=SCRIPT.name, content_type="text/x-python")
