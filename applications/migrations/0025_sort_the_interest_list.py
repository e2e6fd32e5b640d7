from django.db import migrations, models

from exchange.postgresql.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("applications", "0024_refusal_in_both_languages")]

    operations = [
        AddIndexConcurrently("interest", models.Index(fields=["asked_at", "id"], name="interest_by_day")),
        AddIndexConcurrently("interest", models.Index(fields=["email", "phone", "id"], name="interest_by_address")),
    ]
