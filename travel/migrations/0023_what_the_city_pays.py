from django.db import migrations, models
from django.utils import timezone

CITY, BACK, DAYS = "passport.city_pays.", "passport.paid_back.", "passport.paid_back_days"


def promise_by_cycle(apps, schema_editor):
    """What facts promised in every cycle becomes a row of each cycle that isn't over: students have read it. The facts go,
    because no page reads them.
    """
    Fact = apps.get_model("exchange", "Fact")
    MoneyRule = apps.get_model("travel", "MoneyRule")
    Cycle = apps.get_model("applications", "Cycle")
    facts = list(Fact.objects.filter(key__startswith="passport.", superseded_by=None))
    days = next((int(each.value) for each in facts if each.key == DAYS), 30)
    cycles = list(Cycle.objects.filter(closed_out_at=None))
    for each in facts:
        prefix = next((prefix for prefix in (CITY, BACK) if each.key.startswith(prefix)), None)
        if prefix is None or each.value <= 0 or not each.is_confirmed or each.review_on < timezone.localdate():
            continue
        kind, fee = "voucher" if prefix == CITY else "refund", each.key.removeprefix(prefix)
        for cycle in cycles:
            if MoneyRule.objects.filter(cycle=cycle, fee=fee, kind=kind, published_at__isnull=False).exists():
                continue
            MoneyRule.objects.create(
                cycle=cycle,
                key=f"{fee}-{kind}"[:60],
                order=100,
                kind=kind,
                fee=fee,
                title_en=each.label_en[:120],
                title_es=each.label_es[:120],
                cents=int(each.value * 100),
                fund=each.source_name[:100],
                source_name=each.source_name[:200],
                as_of=each.as_of,
                timing="before_departure" if kind == "voucher" else "after_receipt",
                days=0 if kind == "voucher" else days,
                published_at=timezone.now(),
            )
    gone = Fact.objects.filter(key__regex=r"^passport\.(city_pays\.|paid_back)")
    gone._raw_delete(gone.db)  # in one statement: the older ones of a key name the one that replaced them


class Migration(migrations.Migration):
    dependencies = [
        ("travel", "0022_duty_in_spanish"),
        ("exchange", "0016_college_orientation"),
    ]

    operations = [
        migrations.AlterField(
            model_name="moneyrule",
            name="kind",
            field=models.CharField(
                choices=[
                    ("stipend", "paid without receipts"),
                    ("refund", "paid back for receipts, up to the amount"),
                    ("voucher", "a passport fee, paid with a voucher up to the amount"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="moneyrule",
            name="fee",
            field=models.CharField(
                blank=True,
                choices=[
                    ("application", "passport application fee"),
                    ("execution", "acceptance facility’s execution fee"),
                    ("expedite", "expedited service"),
                    ("photo", "passport photo"),
                    ("birth_certificate", "birth certificate"),
                ],
                help_text="The passport fee that it pays or pays back.",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("fee", ""), ("kind", "voucher"), _negated=True),
                name="moneyrule_voucher_pays_a_fee",
                violation_error_message="Choose the passport fee that the voucher pays.",
            ),
        ),
        migrations.RunPython(promise_by_cycle, migrations.RunPython.noop),
    ]
