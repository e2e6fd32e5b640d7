from django.http import Http404


def selection_list(request, **kwargs):
    raise Http404


def selection_preview(request, **kwargs):
    raise Http404


def selection_release(request, **kwargs):
    raise Http404


def decision_record(request, **kwargs):
    raise Http404


def offer_detail(request, **kwargs):
    raise Http404


def offer_confirm(request, **kwargs):
    raise Http404


def offer_decline(request, **kwargs):
    raise Http404
