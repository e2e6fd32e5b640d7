"""Views of a draft: begin with or without an account, save single fields, continue on another phone."""

from datetime import datetime

import segno
from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.apply import limits, unplaced_answers
from applications.apply.access import Role, Writer, for_writers, forget_key, give_key, own_application
from applications.apply.actions import draft as actions
from applications.apply.forms.changes import Unreadable, read_changes
from applications.base import answers, merge
from applications.base.sections import questions_by_key, referee_questions
from applications.models import Application, Cycle, Question
from exchange.base.errors import RuleViolation
from exchange.people.sign_in import networks
from exchange.templatetags.ui import clock, full_day, the_time
from exchange.web.pace import asks_for_pauses
from exchange.web.shortcuts import require, rule_message, too_much_text

KEY_LENGTH_MAX = 100  # characters; ours have 43
CLAIM_SALT = "applications.claim"
CLAIM_LASTS = 60 * 60 * 24 * 7  # seconds


@login_not_required
@require_http_methods(["GET", "POST"])  # signing in again leads back here by GET
def application_start(request: HttpRequest, code: str) -> HttpResponse:
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if request.method != "POST":
        return redirect(cycle)
    if not request.user.is_authenticated:
        return _start_anonymous(request, cycle)
    require(permissions.can_start(request.user))
    with rule_message(request):
        application = actions.start(cycle, by=request.user)
        return redirect("applications:application-overview", code=application.code)
    return redirect(cycle)


def _start_anonymous(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    if begun := own_application(request, cycle):  # begun here before: what is there is gone on with
        return redirect("applications:application-overview", code=begun.code)
    if not networks.may(request, "start_draft"):
        refused: HttpResponse = respond_429(request)
        return refused
    with rule_message(request):
        network = limits.network_mark(get_adapter(request).get_client_ip(request))
        language = (get_language() or "en")[:2]
        application, key = actions.start_anonymous(cycle, language=language, network=network)
        response = redirect("applications:application-overview", code=application.code)
        give_key(response, application, key)
        return response
    return redirect(cycle)


@csrf_exempt  # the token was in a cookie, too; no other site can make a browser say `same-origin`
@login_not_required
@never_cache
@require_POST
def application_come_back(request: HttpRequest, code: str) -> HttpResponse:
    """A browser writes cookies down only now and then. One that was killed before it did brings its draft's key from
    where it keeps pages, and gets the cookie again. 410: for the last time, the draft has an account now.
    """
    key = request.body[:KEY_LENGTH_MAX].decode(errors="replace")
    draft = Application.objects.filter(code=code, draft_key=actions.hash_key(key)).first()
    if draft is None or request.headers.get("Sec-Fetch-Site") != "same-origin":
        raise Http404
    response = HttpResponse(status=410 if draft.student_id or draft.merged_into_id else 204)
    give_key(response, draft, key)
    return response


# --- Saving one field -------------------------------------------------------------------------------


@sensitive_post_parameters()
@require_POST
@asks_for_pauses
@for_writers(json=True)
def application_save(request: HttpRequest, writer: Writer) -> HttpResponse:
    """Changes of single fields as data; the answer says what became of each. See `forms.changes`."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.SAVE_MAX_SIZE:
        return _no("too_large", too_much_text(settings.SAVE_MAX_SIZE), status=413)
    try:
        limits.count_save(writer.application)
    except RuleViolation as violation:
        return _no(violation.code, violation.message, status=429)
    try:
        changes, refused = read_changes(writer.application, request.body)
    except RequestDataTooBig:
        return _no("too_large", too_much_text(), status=413)
    except Unreadable:
        return _no(
            "unreadable", _("We couldn’t read this. Open the page again. What you wrote is still on this phone."), 400
        )
    try:
        saved = actions.save_changes(writer.application, changes, by=writer.by)
    except RuleViolation as violation:
        return _no(violation.code, violation.message, status=409)
    reads = writer.role != Role.KEYHOLDER
    every = [*saved, *refused]
    # what a field offers to choose is said once
    last = {each.key: at for at, each in enumerate(every) if each.violation is None}
    results = [
        _result(writer.application, each, reads=reads, is_last=last.get(each.key) == at)
        for at, each in enumerate(every)
    ]
    return JsonResponse({"saved": saved_text(timezone.now()), "results": results})


def _no(code: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"code": code, "message": str(message)}, status=status)


def _result(application: Application, saved: actions.Saved, *, reads: bool, is_last: bool) -> dict[str, object]:
    if saved.violation:
        said = {"ok": False, "code": saved.violation.code, "message": str(saved.violation.message)}
        return {"key": saved.key, "number": saved.number, **said}
    offers = reads and is_last and merge.rivals(saved.state)
    html = _rivals_html(application, saved.key, saved.state) if offers else ""
    seen = dict(saved.state.seen) if reads else {}  # it names the devices of the account, for the account only
    return {"key": saved.key, "number": saved.number, "ok": True, "seen": seen, "rival_html": html}


def _rivals_html(application: Application, key: str, state: merge.FieldState) -> str:
    question = questions_by_key(application, [key]).get(key)
    if question is None:
        question = next(each for each in referee_questions(None) if each.key == key)
    choices = versions_of(application, question, state)
    return render_to_string("applications/apply/_rivals.html", {"versions": choices, "key": key})


def versions_of(application: Application, question: Question, state: merge.FieldState) -> list[dict[str, str]]:
    """The versions to choose from, the one that the page shows first; empty if there is no conflict."""
    first, others = merge.shown(state), merge.rivals(state)
    if first is None or not others:
        return []
    return [
        {
            "choice": f"{question.key}:{version.device}:{version.number}",
            "text": answers.version_text(question, version.value, application),
        }
        for version in (first, *others)
    ]


def saved_text(saved_at: datetime) -> str:
    """ "Saved online, 10:42 am": what the page says, and nothing else."""
    saved_at = timezone.localtime(saved_at)
    if saved_at.date() == timezone.localdate():
        return _("Saved online at %(the_time)s") % {"the_time": the_time(clock(saved_at))}
    return _("Saved online %(day)s at %(the_time)s") % {
        "day": full_day(saved_at),
        "the_time": the_time(clock(saved_at)),
    }


# --- On another phone -------------------------------------------------------------------------------


@require_safe
@for_writers(roles=(Role.VISITOR, Role.OWNER))
def application_elsewhere(request: HttpRequest, writer: Writer) -> HttpResponse:
    """How to go on with it on another phone: a link that asks to sign in there."""
    application = writer.application
    if writer.is_visitor:
        token = _claim_signer(application).sign(application.code)
        path = reverse("applications:application-claim", kwargs={"token": token})
    else:
        path = reverse("applications:application-overview", kwargs={"code": application.code})
    link = request.build_absolute_uri(path)
    code = segno.make_qr(link, error="l").svg_data_uri(scale=4, border=2, light="white")
    context = {"application": application, "writer": writer, "link": link, "qr": code}
    return render(request, "applications/apply/elsewhere.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def application_claim(request: HttpRequest, token: str) -> HttpResponse:
    """The link of another phone: asks to sign in, then takes the draft into the account. GET only shows."""
    draft = _claimed(token)
    if draft is None:
        return render(request, "applications/apply/claim_gone.html", status=404)
    if not request.user.is_authenticated:
        return render(request, "applications/apply/claim.html", {"draft": draft, "here": request.path})
    require(permissions.can_start(request.user))
    if request.method == "POST":
        with rule_message(request, _("Your draft is now in your account. Nothing was lost.")):
            application = actions.attach(draft, by=request.user)
            if unplaced_answers.is_left(draft):
                messages.warning(request, unplaced_answers.TOLD)
            return redirect("applications:application-overview", code=application.code)
        return redirect("home")
    return render(request, "applications/apply/claim.html", {"draft": draft, "here": request.path})


def _claimed(token: str) -> Application | None:
    """The draft that the link names, while it is a draft with the key it had when the link was made."""
    code = token.partition(":")[0]
    draft = Application.objects.filter(code=code, draft_key__isnull=False).select_related("cycle").first()
    try:
        return draft if draft and _claim_signer(draft).unsign(token, max_age=CLAIM_LASTS) else None
    except BadSignature:
        return None


def _claim_signer(draft: Application) -> TimestampSigner:
    # the key's hash makes the salt: a link dies with the key, and does not carry it.
    # No declared private link, as it has no row and nobody to end it for: it asks to sign in (docs/adr/0007)
    return TimestampSigner(salt=f"{CLAIM_SALT}.{draft.draft_key}")


def choice_of(text: str) -> tuple[str, str, int]:
    """The key, device and number in "story_why:k3x9:7"; ("", "", 0) where it is none."""
    key, _colon, rest = text.partition(":")
    device, _colon, number = rest.partition(":")
    return (key, device, int(number)) if number.isdecimal() else ("", "", 0)


@require_http_methods(["GET", "POST"])
@for_writers(roles=(Role.VISITOR,))
def application_discard(request: HttpRequest, writer: Writer) -> HttpResponse:
    """A visitor on a borrowed computer leaves nothing behind, here or in the browser."""
    if request.method != "POST":
        return render(request, "applications/apply/discard.html", {"application": writer.application})
    cycle, code = writer.application.cycle, writer.application.code
    with rule_message(request, _("What you wrote has been deleted, here and in this browser.")):
        actions.discard(writer.application)
    response = redirect(cycle)
    forget_key(request, response, code)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response
