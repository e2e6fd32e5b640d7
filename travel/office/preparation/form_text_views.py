"""Views of a cycle's setup: the forms that people sign, in both languages, version by version."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from applications.cycle.actions.form_edit import key_from
from applications.cycle.views.setup import PREPARATION, cycle_of, frame
from applications.models import Cycle
from exchange.base.errors import RuleViolation
from exchange.base.paragraphs import blocks
from exchange.web.shortcuts import me, rule_message
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import FormText
from travel.prepare.signing import form_texts as actions
from travel.prepare.signing.forms import FormTextForm


def _back(cycle: Cycle) -> tuple[str, str]:
    return reverse("travel:cycle-preparation", kwargs={"code": cycle.code}), _("Before and after the trip")


def _text(cycle: Cycle, code: str) -> FormText:
    text = get_object_or_404(cycle.form_texts, code=code)
    text.cycle = cycle
    return text


@require_http_methods(["GET", "POST"])
def form_text_add(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    there = list(cycle.form_texts.all())
    form = FormTextForm(request.POST or None, initial={"order": max((row.order for row in there), default=0) + 1})

    def add(said: FormTextForm) -> FormText:
        same = next((row for row in there if not rows.differing(row, said.values)), None)
        key = same.key if same else key_from(said.values["title_en"], {row.key for row in there})
        return actions.add_text(cycle, {**said.values, "key": key}, by=me(request))

    return edit(
        request,
        form,
        add,
        back=_back(cycle),
        title=_("New form"),
        label=cycle.name,
        text=_("It’s a draft until you publish it."),
    )


@require_http_methods(["GET", "POST"])
def form_text_edit(request: HttpRequest, code: str, text: str) -> HttpResponse:
    """A draft is edited; a published version is shown, with a button for the next one."""
    cycle = cycle_of(request, code)
    row = _text(cycle, text)
    if row.published_at:
        return _published(request, cycle, row)
    form = FormTextForm(request.POST or None, initial=FormTextForm.initial_of(row))
    return edit(
        request,
        form,
        lambda said: actions.change_text(row, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=(reverse("travel:form-text-publish", kwargs={"code": cycle.code, "text": row.code}), _("Preview")),
        title=row.title_en,
        label=cycle.name,
        text=_("It’s a draft until you publish it."),
        remove=reverse("travel:form-text-discard", kwargs={"code": cycle.code, "text": row.code}),
    )


def _published(request: HttpRequest, cycle: Cycle, row: FormText) -> HttpResponse:
    return render(request, "travel/office/form_text.html", frame(cycle, PREPARATION) | _words(row))


def _words(row: FormText) -> dict[str, object]:
    languages = (("en", row.title_en, row.body_en), ("es", row.title_es, row.body_es))
    return {"text": row, "languages": [(code, title, blocks(body)) for code, title, body in languages]}


@require_http_methods(["GET", "POST"])
def form_text_publish(request: HttpRequest, code: str, text: str) -> HttpResponse:
    """Shows a draft as people will read it and how many will sign again; POST publishes it."""
    cycle = cycle_of(request, code)
    row = _text(cycle, text)
    if request.method == "POST":
        try:
            again = actions.publish(row, by=me(request))
        except RuleViolation as violation:
            messages.error(request, violation.message)
        else:
            said = ngettext(
                "Published. %(count)s student is asked to sign again.",
                "Published. %(count)s students are asked to sign again.",
                again,
            )
            messages.success(request, said % {"count": again} if again else _("Published."))
            return redirect(_back(cycle)[0])
    if row.published_at:
        return redirect("travel:form-text-edit", code=cycle.code, text=row.code)
    context = frame(cycle, PREPARATION) | _words(row) | {"again": len(actions.asked_again(row)), "is_preview": True}
    return render(request, "travel/office/form_text.html", context)


@require_POST
def form_text_version(request: HttpRequest, code: str, text: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    draft = actions.start_version(_text(cycle, text), by=me(request))
    return redirect("travel:form-text-edit", code=cycle.code, text=draft.code)


@require_POST
def form_text_discard(request: HttpRequest, code: str, text: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    row = cycle.form_texts.filter(code=text).first()
    with rule_message(request, success=_("Removed.")):
        if row is not None:  # otherwise a second tap
            row.cycle = cycle
            actions.discard(row, by=me(request))
    return redirect(_back(cycle)[0])
