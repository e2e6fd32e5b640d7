"""The app's configuration: registers its jobs, reminders and callbacks with the apps it builds on."""

from django.apps import AppConfig


class TravelConfig(AppConfig):
    name = "travel"

    def ready(self) -> None:
        from travel import registering  # noqa: PLC0415 -- models are ready only now

        registering.register_all()
