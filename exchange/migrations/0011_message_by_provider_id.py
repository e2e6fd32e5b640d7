from django.db import migrations, models

from exchange.postgresql.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exchange", "0010_mailbox")]

    operations = [
        AddIndexConcurrently("message", models.Index(fields=["provider_id"], name="message_by_provider_id")),
    ]
