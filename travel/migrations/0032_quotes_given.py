"""A sentence that was given to be quoted becomes a consent of its own, dated when it was written."""

from django.db import migrations

BATCH = 500


def forward(apps, schema_editor):
    Reflection = apps.get_model("travel", "Reflection")
    ReflectionConsent = apps.get_model("travel", "ReflectionConsent")
    given = Reflection.objects.filter(privacy="public", consents=None).exclude(quote="").order_by("pk")
    while rows := list(given.values_list("pk", "written_at", "placement__application__answer_language")[:BATCH]):
        ReflectionConsent.objects.bulk_create(
            ReflectionConsent(reflection_id=pk, kind="quote", language=language or "en", given_at=written_at)
            for pk, written_at, language in rows
        )


class Migration(migrations.Migration):
    dependencies = [("travel", "0031_reflections_and_stories")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
