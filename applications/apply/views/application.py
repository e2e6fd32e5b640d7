"""Views of the application form, from the first answer to the receipt."""

from collections.abc import Collection
from itertools import islice

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.apply import documents, fixes, resubmit, results, unplaced_answers
from applications.apply.access import Role, Writer, for_writers
from applications.apply.actions import application as actions
from applications.apply.actions import carry
from applications.apply.actions import draft as draft_actions
from applications.apply.actions import upload as upload_actions
from applications.apply.forms.application import (
    FixReasonForm,
    MoreTimeForm,
    QuestionRow,
    SectionForm,
    WithdrawForm,
)
from applications.apply.forms.changes import base_of, changes_of
from applications.apply.forms.records_consent import SignWithSubmitForm
from applications.apply.views.draft import choice_of, saved_text, versions_of
from applications.apply.views.upload import visitor_network
from applications.base import answers, rubrics, written
from applications.base.answers import Item, Part
from applications.base.consents import ASKED_IN, Consent, consent_of
from applications.base.sections import REFEREE_SECTION, sections_of
from applications.base.standings import standing_of
from applications.models import Application, RubricLevel, Section
from applications.states import Status
from exchange.background import pdfs
from exchange.base.errors import RuleViolation
from exchange.models import PartnerCity
from exchange.web.shortcuts import me, rule_message

# the referee's questions where they stand among the student's own answers
OF_REFEREE = {
    "referee_name": gettext_lazy("Your recommender’s name"),
    "referee_email": gettext_lazy("Your recommender’s email address"),
    "referee_phone": gettext_lazy("Your recommender’s cell phone"),
    "relation": gettext_lazy("How does your recommender know you?"),
}


@require_safe
@for_writers
def application_overview(request: HttpRequest, writer: Writer) -> HttpResponse:
    application = writer.application
    if not application.is_open_for_editing:
        return redirect(application)
    if not application.accepts_changes:
        return redirect(_address("check", application))
    all_parts = answers.parts_of(application)
    parts = [part for part in all_parts if application.opens_section(part.key)]
    to_fix = fixes.named(application, parts)
    unfixed = {part.key for part in to_fix if not fixes.is_changed(application, part)}
    context = {
        "application": application,
        "writer": writer,
        "tasks": [_task(application, part, fixing=bool(to_fix), unfixed=unfixed) for part in all_parts],
        "to_fix": [_link(application, part) for part in to_fix],
        "done": sum(part.is_done and part.key not in unfixed for part in parts),
        "total": len(parts),
        "is_complete": not unfixed and not answers.unfinished(parts) and not any(part.carried for part in parts),
        "next_href": _address("section", application, _first_open(parts, unfixed)),
        "carried": any(part.carried for part in parts),
        "last_time": _last_time(writer),
        "help": application.help_sessions.running().select_related("helper").first() if writer.is_owner else None,
    }
    return render(request, "applications/apply/overview.html", context)


def _last_time(writer: Writer) -> Application | None:
    """An earlier application to carry answers from, for a student who started this draft before signing in."""
    application = writer.application
    if writer.by is None or not writer.is_owner or application.carried_from_id or application.status != Status.DRAFT:
        return None
    return carry.last_time(application.cycle, writer.by)


@require_http_methods(["GET", "POST"])
@for_writers(also=())
def application_section(request: HttpRequest, writer: Writer, section: str) -> HttpResponse:
    application = writer.application
    form_sections = sections_of(application)
    sections = [each for each in form_sections if application.opens_section(each.key)]
    place = next((place for place, each in enumerate(sections) if each.key == section), None)
    if place is None:
        raise Http404
    part = answers.part_of(application, form_sections, sections[place])
    from_check = request.GET.get("from") == "check"
    following = _following(request, application, sections, place)
    late = resubmit.take(request) if request.method == "GET" else None
    if late or request.method == "POST":
        form = SectionForm(application, part, late.data if late else request.POST, request.FILES)
        is_saved = _save(request, writer, form)
        if "choose" in request.POST:
            return _choose(request, writer, part.section)
        if is_saved and late:
            messages.success(request, _("What you sent before you signed in is saved."))
        if late and late.had_files:
            messages.warning(request, _("Your file didn’t come along. Choose it again."))
        if is_saved:
            return redirect(request.get_full_path() if late else following)
        application.refresh_from_db()
        part = answers.part_of(application, form_sections, part.section)
    elif application.accepts_changes:
        form = SectionForm(application, part, show_missing=from_check)
    else:
        return redirect(_address("check", application))
    begun = written.sections_begun(application, sections)
    context = _page(writer, part, form) | _among(application, sections, place, begun) | {"next_href": following}
    if application.is_returned:
        context["is_named"] = bool(fixes.named(application, [part]))
        context["is_fixed"] = fixes.is_changed(application, part)
    return render(request, "applications/apply/section.html", context)


def _following(request: HttpRequest, application: Application, sections: list[Section], place: int) -> str:
    after = sections[place + 1 : place + 2]
    if request.POST.get("then") == "overview":  # the link back to the overview saves the page too
        return _address("overview", application)
    if request.GET.get("from") == "check" or not after:
        return _address("check", application)
    return _address("section", application, after[0])


def _save(request: HttpRequest, writer: Writer, form: SectionForm) -> bool:
    """Save what can be saved. False if the page must be shown again; the form or a message says why."""
    is_valid = form.is_valid()
    application = writer.application
    try:
        if not form.is_locked:
            changes = changes_of(form, application)
            for saved in draft_actions.save_changes(application, changes, by=writer.by):
                if saved.violation:
                    raise saved.violation
        for change in form.file_changes:
            upload_actions.save_files(
                application,
                change.key,
                change.files,
                removed=change.removed,
                by=writer.by,
                network=visitor_network(request, writer),
            )
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return False
    return is_valid


def _choose(request: HttpRequest, writer: Writer, section: Section) -> HttpResponse:
    """Keep one of two competing versions of an answer. The rest of the page is saved already."""
    key, device, number = choice_of(request.POST["choose"])
    with rule_message(request, _("We kept that one.")):
        draft_actions.choose(writer.application, key, device=device, number=number, by=writer.by)
    return redirect(f"{_address('section', writer.application, section)}#id_{key}")


def _page(writer: Writer, part: Part, form: SectionForm) -> dict[str, object]:
    application = writer.application
    rows = form.rows
    shown = [row for row in rows if not row.is_hidden]
    single = shown[0] if len(shown) == 1 else None
    for row in rows:
        row.versions = versions_of(application, row.item.question, row.item.state)
    return {
        "application": application,
        "writer": writer,
        "form": form,
        "part": part,
        "rows": rows,
        "single": single,  # a page with one question asks it in its heading
        "levels": _levels(application, single.item) if single and single.item.is_essay else [],
        "cities": _cities(application, rows),
        # a bound form has a value that is not saved
        "saved": saved_text(application.saved_at) if part.is_started and not form.is_bound else "",
        "base_json": base_of(part.form_items, confirms=not writer.is_helper),
        "save_href": _address("save", application),
    }


def _among(application: Application, sections: list[Section], place: int, begun: Collection[str]) -> dict[str, object]:
    """The page's number among the pages, which of them have something written, and the addresses of all of them."""
    steps = [("done " if each.key in begun else "") + ("now" if each is sections[place] else "") for each in sections]
    hrefs = [_address("section", application, each) for each in sections]
    return {
        "number": place + 1,
        "total": len(sections),
        "steps": tuple(step.strip() for step in steps),
        "hrefs": [*hrefs, _address("check", application)],
    }


def _levels(application: Application, item: Item) -> list[RubricLevel]:
    """The rubric's levels for this answer, which students may read while they write."""
    criteria = (each for each in rubrics.criteria_of(application.cycle) if each.question_key == item.key)
    return [level for each in islice(criteria, 1) for level in each.levels.all()]


def _cities(application: Application, rows: list[QuestionRow]) -> list[PartnerCity]:
    if any(row.item.question.kind == "ranked_cities" for row in rows):
        return list(application.cycle.cities.filter(is_offered=True))
    return []


@require_safe
@for_writers
def application_check(request: HttpRequest, writer: Writer) -> HttpResponse:
    if not writer.application.is_open_for_editing:
        return redirect(writer.application)
    return _check_page(request, writer, FixReasonForm())


def _check_page(request: HttpRequest, writer: Writer, form: FixReasonForm) -> HttpResponse:
    application = writer.application
    parts = answers.parts_of(application)
    # also in the grace period, because the button may have been pressed in a tunnel
    ends_at = draft_actions.grace_ends(application)
    can_send = application.accepts_changes or timezone.now() < ends_at
    consent = consent_of(application) if can_send and writer.is_owner else None
    context = {
        "application": application,
        "writer": writer,
        "parts": [{"part": part, "rows": _answer_rows(application, part)} for part in parts],
        "missing": _missing(application, parts),
        "unfixed": [_link(application, part) for part in fixes.untouched(application, parts)],
        "to_fix": [_link(application, part) for part in fixes.named(application, parts)],
        "form": form,
        "consent": consent,
        "sign_form": _sign_form(request, consent),
        "short": _short(application, parts),
        "carried": _carried(application, parts) if application.accepts_changes else [],
        "retired": unplaced_answers.retired(application),
        "beside": unplaced_answers.beside(application) if writer.is_owner else [],
        "can_send": can_send,
        "is_over": not can_send,
        "ends_at": ends_at if application.status == Status.DRAFT else None,
        "hrefs": [],
    }
    return render(request, "applications/apply/check.html", context)


def _sign_form(request: HttpRequest, consent: Consent | None) -> SignWithSubmitForm | None:
    """For a student who hasn't signed yet that the college may answer, if there's anything to sign."""
    return SignWithSubmitForm(request.POST or None) if consent and consent.text and not consent.is_signed else None


def _missing(application: Application, parts: list[Part]) -> list[dict[str, str]]:
    return [
        {
            "title": _title(part, item),
            "href": _address("section", application, part, item),
            "hint": item.problem,
            "key": item.key,
        }
        for part in parts
        for item in part.problems
    ]


def _short(application: Application, parts: list[Part]) -> list[dict[str, object]]:
    """Answers that can still be changed and are far shorter than suggested."""
    return [
        {"title": _title(part, item), "href": _address("section", application, part, item), "count": item.word_count}
        for part in parts
        if application.accepts_changes and application.opens_section(part.key)
        for item in part.items
        if item.is_short
    ]


def _carried(application: Application, parts: list[Part]) -> list[dict[str, object]]:
    """Parts with carried answers that the student has not looked at yet."""
    return [
        {
            "title": part.section.title,
            "rows": [{"label": _title(part, item), "value": item.text} for item in part.carried],
            "href": f"{_address('section', application, part)}?from=check",
            "still_true_href": _address("still-true", application, part),
        }
        for part in parts
        if part.carried
    ]


def _title(part: Part, item: Item) -> str:
    """The question's label; on the referee's page one that says whose name it is."""
    label = str(item.question.label)
    return str(OF_REFEREE.get(item.key, label)) if part.key == REFEREE_SECTION else label


def _answer_rows(application: Application, part: Part) -> list[dict[str, str]]:
    changes = application.accepts_changes and application.opens_section(part.key)
    return [
        {
            "label": _title(part, item),
            "value": item.text or _empty(item),
            "key": item.key,
            "change_href": _address("section", application, part, item) if changes else "",
        }
        for item in part.items
    ]


def _empty(item: Item) -> str:
    """The text in place of a missing answer, which says whether it may be missing."""
    return _("Not answered yet.") if item.problem else _("Left blank. It’s optional.")


@require_POST
@for_writers(roles=(Role.OWNER,))
def application_submit(request: HttpRequest, writer: Writer) -> HttpResponse:
    form = FixReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    signature = SignWithSubmitForm(request.POST)
    name = signature.cleaned_data["typed_name"] if signature.is_valid() else ""
    try:
        actions.submit(writer.application, by=me(request), reason=reason, signed_name=name)
    except RuleViolation as violation:
        if violation.code == "not_fixed":  # the page has the field for it, and what was typed stays there
            form.needs_reason(violation.message)
            return _check_page(request, writer, form)
        messages.error(request, violation.message)
        return redirect(_address("check", writer.application))
    return redirect(_address("receipt", writer.application))


@require_safe
@for_writers(roles=(Role.OWNER,))
def application_receipt(request: HttpRequest, writer: Writer) -> HttpResponse:
    application = writer.application
    if application.submitted_at is None or application.status == Status.RETURNED:
        return redirect(_address("overview", application))
    context = {
        "application": application,
        "result": results.result_of(application),
        "recommendation": getattr(application, "recommendation", None),
        "consent": consent_of(application) if application.status in ASKED_IN else None,
    }
    return render(request, "applications/apply/receipt.html", context)


@require_safe
@for_writers(roles=(Role.OWNER,))
def application_copy(request: HttpRequest, writer: Writer) -> HttpResponseBase:
    """The student's copy of the submitted application, as a PDF."""
    application = writer.application
    if application.submitted_at is None or application.is_open_for_editing:
        raise Http404
    name = _("application-%(code)s.pdf") % {"code": application.candidate_label}
    return pdfs.respond(
        request,
        documents.application_copy(application),
        filename=name,
        title=_("Your application"),
        back=_address("receipt", application),
        about=application.code,
    )


@require_http_methods(["GET", "POST"])
@for_writers(roles=(Role.OWNER,))
def application_more_time(request: HttpRequest, writer: Writer) -> HttpResponse:
    """After the deadline, ask the office to open the draft again."""
    application = writer.application
    if application.status != Status.DRAFT or application.accepts_changes or application.more_time_answer:
        return redirect(_address("overview", application))
    form = MoreTimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("We’ve asked the exchange team. You’ll get a message with the answer.")):
            actions.ask_for_more_time(application, reason=form.cleaned_data["reason"], by=me(request))
        return redirect(_address("check", application))
    return render(request, "applications/apply/more_time.html", {"application": application, "form": form})


@require_http_methods(["GET", "POST"])
@for_writers(roles=(Role.OWNER,))
def application_withdraw(request: HttpRequest, writer: Writer) -> HttpResponse:
    application = writer.application
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("You withdrew your application.")):
            actions.withdraw(application, by=me(request), reason=form.cleaned_data["reason"])
        return redirect(application)
    if not permissions.can_withdraw(request.user, application, standing_of(application)):
        return redirect(application)
    context = {"application": application, "form": form, "has_spot": application.status == Status.CONFIRMED}
    return render(request, "applications/apply/withdraw.html", context)


def _address(page: str, application: Application, part: Part | Section | None = None, item: Item | None = None) -> str:
    kwargs = {"code": application.code, **({"section": part.key} if part else {})}
    address = reverse(f"applications:application-{page}", kwargs=kwargs)
    return f"{address}?from=check#id_{item.key}" if item else address


def _first_open(parts: list[Part], unfixed: Collection[str]) -> Part:
    return next((part for part in parts if part.key in unfixed or not part.is_done), parts[0])


def _link(application: Application, part: Part) -> dict[str, str]:
    return {"title": str(part.section.title), "href": _address("section", application, part)}


def _task(application: Application, part: Part, *, fixing: bool, unfixed: Collection[str]) -> dict[str, str]:
    """A line in the list of parts. `fixing`: the office named the parts to fix; `unfixed`: those not changed yet."""
    if not application.opens_section(part.key):
        return {"title": str(part.section.title), "status_label": _("submitted"), "tone": "neutral"}
    if part.key in unfixed:
        label, tone = _("to fix"), "wait"
    elif part.is_done:
        label, tone = _("changed") if fixing else _("done"), "good"
    elif part.is_started:
        label, tone = _("in progress"), "wait"
    else:
        label, tone = _("not started"), "neutral"
    return _link(application, part) | {"status_label": label, "tone": tone}
