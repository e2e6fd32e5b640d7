from django.http import Http404


def trip_list(request, **kwargs):
    raise Http404


def trip_detail(request, **kwargs):
    raise Http404


def trip_depart(request, **kwargs):
    raise Http404


def trip_return(request, **kwargs):
    raise Http404


def placement_run(request, **kwargs):
    raise Http404


def placement_run_detail(request, **kwargs):
    raise Http404


def placement_run_release(request, **kwargs):
    raise Http404


def placement_detail(request, **kwargs):
    raise Http404


def placement_letter(request, **kwargs):
    raise Http404
