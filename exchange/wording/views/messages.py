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
from exchange.wording.forms import AUDIENCES, GROUPS, PARTS, WHERE, MessageForm
from exchange.wording.own import LANGUAGES, Key
from exchange.wording.standing import Standing
from exchange.wording.texts import Text, Unit, units

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
    stands = standing.among(rows, (text for unit in units().values() for text in unit.texts))
    found = [row for row in (_row(unit, stands) for unit in _in_order()) if _matches(row, filters)]
    context = {
        "form": form,
        "page_obj": page_of(found, request),
        "query": query_without_page(request),
        "clear_href": reverse("message-texts"),
        "resting": standing.resting(rows),
    }
    return render(request, "exchange/wording/message_texts.html", context)


def _in_order() -> list[Unit]:
    """Places by their group, then messages."""
    groups = list(GROUPS)
    return sorted(units().values(), key=lambda unit: groups.index(unit.app) if unit.place else len(groups))


def _row(unit: Unit, stands: Mapping[Key, Standing]) -> dict[str, Any]:
    own = [stands[text.key] for text in unit.texts]
    return {
        "unit": unit,
        "title": _title(unit, stands),
        "to": WHERE[unit.to],
        "is_own": any(each.is_own for each in own),
        "is_spanish_older": any(each.is_spanish_older for each in own),
        "is_updated": any(each.is_updated for each in own),
        "words": " ".join(text for each in own for text in each.words).casefold(),
    }


def _title(unit: Unit, stands: Mapping[Key, Standing]) -> str:
    """A message's subject, with made-up values; in the reader's language."""
    if unit.is_frame:
        return _("Greeting and sign-off")
    if unit.place or not unit.parts["subject"]:
        return unit.title or unit.name
    words = stands[unit.parts["subject"][0].key].words
    return samples.filled(words[2 if translation.get_language() == "es" else 0])


def _matches(row: dict[str, Any], filters: dict[str, Any]) -> bool:
    words = filters.get("words", "").casefold()
    if words and words not in row["words"] and words not in row["title"].casefold():
        return False
    if (to := filters.get("to")) and row["unit"].to != to:
        return False
    needs_look = row["is_spanish_older"] or row["is_updated"]
    return bool({OWN: row["is_own"], LOOK: needs_look}.get(filters.get("state", ""), True))


@require_http_methods(["GET", "HEAD", "POST"])
def message_text(request: HttpRequest, app: str, event: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    unit = _unit(app, event)
    form = MessageForm(unit, standing.of(unit.texts), request.POST or None)
    if request.headers.get("HX-Request"):
        return render(request, "exchange/wording/_preview.html", {"previews": _previews(form)})
    context: dict[str, Any] = {}
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        if (saved := _save(request, form, context)) is not None:
            return saved
    return _page(request, form, context)


def _page(request: HttpRequest, form: MessageForm, context: dict[str, Any]) -> HttpResponse:
    meanwhile, unit = context.get("meanwhile", []), form.unit
    context |= {
        "form": form,
        "wrong": _wrong(form),
        "unit": unit,
        "title": _title(unit, form.stands),
        "to": WHERE[unit.to],
        "is_letter": letters.can_be_printed(unit),
        "letter_cases": letters.cases(unit),
        "parts": [
            {"label": PARTS[part], "items": [_item(form, text, meanwhile) for text in texts]}
            for part, texts in unit.parts.items()
            if texts
        ],
        "previews": _previews(form),
    }
    return render(request, "exchange/wording/message_text.html", context)


def _wrong(form: MessageForm) -> list[tuple[str, str]]:
    """For the summary of what is wrong: the id of a field, and its error with the beginning of its text, since a page
    has many fields called "English"."""
    by_code = {text.code: text for text in form.unit.texts}
    found = [(name, by_code[name.partition("_")[0]], error) for name, errors in form.errors.items() for error in errors]
    return [
        (
            form[name].id_for_label,
            _("“%(passage)s”, %(field)s: %(error)s")
            % {"passage": _name(form.stands[text.key]), "field": form[name].label, "error": error},
        )
        for name, text, error in found
    ]


def _name(stands: Standing) -> str:
    """How a text begins."""
    return Truncator(stands.words[2 if translation.get_language() == "es" else 0]).words(8)


def _item(form: MessageForm, text: Text, meanwhile: list[Text]) -> dict[str, Any]:
    stands = form.stands[text.key]
    stay = {name for shipped in text.shipped for name in checking.must_stay(text, shipped)}
    suffixes = ("", "_several") if text.several else ("",)
    return {
        "text": text,
        "name": _name(stands),
        "stands": stands,
        "pairs": [(form[f"{text.code}_en{each}"], form[f"{text.code}_es{each}"]) for each in suffixes],
        "seen": form[f"{text.code}_seen"],
        "fits": form[f"{text.code}_fits"] if stands.is_spanish_older else None,
        "placeholders": [
            {"name": f"{{{name}}}", "sample": samples.of(name), "stays": name in stay} for name in text.names
        ],
        "others": len(text.files) - 1,
        "theirs": [words for words in stands.words if words] if text in meanwhile else [],
    }


def _previews(form: MessageForm) -> list[dict[str, Any]]:
    """Each text with what is typed and made-up values, in both languages."""
    found = []
    for place, language in enumerate(LANGUAGES):
        with translation.override(language):
            parts = [
                {"part": part, "texts": [_said(form.words_of(text)[2 * place : 2 * place + 2]) for text in texts]}
                for part, texts in form.unit.parts.items()
            ]
        found.append({"language": language, "parts": parts})
    return found


def _said(words: tuple[str, ...]) -> str:
    one, several = words
    return samples.filled(several or one)


def _save(request: HttpRequest, form: MessageForm, context: dict[str, Any]) -> HttpResponse | None:
    """Where to go next; None where somebody else saved meanwhile."""
    changes = form.changes()
    try:
        actions.save(changes, by=me(request))
    except actions.ChangedMeanwhile as violation:
        messages.error(request, violation.message)
        form.show_as_of_now(standing.of(form.unit.texts))
        context["meanwhile"] = violation.texts
        return None
    if changes:
        messages.success(request, _("Saved. People read it from now on."))
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("message-text", form.unit.app, form.unit.event)


@require_safe
def message_text_sample(request: HttpRequest, app: str, event: str, language: str) -> HttpResponse:
    """A letter as a PDF with made-up values, in the saved words. `?case=`: one of `letters.cases`."""
    require(roles.is_coordinator(request.user))
    unit = _unit(app, event)
    if not letters.can_be_printed(unit) or language not in LANGUAGES:
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
    context = {
        "unit": unit,
        "stands": stands,
        "versions": standing.versions_of(stands.text).select_related("by"),
        "shipped": [text for text in stands.text.shipped if text],
        "before": [text for text in stands.row.shipped if text] if stands.row and stands.is_updated else [],
    }
    return render(request, "exchange/wording/message_text_history.html", context)


@require_POST
def message_text_back(request: HttpRequest, app: str, event: str, code: str) -> HttpResponse:
    """Back to the portal's own text or, with ?keep, stay with the office's though the portal's has changed."""
    require(roles.is_coordinator(request.user))
    unit = _unit(app, event)
    text = _standing(unit, code).text
    seen = int(request.POST["seen"]) if request.POST.get("seen", "").isdecimal() else 0
    if "keep" in request.POST:
        with rule_message(request, success=_("Your text stays.")):
            actions.keep(text, seen=seen, by=me(request))
    else:
        with rule_message(request, success=_("Back to the portal’s own text. Yours is still in the history.")):
            actions.back_to_shipped(text, seen=seen, by=me(request))
    return redirect("message-text-history", unit.app, unit.event, code)


def _unit(app: str, event: str) -> Unit:
    unit = units().get(f"{app}/{event}")
    if unit is None:
        raise Http404
    return unit


def _standing(unit: Unit, code: str) -> Standing:
    text = next((each for each in unit.texts if each.code == code), None)
    if text is None:
        raise Http404
    return standing.of([text])[text.key]
