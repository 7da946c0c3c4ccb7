"""Which workers confirmed their meals on which phone."""

from django.db import models

from core.scope import Scoped
from members.models import Person


class WorkerPhone(Scoped):
    """A worker on a phone, from his first meal there on. The database writes it with the meal, by a trigger.

    A month has twenty-five times as many meals as workers; phones of several workers are looked for here, and
    the days on which they were used so among the meals. Nothing is derived from a row alone, so it has no key to
    its worker and no history.
    """

    browser = models.CharField("浏览器", max_length=16, editable=False)
    person = models.ForeignKey(
        Person, models.DO_NOTHING, verbose_name="职工", related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "职工手机"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "browser", "person"],
                name="workerphone_once",
                violation_error_message="同一名职工在一部手机上只记一次。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.browser} {self.person_id}"
