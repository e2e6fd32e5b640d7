from django.db import migrations
from django.db.models import F


def finish(apps, schema_editor):
    """A run that was released before had told everybody in one step."""
    runs = apps.get_model("travel", "PlacementRun").objects
    runs.filter(released_at__isnull=False, finished_at__isnull=True).update(finished_at=F("released_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("travel", "0010_placement_runs_and_closed_trips"),
    ]

    operations = [
        migrations.RunPython(finish, migrations.RunPython.noop),
    ]
