"""Each case goes to the application of its seat. Can run again."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def to_application(apps, schema_editor):
    placements = apps.get_model("travel", "Placement").objects.filter(pk=OuterRef("placement"))
    apps.get_model("travel", "PassportCase").objects.filter(application__isnull=True).update(
        application=Subquery(placements.values("application")[:1]), trip=Subquery(placements.values("trip")[:1])
    )


class Migration(migrations.Migration):

    dependencies = [("travel", "0004_passport_before_a_seat")]

    operations = [migrations.RunPython(to_application, migrations.RunPython.noop)]
