"""Views to upload a file over a poor connection (the core of tus 1.0, with creation and expiration), and to open one.

https://tus.io/protocols/resumable-upload: POST creates an upload, each PATCH adds a piece at an offset, HEAD returns
the offset. Errors that a person must see have a JSON body: {"code", "message"}.
"""

import base64
import binascii
from datetime import datetime
from http import HTTPStatus

from allauth.account.adapter import get_adapter
from django.core import signing
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.apply.access import Role, Writer, for_writers
from applications.apply.actions import draft as draft_actions
from applications.apply.actions import upload as actions
from applications.apply.actions.upload_quota import network_of
from applications.base import file_kinds
from applications.models import IncomingUpload, Upload
from exchange.base.errors import RuleViolation
from exchange.base.outage import AwayError
from exchange.files import storage
from exchange.models import User
from exchange.reference import facts
from exchange.web.shortcuts import me

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
STATUS = {
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_much": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "wrong_offset": HTTPStatus.CONFLICT,
    "gone": HTTPStatus.GONE,
    "too_many_for_now": HTTPStatus.TOO_MANY_REQUESTS,
    "storage_away": HTTPStatus.SERVICE_UNAVAILABLE,
    "closed": HTTPStatus.FORBIDDEN,
    "not_open_for_editing": HTTPStatus.FORBIDDEN,
    "part_not_open": HTTPStatus.FORBIDDEN,
}
LINK_SALT = "applications.upload"
WRITES = (Role.OWNER, Role.VISITOR, Role.HELPER, Role.TESTER)


# --- Sending ----------------------------------------------------------------------------------------


@require_http_methods(["POST", "OPTIONS"])
@for_writers(json=True)
def upload_create(request: HttpRequest, writer: Writer) -> HttpResponse:
    if request.method == "OPTIONS":
        most = int(facts.number("upload.megabytes") * file_kinds.MEGABYTE)
        said = {"Tus-Version": VERSION, "Tus-Extension": "creation,expiration", "Tus-Max-Size": str(most)}
        return _answer(HTTPStatus.NO_CONTENT, **said)
    if refused := _not_tus(request):
        return refused
    size, told = _number(request, "Upload-Length"), _metadata(request.headers.get("Upload-Metadata", ""))
    if size is None or told is None or "question" not in told:
        return _answer(HTTPStatus.BAD_REQUEST)
    try:
        incoming = actions.begin(
            writer.application,
            told["question"],
            name=told.get("filename", ""),
            size=size,
            by=writer.by,
            network=visitor_network(request, writer),
            picked_at=_picked_at(told.get("age", "")),
        )
    except RuleViolation as violation:
        return _refused(violation)
    address = reverse("applications:upload-piece", kwargs={"code": writer.application.code, "upload": incoming.code})
    return _answer(HTTPStatus.CREATED, Location=address, **_progress(incoming))


@require_http_methods(["HEAD", "PATCH"])
@for_writers(json=True)
def upload_piece(request: HttpRequest, writer: Writer, upload: str) -> HttpResponse:
    incoming = _incoming(writer, upload)
    if refused := _not_tus(request):
        return refused
    if request.method == "HEAD":
        return _answer(HTTPStatus.OK, **{"Upload-Length": str(incoming.size)}, **_progress(incoming))
    offset, length = _number(request, "Upload-Offset"), _number(request, "Content-Length")
    if length and request.content_type != PIECE_TYPE:
        return _answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        # before a byte is read
        if offset != incoming.received:
            raise actions.wrong_offset()
        if (length or 0) > incoming.size - incoming.received:
            raise actions.too_much()
        with storage.taking_files(
            _("We can’t take files right now. Keep this page open and we’ll send yours as soon as we can."),
            waits=False,
        ):
            incoming = actions.take(incoming, _body(request), offset=offset)
            if incoming.received == incoming.size:
                actions.finish(incoming, writer.application, by=writer.by)
    except RuleViolation as violation:
        return _refused(violation)
    return _answer(HTTPStatus.NO_CONTENT, **_progress(incoming))


def _picked_at(age: str) -> datetime | None:
    """When the file was chosen, by its age in milliseconds as the phone reports it; None if it does not."""
    return draft_actions.typed_at(0, int(age)) if age.isascii() and age.isdecimal() and len(age) < 20 else None


def visitor_network(request: HttpRequest, writer: Writer) -> str:
    """The network of a visitor, for the quota; "" for everyone with an account."""
    return "" if writer.by else network_of(get_adapter(request).get_client_ip(request))


def _incoming(writer: Writer, code: str) -> IncomingUpload:
    mine = Q(application=writer.application) | Q(application__merged_into=writer.application)
    rows = IncomingUpload.objects.filter(mine).select_related("question", "upload")
    return get_object_or_404(rows, code=code)


def _body(request: HttpRequest) -> bytes:
    """The body as far as it arrives: if the connection breaks, the bytes so far are kept and not sent again."""
    parts: list[bytes] = []
    try:
        while part := request.read(64 * 1024):
            parts.append(part)
    except UnreadablePostError:
        pass
    return b"".join(parts)


def _number(request: HttpRequest, header: str) -> int | None:
    text = request.headers.get(header, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _metadata(header: str) -> dict[str, str] | None:
    """Parse the header's pairs of a key and a base64 value. None if it is malformed."""
    found = {}
    for pair in filter(None, (each.strip() for each in header.split(","))):
        key, _space, word = pair.partition(" ")
        try:
            found[key] = base64.b64decode(word, validate=True).decode(errors="replace")
        except (binascii.Error, ValueError):
            return None
    return found


def _not_tus(request: HttpRequest) -> HttpResponse | None:
    if request.headers.get("Tus-Resumable") == VERSION:
        return None
    return _answer(HTTPStatus.PRECONDITION_FAILED, **{"Tus-Version": VERSION})


def _progress(incoming: IncomingUpload) -> dict[str, str]:
    ends = incoming.started_at + actions.EXPIRES
    return {"Upload-Offset": str(incoming.received), "Upload-Expires": http_date(ends.timestamp())}


def _refused(violation: RuleViolation) -> HttpResponse:
    status = STATUS.get(violation.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    response = JsonResponse({"code": violation.code, "message": violation.message}, status=status)
    response.headers["Tus-Resumable"] = VERSION
    if isinstance(violation.__cause__, AwayError):
        response.headers["Retry-After"] = str(round(violation.__cause__.after))
    return response


def _answer(status: HTTPStatus, **headers: str) -> HttpResponse:
    return HttpResponse(status=status, headers={"Tus-Resumable": VERSION, "Cache-Control": "no-store", **headers})


# --- State, removing --------------------------------------------------------------------------------


@require_safe
@for_writers(json=True, roles=WRITES)
def upload_state(request: HttpRequest, writer: Writer, upload: str) -> HttpResponse:
    """The state of a file, which the page polls during the check."""
    row = get_object_or_404(writer.application.uploads.select_related("question"), code=upload)
    context = {"upload": row, "application": writer.application, "shows_links": writer.by is not None}
    html = render_to_string("applications/apply/_upload.html", context, request)
    return JsonResponse({"state": row.state, "html": html})


@require_POST
@for_writers(json=True, roles=WRITES)
def upload_remove(request: HttpRequest, writer: Writer, upload: str) -> HttpResponse:
    row = get_object_or_404(writer.application.uploads.select_related("question", "application"), code=upload)
    try:
        actions.remove(row, by=writer.by)
    except RuleViolation as violation:
        return _refused(violation)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


# --- Opening ----------------------------------------------------------------------------------------


@require_safe
def upload_download(request: HttpRequest, code: str) -> HttpResponseBase:
    """Redirect to a short-lived address: the storage's own, or ours if it has none."""
    upload = _kept(request, code)
    actions.open_upload(upload, by=me(request))
    if storage.signs_links(upload.file):
        seconds = int(facts.number("upload.link_seconds"))
        return storage.send(upload.file, upload.original_name, content_type=upload.content_type, seconds=seconds)
    return redirect("applications:upload-file", token=link_to(upload, me(request)))


def link_to(upload: Upload, user: User) -> str:
    """The token of a short-lived address for this person."""
    return signing.dumps([upload.code, user.pk], salt=LINK_SALT)


@require_safe
def upload_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file, for the person whose link it is, until the link expires; else 404."""
    try:
        code, asked_by = signing.loads(token, salt=LINK_SALT, max_age=int(facts.number("upload.link_seconds")))
    except signing.BadSignature as error:
        raise Http404 from error
    if asked_by != me(request).pk:
        raise Http404
    upload = _kept(request, code)
    return storage.send(upload.file, upload.original_name, content_type=upload.content_type)


def _kept(request: HttpRequest, code: str) -> Upload:
    """A file that passed the check; others are shown to nobody, also not to their owner."""
    rows = Upload.objects.visible_to(request.user).filter(state=Upload.State.KEPT)
    return get_object_or_404(rows.select_related("application", "question"), code=code)
