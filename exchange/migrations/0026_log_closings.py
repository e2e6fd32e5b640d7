from django.db import migrations, models

# as for the logs themselves (0015_append_only); nobody is granted to delete one
TABLE = "exchange_logclosing"


def refuse_changes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}"
            " FOR EACH ROW EXECUTE FUNCTION exchange_append_only()"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0025_results_for_everyone'),
    ]

    operations = [
        migrations.CreateModel(
            name='LogClosing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('kind', models.CharField(choices=[('day', 'a range was closed'), ('keys', 'signed with a new key'), ('purge', 'retention removed these events'), ('accepted', 'an operator accepted what is there')], max_length=8)),
                ('day', models.DateField(help_text='The last day whose events are in it.')),
                ('after_id', models.BigIntegerField()),
                ('last_id', models.BigIntegerField()),
                ('count', models.PositiveIntegerField()),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('hash', models.CharField(max_length=64)),
                ('key', models.CharField(help_text='Fingerprint of the sealing key that signed it.', max_length=16)),
                ('signature', models.CharField(max_length=64)),
            ],
            options={
                'ordering': ('number',),
                'constraints': [models.CheckConstraint(condition=models.Q(('last_id__gte', models.F('after_id'))), name='logclosing_range_goes_up'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'accepted'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='logclosing_accepted_says_why')],
            },
        ),
        # going back drops the table, and its trigger with it
        migrations.RunPython(refuse_changes, migrations.RunPython.noop),
    ]
