"""The home city's row keeps what its logo needs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0009_city_pictures")]

    operations = [
        migrations.AddField(
            model_name="homecity",
            name="logo_data",
            field=models.JSONField(blank=True, editable=False, help_text="What `logo` shows.", null=True),
        ),
    ]
