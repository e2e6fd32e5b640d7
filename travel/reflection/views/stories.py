"""Stories: the office's list, the words it proposes, the student's page to approve them, and their pictures."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base.errors import RuleViolation
from exchange.files import storage
from exchange.models import Language
from exchange.web.edited import refusal_in, refuse
from exchange.web.shortcuts import me, page_of, require, rule_message
from travel import permissions
from travel.models import Reflection, Story, StoryText
from travel.reflection import stories
from travel.reflection.actions import story as actions
from travel.reflection.story_forms import StoryTextForm

WITH = ("reflection__prompt", "reflection__placement__trip__city", "reflection__placement__application__student")


def _stories(request: HttpRequest) -> Any:
    rows = Story.objects.visible_to(request.user).select_related("reflection__photo", *WITH)
    return rows.prefetch_related("texts", "reflection__consents")


@require_safe
def story_list(request: HttpRequest) -> HttpResponse:
    """For the office: what is chosen, in its order; the shortlist; answers that may be quoted; and printed ones."""
    require(permissions.can_choose_stories(request.user))
    rows = list(_stories(request))
    published = set(Story.objects.published().values_list("pk", flat=True))
    agreed = Reflection.objects.visible_to(request.user).published().filter(story__isnull=True)
    agreed = agreed.select_related("prompt", "photo", "placement__trip__city").prefetch_related("consents")
    context = {
        "chosen": [row for row in rows if row.state == Story.State.CHOSEN],
        "shortlist": [row for row in rows if row.state == Story.State.SHORTLISTED],
        "published": published,
        "page_obj": page_of(agreed, request),
        "printed": stories.used_though_taken_back(),
    }
    return render(request, "travel/reflection/stories.html", context)


@require_POST
def story_add(request: HttpRequest, code: str, prompt: str) -> HttpResponse:
    """Put an answer on the shortlist."""
    require(permissions.can_choose_stories(request.user))
    rows = Reflection.objects.visible_to(request.user)
    reflection = get_object_or_404(rows, placement__code=code, prompt__key=prompt)
    with rule_message(request, success=_("On the shortlist.")):
        actions.shortlist(reflection, by=me(request))
    return redirect("travel:story-list")


@require_POST
def story_act(request: HttpRequest, code: str) -> HttpResponse:
    """Choose a story, move it, or put it back."""
    require(permissions.can_choose_stories(request.user))
    story = get_object_or_404(Story.objects.visible_to(request.user), code=code)
    act = request.POST.get("act", "")
    with rule_message(request):
        if act == "choose":
            actions.choose(story, by=me(request))
        elif act == "back":
            actions.put_back(story, by=me(request))
        elif act in ("up", "down"):
            actions.move(story, up=act == "up", by=me(request))
    return redirect("travel:story-list")


@require_http_methods(["GET", "POST"])
def story_words(request: HttpRequest, code: str) -> HttpResponse:
    """For the office: the words in each language, proposed to the student."""
    require(permissions.can_choose_stories(request.user))
    story = get_object_or_404(_stories(request), code=code)
    bound = StoryTextForm(request.POST) if request.method == "POST" else None
    if bound and bound.is_valid():
        try:
            seen = bound.cleaned_data["seen"]
            actions.propose(story, bound.cleaned_data["language"], **bound.words, by=me(request), seen=seen)
        except RuleViolation as violation:
            language = bound.cleaned_data["language"]
            bound.initial = _initial(story, language, story.texts.filter(language=language).first())
            refuse(bound, violation)
        else:
            messages.success(request, _("Sent to the student to approve. Nothing is shown until then."))
            return redirect(request.path)
    return render(request, "travel/reflection/story_words.html", _words(story, bound, starts_with_own=True))


def _own_language(story: Story) -> str:
    return story.reflection.language or story.reflection.placement.application.answer_language


def _initial(story: Story, language: str, row: StoryText | None) -> dict[str, str]:
    quote = row.quote if row else story.reflection.quote if language == _own_language(story) else ""
    text = row.text if row else ""
    return {"language": str(language), "quote": quote, "text": text, "seen": actions.fingerprint(row)}


def _words(story: Story, bound: StoryTextForm | None, *, starts_with_own: bool) -> dict[str, Any]:
    """The story with a form for each language; a bound one in the place of its language."""
    there = {text.language: text for text in story.texts.all()}
    own = _own_language(story)
    said = bound.data.get("language") if bound else ""
    forms = []
    for language in sorted(Language, key=lambda each: each != own):
        row = there.get(str(language))
        if row is None and not starts_with_own:
            continue
        initial = _initial(story, language, row)
        form = bound if bound and said == language else StoryTextForm(initial=initial, auto_id=f"{language.value}_%s")
        forms.append({"language": language, "row": row, "form": form, "is_own": language == own})
    return {"story": story, "reflection": story.reflection, "forms": forms, "errors": bound if bound else None}


# --- The student ------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def story_approve(request: HttpRequest, code: str) -> HttpResponse:
    """The student reads the exact words in each language, and approves, changes or refuses them."""
    story = get_object_or_404(_stories(request), code=code)
    require(permissions.can_reflect(request.user, story.reflection.placement))
    bound = None
    if request.method == "POST" and request.POST.get("act") == "refuse":
        with rule_message(request, success=_("These words won’t be shown.")):
            actions.refuse(story, request.POST.get("language", ""), by=me(request))
        return redirect(request.path)
    if request.method == "POST":
        bound = StoryTextForm(request.POST)
        if bound.is_valid():
            with refusal_in(bound):
                actions.approve(story, bound.cleaned_data["language"], **bound.words, by=me(request))
                messages.success(request, _("Approved. You can take this back anytime on the page of your answer."))
                return redirect(request.path)
    return render(request, "travel/reflection/story_approve.html", _words(story, bound, starts_with_own=False))


# --- Anyone -----------------------------------------------------------------------------------------


@login_not_required
@require_safe
def story_picture(request: HttpRequest, code: str) -> HttpResponseBase:
    """The picture of a published story. Asked for each time: one taken back is gone at once."""
    photo = stories.picture(code)
    if photo is None:
        raise Http404
    return storage.show(photo.file, content_type=photo.content_type)
