"""What updates of the reference files wrote, row by row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0012_search_indexes'),
        ('travel', '0012_city_logo'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShippedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='Such as travel.guidance', max_length=60)),
                ('key', models.CharField(help_text='Such as paper:look-for-it', max_length=200)),
                ('values', models.JSONField(blank=True, null=True)),
                ('city', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='exchange.partnercity')),
            ],
            options={
                'ordering': ('kind', 'key'),
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='shippedrow_each_once')],
            },
        ),
    ]
