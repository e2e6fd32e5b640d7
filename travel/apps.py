"""The app's configuration: registers its jobs, reminders and callbacks with the apps it builds on."""

from django.apps import AppConfig


class TravelConfig(AppConfig):
    name = "travel"

    def ready(self) -> None:
        from applications.base import standings  # noqa: PLC0415 -- models are ready only now
        from applications.cycle import parts  # noqa: PLC0415 -- models are ready only now
        from applications.release import promotions, trips_ahead  # noqa: PLC0415 -- as above
        from exchange.base import due  # noqa: PLC0415 -- as above
        from exchange.reference import facts  # noqa: PLC0415 -- as above
        from travel import jobs  # noqa: PLC0415 -- as above
        from travel.base import trip_stage  # noqa: PLC0415 -- as above
        from travel.passport.actions import passport_day_reminder, replan  # noqa: PLC0415 -- as above
        from travel.placement import promotion, verifying  # noqa: PLC0415 -- as above
        from travel.placement.actions import trip  # noqa: PLC0415 -- as above
        from travel.placement.ahead import ahead_of  # noqa: PLC0415 -- as above
        from travel.prepare import signing  # noqa: PLC0415 -- as above
        from travel.prepare.actions import checklist, form_texts, steps  # noqa: PLC0415 -- as above
        from travel.reflection import actions as reflection  # noqa: PLC0415 -- as above

        parts.register(parts.Part(trip.needs_of))
        parts.register(parts.Part(steps.needs_of, create=steps.create_steps, copy=steps.copy_steps))
        parts.register(parts.Part(form_texts.needs_of, create=form_texts.create_texts, copy=form_texts.copy_texts))
        prompts = reflection.create_prompts, reflection.copy_prompts
        parts.register(parts.Part(reflection.needs_of, *prompts))
        promotions.register(promotion.outlooks)
        trips_ahead.register(ahead_of)
        standings.register(trip_stage.tell)
        due.register(checklist.DUE_NAME, checklist.is_still_due)
        due.register(passport_day_reminder.DUE_NAME, passport_day_reminder.is_still_due)
        jobs.register_all()
        signing.register_all()
        verifying.register_all()
        facts.on_change(replan.on_fact)
