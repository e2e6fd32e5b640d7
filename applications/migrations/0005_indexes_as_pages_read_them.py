from django.db import migrations, models


class Migration(migrations.Migration):
    """The newest applications come in their whole order; one by `locked_at` led to a walk over everybody's reviews."""

    dependencies = [
        ("applications", "0004_assignment_in_reading_order"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="review", name="review_locked"),
        migrations.RemoveIndex(model_name="application", name="application_newest"),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["cycle", "-submitted_at", "-id"], name="application_newest"),
        ),
    ]
