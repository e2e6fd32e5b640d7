"""The privacy notice and the accessibility statement, open to everyone."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exchange.base.office import office
from exchange.models import NoticeSection
from exchange.reference import retention


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, why, who sees it, how long, and how to get a copy, a correction or a deletion."""
    return _page(request, NoticeSection.Page.PRIVACY, {"kept": retention.kept()})


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return _page(request, NoticeSection.Page.ACCESSIBILITY, {})


def _page(request: HttpRequest, page: str, more: dict[str, object]) -> HttpResponse:
    sections = list(NoticeSection.objects.filter(page=page))
    context = {
        "sections": sections,
        "as_of": max((section.as_of for section in sections), default=None),
        "office": office(),
        **more,
    }
    return render(request, f"exchange/people/{page}.html", context)
