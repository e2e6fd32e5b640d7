from django.http import Http404


def checklist_list(request, **kwargs):
    raise Http404


def checklist_detail(request, **kwargs):
    raise Http404


def passport_route(request, **kwargs):
    raise Http404


def passport_stage(request, **kwargs):
    raise Http404


def checklist_item(request, **kwargs):
    raise Http404


def checklist_item_done(request, **kwargs):
    raise Http404


def checklist_item_verify(request, **kwargs):
    raise Http404
