from django.db import migrations, models


class Migration(migrations.Migration):
    """An application keeps a copy of its student number, because a search had to look at every student's answer."""

    dependencies = [("applications", "0014_staff_titles_of_the_standard_form")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="student_number",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=30),
        ),
    ]
