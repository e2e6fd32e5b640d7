"""Pages on which readers score the sample files, and see the others' scores once their own are locked."""

from collections import Counter
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.models import NormingFile, NormingReading, RubricCriterion
from applications.reading import norming
from applications.reading.actions import norming as actions
from applications.reading.forms.norming import AgreedForm, RemarkForm, SampleReadingForm
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.templatetags.ui import language_here
from exchange.web.shortcuts import me, require, rule_message


@require_safe
def norming_list(request: HttpRequest) -> HttpResponse:
    """The samples of each cycle that the person reads in, with their progress."""
    sets = norming.sets_for(me(request))
    require(roles.is_advisor(me(request)) or roles.is_coordinator(me(request)) or bool(sets))
    cycles = [each.cycle for each in sets]
    readings = {reading.file_id: reading for reading in me(request).norming_readings.filter(file__cycle__in=cycles)}
    files = NormingFile.objects.visible_to(me(request)).filter(cycle__in=cycles).distinct()
    asked = set(files.filter(norming.is_asked(me(request))).order_by().values_list("pk", flat=True))
    rows: dict[int, list[dict[str, object]]] = {}
    numbers: Counter[int] = Counter()
    for file in files.order_by("order", "pk"):
        numbers[file.cycle_id] += 1  # the same for everyone, because they talk about it
        if file.pk in asked:
            line = _line(file, readings.get(file.pk), numbers[file.cycle_id])
            rows.setdefault(file.cycle_id, []).append(line)
    context = {"sets": [{"left": each, "rows": rows.get(each.cycle.pk, [])} for each in sets]}
    return render(request, "applications/reading/norming_list.html", context)


def _line(file: NormingFile, reading: NormingReading | None, number: int) -> dict[str, object]:
    """Context for components/task_list.html."""
    if reading is None:
        state, tone = _("to score"), "now"
    elif reading.locked_at is None:
        state, tone = _("started"), "wait"
    else:
        state, tone = _("locked"), "good"
    return {
        "title": _("Sample %(number)s") % {"number": number},
        "href": file.get_absolute_url(),
        "hint": language_here(file.language),
        "status_label": state,
        "tone": tone,
    }


@require_http_methods(["GET", "POST"])
def norming_file(request: HttpRequest, code: str) -> HttpResponse:
    """One sample: the rubric until the reader's own scores are locked, then all scores and the discussion."""
    file = _file_of(request, code)
    locking = request.POST.get("act") == "lock"
    form = SampleReadingForm.of(_own(request, file), _criteria(file), request.POST or None, locking=locking)
    if request.method == "POST" and (response := _keep(request, file, form, locking)):
        return response
    return _page(request, file, form)


def _own(request: HttpRequest, file: NormingFile) -> NormingReading | None:
    return file.readings.filter(reader=me(request)).first()


def _criteria(file: NormingFile) -> list[RubricCriterion]:
    return list(file.cycle.criteria.prefetch_related("levels"))


def _page(
    request: HttpRequest, file: NormingFile, form: SampleReadingForm, remark: RemarkForm | None = None
) -> HttpResponse:
    """`remark`: one that was refused."""
    sees_others = norming.may_see_others(me(request), file)
    context = {
        "file": file,
        "number": list(file.cycle.norming_files.values_list("pk", flat=True)).index(file.pk) + 1,
        "answers": [
            {"question": each["question"], "paragraphs": [[(text, "")] for text in each["text"].split("\n\n")]}
            for each in file.answers
        ],
        "form": None if sees_others else form,
        "own": _own(request, file),
        "next": next((each.next for each in norming.sets_for(me(request)) if each.cycle == file.cycle), None),
    }
    if sees_others:
        context |= _others(me(request), file, _criteria(file)) | {"remark_form": remark or RemarkForm()}
    return render(request, "applications/reading/norming_file.html", context)


def _file_of(request: HttpRequest, code: str) -> NormingFile:
    visible = NormingFile.objects.visible_to(me(request)).filter(cycle__norming_published_at__isnull=False)
    return get_object_or_404(visible.select_related("cycle").distinct(), code=code)


def _keep(request: HttpRequest, file: NormingFile, form: SampleReadingForm, locking: bool) -> HttpResponse | None:
    """Save or lock the reading; None if the page must be shown again with what was typed."""
    if not form.is_valid():
        if form.only_lacks_points:
            with rule_message(request):
                actions.save_reading(file, points=form.points, comment=form.cleaned_data["comment"], by=me(request))
        return None
    act = actions.lock_reading if locking else actions.save_reading
    said = _("Locked. Here’s what the others gave.") if locking else _("Saved.")
    with rule_message(request, said):
        act(file, points=form.points, comment=form.cleaned_data["comment"], by=me(request))
    return redirect(file)


def _others(user: User, file: NormingFile, criteria: Sequence[RubricCriterion]) -> dict[str, object]:
    readings = list(file.readings.filter(locked_at__isnull=False).select_related("reader").order_by("locked_at", "pk"))
    may_settle = permissions.can_set_up(user)
    return {
        "spreads": norming.spreads_of(file, criteria, readings, user),
        "points": [level.points for level in criteria[0].levels.all()] if criteria else [],
        "count": len(readings),
        "comments": [
            {"who": str(each.reader), "at": each.locked_at, "body": each.comment, "is_mine": each.reader == user}
            for each in readings
            if each.comment
        ],
        "remarks": [
            {"who": str(each.by), "at": each.said_at, "body": each.text, "is_mine": each.by == user}
            for each in file.remarks.select_related("by")
        ],
        "agreed_form": AgreedForm.of(file, criteria) if may_settle else None,
    }


@require_POST
def norming_say(request: HttpRequest, code: str) -> HttpResponse:
    """What is refused is shown again, with why."""
    file = _file_of(request, code)
    form = RemarkForm(request.POST)
    if form.is_valid():
        try:
            actions.say(file, text=form.cleaned_data["text"], by=me(request))
            return redirect(f"{file.get_absolute_url()}#talk")
        except RuleViolation as violation:
            form.add_error("text", violation.message)
    return _page(request, file, SampleReadingForm.of(_own(request, file), _criteria(file)), remark=form)


@require_POST
def norming_agree(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_set_up(me(request)))
    file = _file_of(request, code)
    form = AgreedForm.of(file, list(file.cycle.criteria.prefetch_related("levels")), request.POST)
    if form.is_valid():
        with rule_message(request, _("Saved. Anyone who has locked this sample can see it.")):
            actions.agree(file, points=form.points, note=form.cleaned_data["note"], by=me(request))
    else:
        messages.error(request, _("Choose points from the rubric."))
    return redirect(f"{file.get_absolute_url()}#agreed")
