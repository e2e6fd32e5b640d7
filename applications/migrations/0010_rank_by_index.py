from django.db import migrations, models

from exchange.postgresql.operations import AddIndexConcurrently, RemoveIndexConcurrently


class Migration(migrations.Migration):
    """One index has the whole order of the ranked list, and the figures by which a place is counted."""

    atomic = False

    dependencies = [("applications", "0009_days_to_appeal")]

    operations = [
        AddIndexConcurrently(
            "application",
            models.Index(
                fields=["cycle", "status", "-score_mean", "-score_median", "code"], name="application_by_rank"
            ),
        ),
        RemoveIndexConcurrently("application", "application_ranked"),
    ]
