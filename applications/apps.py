from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self) -> None:
        from applications import digests, permissions  # noqa: PLC0415 -- models are ready only now
        from applications.actions import (  # noqa: PLC0415 -- as above
            export,
            interview_reminder,
            norming,
            offer,
            recommendation,
            releasing,
            reminder,
        )
        from applications.jobs import export as run_export  # noqa: PLC0415 -- as above
        from applications.jobs import release as run_release  # noqa: PLC0415 -- as above
        from exchange import due, jobs  # noqa: PLC0415 -- as above

        due.register(reminder.DUE_NAME, reminder.is_still_due)
        due.register(recommendation.DUE_NAME, recommendation.is_still_due)
        due.register(norming.DUE_NAME, norming.is_still_due)
        due.register(interview_reminder.DUE_NAME, interview_reminder.is_still_due)
        due.register(offer.DUE_NAME, offer.is_still_due)
        due.register(digests.DUE_NAME, digests.is_still_due)
        label = gettext_lazy("Export of applications")
        jobs.register(export.JOB, run_export, label=label, allowed=permissions.can_export)
        label = gettext_lazy("Release of results")
        jobs.register(releasing.JOB, run_release, label=label, allowed=permissions.can_decide)
