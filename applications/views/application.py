from django.http import Http404


def application_start(request, **kwargs):
    raise Http404


def application_list(request, **kwargs):
    raise Http404


def application_detail(request, **kwargs):
    raise Http404


def application_overview(request, **kwargs):
    raise Http404


def application_section(request, **kwargs):
    raise Http404


def application_check(request, **kwargs):
    raise Http404


def application_submit(request, **kwargs):
    raise Http404


def application_receipt(request, **kwargs):
    raise Http404


def application_withdraw(request, **kwargs):
    raise Http404


def application_return(request, **kwargs):
    raise Http404


def upload_download(request, **kwargs):
    raise Http404


def recommendation_write(request, **kwargs):
    raise Http404
