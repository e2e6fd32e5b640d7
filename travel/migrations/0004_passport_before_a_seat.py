"""A passport case belongs to the application from now on: help begins with the result, before there is a seat."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("applications", "0010_readings_given_out"),
        ("travel", "0003_reflection_invitations"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="passportcase", name="passportcase_checked_at_by_and_stage_together"
        ),
        migrations.AddField(
            model_name="passportcase",
            name="application",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="passport_case",
                to="applications.application",
            ),
        ),
        migrations.AddField(
            model_name="passportcase",
            name="trip",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="passport_cases",
                to="travel.trip",
            ),
        ),
    ]
