"""Views of agreements, and of their documents, which open at an address that soon expires."""

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Upload
from exchange.files import storage
from exchange.models import User
from exchange.reference import facts
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.views import edit
from travel.models import Agreement, AgreementFile
from travel.partners.actions import agreement as actions
from travel.partners.forms.partner import AgreementForm
from travel.partners.views.partner import back_to, city_of

LINK_SALT = "travel.agreement"
LINK_SECONDS = "upload.link_seconds"


@require_http_methods(["GET", "POST"])
def agreement_add(request: HttpRequest, code: str) -> HttpResponse:
    city = city_of(request, code)

    def act(form: AgreementForm) -> None:
        agreement = actions.add(city, form.values, by=me(request))
        _keep(request, form, agreement)

    form = AgreementForm(request.POST or None, request.FILES or None, city=city)
    return edit(request, form, act, back=back_to(city), title=_("New agreement"), label=city.name)


@require_http_methods(["GET", "POST"])
def agreement_edit(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    agreement = get_object_or_404(Agreement.objects.visible_to(request.user).select_related("city", "host"), code=code)

    def act(form: AgreementForm) -> None:
        actions.change(agreement, form.values, seen=form.cleaned_data["seen"], by=me(request))
        _keep(request, form, agreement)

    form = AgreementForm(
        request.POST or None,
        request.FILES or None,
        city=agreement.city,
        initial=AgreementForm.initial_of(agreement) | {"host": agreement.host and agreement.host.code},
    )
    page = {"papers": agreement.files.all(), "papers_state": Upload.State}
    return edit(
        request, form, act, back=back_to(agreement.city), title=agreement.title, label=agreement.city.name, **page
    )


def _keep(request: HttpRequest, form: AgreementForm, agreement: Agreement) -> None:
    if received := form.cleaned_data["file"]:
        actions.add_file(agreement, received, by=me(request))


# --- Signed documents -------------------------------------------------------------------------------


def _kept(request: HttpRequest, code: str) -> AgreementFile:
    """A checked document; others are 404."""
    require(permissions.can_manage_partners(request.user))
    papers = AgreementFile.objects.visible_to(request.user).filter(state=Upload.State.KEPT)
    return get_object_or_404(papers.select_related("agreement"), code=code)


@require_safe
def agreement_download(request: HttpRequest, code: str) -> HttpResponseBase:
    """Redirects to an address that soon expires: the storage's own, or ours if it has none."""
    paper = _kept(request, code)
    actions.open_file(paper, by=me(request))
    if storage.signs_links(paper.file):
        seconds = int(facts.number(LINK_SECONDS))
        return storage.send(paper.file, paper.original_name, content_type=paper.content_type, seconds=seconds)
    return redirect("travel:agreement-file", token=link_to(paper, me(request)))


def link_to(paper: AgreementFile, user: User) -> str:
    return signing.dumps([paper.code, user.pk], salt=LINK_SALT)


@require_safe
def agreement_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The document's bytes, for the person who asked, while the link is valid."""
    try:
        code, asked_by = signing.loads(token, salt=LINK_SALT, max_age=int(facts.number(LINK_SECONDS)))
    except signing.BadSignature as error:
        raise Http404 from error
    if asked_by != me(request).pk:
        raise Http404
    paper = _kept(request, code)
    return storage.send(paper.file, paper.original_name, content_type=paper.content_type)


@require_POST
def agreement_file_remove(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    paper = get_object_or_404(AgreementFile.objects.visible_to(request.user).select_related("agreement"), code=code)
    with rule_message(request, _("The document was removed.")):
        actions.remove_file(paper, by=me(request))
    return redirect(paper.agreement)
