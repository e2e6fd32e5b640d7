"""An application keeps a copy of its student number, because a search had to look at every student's answer."""

from django.db import migrations, models
from django.db.models import Q

from exchange.postgresql.operations import AddIndexConcurrently

AT_ONCE = 1000


def copy_numbers(apps, _schema_editor):
    Answer, Application = (apps.get_model("applications", name) for name in ("Answer", "Application"))
    answered = Answer.objects.filter(question__key="student_number").order_by("saved_at", "pk")
    numbers = {}  # the answer saved last wins, if a form of before has one, too
    for application, value in answered.values_list("application", "value").iterator():
        numbers[application] = str(value or "").strip()[:30]
    keys = [key for key, number in numbers.items() if number]
    for start in range(0, len(keys), AT_ONCE):
        rows = [Application(pk=key, student_number=numbers[key]) for key in keys[start : start + AT_ONCE]]
        Application.objects.bulk_update(rows, ["student_number"])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("applications", "0012_what_an_undo_needs")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="student_number",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=30),
        ),
        migrations.RunPython(copy_numbers, migrations.RunPython.noop),
        AddIndexConcurrently(
            "application",
            models.Index(condition=~Q(student_number=""), fields=["student_number"], name="application_by_number"),
        ),
    ]
