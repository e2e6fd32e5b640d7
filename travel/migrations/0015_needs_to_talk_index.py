from django.db import migrations, models

from exchange.postgresql.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("travel", "0014_take_over_shipped_rows")]

    operations = [
        AddIndexConcurrently(
            "practicalneeds",
            models.Index(
                condition=models.Q(talked_at__isnull=True, wants_to_talk=True),
                fields=["placement"],
                name="practicalneeds_to_talk",
            ),
        ),
    ]
