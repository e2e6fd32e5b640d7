"""Admin pages where the office corrects dated reference rows."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from exchange.admin import Recorded
from exchange.web.shortcuts import me
from travel.models import EntryRule, Guidance, HealthRule, StandardPrompt, StandardStep, StandardSurveyItem
from travel.office.actions import reference
from travel.passport.actions import replan


@admin.register(EntryRule)
class EntryRuleAdmin(Recorded):
    key_fields = ("city", "document")
    list_display = ("city", "document", "requirement", "as_of", "is_confirmed", "review_on")
    list_filter = ("requirement", "is_confirmed")
    list_select_related = ("city",)

    def save_model(
        self, request: HttpRequest, obj: EntryRule, form: "forms.ModelForm[EntryRule]", change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if reference.PLANNED_WITH & set(form.changed_data):
            replan.replan_later(by=me(request))

    def delete_model(self, request: HttpRequest, obj: EntryRule) -> None:
        super().delete_model(request, obj)
        replan.replan_later(by=me(request))


@admin.register(Guidance)
class GuidanceAdmin(Recorded):
    key_fields = ("topic", "key")
    list_display = ("title_en", "topic", "key", "as_of", "is_confirmed", "review_on")
    list_filter = ("topic", "is_confirmed")
    search_fields = ("title_en", "title_es", "key")


@admin.register(HealthRule)
class HealthRuleAdmin(Recorded):
    key_fields = ("key",)
    list_display = ("title_en", "city", "kind", "strength", "as_of", "is_confirmed", "review_on")
    list_filter = ("kind", "strength", "is_confirmed")
    list_select_related = ("city",)


@admin.register(StandardStep)
class StandardStepAdmin(Recorded):
    """For cycles to come; the steps of a cycle that is set up already are changed in its own setup."""

    key_fields = ("key",)
    list_display = ("title_en", "key", "order", "timing", "days_before", "needs_verification")


@admin.register(StandardPrompt)
class StandardPromptAdmin(Recorded):
    """For cycles to come, like the standard steps."""

    key_fields = ("key",)
    list_display = ("text_en", "key", "order", "moment", "days")


@admin.register(StandardSurveyItem)
class StandardSurveyItemAdmin(Recorded):
    """For cycles to come, like the standard steps."""

    key_fields = ("key",)
    list_display = ("text_en", "key", "version", "order", "source_name")
