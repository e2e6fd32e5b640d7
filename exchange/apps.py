from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ExchangeConfig(AppConfig):
    name = "exchange"
    verbose_name = "Exchange"
    default = True


class OfficeAdminConfig(admin.AdminConfig):
    default_site = "exchange.admin_site.OfficeAdminSite"
    default = False
