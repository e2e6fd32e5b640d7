from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]
    operations = [
        migrations.AddField("fact", "checked_by", models.CharField(max_length=20, default="")),
        migrations.AddIndex("fact", models.Index(fields=["key"], name="fact_key_again")),
    ]
