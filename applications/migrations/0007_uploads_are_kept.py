from django.db import migrations
from django.db.models import F


def keep(apps, schema_editor):
    """What was there before had been checked as it came in."""
    apps.get_model("applications", "Upload").objects.filter(state="received").update(
        state="kept", checked_at=F("uploaded_at")
    )


class Migration(migrations.Migration):

    dependencies = [("applications", "0006_apply_on_a_phone")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
