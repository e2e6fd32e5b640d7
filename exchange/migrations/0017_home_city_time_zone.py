"""The city's time zone. Where a city is named already, it's the one that every portal had until now, so that no deadline
moves by an update; the office changes it under Your city, which says what that does to each deadline.
"""

import exchange.models.reference
from django.db import migrations, models

UNTIL_NOW = "America/Los_Angeles"


def keep_the_clock(apps, schema_editor):
    apps.get_model("exchange", "HomeCity").objects.update(time_zone=UNTIL_NOW)


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0016_college_orientation'),
    ]

    operations = [
        migrations.AddField(
            model_name='homecity',
            name='time_zone',
            field=models.CharField(blank=True, db_default='', default='', help_text='IANA name: the clock of the whole portal. Read it with `exchange.base.home.home_zone`.', max_length=64, validators=[exchange.models.reference.check_time_zone]),
        ),
        migrations.RunPython(keep_the_clock, migrations.RunPython.noop),
    ]
