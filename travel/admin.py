"""Admin pages of what new cycles begin with. Dated rows are changed under Set up (`travel.office.reference.views`)."""

from django.contrib import admin

from exchange.admin import Recorded
from travel.models import StandardPrompt, StandardStep, StandardSurveyItem


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
