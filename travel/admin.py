"""Corrections of dated reference rows by the office."""

from django.contrib import admin

from exchange.admin import Recorded
from travel.models import EntryRule, Guidance
from travel.office.actions import reference
from travel.passport.actions import replan


@admin.register(EntryRule)
class EntryRuleAdmin(Recorded):
    list_display = ("city", "document", "requirement", "as_of", "is_confirmed", "review_on")
    list_filter = ("requirement", "is_confirmed")
    list_select_related = ("city",)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if reference.PLANNED_WITH & set(form.changed_data):
            replan.replan_later(by=request.user)


@admin.register(Guidance)
class GuidanceAdmin(Recorded):
    list_display = ("title_en", "topic", "key", "as_of", "is_confirmed", "review_on")
    list_filter = ("topic", "is_confirmed")
    search_fields = ("title_en", "title_es", "key")
