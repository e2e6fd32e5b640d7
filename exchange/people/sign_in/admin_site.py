"""The office's admin, for rare corrections of reference rows. Sign-in and second factor are the same as everywhere."""

from typing import Any, NoReturn

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

# Keys, sessions and addresses belong to their owners, who manage them on the account page.
PRIVATE_APPS = {"account", "mfa", "usersessions", "socialaccount", "auth"}


class OfficeAdminSite(admin.AdminSite):
    site_title = site_header = "Student exchange"
    index_title = "Reference rows"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        models = model_or_iterable if isinstance(model_or_iterable, (list, tuple)) else [model_or_iterable]
        ours = [model for model in models if model._meta.app_label not in PRIVATE_APPS]
        super().register(ours, admin_class, **options)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        raise Http404  # there are no passwords here

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        raise Http404
