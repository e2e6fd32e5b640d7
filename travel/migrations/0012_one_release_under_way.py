from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("travel", "0011_finish_released_runs"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='placementrun',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at__isnull', True), ('released_at__isnull', False)), fields=('cycle',), name='placementrun_one_release_under_way_per_cycle'),
        ),
    ]
