"""Pages on which the coordinator prepares a cycle's sample files, and sees which readers have scored them."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.cycle.views.setup import address, cycle_of, frame
from applications.models import Cycle, NormingFile
from applications.reading import norming
from applications.reading.actions import norming as actions
from applications.reading.forms.norming import SampleForm
from applications.scores.calculations import Missing
from applications.scores.scoring import Agreement
from exchange.models import Language
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, page_of, query_without_page, rule_message


@require_safe
def norming_setup(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    files = list(cycle.norming_files.prefetch_related("readings"))
    limits = facts.numbers(*norming.FACTS)
    readers = list(norming.progress_of(cycle)) if cycle.norming_published_at else []
    agreement = norming.agreement_of(cycle) if readers else {}
    context = {
        "rows": [
            {
                "file": file,
                "number": place,
                "is_first": place == 1,
                "is_last": place == len(files),
                "locked": sum(reading.locked_at is not None for reading in file.readings.all()),
                "is_scored": bool(file.readings.all()),
            }
            for place, file in enumerate(files, start=1)
        ],
        "least": limits["norming.files_min"],
        "most": limits["norming.files_max"],
        "lacks": max(0, limits["norming.files_min"] - len(files)),
        "is_full": len(files) >= limits["norming.files_max"],
        "earlier": actions.earlier_set(cycle),
        "readers": [
            {"person": reader, "done": reader.samples_done, "total": reader.samples_asked} for reader in readers
        ],
        "late": sum(reader.samples_done < reader.samples_asked for reader in readers),
        "agreement_lacks": agreement if isinstance(agreement, Missing) else None,
        "agreement": [] if isinstance(agreement, Missing) else _agreement_rows(cycle, agreement),
    }
    return render(request, "applications/reading/norming_setup.html", frame(cycle, "norming") | context)


def _agreement_rows(cycle: Cycle, found: Mapping[str, Agreement]) -> list[dict[str, object]]:
    return [{"title": each.title, "agreement": found.get(each.key)} for each in cycle.criteria.all()]


@require_http_methods(["GET", "POST"])
def sample_add(request: HttpRequest, code: str) -> HttpResponse:
    """Adds a sample: written by hand, or from the masked answers of a past application (`?from=`), to edit first."""
    cycle = cycle_of(request, code)
    language = Language.ENGLISH.value
    is_copied = "from" in request.GET
    if is_copied:
        past = get_object_or_404(norming.past_applications(cycle, me(request)), code=request.GET["from"])
        language, answers = past.answer_language, norming.covered_answers(past)
    else:
        answers = norming.empty_answers(cycle, language)
    form = SampleForm(request.POST or None, answers=answers, language=language, copied=is_copied)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.add_sample(cycle, form.values, is_copied=form.cleaned_data["is_copied"], by=me(request))
            messages.success(request, _("Saved."))
            return redirect(address("norming", cycle))
    return _sample_page(request, cycle, form, None, is_copied)


@require_http_methods(["GET", "POST"])
def sample_edit(request: HttpRequest, code: str, sample: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    file = get_object_or_404(cycle.norming_files, code=sample)
    seen = actions.sample_fingerprint(file)
    form = SampleForm(request.POST or None, answers=file.answers, language=file.language, seen=seen)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.save_sample(file, form.values, seen=form.cleaned_data["seen"], by=me(request))
            messages.success(request, _("Saved."))
            return redirect(address("norming", cycle))
    return _sample_page(request, cycle, form, file, is_copied=False)


def _sample_page(
    request: HttpRequest, cycle: Cycle, form: SampleForm, file: NormingFile | None, is_copied: bool
) -> HttpResponse:
    context = {"form": form, "file": file, "is_copied": is_copied}
    return render(request, "applications/reading/norming_sample.html", frame(cycle, "norming") | context)


@require_safe
def sample_past(request: HttpRequest, code: str) -> HttpResponse:
    """Past applications to copy from, by score, because readers learn most from a high, a middle and a low one."""
    cycle = cycle_of(request, code)
    context = {
        "page_obj": page_of(norming.past_applications(cycle, me(request)), request, per_page=30),
        "query": query_without_page(request),
    }
    return render(request, "applications/reading/norming_sample_past.html", frame(cycle, "norming") | context)


@require_POST
def sample_move(request: HttpRequest, code: str, sample: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    file = get_object_or_404(cycle.norming_files, code=sample)
    actions.move_sample(file, up=request.POST.get("to") == "up", by=me(request))
    return redirect(address("norming", cycle))


@require_POST
def sample_remove(request: HttpRequest, code: str, sample: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    file = get_object_or_404(cycle.norming_files, code=sample)
    with rule_message(request, _("Sample removed.")):
        actions.remove_sample(file, by=me(request))
    return redirect(address("norming", cycle))


@require_POST
def norming_copy(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request, _("Samples copied. Check each one before you publish.")):
        actions.copy_set(cycle, by=me(request))
    return redirect(address("norming", cycle))


@require_POST
def norming_publish(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request, _("Samples published. Readers will score them first.")):
        actions.publish(cycle, by=me(request))
    return redirect(address("norming", cycle))


@require_POST
def norming_remind(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        messages.success(request, actions.reminded(actions.remind(cycle, by=me(request))))
    return redirect(address("norming", cycle))
