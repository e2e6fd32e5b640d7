"""A passport counts as signed only where somebody said so.

The stage that students choose says "I have it, and I signed it"; the answer that they have a valid one didn't. What an
advisor has seen was signed.
"""

from django.db import migrations
from django.db.models import F


def forwards(apps, schema_editor):
    cases = apps.get_model("travel", "PassportCase").objects.filter(signed_at__isnull=True)
    cases.filter(stage__in=("checked", "name_matched")).update(signed_at=F("checked_at"))
    cases.filter(stage="in_hand").exclude(route="valid").update(signed_at=F("stage_changed_at"))


class Migration(migrations.Migration):
    dependencies = [("travel", "0017_what_is_done_about_a_passport")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True)]
