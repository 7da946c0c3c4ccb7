"""Shops' phones, workers' cards, scans that were no meal; a meal knows the phone it came through."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from core.operations import PARENT_KEY, ScopeTable

SHOP = {"shop_id": "cases_partnershop"}
PROGRAMME = {"programme_id": "cases_programme"}
# A meal's phone lies in the meal's county; this key stands for the plain one.
MEAL_DEVICE = PARENT_KEY.format(table="cases_mealcheckin", column="device_id", parent="cases_checkindevice")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_shop_lifecycle"),
        ("members", "0002_scope"),
        ("unions", "0004_shop_role"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MealCard",
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
                ("card_no", models.CharField(max_length=10, verbose_name="卡号")),
                ("epoch", models.PositiveIntegerField(default=1, editable=False, verbose_name="换卡次数")),
            ],
            options={
                "verbose_name": "就餐卡",
                "verbose_name_plural": "就餐卡",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RejectedScan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveBigIntegerField(null=True, verbose_name="手机序号")),
                ("worker", models.CharField(blank=True, max_length=60, verbose_name="职工")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("worker_scan", "职工扫码"),
                            ("shop_scan", "门店扫卡"),
                            ("proxy", "代为登记"),
                            ("clerk", "工会登记"),
                            ("imported", "表格导入"),
                        ],
                        max_length=12,
                        verbose_name="登记方式",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("duplicate", "当天已就餐"),
                            ("not_served", "门店此时不供餐"),
                            ("not_enrolled", "没有登记"),
                            ("unknown_code", "码无效"),
                            ("expired_code", "码已过期"),
                            ("replaced_card", "已换卡"),
                            ("wrong_digits", "末四位不符"),
                            ("card_share", "扫卡份数过多"),
                            ("too_late", "补传超过72小时"),
                            ("clock", "手机时间不准"),
                            ("no_leader", "不是班组长"),
                            ("closed_month", "当月已结算"),
                        ],
                        max_length=16,
                        verbose_name="原因",
                    ),
                ),
                ("sentence", models.CharField(max_length=200, verbose_name="说明")),
                ("scanned_at", models.DateTimeField(verbose_name="扫码时间")),
                (
                    "received_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="收到时间"),
                ),
            ],
            options={
                "verbose_name": "未成功的打卡",
                "verbose_name_plural": "未成功的打卡",
                "ordering": ["-scanned_at", "-id"],
            },
        ),
        migrations.AddField(
            model_name="mealcheckin",
            name="device_seq",
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name="手机序号"),
        ),
        migrations.AlterField(
            model_name="mealcheckin",
            name="shop",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="meals",
                to="cases.partnershop",
                verbose_name="门店",
            ),
        ),
        migrations.CreateModel(
            name="CheckInDevice",
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
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("label", models.CharField(max_length=60, verbose_name="手机名称")),
                ("epoch", models.PositiveIntegerField(default=1, editable=False, verbose_name="配对次数")),
                ("pairing_until", models.DateTimeField(editable=False, null=True, verbose_name="配对截止")),
                ("paired_at", models.DateTimeField(editable=False, null=True, verbose_name="配对时间")),
                ("revoked_at", models.DateTimeField(editable=False, null=True, verbose_name="停用时间")),
                (
                    "account",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="门店账号",
                    ),
                ),
                (
                    "county",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.administrativedivision",
                        verbose_name="县级区划",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devices",
                        to="cases.partnershop",
                        verbose_name="门店",
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="unions.union",
                        verbose_name="所属工会",
                    ),
                ),
            ],
            options={
                "verbose_name": "门店手机",
                "verbose_name_plural": "门店手机",
                "ordering": ["shop", "id"],
            },
        ),
        migrations.AddField(
            model_name="mealcheckin",
            name="device",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="meals",
                to="cases.checkindevice",
                verbose_name="门店手机",
            ),
        ),
        migrations.AddIndex(
            model_name="mealcheckin",
            index=models.Index(fields=["shop", "served_on"], name="meal_shop_day"),
        ),
        migrations.AddConstraint(
            model_name="mealcheckin",
            constraint=models.UniqueConstraint(
                fields=("device", "device_seq"),
                name="meal_entry_once",
                violation_error_message="手机的同一条记录只能收一次。",
            ),
        ),
        migrations.AddField(
            model_name="mealcard",
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
            model_name="mealcard",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="meal_cards",
                to="members.person",
                verbose_name="职工",
            ),
        ),
        migrations.AddField(
            model_name="mealcard",
            name="programme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cards",
                to="cases.programme",
                verbose_name="服务项目",
            ),
        ),
        migrations.AddField(
            model_name="mealcard",
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
            model_name="rejectedscan",
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
            model_name="rejectedscan",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rejected_scans",
                to="cases.checkindevice",
                verbose_name="门店手机",
            ),
        ),
        migrations.AddField(
            model_name="rejectedscan",
            name="enrolment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rejected_scans",
                to="cases.enrolment",
                verbose_name="登记职工",
            ),
        ),
        migrations.AddField(
            model_name="rejectedscan",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rejected_scans",
                to="cases.partnershop",
                verbose_name="门店",
            ),
        ),
        migrations.AddField(
            model_name="rejectedscan",
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
            model_name="checkindevice",
            constraint=models.UniqueConstraint(
                fields=("shop", "label"),
                name="device_label_once",
                violation_error_message="这家门店已有同名手机，请换一个名称。",
            ),
        ),
        migrations.AddConstraint(
            model_name="mealcard",
            constraint=models.UniqueConstraint(
                fields=("programme", "person"),
                name="card_once",
                violation_error_message="此人在这个项目中已有就餐卡，请换卡。",
            ),
        ),
        migrations.AddConstraint(
            model_name="mealcard",
            constraint=models.UniqueConstraint(
                fields=("programme", "card_no"),
                name="card_no_once",
                violation_error_message="卡号重复，请再试一次。",
            ),
        ),
        migrations.AddConstraint(
            model_name="mealcard",
            constraint=models.CheckConstraint(
                condition=models.Q(("card_no__regex", "^[0-9]{10}$")),
                name="card_no_of_ten_digits",
                violation_error_message="卡号应是10位数字。",
            ),
        ),
        migrations.AddIndex(
            model_name="rejectedscan",
            index=models.Index(fields=["shop", "scanned_at"], name="rejected_shop_moment"),
        ),
        migrations.AddConstraint(
            model_name="rejectedscan",
            constraint=models.UniqueConstraint(
                fields=("device", "seq"),
                name="rejected_entry_once",
                violation_error_message="手机的同一条记录只能收一次。",
            ),
        ),
        migrations.AddConstraint(
            model_name="rejectedscan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "reason__in",
                        [
                            "duplicate",
                            "not_served",
                            "not_enrolled",
                            "unknown_code",
                            "expired_code",
                            "replaced_card",
                            "wrong_digits",
                            "card_share",
                            "too_late",
                            "clock",
                            "no_leader",
                            "closed_month",
                        ],
                    )
                ),
                name="rejected_reason_known",
                violation_error_message="请写明未成功的原因。",
            ),
        ),
        ScopeTable("CheckInDevice", parents=SHOP, is_parent=True),
        ScopeTable("MealCard", parents=PROGRAMME),
        ScopeTable(
            "RejectedScan",
            parents=SHOP | {"device_id": "cases_checkindevice", "enrolment_id": "cases_enrolment"},
        ),
        migrations.RunSQL(MEAL_DEVICE, migrations.RunSQL.noop),
    ]
