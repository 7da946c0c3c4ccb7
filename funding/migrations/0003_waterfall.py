"""Letters, gifts in kind, joint sources and matching money."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import funding.models.lines
from core.operations import ScopeTable


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_meal_channel"),
        ("core", "0007_importrow_of_batch"),
        ("funding", "0002_scope"),
        ("unions", "0003_constraint_sentences"),
    ]

    operations = [
        migrations.CreateModel(
            name="MatchRequirement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="版本")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="登记时间"
                    ),
                ),
                (
                    "archived_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="归档时间"),
                ),
                (
                    "percent",
                    models.DecimalField(decimal_places=2, max_digits=6, verbose_name="配套比例（%）"),
                ),
                ("basis", models.CharField(max_length=120, verbose_name="依据（文号）")),
            ],
            options={
                "verbose_name": "配套要求",
                "verbose_name_plural": "配套要求",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="SourceMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="版本")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="登记时间"
                    ),
                ),
                (
                    "archived_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="归档时间"),
                ),
            ],
            options={
                "verbose_name": "共同出资方",
                "verbose_name_plural": "共同出资方",
                "ordering": ["id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="fundingline",
            name="line_stage_known",
        ),
        migrations.RemoveConstraint(
            model_name="fundingsource",
            name="source_kind_known",
        ),
        migrations.AddField(
            model_name="fundingline",
            name="goods",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="实物说明"),
        ),
        migrations.AddField(
            model_name="fundingsource",
            name="name_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower(
                    models.Func(
                        funding.models.lines.Normal(models.F("name")),
                        models.Value("[[:space:]()·•.,、:\"'“”‘’《》—–-]"),
                        models.Value(""),
                        models.Value("g"),
                        function="regexp_replace",
                    )
                ),
                output_field=models.CharField(max_length=240),
            ),
        ),
        migrations.AlterField(
            model_name="fundingline",
            name="stage",
            field=models.CharField(
                choices=[
                    ("intended", "意向"),
                    ("applied", "申报"),
                    ("letter", "承诺函"),
                    ("approved", "批复"),
                    ("received", "到位"),
                    ("spent", "支出"),
                    ("returned", "退回"),
                ],
                max_length=10,
                verbose_name="阶段",
            ),
        ),
        migrations.AlterField(
            model_name="fundingsource",
            name="kind",
            field=models.CharField(
                choices=[
                    ("superior_union", "上级工会"),
                    ("counterpart", "对口援助"),
                    ("enterprise", "援建企业"),
                    ("county_match", "县级配套"),
                    ("donation", "社会捐赠"),
                    ("worker", "职工个人"),
                    ("treasury", "财政"),
                    ("mixed", "多方共同"),
                ],
                max_length=16,
                verbose_name="类别",
            ),
        ),
        migrations.AddIndex(
            model_name="fundingsource",
            index=models.Index(fields=["name_key"], name="source_name_key"),
        ),
        migrations.AddConstraint(
            model_name="fundingline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "stage__in",
                        ["intended", "applied", "letter", "approved", "received", "spent", "returned"],
                    )
                ),
                name="line_stage_known",
                violation_error_message="请选择资金阶段。",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundingsource",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "superior_union",
                            "counterpart",
                            "enterprise",
                            "county_match",
                            "donation",
                            "worker",
                            "treasury",
                            "mixed",
                        ],
                    )
                ),
                name="source_kind_known",
                violation_error_message="请选择资金来源的类别。",
            ),
        ),
        migrations.AddField(
            model_name="matchrequirement",
            name="county",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="unions.administrativedivision",
                verbose_name="县级区划",
            ),
        ),
        migrations.AddField(
            model_name="matchrequirement",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="match_requirements",
                to="cases.project",
                verbose_name="建设项目",
            ),
        ),
        migrations.AddField(
            model_name="matchrequirement",
            name="source",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="funding.fundingsource",
                verbose_name="要求配套的来源",
            ),
        ),
        migrations.AddField(
            model_name="matchrequirement",
            name="union",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="unions.union",
                verbose_name="所属工会",
            ),
        ),
        migrations.AddField(
            model_name="sourcemember",
            name="county",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="unions.administrativedivision",
                verbose_name="县级区划",
            ),
        ),
        migrations.AddField(
            model_name="sourcemember",
            name="joint",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="joint_members",
                to="funding.fundingsource",
                verbose_name="共同来源",
            ),
        ),
        migrations.AddField(
            model_name="sourcemember",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="joint_parts",
                to="funding.fundingsource",
                verbose_name="共同出资方",
            ),
        ),
        migrations.AddField(
            model_name="sourcemember",
            name="union",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="unions.union",
                verbose_name="所属工会",
            ),
        ),
        migrations.AddConstraint(
            model_name="matchrequirement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("project", "source"),
                name="match_once",
                nulls_distinct=False,
                violation_error_message="这个来源的配套要求已登记过，请先取消原来的。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matchrequirement",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent__gt", 0), ("percent__lte", 1000)),
                name="match_percent_positive",
                violation_error_message="配套比例要大于0，不超过1000。",
            ),
        ),
        migrations.AddConstraint(
            model_name="sourcemember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("joint", "member"),
                name="member_once",
                violation_error_message="这一方已登记为共同出资方。",
            ),
        ),
        migrations.AddConstraint(
            model_name="sourcemember",
            constraint=models.CheckConstraint(
                condition=models.Q(("joint", models.F("member")), _negated=True),
                name="member_is_another",
                violation_error_message="共同出资方不能是这个来源自己。",
            ),
        ),
        ScopeTable(
            "SourceMember",
            parents={"joint_id": "funding_fundingsource", "member_id": "funding_fundingsource"},
        ),
        ScopeTable(
            "MatchRequirement",
            parents={"project_id": "cases_project", "source_id": "funding_fundingsource"},
        ),
    ]
