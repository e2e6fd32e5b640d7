from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows from before keep the one sentence they have, in the language of whoever set the release."""

    dependencies = [("applications", "0023_find_recommenders_and_interest")]

    operations = [
        migrations.AddField(
            model_name="scheduledrelease",
            name="refusal_es",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AlterField(
            model_name="scheduledrelease",
            name="refusal",
            field=models.CharField(blank=True, help_text="Why it didn't go out.", max_length=500),
        ),
    ]
