from django.db import migrations, models

from exchange.postgresql.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exchange", "0006_message_batch")]

    operations = [
        AddIndexConcurrently("message", models.Index(fields=["batch"], name="message_by_batch")),
    ]
