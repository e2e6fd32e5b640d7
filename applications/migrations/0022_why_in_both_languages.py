from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows from before keep the one sentence they have, in the language of whoever did it."""

    dependencies = [("applications", "0021_sort_by_spread")]

    operations = [
        migrations.AddField(
            model_name="bulkrow",
            name="refusal_es",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="bulkrow",
            name="why_es",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
    ]
