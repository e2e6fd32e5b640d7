"""The app configuration, and the admin site of the office."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy


class ExchangeConfig(AppConfig):
    name = "exchange"
    verbose_name = "Exchange"
    default = True

    def ready(self) -> None:
        from exchange import checks  # noqa: F401, PLC0415 -- registers them; needs loaded apps
        from exchange.background import jobs, pdfs  # noqa: PLC0415 -- models are ready only now
        from exchange.people import account_events  # noqa: F401, PLC0415 -- hears of sign-ins; needs loaded apps
        from exchange.web import proofs  # noqa: F401, PLC0415 -- hears of sign-ins; needs loaded apps

        label = gettext_lazy("PDF")
        jobs.register(pdfs.KIND, pdfs.make, label=label, allowed=jobs.nobody, is_heavy=True)

        # every text field uses this validator, and Django's own message speaks of "null characters"
        ProhibitNullCharactersValidator.message = gettext_lazy(
            "This text has a hidden character we can’t save. It can slip in when you copy from another program."
            " Delete that spot and type it again."
        )


class OfficeAdminConfig(admin.AdminConfig):
    default_site = "exchange.people.admin_site.OfficeAdminSite"
    default = False
