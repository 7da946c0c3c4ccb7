"""What grants ask of projects from spreadsheets: one requirement of a project and source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cases.project_importing import PartImporter
from core.checks import Problem
from core.imports import Draft, Image
from core.imports.model import Key
from funding.models import FundingSource
from funding.naming import SourceLookup

MOST_PERCENT = 1000


class MatchRequirementsImporter(PartImporter):
    """Requirements by source and project; a table may change the share and the document."""

    keys = (("source_id", "project_id"),)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        sources = FundingSource.objects.visible_to(self.actor)
        remedy = "请照登记的名称填写，或先登记来源；不区分来源的不填"
        self.sources = SourceLookup(sources, remedy=remedy, current_only=True)

    def prepare(self, drafts: Sequence[Draft]) -> None:
        super().prepare(drafts)
        self.sources.prepare(draft.cells.get("source") for draft in drafts)

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        image.pop("source", None)
        name, county = draft.cells.get("source"), image.get("county_id")
        if name is None or county is None:
            return image
        own = self.sources.of_county(name, county)
        if len(own) != 1:
            problem = self.sources.missing(name, f"本县没有唯一的资金来源“{name[:40]}”", county)
            draft.hold(self.columns["source"].label, problem, name)
            return image
        return {**image, "source_id": own[0]["pk"]}

    def keys_of(self, draft: Draft) -> list[Key]:
        """Without a source it is asked of everything: that names a requirement too."""
        project = draft.image.get("project_id")
        if project is None or draft.is_held:
            return []
        return [Key(self.keys[0], (draft.image.get("source_id"), project))]

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        percent = image.get("percent")
        if percent is not None and not 0 < percent <= MOST_PERCENT:
            yield "percent", Problem(f"不在 0 到 {MOST_PERCENT} 之间", "请核对比例；要求 1:0.5 配套的填 50")
