"""Deletes what-ifs of placements: nobody was told of one, and pages no longer know them.

A what-if made no use of the lottery, so a cycle that had nothing else draws its lottery with its first run.
"""

from django.db import migrations


def forget(apps, schema_editor):
    apps.get_model("travel", "PlacementRun").objects.filter(is_what_if=True).delete()


class Migration(migrations.Migration):
    dependencies = [("travel", "0015_needs_to_talk_index")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop, elidable=True)]
