from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class TravelConfig(AppConfig):
    name = "travel"

    def ready(self) -> None:
        from exchange import due, jobs  # noqa: PLC0415 -- models are ready only now
        from travel import permissions  # noqa: PLC0415 -- as above
        from travel.actions import checklist, export, passport_day_reminder, trip  # noqa: PLC0415 -- as above
        from travel.jobs import my_data, replan  # noqa: PLC0415 -- as above

        due.register(checklist.DUE_NAME, checklist.is_still_due)
        due.register(passport_day_reminder.DUE_NAME, passport_day_reminder.is_still_due)
        label = gettext_lazy("Everything we hold about you")
        jobs.register(export.JOB, my_data, label=label, allowed=export.is_allowed, is_personal=True)
        label = gettext_lazy("Dates planned again after a trip has moved")
        jobs.register(trip.REPLAN, replan, label=label, allowed=permissions.can_manage_partners)
