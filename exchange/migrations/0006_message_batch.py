from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0005_message_next_try")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="batch",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Such as applications.release:BCDFGHJK", max_length=60
            ),
        ),
    ]
