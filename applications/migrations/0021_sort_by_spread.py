from django.db import migrations, models

from exchange.postgresql.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("applications", "0020_note_versions")]

    operations = [
        AddIndexConcurrently(
            "application",
            models.Index(
                fields=["cycle", "status", "-score_spread", "-score_mean", "-score_median", "code"],
                name="application_by_spread",
            ),
        ),
    ]
