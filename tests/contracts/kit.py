"""What the contract tests share: every model, every address, the furnished world, a print of the database."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection, models
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from cases.actions.checkin import PAIRING_LASTS
from cases.models import (
    SIX_ITEMS,
    Acceptance,
    CheckInDevice,
    Enrolment,
    Equipment,
    MealCard,
    MealCheckIn,
    MealDoubt,
    MealRating,
    Milestone,
    PartnerShop,
    ProgressReport,
    ProjectPhoto,
    RejectedScan,
    ShopInspection,
    ShopPause,
    VenueCheck,
    Visit,
    WorkerPhone,
)
from core import scope
from core.actions import bootstrap
from core.models import (
    AuditEvent,
    Finding,
    History,
    ImportAnswer,
    ImportBatch,
    ImportMapping,
    ImportRow,
    Job,
    StoredFile,
)
from core.scope import Scoped
from funding.models import (
    ContractPayment,
    ContractSupplement,
    CostShare,
    CostShareRule,
    CountyTier,
    FundingLine,
    FundingSource,
    FundingTarget,
    MatchRequirement,
    Payment,
    ProjectContract,
    Settlement,
    SettlementCorrection,
    SettlementException,
    SettlementLine,
    SettlementShare,
    SettlementSpending,
    ShopStatement,
    SourceMember,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)
from members.models import Person, TransferRequest
from metrics.models import (
    ComputationRun,
    DeclaredFigure,
    Figure,
    IndicatorTarget,
    PrintedFigure,
    SourceDocument,
)
from tests.world import World, build, id_number
from unions.models import Account, Union, UnionTerm

COUNTIES = {632322: "尖扎", 632323: "泽库", 630103: "城中"}
ABOVE = {632300: "黄南", 630100: "西宁", 630000: "青海"}
APPS = ("core", "unions", "members", "cases", "funding", "metrics")
# What each account of the world may see, in codes of divisions: written down, not asked from the code.
SEES: dict[str, set[int]] = {
    "632322.clerk": {632322},
    "632322.head": {632322},
    "632323.clerk": {632323},
    "632300.reviewer": {632300, 632322, 632323},
    "630000.reviewer": {*COUNTIES, *ABOVE},
    "630000.official": {*COUNTIES, *ABOVE},
    "admin": {*COUNTIES, *ABOVE},
}


def portal_models() -> list[type[models.Model]]:
    """Every model of the portal's own packages that has a table."""
    return [model for model in _models() if model._meta.managed]


def views() -> list[type[models.Model]]:
    """Every model that reads a view of the database; all of them carry a county."""
    return [model for model in _models() if not model._meta.managed]


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in APPS]


def scoped_models() -> list[type[models.Model]]:
    """Every model whose rows carry a county, except accounts, which are read before there is a scope."""
    return [m for m in portal_models() if m is not Account and has_county(m)]


def has_county(model: type[models.Model]) -> bool:
    return any(field.column == "county_id" for field in model._meta.concrete_fields)


def is_scoped(model: type[models.Model]) -> bool:
    return issubclass(model, Scoped)


def table(model: type[models.Model]) -> str:
    return model._meta.db_table


def tracked_models() -> list[type[models.Model]]:
    """Models whose table has history triggers, as the database says."""
    tracked = {
        row[0]
        for row in query("select tgrelid::regclass::text from pg_trigger where tgname = 'history_insert'")
    }
    return [model for model in portal_models() if table(model) in tracked]


def query(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return list(cursor.fetchall()) if cursor.description else []


# --- the world


def mobile_of(serial: int) -> str:
    return f"1990000{serial:04d}"


def furnished() -> World:
    """The standard world with at least one row of every scoped model in every county, each with a phone."""
    world = build()
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        SourceDocument.objects.create(code="D1", title="公报")
        IndicatorTarget.objects.create(
            indicator="I01", union=world.unions["630000"], value=90, from_quarter="2023Q1", source="文件"
        )
        SubsidyStandard.objects.create(
            tier="national", amount=300_000, valid_from=date(2023, 1, 1), basis="文件"
        )
        for code, name in COUNTIES.items():
            _furnish(world, str(code), name)
        for person in world.persons.values():
            _give_mobile(person)
    return world


def _give_mobile(person: Person) -> None:
    number = mobile_of(person.pk % 10_000)
    sealed: Any = Person._meta.get_field("mobile")
    sealed.seal_into(person, number)
    person.mobile_last4 = number[-4:]
    person.save(update_fields=["mobile", "mobile_last4"])


def _furnish(world: World, code: str, name: str) -> None:
    county, clerk = world.unions[code], world.accounts[f"{code}.clerk"]
    place = county.stamp()
    project = world.projects[code]
    UnionTerm.objects.create(**place, started_on=date(2021, 1, 1), ends_on=date(2026, 1, 1))
    Milestone.objects.create(**place, project=project, label=f"{name}开工", planned_on=date(2023, 4, 1))
    Equipment.objects.create(
        **place, project=project, name=f"{name}制氧机", quantity=1, serial_no=f"{name}-1", unit_price=5
    )
    _building(place, project, name, clerk)
    _contract(place, project, name, world, code)
    VenueCheck.objects.create(
        **place, project=project, checked_on=date(2023, 5, 1), **dict.fromkeys(SIX_ITEMS, True)
    )
    Visit.objects.create(**place, project=project, visited_on=date(2023, 5, 1), person_times=9)
    _furnish_money(world, code, place)
    _furnish_shop(place, PartnerShop.objects.get(programme=world.programmes[code]))
    run = ComputationRun.objects.create(**place, by=clerk, quarters=["2023Q1"], state="succeeded")
    halves = {"numerator": 1, "denominator": 2}
    Figure.objects.create(**place, **halves, indicator="I01", quarter="2023Q1", run=run)
    DeclaredFigure.objects.create(**place, **halves, indicator="I01", quarter="2023Q1", printed="50%")
    document = SourceDocument.objects.get(code="D1")
    PrintedFigure.objects.create(
        **place, code=f"P{code}", topic="会员", label=f"{name}会员", value_text="2", document=document
    )
    _furnish_transfer(world, code, name)
    Finding.objects.create(
        **place,
        check_key="contract",
        subject_type="cases.project",
        subject_id=project.pk,
        subject_label=str(project),
        message=f"{name}总投资与明细之和不一致",
        detail={"total": "1", "sum": "2"},
    )
    AuditEvent.objects.create(
        by=clerk,
        county=county.county,
        verb="cases.change_project",
        target_type="cases.project",
        target_id=project.pk,
        target_label=f"{name}职工氧吧",
    )
    _settled(world, code, clerk)
    _batch(place, name, clerk)
    _check_in(world, place, code)


def _check_in(world: World, place: dict[str, Any], code: str) -> None:
    """A phone of the shop that waits to be paired, a worker's card, scans that were no meal, one of them odd."""
    shop = PartnerShop.objects.get(programme=world.programmes[code])
    account = Account(username=f"{code}.shop", name=shop.name, role="shop", **place)
    account.set_unusable_password()
    account.save()
    world.accounts[account.username] = account
    device = CheckInDevice.objects.create(
        **place, shop=shop, account=account, label="一号手机", pairing_until=timezone.now() + PAIRING_LASTS
    )
    MealCheckIn.objects.filter(shop=shop).update(device=device, device_seq=2)
    MealCard.objects.create(
        **place, programme=shop.programme, person=world.persons[f"{code}-1"], card_no=f"0000{code}"
    )
    WorkerPhone.objects.create(**place, browser=f"{code:0>16}", person=world.persons[f"{code}-1"])
    for seq, reason, sentence in ((1, "duplicate", "当天已就餐"), (3, "not_served", "现在不能就餐")):
        RejectedScan.objects.create(
            **place,
            shop=shop,
            device=device,
            seq=seq,
            enrolment=Enrolment.objects.get(programme=shop.programme),
            channel="shop_scan",
            reason=reason,
            sentence=f"{COUNTIES[int(code)]}：{sentence}。",
            scanned_at=timezone.now(),
        )


def _furnish_transfer(world: World, code: str, name: str) -> None:
    """The county asks the prefecture above it for a member."""
    giver = world.unions[f"{code[:4]}00"]
    TransferRequest.objects.create(
        **world.unions[code].stamp(),
        to_name=f"{name}县总工会",
        giver=giver,
        giver_county_id=giver.county_id,
        person_hash=code.encode().ljust(32),
        name=f"{name}某人",
        id_last4="0012",
        on=date(2023, 3, 1),
        change_reason="1",
    )


def _furnish_money(world: World, code: str, place: dict[str, Any]) -> None:
    """A joint source with one of its payers, and what a grant asks the project to add."""
    joint, member = world.lines[f"{code}-superior_union"].source, world.lines[f"{code}-counterpart"].source
    SourceMember.objects.create(**place, joint=joint, member=member)
    MatchRequirement.objects.create(
        **place, project=world.projects[code], source=joint, percent=50, basis=f"{joint.county.name}文件"
    )
    CountyTier.objects.create(**place, year=2023, tier="national")
    grant = SubsidyGrant.objects.create(
        **place, year=2023, tier="national", amount=300_000, granted_on=date(2023, 3, 1)
    )
    SubsidyEntry.objects.create(
        **place, grant=grant, stage="received", amount=100_000, occurred_on=date(2023, 4, 1), purpose="到账"
    )
    FundingTarget.objects.create(**place, year=2023, amount=1_000_000)


DOUBT = "本人说当天没有来"


def _furnish_shop(place: dict[str, Any], shop: PartnerShop) -> None:
    ShopInspection.objects.create(**place, shop=shop, inspected_on=date(2022, 6, 20), passed=True)
    meal = MealCheckIn.objects.filter(shop=shop).latest("pk")
    MealRating.objects.create(**place, meal=meal, stars=5, words="热乎")
    MealDoubt.objects.create(**place, meal=meal, words=DOUBT)
    ShopPause.objects.create(
        **place, shop=shop, kind="pause", valid_from=date(2023, 1, 21), valid_to=date(2023, 1, 28)
    )


def _building(place: dict[str, Any], project: Any, name: str, clerk: Account) -> None:
    """What is recorded while the project is built."""
    ProgressReport.objects.create(
        **place, project=project, reported_on=date(2023, 4, 2), percent=40, summary=f"{name}主体施工"
    )
    Acceptance.objects.create(
        **place, project=project, accepted_on=date(2023, 4, 3), verdict="failed", findings=f"{name}漏水"
    )
    files = [
        StoredFile.objects.create(
            **place,
            file=ContentFile(b"\xff\xd8\xff", name="photo.jpg"),
            name=f"{name}.jpg",
            size=3,
            sha256="0" * 64,
            purpose="photo",
            by=clerk,
        )
        for _ in range(2)
    ]
    ProjectPhoto.objects.create(
        **place,
        project=project,
        picture=files[0],
        thumbnail=files[1],
        caption=f"{name}主体",
        taken_on=date(2023, 4, 2),
    )


def _contract(place: dict[str, Any], project: Any, name: str, world: World, code: str) -> None:
    contract = ProjectContract.objects.create(
        **place,
        project=project,
        number=f"{name}合-1",
        other_party=f"{name}建设公司",
        subject="主体施工",
        amount=1_000_000,
        signed_on=date(2023, 3, 2),
    )
    ContractSupplement.objects.create(
        **place, contract=contract, number="补-1", subject="管网", amount=200, signed_on=date(2023, 4, 2)
    )
    ContractPayment.objects.create(
        **place,
        contract=contract,
        amount=5,
        paid_on=date(2023, 4, 2),
        source=world.lines[f"{code}-enterprise"].source,
        reference=f"{name}付-1",
    )


def _settled(world: World, code: str, clerk: Account) -> None:
    """A month that is worked out, with one row of everything that hangs on it; a second one that is paid."""
    place, programme = world.unions[code].stamp(), world.programmes[code]
    shop = PartnerShop.objects.get(programme=programme)
    share = CostShare.objects.get(rule__programme=programme, payer="source")
    assert share.source is not None
    _rule_before(share.rule, share.source)
    approved = {"checked_by": clerk, "approved_by": world.accounts["admin"], "approved_at": timezone.now()}
    paid = Settlement.objects.create(**place, programme=programme, month=date(2022, 6, 1))
    own = SettlementLine.objects.create(**place, settlement=paid, shop=shop, payable=8)
    SettlementShare.objects.create(**place, settlement=paid, line=own, share=share, meals=1, amount=8)
    Settlement.objects.filter(pk=paid.pk).update(stage="approved", **approved)
    Payment.objects.create(
        **place, settlement=paid, line=own, amount=8, reference="回单", paid_on=date(2023, 3, 1)
    )
    spent = FundingLine.objects.create(
        **place,
        programme=programme,
        source=share.source,
        stage="spent",
        amount=8,
        recorded_on=date(2023, 3, 1),
    )
    SettlementSpending.objects.create(
        **place, settlement=paid, source=share.source, paid_on=date(2023, 3, 1), line=spent
    )
    FundingLine.objects.create(
        **place,
        project=world.projects[code],
        source=share.source,
        stage="received",
        amount=80,
        recorded_on=date(2023, 3, 1),
    )
    SettlementCorrection.objects.create(**place, line=own, rule=share.rule, meals=1, reason="漏记")
    month = Settlement.objects.create(
        **place, programme=programme, month=date(2022, 7, 1), checked_by=clerk, eligible_days=31
    )
    line = SettlementLine.objects.create(
        **place,
        settlement=month,
        shop=shop,
        meals_recorded=1,
        meals_valid=1,
        meals_stated=1,
        amount=11,
        payable=8,
    )
    SettlementShare.objects.create(**place, settlement=month, line=line, share=share, meals=1, amount=8)
    ShopStatement.objects.create(
        **place, shop=shop, month=date(2022, 7, 1), meals=1, stated_on=date(2022, 8, 1)
    )
    for reason, detail in (("raised", DOUBT), ("burst", "10 秒内打卡超过 5 份")):
        SettlementException.objects.create(
            **place,
            settlement=month,
            shop=shop,
            meal=MealCheckIn.objects.filter(programme=programme).latest("pk"),
            reason=reason,
            detail=detail,
            decided_by=clerk,
            decided_at=timezone.now(),
        )


def _rule_before(rule: CostShareRule, source: FundingSource) -> None:
    """A rule of the year before, which no month was settled by: it can still be rewritten."""
    place = {"union_id": rule.union_id, "county_id": rule.county_id}
    before = CostShareRule.objects.create(
        **place,
        programme=rule.programme,
        face_value=10,
        valid_from=date(2021, 1, 1),
        valid_to=date(2022, 1, 1),
    )
    CostShare.objects.create(**place, rule=before, position=1, payer="worker", amount=2)
    CostShare.objects.create(**place, rule=before, position=2, payer="source", source=source, amount=8)


def _batch(place: dict[str, Any], name: str, clerk: Account) -> None:
    file = StoredFile.objects.create(
        **place,
        file="files/none.xlsx",
        name=f"{name}会员.xlsx",
        size=1,
        sha256="0" * 64,
        purpose="import",
        by=clerk,
    )
    StoredFile.objects.create(
        **place,
        file=ContentFile(b"%PDF-1.4", name="evidence.pdf"),
        name=f"{name}凭证.pdf",
        size=8,
        sha256="0" * 64,
        purpose="evidence",
        by=clerk,
    )
    Job.objects.create(**place, kind="imports.check", by=clerk, state="succeeded")
    batch = ImportBatch.objects.create(**place, resource="members", file=file, by=clerk, state="checked")
    ImportRow.objects.create(
        batch=batch,
        county_id=place["county_id"],
        number=5,
        plan="new",
        values={},
        shown={"name": f"{name}新人"},
    )
    ImportAnswer.objects.create(batch=batch, county_id=place["county_id"], number=5, decision="new")
    ImportMapping.objects.create(
        **place, resource="members", fingerprint="1" * 64, columns={"0": "name"}, by=clerk
    )


@contextmanager
def writing(world: World) -> Iterator[None]:
    """Write to the world as one audited event, with every county open."""
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        yield


def row_of(model: type[models.Model], county: int) -> models.Model | None:
    """The newest row of a model in one division; call it with every county open."""
    rows: Any = model._default_manager
    return rows.filter(county_id=county).order_by("pk").last()  # type: ignore[no-any-return]


# --- secrets


def secrets(world: World) -> list[str]:
    """What no page, export or answer may ever show: full numbers, hashes, keys, password hashes."""
    texts = [id_number(int(code[4:6]) * 10 + number) for code in map(str, COUNTIES) for number in (1, 2)]
    for person in world.persons.values():
        texts += [mobile_of(person.pk % 10_000), bytes(person.id_hash).hex()]
    return [*texts, "md5$", settings.SECRET_KEY, "0" * 64]


# --- what the database holds


def fingerprint(*ignored: type[models.Model], versions: bool = True) -> dict[str, tuple[int, int]]:
    """Rows and a hash of them, for every table: equal before and after means nothing was written.

    Without `versions` what was taken back is equal too: an undone row gets a version that never was.
    """
    row = "t::text" if versions else "(to_jsonb(t) - 'version')::text"
    tables = sorted(name for (name,) in query("select tablename from pg_tables where schemaname = 'public'"))
    skipped = {table(model) for model in ignored} | {"django_migrations"}
    scope.apply_everywhere()
    parts = [
        f"select '{name}', count(*), coalesce(sum(hashtext({row})::bigint), 0)::bigint from {name} t"
        for name in tables
        if name not in skipped
    ]
    return {name: (rows, sums) for name, rows, sums in query(" union all ".join(parts))}


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


RECORDS = (AuditEvent, History)


# --- addresses


@dataclass(frozen=True)
class Route:
    """One address of the portal as the resolver knows it."""

    name: str
    template: str
    pattern: URLPattern
    arguments: tuple[str, ...]

    def address(self, values: dict[str, Any]) -> str:
        """The address with its arguments filled in."""
        named = re.sub(
            r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)", lambda m: str(values[m[1] or m[2]]), self.template
        )
        return "/" + named.replace("^", "").replace("$", "")

    @property
    def view(self) -> Any:
        return getattr(self.pattern.callback, "view_class", None) or getattr(
            self.pattern.callback, "cls", None
        )

    @property
    def options(self) -> dict[str, Any]:
        return getattr(self.pattern.callback, "view_initkwargs", None) or {}


def routes() -> list[Route]:
    """Every address, in the resolver's order."""
    return list(_walk(get_resolver().url_patterns, "", "", ()))


def _walk(patterns: Any, prefix: str, namespace: str, outer: tuple[str, ...]) -> Iterator[Route]:
    for pattern in patterns:
        template = prefix + str(pattern.pattern)
        arguments = (*outer, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, template, inner, arguments)
        else:
            name = f"{namespace}{pattern.name}" if pattern.name else template
            yield Route(name, template, pattern, arguments)


def body(response: Any) -> str:
    """Everything a response says, spreadsheets unpacked."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if not content.startswith(b"PK"):
        return str(content.decode("utf-8", "replace"))
    return unpacked(content)


def unpacked(content: bytes) -> str:
    """All parts of a spreadsheet as text."""
    with zipfile.ZipFile(BytesIO(content)) as package:
        return "\n".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())


def union_of(code: int) -> Union:
    return Union.objects.get(code=str(code))


# --- what was said and done meanwhile

WRITING = re.compile(r"\s*(insert|update|delete|truncate|copy|merge)\b", re.IGNORECASE)
SESSION = "django_session"


@contextmanager
def statements() -> Iterator[list[str]]:
    """The writing statements of a block, sessions aside."""
    written: list[str] = []

    def hear(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if WRITING.match(sql) and SESSION not in sql:
            written.append(sql[:80])
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(hear):
        yield written
