from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self) -> None:
        from applications.actions import recommendation, reminder  # noqa: PLC0415 -- models are ready only now
        from exchange import due  # noqa: PLC0415 -- as above

        due.register(reminder.DUE_NAME, reminder.is_still_due)
        due.register(recommendation.DUE_NAME, recommendation.is_still_due)
