from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows from before keep the one sentence they have, in the language of whoever started the job."""

    dependencies = [("exchange", "0014_fold_vietnamese_letters_sooner")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="error_es",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AlterField(
            model_name="job",
            name="error",
            field=models.CharField(blank=True, help_text="In words for people.", max_length=300),
        ),
    ]
