"""A released decision keeps how long its student could appeal."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0008_failed_recipient")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="appeal_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
    ]
