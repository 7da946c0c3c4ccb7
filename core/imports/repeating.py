"""The same mistake in many held rows: a union's name as everybody writes it, a column that nobody filled."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection

from core.imports.grid import labels_of
from core.imports.pages.shared import resource_of
from core.imports.units import head, units_of
from core.models import ImportBatch
from core.resource import Column, Exposure, Kind

SHOWN, CLOSE, ALIKE = 5, 5, 0.3
_REPEATED = """
select p ->> 'column', p ->> 'value', count(distinct r.id)
from core_importrow r, jsonb_array_elements(r.problems) p
where r.batch_id = %s and r.plan = 'held' and p ->> 'column' = any(%s)
  and (p ->> 'value' <> '' or p ->> 'message' like '没有填写%%')
group by 1, 2 having count(distinct r.id) > 1 order by 3 desc, 1, 2 limit %s"""


def repeated(batch: ImportBatch, account: Any) -> list[dict[str, Any]]:
    """What several held rows say alike and wrongly, or leave blank, each with what may be meant."""
    columns = {c.label: c for c in resource_of(batch).importable if c.exposure is Exposure.OPEN}
    with connection.cursor() as cursor:
        cursor.execute(_REPEATED, [batch.pk, list(columns), SHOWN])
        found = cursor.fetchall()
    units = units_of(batch)
    return [
        {
            "key": columns[label].key,
            "label": head(units, columns[label]),
            "value": value,
            "count": f"{count:,}",
            "meant": _meant(columns[label], value, batch, account),
        }
        for label, value, count in found
    ]


def _meant(column: Column, value: str, batch: ImportBatch, account: Any) -> list[str]:
    if column.kind is not Kind.UNION:
        return labels_of(column)
    unions = apps.get_model(settings.UNION_MODEL)._default_manager
    names = unions.visible_to(account).active().filter(county_id=batch.county_id)
    return get_close_matches(value, list(names.values_list("name", flat=True)), CLOSE, ALIKE)
