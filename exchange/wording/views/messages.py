"""The texts of messages and pages under Set up: find one, write it in both languages with a preview, its history."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.background import pdfs
from exchange.base import roles
from exchange.models import Wording
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from exchange.wording import actions, checking, letters, samples, standing
from exchange.wording.composing import LANGUAGES, compose, differences, how_many, segments
from exchange.wording.forms import AUDIENCES, GROUPS, PARTS, WHERE, MessageForm
from exchange.wording.pages import Page, everything, used_in
from exchange.wording.passages import Passage, Unit
from exchange.wording.sketching import sketch
from exchange.wording.standing import Standing

OWN, LOOK = "own", "look"


class FilterForm(forms.Form):
    words = forms.CharField(label=gettext_lazy("Contains"), required=False, max_length=100)
    to = forms.ChoiceField(label=gettext_lazy("Where people read it"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("Whose words"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.choices = [("", _("Everywhere")), *GROUPS.items(), (_("Emails and text messages"), [*AUDIENCES.items()])]
        state: Any = self.fields["state"]
        state.choices = [("", _("All")), (OWN, _("Changed by us")), (LOOK, _("Needs a look"))]


@require_safe
def message_texts(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    form = FilterForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    rows = list(Wording.objects.visible_to(me(request)).newest())
    stands = standing.among(rows, {each for unit in everything().values() for each in unit.whole()})
    found = [row for row in (_row(unit, stands) for unit in _in_order()) if _matches(row, filters)]
    context = {
        "form": form,
        "page_obj": page_of(found, request),
        "query": query_without_page(request),
        "clear_href": reverse("message-texts"),
        "resting": standing.resting(rows),
    }
    return render(request, "exchange/wording/message_texts.html", context)


def _in_order() -> list[Unit | Page]:
    """Pages by their group, then messages."""
    groups = list(GROUPS)
    return sorted(
        everything().values(), key=lambda unit: groups.index(unit.app) if isinstance(unit, Page) else len(groups)
    )


def _row(unit: Unit | Page, stands: Mapping[Passage, Standing]) -> dict[str, Any]:
    own = [stands[each] for each in unit.passages()]
    return {
        "unit": unit,
        "title": _title(unit, stands),
        "to": WHERE[unit.frame],
        "is_page": isinstance(unit, Page),
        "is_letter": isinstance(unit, Page) and unit.app == "letters",
        "is_own": any(each.is_own for each in own),
        "is_spanish_older": any(each.is_spanish_older for each in own),
        "is_updated": any(each.is_updated for each in own),
        "words": " ".join(text for each in own for text in each.words).casefold(),
    }


def _title(unit: Unit | Page, stands: Mapping[Passage, Standing]) -> str:
    """A message's subject, with made-up values; in the reader's language."""
    if isinstance(unit, Page):
        return unit.title
    if unit.is_frame:
        return _("Greeting and sign-off")
    language = translation.get_language() or LANGUAGES[0]
    return compose(unit, lambda each: standing.as_words(stands[each]), language).subject


def _matches(row: dict[str, Any], filters: dict[str, Any]) -> bool:
    words = filters.get("words", "").casefold()
    if words and words not in row["words"] and words not in row["title"].casefold():
        return False
    if (to := filters.get("to")) and row["unit"].frame != to:
        return False
    needs_look = row["is_spanish_older"] or row["is_updated"]
    return bool({OWN: row["is_own"], LOOK: needs_look}.get(filters.get("state", ""), True))


@require_http_methods(["GET", "HEAD", "POST"])
def message_text(request: HttpRequest, app: str, event: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    unit = _unit(app, event)
    stands = standing.of(unit.whole())
    form = MessageForm(unit, stands, request.POST or None)
    if request.headers.get("HX-Request"):
        return render(request, "exchange/wording/_preview.html", _preview(form))
    context: dict[str, Any] = {}
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        if "test" in request.POST and isinstance(unit, Unit):
            _send_test(request, form, unit)
        elif (saved := _save(request, form, context)) is not None:
            return saved
    return _page(request, form, context)


def _page(request: HttpRequest, form: MessageForm, context: dict[str, Any]) -> HttpResponse:
    meanwhile = context.get("meanwhile", [])
    unit, stands = form.unit, form.stands
    context |= {
        "form": form,
        "wrong": _wrong(form),
        "unit": unit,
        "title": _title(unit, stands),
        "to": WHERE[unit.frame],
        "is_page": isinstance(unit, Page),
        "is_letter": isinstance(unit, Page) and letters.can_be_printed(unit),
        "letter_cases": letters.cases(unit) if isinstance(unit, Page) else {},
        "parts": [
            {"label": PARTS[part], "items": [_item(form, each, meanwhile) for each in passages]}
            for part, passages in unit.groups().items()
            if passages
        ],
        **_preview(form),
    }
    return render(request, "exchange/wording/message_text.html", context)


def _wrong(form: MessageForm) -> list[tuple[str, str]]:
    """For the summary of what is wrong: the id of a field, and its error with the name of its passage, since a page
    has many fields called "English"."""
    passages = {passage.code: passage for passage in form.edited}
    found = [(name, passages[name.partition("_")[0]], text) for name, texts in form.errors.items() for text in texts]
    return [
        (
            form[name].id_for_label,
            _("“%(passage)s”, %(field)s: %(error)s")
            % {"passage": _name(form.stands[passage]), "field": form[name].label, "error": text},
        )
        for name, passage, text in found
    ]


def _name(stands: Standing) -> str:
    """How a passage begins."""
    return Truncator(stands.words[2 if translation.get_language() == "es" else 0]).words(8)


def _item(form: MessageForm, passage: Passage, meanwhile: list[Passage]) -> dict[str, Any]:
    stands, shipped = form.stands[passage], passage.shipped()
    stay = {name for text in shipped for name in checking.must_stay(passage, text)}
    suffixes = ("", "_several") if passage.several else ("",)
    return {
        "passage": passage,
        "name": _name(stands),
        "stands": stands,
        "pairs": [(form[f"{passage.code}_en{each}"], form[f"{passage.code}_es{each}"]) for each in suffixes],
        "seen": form[f"{passage.code}_seen"],
        "fits": form[f"{passage.code}_fits"] if stands.is_spanish_older else None,
        "placeholders": [
            {"name": f"{{{name}}}", "sample": samples.of(name, expression), "stays": name in stay}
            for name, expression in passage.names
        ],
        "others": len(used_in()[passage.key]) - 1,
        "theirs": [text for text in stands.words if text] if passage in meanwhile else [],
    }


def _preview(form: MessageForm) -> dict[str, Any]:
    """In both languages, with what is typed: each case of a message, or the page."""
    unit = form.unit
    if isinstance(unit, Page):
        return {"sketches": [sketch(unit, form.say, language) for language in LANGUAGES]}
    return {
        "cases": [[_shown(form, unit, language, number) for language in LANGUAGES] for number in range(how_many(unit))]
    }


def _shown(form: MessageForm, unit: Unit, language: str, number: int) -> dict[str, Any]:
    composed = compose(unit, form.say, language, number)
    return {"composed": composed, "parts": segments(composed.text), "test": f"{language}:{number}"}


def _save(request: HttpRequest, form: MessageForm, context: dict[str, Any]) -> HttpResponse | None:
    """Where to go next; None where somebody else saved meanwhile."""
    changes = form.changes()
    try:
        actions.save(changes, by=me(request))
    except actions.ChangedMeanwhile as violation:
        messages.error(request, violation.message)
        form.show_as_of_now(standing.of(form.unit.whole()))
        context["meanwhile"] = violation.passages
        return None
    if changes:
        is_page = isinstance(form.unit, Page)
        messages.success(
            request, _("Saved. People read it from now on.") if is_page else _("Saved. The next messages say it.")
        )
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("message-text", form.unit.app, form.unit.event)


def _send_test(request: HttpRequest, form: MessageForm, unit: Unit) -> None:
    language, _mark, number = request.POST["test"].partition(":")
    language = language if language in LANGUAGES else LANGUAGES[0]
    rows = actions.send_test(
        compose(unit, form.say, language, int(number) if number.isdecimal() else 0), by=me(request)
    )
    text = _("A test is on its way to %(addresses)s. Nothing was saved.")
    messages.success(request, text % {"addresses": ", ".join(row.address for row in rows)})


@require_safe
def message_text_sample(request: HttpRequest, app: str, event: str, language: str) -> HttpResponse:
    """A letter as a PDF with made-up values, in the saved words. `?case=`: one of `letters.cases`."""
    require(roles.is_coordinator(request.user))
    unit = _unit(app, event)
    if not isinstance(unit, Page) or not letters.can_be_printed(unit) or language not in LANGUAGES:
        raise Http404
    case = request.GET.get("case", "")
    if case and case not in letters.cases(unit):
        raise Http404
    back = reverse("message-text", args=[app, event])
    html = letters.sample(unit, language, case)
    return pdfs.respond(request, html, filename=f"{event}-{language}.pdf", title=unit.title, back=back)


@require_safe
def message_text_history(request: HttpRequest, app: str, event: str, code: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    unit = _unit(app, event)
    stands = _standing(unit, code)
    passage = stands.passage
    shipped = passage.shipped()
    before = stands.row.shipped if stands.row and stands.is_updated else shipped
    context = {
        "unit": unit,
        "stands": stands,
        "versions": standing.versions_of(stands),
        "shipped": [text for text in shipped if text],
        "differences": [differences(*pair) for pair in zip(before, shipped, strict=True) if pair[0] != pair[1]],
    }
    return render(request, "exchange/wording/message_text_history.html", context)


@require_POST
def message_text_back(request: HttpRequest, app: str, event: str, code: str) -> HttpResponse:
    """Back to the portal's own text or, with ?keep, stay with the office's though the portal's has changed."""
    require(roles.is_coordinator(request.user))
    unit = _unit(app, event)
    stands = _standing(unit, code)
    seen = int(request.POST["seen"]) if request.POST.get("seen", "").isdecimal() else 0
    if "keep" in request.POST:
        with rule_message(request, success=_("Your text stays.")):
            actions.keep(stands.passage, seen=seen, by=me(request))
    else:
        with rule_message(request, success=_("Back to the portal’s own text. Yours is still in the history.")):
            actions.back_to_shipped(stands.passage, seen=seen, by=me(request))
    return redirect("message-text-history", unit.app, unit.event, code)


def _unit(app: str, event: str) -> Unit | Page:
    unit = everything().get(f"{app}/{event}")
    if unit is None:
        raise Http404
    return unit


def _standing(unit: Unit | Page, code: str) -> Standing:
    passage = next((each for each in unit.passages() if each.code == code), None)
    if passage is None:
        raise Http404
    return standing.of([passage])[passage]
