from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exchange", "0001_initial")]
    operations = [
        migrations.AddField("fact", "checked_by", models.CharField(max_length=20, db_default="")),
        AddIndexConcurrently("fact", models.Index(fields=["key"], name="fact_key_again")),
    ]
