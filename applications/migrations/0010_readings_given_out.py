from django.db import migrations
from django.db.models import F


def give_out(apps, schema_editor):
    """What was assigned before there were drafts had been told at once."""
    apps.get_model("applications", "Assignment").objects.filter(released_at__isnull=True).update(
        released_at=F("assigned_at")
    )


class Migration(migrations.Migration):
    dependencies = [("applications", "0009_review_and_select")]
    operations = [migrations.RunPython(give_out, migrations.RunPython.noop)]
