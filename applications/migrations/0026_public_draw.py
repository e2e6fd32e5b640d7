from django.db import migrations, models
from django.db.models import Q

FORMER = {"secret_hash": 64, "sealed_secret": None, "secret": 64, "dice": 40}


def column_of(length):
    return models.TextField if length is None else models.CharField


def with_default(name, length):
    size = {} if length is None else {"max_length": length}
    return migrations.AlterField("lottery", name, column_of(length)(blank=True, db_default="", default="", **size))


class Migration(migrations.Migration):
    """Secret and dice leave the code, and their columns stay with a default for the release before (docs/adr/0034).

    A later release drops them, and has `lottery_commitment_is_whole` ask for a public draw.
    """

    dependencies = [("applications", "0025_sort_the_interest_list")]

    operations = [
        migrations.RemoveConstraint("lottery", "lottery_commitment_is_whole"),
        migrations.RemoveConstraint("lottery", "lottery_draw_is_whole"),
        migrations.RemoveConstraint("lottery", "lottery_secret_is_sealed_until_drawn"),
        *(with_default(name, length) for name, length in FORMER.items()),
        migrations.AddField(
            "lottery",
            "public_draw",
            models.CharField(
                blank=True, db_default="", default="", help_text="Its name, hashed with its day.", max_length=200
            ),
        ),
        migrations.AddField("lottery", "public_draw_on", models.DateField(blank=True, null=True)),
        migrations.AddField(
            "lottery",
            "result",
            models.CharField(
                blank=True, db_default="", default="", help_text="Its numbers: `lottery.numbers_of`.", max_length=200
            ),
        ),
        migrations.AddField(
            "lottery",
            "former_results",
            models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="What was typed before a correction, one to a line. Public.",
            ),
        ),
        migrations.AlterField(
            "lottery", "entries", models.TextField(help_text="Codes of applications, sorted, one to a line.")
        ),
        migrations.AlterField(
            "lottery",
            "zone",
            models.CharField(
                blank=True, help_text="The rule, as hashed: `lottery.zone_of_means` and others.", max_length=200
            ),
        ),
        migrations.AddConstraint(
            "lottery",
            models.CheckConstraint(
                name="lottery_commitment_is_whole",
                condition=Q(committed_at__isnull=True, committed_by__isnull=True)
                | Q(committed_at__isnull=False, committed_by__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "lottery",
            models.CheckConstraint(
                name="lottery_public_draw_is_whole",
                condition=Q(public_draw="", public_draw_on__isnull=True)
                | (Q(committed_at__isnull=False, public_draw_on__isnull=False) & ~Q(public_draw="")),
            ),
        ),
        migrations.AddConstraint(
            "lottery",
            models.CheckConstraint(
                name="lottery_draw_is_whole",
                condition=Q(drawn_at__isnull=True, drawn_by__isnull=True, result="", former_results="", order="")
                | (
                    Q(committed_at__isnull=False, drawn_at__isnull=False, drawn_by__isnull=False)
                    & ~Q(order="")
                    & (Q(public_draw="") | ~Q(result=""))
                ),
            ),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("lottery", name) for name in FORMER]
        ),
    ]
