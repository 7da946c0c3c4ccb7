"""The kernel's own rows: what was done, what it changed, what runs, what was found, what was uploaded."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.scope import Scoped


class Versioned(models.Model):
    """A row that two people may edit: `version` rises with every change and is checked on save."""

    version = models.PositiveIntegerField("版本", default=1, editable=False)
    created_at = models.DateTimeField("登记时间", default=timezone.now, editable=False)
    archived_at = models.DateTimeField("归档时间", null=True, blank=True, editable=False)
    # Few rows, written by actions on another row: the log shows what was written, and finds it by their own kind.
    is_told_alone: ClassVar[bool] = False

    class Meta:
        abstract = True

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class ByCountyQuerySet(models.QuerySet[Any]):
    """Rows of the kernel that carry a county but no union."""

    def visible_to(self, actor: Any) -> "ByCountyQuerySet":
        if not getattr(actor, "is_authenticated", False):
            return self.none()
        return self.filter(county_id__in=actor.scope_counties())


class AuditEvent(models.Model):
    """One action: who did what to which row, when and why. Append-only."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="操作人", related_name="+")
    county = models.ForeignKey(
        settings.DIVISION_MODEL, models.PROTECT, verbose_name="县级区划", db_index=False, related_name="+"
    )
    verb = models.CharField("动作", max_length=60)
    target_type = models.CharField("对象类型", max_length=60, blank=True)
    target_id = models.BigIntegerField("对象编号", null=True)
    target_label = models.CharField("对象", max_length=200, blank=True)
    reason = models.CharField("理由", max_length=500, blank=True)

    objects = ByCountyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "操作记录"
        ordering = ["-id"]
        indexes = [models.Index(fields=["target_type", "target_id"], name="auditevent_target")]

    def __str__(self) -> str:
        return f"{self.verb_label} {self.target_label}".strip()

    @property
    def verb_label(self) -> str:
        from core.actions import label_of

        return label_of(self.verb)


class History(models.Model):
    """What one event did to one row: its image before an update or a deletion. Written by triggers only."""

    class Op(models.TextChoices):
        INSERT = "I", "新增"
        UPDATE = "U", "修改"
        DELETE = "D", "删除"

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField()
    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    op = models.CharField(max_length=1, choices=Op.choices)
    county = models.ForeignKey(
        settings.DIVISION_MODEL,
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    before = models.JSONField(null=True)

    objects = ByCountyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "变更历史"
        indexes = [
            models.Index(fields=["event_id"], name="history_event"),
            models.Index(fields=["table_name", "row_id"], name="history_row"),
        ]


class StoredFile(Scoped):
    """A file somebody uploaded or the portal made, reached only through this row."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.FileField("文件", upload_to="files/%Y/%m/")
    name = models.CharField("文件名", max_length=200)
    size = models.PositiveBigIntegerField("大小（字节）")
    sha256 = models.CharField("校验值", max_length=64)
    purpose = models.CharField("用途", max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="上传人", related_name="+")
    created_at = models.DateTimeField("上传时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "文件"

    def __str__(self) -> str:
        return self.name


class Job(Scoped):
    """A piece of background work. PostgreSQL keeps it; the broker only carries its number."""

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        SUCCEEDED = "succeeded", "已完成"
        FAILED = "failed", "未完成"

    kind = models.CharField("种类", max_length=60)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.QUEUED)
    arguments = models.JSONField("参数", default=dict)
    result = models.JSONField("结果", default=dict)
    done = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    attempt = models.PositiveSmallIntegerField("第几次", default=0)
    lease_until = models.DateTimeField("租约到期", null=True)
    lease_token = models.UUIDField("租约号", null=True)
    error = models.CharField("错误", max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="发起人", related_name="+")
    created_at = models.DateTimeField("创建时间", default=timezone.now)
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["state", "county"],
                name="job_unfinished",
                condition=models.Q(state__in=["queued", "running"]),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="job_running_has_lease",
                condition=~models.Q(state="running")
                | models.Q(lease_until__isnull=False, lease_token__isnull=False),
                violation_error_message="进行中的任务必须有租约。",
            ),
            models.CheckConstraint(
                name="job_done_within_total",
                condition=models.Q(done__lte=models.F("total")),
                violation_error_message="已处理数不能大于总数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.SUCCEEDED, self.State.FAILED)

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0


class ImportBatch(Scoped):
    """One uploaded spreadsheet on its way into the register: checked, committed, perhaps undone."""

    class State(models.TextChoices):
        CHECKING = "checking", "核对中"
        CHECKED = "checked", "待确认"
        REFUSED = "refused", "无法读取"
        COMMITTING = "committing", "写入中"
        COMMITTED = "committed", "已导入"
        UNDONE = "undone", "已撤销"
        DISCARDED = "discarded", "已放弃"

    resource = models.CharField("内容", max_length=40)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.CHECKING)
    file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="文件", related_name="batches")
    sheet = models.CharField("工作表", max_length=100, blank=True)
    header_row = models.PositiveIntegerField("表头行", null=True)
    mapping = models.JSONField("列对应", default=dict)
    reading = models.JSONField("读表结果", default=dict)
    chosen = models.JSONField("指定的读法", default=dict)
    defaults = models.JSONField("空格补为", default=dict)
    notes = models.JSONField("读表说明", default=list)
    rows_new = models.PositiveIntegerField("新增", default=0)
    rows_changed = models.PositiveIntegerField("变更", default=0)
    rows_unchanged = models.PositiveIntegerField("无变化", default=0)
    rows_doubtful = models.PositiveIntegerField("存疑", default=0)
    rows_held = models.PositiveIntegerField("有问题", default=0)
    message = models.CharField("说明", max_length=500, blank=True)
    kept = models.JSONField("撤销时保留", default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="导入人", related_name="+")
    created_at = models.DateTimeField("上传时间", default=timezone.now)
    committed_event_id = models.BigIntegerField(null=True)
    committed_at = models.DateTimeField("导入时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    dismissed_at = models.DateTimeField("问题行了结时间", null=True)
    continues = models.ForeignKey(
        "self", models.PROTECT, null=True, verbose_name="接着处理", related_name="continued_by"
    )
    # Files and sheets that were uploaded together.
    pile = models.UUIDField("同批上传", null=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入批次"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="importbatch_committed_has_event",
                condition=~models.Q(state__in=["committed", "undone"])
                | models.Q(committed_event_id__isnull=False),
                violation_error_message="已导入的批次必须有对应的操作记录。",
            )
        ]

    def __str__(self) -> str:
        return self.file.name

    @property
    def rows_read(self) -> int:
        left = self.rows_doubtful + self.rows_held
        return self.rows_new + self.rows_changed + self.rows_unchanged + left


class ImportMapping(Scoped):
    """How a person of the county said that tables with this header are read; used for the next ones."""

    resource = models.CharField("内容", max_length=40)
    fingerprint = models.CharField("表头特征", max_length=64)
    columns = models.JSONField("列对应", default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="指定人", related_name="+")
    changed_at = models.DateTimeField("指定时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "记住的列对应"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "resource", "fingerprint"],
                name="importmapping_once",
                violation_error_message="同样的表头只记住一种读法。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.fingerprint[:8]}"


class ImportRow(models.Model):
    """One row of a batch's plan. `values` are clean values for the register, `shown` what the user sees."""

    class Plan(models.TextChoices):
        NEW = "new", "新增"
        CHANGED = "changed", "变更"
        UNCHANGED = "unchanged", "无变化"
        DOUBTFUL = "doubtful", "存疑"
        HELD = "held", "有问题"

    id = models.BigAutoField(primary_key=True)
    # Rows come and go only with the batch at hand: a look-up per row would prove nothing more.
    batch = models.ForeignKey(
        ImportBatch, models.CASCADE, db_constraint=False, db_index=False, related_name="rows"
    )
    county = models.ForeignKey(
        settings.DIVISION_MODEL,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    number = models.PositiveIntegerField("行号")
    plan = models.CharField("处理", max_length=10, choices=Plan.choices)
    values = models.JSONField(default=dict)
    shown = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    changes = models.JSONField(default=dict)
    raw = models.BinaryField(null=True)
    target_id = models.BigIntegerField(null=True)
    target_version = models.PositiveIntegerField(null=True)

    objects = ByCountyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入行"
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "number"],
                name="importrow_once",
                violation_error_message="同一行只能核对一次。",
            )
        ]


class ImportAnswer(models.Model):
    """What a person said of one row of a batch: cells typed over it, and what a doubtful row means.

    It outlives a new check of the same file: what was typed is laid over the row again, and what was decided
    is decided again if the row and its doubts are as they were (`seen`).
    """

    class Decision(models.TextChoices):
        NEW = "new", "按新增"
        KNOWN = "known", "按此人更新"
        LATER = "later", "暂不处理"

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(
        ImportBatch, models.CASCADE, db_constraint=False, db_index=False, related_name="answers"
    )
    county = models.ForeignKey(
        settings.DIVISION_MODEL,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    number = models.PositiveIntegerField("行号")
    typed = models.BinaryField("改正的格子", null=True)
    decision = models.CharField("处理", max_length=10, choices=Decision.choices, blank=True)
    target_id = models.BigIntegerField("是哪一条", null=True)
    seen = models.BinaryField("当时的内容", null=True)

    objects = ByCountyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入行的处理"
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "number"],
                name="importanswer_once",
                violation_error_message="同一行只留一份处理。",
            ),
            models.CheckConstraint(
                name="importanswer_decision_known",
                condition=models.Q(decision__in=["", "new", "known", "later"]),
                violation_error_message="处理只能是按新增、按此人更新或暂不处理。",
            ),
        ]


class Finding(Scoped):
    """Something that does not fit: figures that contradict each other. Never repaired silently."""

    class State(models.TextChoices):
        OPEN = "open", "待核"
        EXPLAINED = "explained", "已说明"
        CORRECTED = "corrected", "源头更正"
        KEPT = "kept", "维持"

    check_key = models.CharField("核对规则", max_length=60)
    subject_type = models.CharField("对象类型", max_length=60)
    subject_id = models.BigIntegerField("对象编号")
    subject_label = models.CharField("对象", max_length=200)
    message = models.CharField("发现", max_length=500)
    detail = models.JSONField("数值", default=dict)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    explanation = models.CharField("说明", max_length=500, blank=True)
    opened_at = models.DateTimeField("发现时间", default=timezone.now)
    closed_at = models.DateTimeField("处理时间", null=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "待核事项"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["check_key", "subject_type", "subject_id"],
                name="finding_once",
                violation_error_message="同一事项只记录一次。",
            ),
            models.CheckConstraint(
                name="finding_closed_is_explained",
                condition=models.Q(state="open") | ~models.Q(explanation=""),
                violation_error_message="请写明原因，再结束这个待核事项。",
            ),
        ]

    def __str__(self) -> str:
        return self.message
