"""The app configuration, and the admin site of the office."""

from typing import Any

from celery.signals import task_prerun
from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin
from django.core.mail.utils import DNS_NAME
from django.core.signals import request_started
from django.core.validators import ProhibitNullCharactersValidator
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy

from exchange.base.home import keep_the_citys_time
from exchange.web import required


class ExchangeConfig(AppConfig):
    name = "exchange"
    verbose_name = "Exchange"
    default = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        required.teach_fields()  # here, since models import forms

    def ready(self) -> None:
        from exchange import checks  # noqa: F401, PLC0415 -- registers them; needs loaded apps
        from exchange.background import jobs, pdfs  # noqa: PLC0415 -- needs loaded apps
        from exchange.base.folded_text import teach_sqlite  # noqa: PLC0415 -- needs loaded apps
        from exchange.messages import failed_list  # noqa: PLC0415 -- needs loaded apps
        from exchange.people.merging import actions as merging  # noqa: F401, PLC0415 -- hears of sign-ins; needs loaded apps
        from exchange.people.searching import keys_of_people_called  # noqa: PLC0415 -- needs loaded apps
        from exchange.web import proofs  # noqa: F401, PLC0415 -- hears of sign-ins; needs loaded apps
        from exchange.wording import own  # noqa: PLC0415 -- needs loaded apps

        keep_the_citys_time()
        connection_created.connect(teach_sqlite, dispatch_uid="exchange.folded_text")
        for begun in (request_started, task_prerun):
            begun.connect(own.refresh, dispatch_uid="exchange.wording")
        _name_tasks()
        failed_list.register(keys_of_people_called)
        if settings.DEMO:  # each email has this machine's name, and where it can't be resolved, asking takes seconds
            DNS_NAME._fqdn = "localhost"
        jobs.register(pdfs.KIND, pdfs.make, label=gettext_lazy("PDF"), allowed=jobs.nobody, is_heavy=True)
        _name_hidden_characters()


def _name_tasks() -> None:
    from exchange.base import office_tasks  # noqa: PLC0415 -- needs loaded apps
    from exchange.people.merging import actions as merging  # noqa: PLC0415 -- needs loaded apps
    from exchange.people.second import second  # noqa: PLC0415 -- needs loaded apps

    what_to_do = gettext_lazy("See whose accounts were tried, and warn the owners if you need to.")
    office_tasks.register(
        "exchange.sign_ins_addresses",
        gettext_lazy("Looks like an attack: %(count)s accounts tried from one place"),
        what_to_do,
    )
    office_tasks.register(
        "exchange.sign_ins_places",
        gettext_lazy("Looks like an attack: one account tried from %(count)s places"),
        what_to_do,
    )
    office_tasks.register(
        merging.TASK,
        gettext_lazy("%(person)s has two accounts that can’t be merged yet"),
        gettext_lazy("The page says why. Settle it with the student, then merge them there."),
    )
    office_tasks.register(
        second.TASK,
        gettext_lazy("Waiting for a second person: %(person)s"),
        gettext_lazy("Someone else confirms it, or it can be finished alone after this day. Stop it if it’s wrong."),
    )


def _name_hidden_characters() -> None:
    """Every text field uses this validator, and Django's own message speaks of "null characters"."""
    ProhibitNullCharactersValidator.message = gettext_lazy(
        "This text has a hidden character we can’t save. It can slip in when you copy from another program."
        " Delete that spot and type it again."
    )


class OfficeAdminConfig(admin.AdminConfig):
    default_site = "exchange.people.sign_in.admin_site.OfficeAdminSite"
    default = False
