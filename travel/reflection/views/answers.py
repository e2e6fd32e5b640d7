"""The list of reflections, the page on which a student writes one, and the page on which they say what may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.apply.actions.draft import Saved
from applications.apply.actions.upload import look
from applications.apply.forms.changes import Unreadable
from applications.apply.views.draft import choice_of, saved_text
from applications.base import merge
from applications.base.merge import FieldState
from applications.standing import Act, may
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.files import storage
from exchange.models import ConsentText, Language
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, page_of, require, rule_message, too_much_text
from travel import permissions
from travel.abroad.actions import lines as own_lines
from travel.base.trip_stage import placed_standing
from travel.models import Photo, Placement, Reflection, ReflectionConsent, ReflectionPrompt, Story
from travel.reflection.actions import consents, photos, writing
from travel.reflection.forms import (
    PRIVACY_WORDS,
    AgreeForm,
    PhotoForm,
    ReflectionForm,
    agreed_initial,
    base_of,
    changes_of,
    read_changes,
)

PRIVACY_LABELS: dict[str, Any] = {str(value): label for value, label in PRIVACY_WORDS}


@require_safe
def reflection_list(request: HttpRequest) -> HttpResponse:
    """A student's own reflections and open prompts; for staff, those shared with them."""
    require(permissions.can_list_reflections(request.user))
    if roles.is_student(request.user):
        return _own(request)
    shared = (
        Reflection.objects.visible_to(request.user)
        .select_related(
            "prompt",
            "photo",
            "placement__application__student",
            "placement__application__college",
            "placement__trip__city",
        )
        .prefetch_related("consents")
    )
    context = {"page_obj": page_of(shared, request), "is_office": permissions.can_choose_stories(request.user)}
    return render(request, "travel/reflection/list.html", context)


@dataclass(frozen=True, slots=True)
class PromptRow:
    """One prompt of a student's trip, with what they wrote."""

    placement: Placement
    prompt: ReflectionPrompt
    reflection: Reflection | None
    opens_on: date
    due_on: date
    may_write: bool

    @property
    def is_open(self) -> bool:
        return self.opens_on <= timezone.localdate()

    @property
    def is_timely(self) -> bool:
        return self.due_on >= timezone.localdate()

    @property
    def consents(self) -> list[ReflectionConsent]:
        rows = self.reflection.consents.all() if self.reflection else []
        return [each for each in rows if each.withdrawn_at is None]


def _own(request: HttpRequest) -> HttpResponse:
    placements = (
        Placement.objects.visible_to(request.user)
        .filter(application__student=me(request))
        .select_related("trip__city", "application", "project")
        .prefetch_related(
            *("reflections__prompt", "reflections__consents", "reflections__photo"),
            "application__cycle__reflection_prompts__trips",
        )
    )
    rows = []
    for placement in placements:
        written = {reflection.prompt_id: reflection for reflection in placement.reflections.all()}
        may_write = may(placed_standing(placement), Act.REFLECT)
        for prompt in placement.application.cycle.reflection_prompts.all():
            if prompt.is_for(placement.trip) or prompt.pk in written:
                opens_on, due_on = prompt.opens_on(placement.trip), prompt.due_on(placement.trip)
                rows.append(PromptRow(placement, prompt, written.get(prompt.pk), opens_on, due_on, may_write))
    waiting = Story.objects.visible_to(request.user).filter(
        texts__approved_at=None, texts__refused_at=None, texts__isnull=False
    )
    context = {"rows": rows, "placements": placements, "stories": waiting.distinct()}
    return render(request, "travel/reflection/own.html", context)


# --- Writing ----------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def reflection_write(request: HttpRequest, code: str, prompt: str) -> HttpResponse:
    """One prompt with the student's words and who may read them. Saved by script; without script by the button."""
    placement, asked = _asked(request, code, prompt)
    written = _written(placement, asked)
    initial = _initial(placement, written)
    form = ReflectionForm(request.POST or None, prompt=asked, initial=initial)
    if form.is_bound:
        answer = _post(request, placement, asked, form)
        if answer is not None:
            return answer
        written = _written(placement, asked)
        initial = _initial(placement, written)
    states = writing.states_of(written)
    opens_on = asked.opens_on(placement.trip)
    is_open, may_write = opens_on <= timezone.localdate(), may(placed_standing(placement), Act.REFLECT)
    address = {"code": placement.code, "prompt": asked.key}
    share = reverse("travel:reflection-share", kwargs=address)
    context: dict[str, Any] = {
        "form": form,
        "boxes": [{"field": form[key], "versions": _versions(key, states[key])} for key in form.fields],
        "placement": placement,
        "prompt": asked,
        "opens_on": opens_on,
        "due_on": asked.due_on(placement.trip),
        "lines": own_lines.of(placement, me(request)),
        "is_open": is_open,
        "may_write": may_write,
        "saves": is_open and may_write,
        "base_json": base_of(initial if written else {}, states),
        "save_href": reverse("travel:reflection-save", kwargs=address),
        "next_href": share,
        "draft_code": f"reflection-{placement.code}-{asked.key}",
        "saved": saved_text(written.written_at) if written and not form.is_bound else "",
    }
    return render(request, "travel/reflection/write.html", context)


def _asked(request: HttpRequest, code: str, prompt: str) -> tuple[Placement, ReflectionPrompt]:
    visible = Placement.objects.visible_to(request.user).with_people()
    placement = get_object_or_404(visible, code=code)
    require(permissions.can_reflect(request.user, placement))
    return placement, get_object_or_404(ReflectionPrompt.objects.of_trip(placement.trip), key=prompt)


def _written(placement: Placement, prompt: ReflectionPrompt) -> Reflection | None:
    rows = placement.reflections.select_related("photo", "prompt", "story").prefetch_related("consents")
    return rows.filter(prompt=prompt).first()


def _initial(placement: Placement, written: Reflection | None) -> dict[str, str]:
    language = placement.application.person.language
    if written is None:
        return {writing.LANGUAGE: language}
    values = {key: str(getattr(written, key)) for key in (*Reflection.ANSWERS, writing.LANGUAGE)}
    privacy = "" if written.is_draft else str(written.privacy)
    return {**values, writing.LANGUAGE: values[writing.LANGUAGE] or language, writing.PRIVACY: privacy}


def _post(
    request: HttpRequest, placement: Placement, asked: ReflectionPrompt, form: ReflectionForm
) -> HttpResponse | None:
    """Save what can be saved; None if the page must be shown again, with its errors."""
    form.is_valid()
    try:
        for saved in writing.save_changes(placement, asked, changes_of(form, timezone.now()), by=me(request)):
            if saved.violation:
                raise saved.violation
        if "choose" in request.POST:
            key, device, number = choice_of(request.POST["choose"])
            writing.choose(placement, asked, key, device=device, number=number, by=me(request))
            return redirect(f"{request.path}#id_{key}")
        if "copy" in request.POST and not form.errors:
            return _copy_line(request, placement, asked)
    except RuleViolation as violation:  # the page keeps the typed text
        form.add_error(None, violation.message)
        return None
    form.require_sharing()
    return None if form.errors else redirect("travel:reflection-share", code=placement.code, prompt=asked.key)


def _copy_line(request: HttpRequest, placement: Placement, asked: ReflectionPrompt) -> HttpResponse:
    """Put a line from the trip below the first answer."""
    lines = own_lines.of(placement, me(request))
    chosen = next((line.text for line in lines if line.code == request.POST["copy"]), "")
    first = next(iter(asked.questions))
    written = _written(placement, asked)
    before = str(getattr(written, first)).rstrip() if written else ""
    if chosen:
        text = "\n\n".join(part for part in (before, chosen) if part)
        writing.write(placement, asked, {first: text}, by=me(request))
        messages.success(request, _("The line is in your answer. Change it as you like."))
    return redirect(f"{request.path}#id_{first}")


@login_not_required  # a session that has ended gets JSON, not a redirect
@sensitive_post_parameters()
@require_POST
def reflection_save(request: HttpRequest, code: str, prompt: str) -> HttpResponse:
    """Changes of single parts as data; the answer says what became of each, as `application_save` does."""
    if not request.user.is_authenticated:
        told = _("Sign in to continue. What you wrote is on this phone.")
        return _no("sign_in", told, 401, href=reverse("account_login"))
    placement, asked = _asked(request, code, prompt)
    try:
        changes, refused = read_changes(asked, request.body)
        saved = writing.save_changes(placement, asked, changes, by=me(request))
    except RequestDataTooBig:
        return _no("too_large", too_much_text(), 413)
    except Unreadable:
        text = _("We couldn’t read this. Open the page again. What you wrote is still on this phone.")
        return _no("unreadable", text, 400)
    except RuleViolation as violation:
        return _no(violation.code, violation.message, 409)
    results = [_result(each) for each in (*saved, *refused)]
    return JsonResponse({"saved": saved_text(timezone.now()) if saved else "", "results": results})


def _no(code: str, message: Any, status: int, **more: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": str(message), **more}, status=status)


def _result(saved: Saved) -> dict[str, object]:
    said: dict[str, object] = {"key": saved.key, "number": saved.number}
    if saved.violation:
        return {**said, "ok": False, "code": saved.violation.code, "message": str(saved.violation.message)}
    context = {"versions": _versions(saved.key, saved.state), "key": saved.key}
    html = render_to_string("applications/apply/_rivals.html", context) if context["versions"] else ""
    return {**said, "ok": True, "seen": dict(saved.state.seen), "rival_html": html}


def _versions(key: str, state: FieldState) -> list[dict[str, str]]:
    """The versions to choose from, the one that the page shows first; empty if there is no conflict."""
    first, others = merge.shown(state), merge.rivals(state)
    if first is None or not others:
        return []
    words: Mapping[str, Mapping[str, Any]] = {writing.PRIVACY: PRIVACY_LABELS, writing.LANGUAGE: dict(Language.choices)}
    labels = words.get(key, {})
    return [
        {"choice": f"{key}:{each.device}:{each.number}", "text": str(labels.get(each.value, each.value))}
        for each in (first, *others)
    ]


# --- What may be shown ------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def reflection_share(request: HttpRequest, code: str, prompt: str) -> HttpResponse:
    """The photo of an answer, and what the student agrees to: to be quoted, the picture, the name."""
    placement, asked = _asked(request, code, prompt)
    written = _written(placement, asked)
    words = consents.words()
    form = _agree_form(request, written, words)
    if request.method == "POST" and written and form.is_valid():
        with refusal_in(form):
            consents.agree(written, form.kinds, quote=form.cleaned_data["quote"], by=me(request))
            messages.success(request, _("Saved. You can take each of these back here anytime."))
            return redirect(request.path)
    return _share_page(request, placement, asked, written, form, None)


def _agree_form(request: HttpRequest, written: Reflection | None, words: Mapping[str, ConsentText]) -> AgreeForm:
    initial = agreed_initial(written.agreed, written.quote) if written else {}
    has_photo = bool(_photo(written))
    return AgreeForm(request.POST or None, initial=initial, words=words, has_photo=has_photo)


def _photo(written: Reflection | None) -> Photo | None:
    return getattr(written, "photo", None) if written else None


def _share_page(
    request: HttpRequest,
    placement: Placement,
    asked: ReflectionPrompt,
    written: Reflection | None,
    form: AgreeForm,
    photo_form: PhotoForm | None,
) -> HttpResponse:
    photo = _photo(written)
    context = {
        "placement": placement,
        "prompt": asked,
        "reflection": written,
        "photo": photo,
        "form": form,
        "photo_form": photo_form or PhotoForm(initial={"alt": photo.alt} if photo else {}, has_photo=photo is not None),
        "is_public": written is not None and written.privacy == Reflection.Privacy.PUBLIC,
        "may_write": may(placed_standing(placement), Act.REFLECT),
        "consents": [each for each in written.consents.all() if each.withdrawn_at is None] if written else [],
    }
    return render(request, "travel/reflection/share.html", context)


@require_POST
def reflection_photo(request: HttpRequest, code: str, prompt: str) -> HttpResponse:
    """Add the photo, replace it, or change its words."""
    placement, asked = _asked(request, code, prompt)
    written = _written(placement, asked)
    if written is None:
        raise Http404
    photo = _photo(written)
    form = PhotoForm(request.POST, request.FILES, has_photo=photo is not None)
    if form.is_valid():
        try:
            if file := form.cleaned_data["photo"]:
                photos.add(written, look(file.name, file.read()), alt=form.cleaned_data["alt"], by=me(request))
            elif photo:
                photos.describe(photo, form.cleaned_data["alt"], by=me(request))
        except RuleViolation as violation:
            form.add_error("photo" if violation.code != "no_alt" else "alt", violation.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("travel:reflection-share", code=code, prompt=prompt)
    agree = AgreeForm(
        initial=agreed_initial(written.agreed, written.quote), words=consents.words(), has_photo=photo is not None
    )
    return _share_page(request, placement, asked, written, agree, form)


@require_POST
def reflection_take_back(request: HttpRequest, code: str, prompt: str) -> HttpResponse:
    """End one consent with one tap."""
    placement, asked = _asked(request, code, prompt)
    written = _written(placement, asked)
    kind = request.POST.get("kind", "")
    if written is None or kind not in ReflectionConsent.Kind:
        raise Http404
    with rule_message(request, success=_("Withdrawn. It’s gone from every page, and no new report will have it.")):
        consents.withdraw(written, kind, by=me(request))
    if request.POST.get("back") == "share":
        return redirect("travel:reflection-share", code=code, prompt=prompt)
    return redirect("travel:reflection-list")


# --- Photos -----------------------------------------------------------------------------------------


@require_safe
def photo_file(request: HttpRequest, code: str) -> HttpResponseBase:
    """The checked picture, for those who may see what it belongs to."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user).kept(), code=code)
    return storage.show(photo.file, content_type=photo.content_type)


@require_POST
def photo_remove(request: HttpRequest, code: str) -> HttpResponse:
    """The student deletes a photo."""
    rows = Photo.objects.visible_to(request.user).select_related(
        *("reflection__placement__application", "reflection__prompt", "project__placement__application")
    )
    photo = get_object_or_404(rows, code=code)
    about = photo.reflection or photo.project
    if about is None:
        raise Http404
    require(permissions.can_reflect(request.user, about.placement))
    photos.remove(photo, by=me(request))
    messages.success(request, _("The photo is deleted."))
    if photo.reflection:
        return redirect("travel:reflection-share", code=about.placement.code, prompt=photo.reflection.prompt.key)
    return redirect("travel:project-detail", code=about.placement.code)
