from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class TravelConfig(AppConfig):
    name = "travel"

    def ready(self) -> None:
        from exchange import due, facts, jobs  # noqa: PLC0415 -- models are ready only now
        from travel.actions import checklist, export, replan  # noqa: PLC0415 -- as above
        from travel.jobs import may_plan_again, my_data, plan_again  # noqa: PLC0415 -- as above

        due.register(checklist.DUE_NAME, checklist.is_still_due)
        label = gettext_lazy("Everything we hold about you")
        jobs.register(export.JOB, my_data, label=label, allowed=export.is_allowed, is_personal=True)
        label = gettext_lazy("New dates for everyone after a change")
        jobs.register(replan.JOB, plan_again, label=label, allowed=may_plan_again)
        facts.on_change(replan.on_fact)
