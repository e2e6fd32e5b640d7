import re

from django.db import migrations

AT_ONCE = 1000


def copy_numbers(apps, schema_editor):
    Answer = apps.get_model("applications", "Answer")
    Application = apps.get_model("applications", "Application")
    answered = Answer.objects.filter(question__key="student_number").order_by("saved_at", "pk")
    numbers = {}  # the answer saved last wins, if a form of before has one, too
    for application, value in answered.values_list("application", "value").iterator():
        numbers[application] = re.sub(r"[^0-9A-Z]", "", str(value or "").upper())[:30]
    keys = [key for key, number in numbers.items() if number]
    for start in range(0, len(keys), AT_ONCE):
        rows = [Application(pk=key, student_number=numbers[key]) for key in keys[start : start + AT_ONCE]]
        Application.objects.bulk_update(rows, ["student_number"])


class Migration(migrations.Migration):
    dependencies = [("applications", "0015_student_number")]

    operations = [migrations.RunPython(copy_numbers, migrations.RunPython.noop, elidable=True)]
