"""Accounts: a person's key to the portal, bound to one union and one role."""

from functools import cached_property
from typing import Any, ClassVar, Self

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractBaseUser, UserManager
from django.core.validators import RegexValidator
from django.db import models

from core import scope
from core.models import Versioned
from core.rights import RIGHTS_OF, Right, Role
from unions.models.tree import AREA_LEVELS, AdministrativeDivision, Union, UnionLine


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, actor: Any) -> Self:
        """Accounts of the actor's part of the tree."""
        if not getattr(actor, "is_authenticated", False):
            return self.none()
        return self.filter(union__path__startswith=actor.scope_path)


class AccountManager(UserManager["Account"]):
    """Sign-in looks accounts up by name before any scope exists; everybody else uses `visible_to`."""

    def get_queryset(self) -> AccountQuerySet:
        return AccountQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Any) -> AccountQuerySet:
        return self.get_queryset().visible_to(actor)


class Account(AbstractBaseUser, Versioned):
    """An account. Not under row-level security, because it is read before there is a scope."""

    last_login = None
    username = models.CharField(
        "账号",
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9._-]+$", "账号只能用字母、数字和 . _ -。")],
    )
    name = models.CharField("姓名", max_length=60)
    role = models.CharField("角色", max_length=10, choices=Role.choices)
    union = models.ForeignKey(
        Union, models.PROTECT, verbose_name="所属工会", related_name="accounts", db_constraint=False
    )
    county = models.ForeignKey(
        AdministrativeDivision,
        models.PROTECT,
        verbose_name="县级区划",
        related_name="+",
        editable=False,
        db_constraint=False,
    )
    is_active = models.BooleanField("启用", default=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                name="account_role_known",
                condition=models.Q(role__in=Role.values),
                violation_error_message="请选择角色。",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def check_password(self, raw_password: str | None) -> bool:
        """Compare only: re-hashing would write outside an action. A shop's account never signs in."""
        if raw_password is None or self.is_shop:
            return False
        return check_password(raw_password, self.password)

    @property
    def is_shop(self) -> bool:
        """Whether it acts for a shop's phones instead of a person."""
        return self.role == Role.SHOP

    def can(self, right: Right) -> bool:
        return self.is_active and right in RIGHTS_OF[self.role]

    @property
    def is_staff(self) -> bool:
        return self.can(Right.MANAGE_ACCOUNTS)

    @property
    def is_superuser(self) -> bool:
        return self.can(Right.MANAGE_ACCOUNTS)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    @cached_property
    def _place(self) -> tuple[str, bool]:
        union = self._state.fields_cache.get("union")
        if union is None:
            scope.set_counties([self.county_id])
            self.union = union = Union.objects.get(pk=self.union_id)
        is_area = union.level in AREA_LEVELS and union.line == UnionLine.TERRITORIAL
        return str(union.path), is_area

    @property
    def scope_path(self) -> str:
        """Path prefix of everything the account may see."""
        return self._place[0]

    @property
    def is_area_wide(self) -> bool:
        """Whether the account's scope is whole counties."""
        return self._place[1]

    @cached_property
    def _counties(self) -> list[int]:
        if self.county_id % 100 or not self.is_area_wide:  # a county's tree need not be asked for
            return [self.county_id]
        return AdministrativeDivision.objects.codes_within(self.county_id)

    def scope_counties(self) -> list[int]:
        """Codes of the counties (and own divisions above them) that are open to the account."""
        return self._counties
