from django.apps import AppConfig


class TravelConfig(AppConfig):
    name = "travel"

    def ready(self) -> None:
        from exchange import due  # noqa: PLC0415 -- models are ready only now
        from travel.actions import checklist  # noqa: PLC0415 -- as above

        due.register(checklist.DUE_NAME, checklist.is_still_due)
