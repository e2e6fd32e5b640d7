from django.db import migrations, models

from exchange.postgresql.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("applications", "0016_copy_student_numbers")]

    operations = [
        AddIndexConcurrently(
            "application",
            models.Index(fields=["student_number"], name="application_by_number", opclasses=["varchar_pattern_ops"]),
        ),
    ]
