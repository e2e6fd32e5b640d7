from django.db import migrations, models
from django.db.models import Q

from exchange.postgresql.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("applications", "0016_copy_student_numbers")]

    operations = [
        AddIndexConcurrently(
            "application",
            models.Index(condition=~Q(student_number=""), fields=["student_number"], name="application_by_number"),
        ),
    ]
