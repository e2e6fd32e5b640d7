from django.http import Http404


def endorsement_list(request, **kwargs):
    raise Http404


def endorsement_record(request, **kwargs):
    raise Http404


def review_list(request, **kwargs):
    raise Http404


def assignment_draw(request, **kwargs):
    raise Http404


def review_record(request, **kwargs):
    raise Http404
