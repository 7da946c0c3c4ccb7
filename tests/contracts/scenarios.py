"""One valid use of every action. A new verb needs a line here: test_actions.py names what is missing."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from cases import actions as cases
from cases.checkin.entries import Entry, tag_of
from cases.checkin.scan import Scan
from cases.checkin.shopfront import key_of
from cases.models import (
    Acceptance,
    CheckInDevice,
    Enrolment,
    Equipment,
    MealCard,
    MealCheckIn,
    Milestone,
    PartnerShop,
    ProgressReport,
    Project,
    ProjectPhoto,
    RejectionReason,
    VenueCheck,
    Visit,
)
from core import jobs
from core.actions import bootstrap
from core.imports import actions as imports
from core.imports.jobs import start_check
from core.models import Finding, ImportBatch
from core.resource import registry
from funding import actions as funding
from funding.models import (
    ContractPayment,
    ContractSupplement,
    CostShareRule,
    CountyTier,
    FundingTarget,
    MatchRequirement,
    Payment,
    ProjectContract,
    Settlement,
    SettlementException,
    SettlementLine,
    ShopStatement,
    SourceMember,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)
from members import actions as members
from members import transferring
from members.models import Person, TransferRequest
from metrics import actions as metrics
from metrics.models import DeclaredFigure
from tests.contracts import kit
from tests.world import World, id_number
from unions import actions as unions

CLERK, REVIEWER, ADMIN = "632322.clerk", "632300.reviewer", "admin"
SHOP = "632322.shop"
HEAD = "632322.head"
HERE, LOW = "632322", "632322-0001"
DAY, LATER = date(2023, 3, 1), date(2023, 3, 2)
ACCEPTED_ON = date(2023, 4, 20)
Arguments = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """Who does it, and with what; `arguments` may first do what must have been done before."""

    by: str
    arguments: Callable[[World], Arguments]


def _clerk(arguments: Callable[[World], Arguments]) -> Scenario:
    return Scenario(CLERK, arguments)


def _employer(**values: Any) -> Scenario:
    return _clerk(lambda world: {"employer": world.employers[HERE], **values})


def _person(**values: Any) -> Scenario:
    return _clerk(lambda world: {"row": world.persons[f"{HERE}-1"], **values})


def _union(**values: Any) -> Scenario:
    return _clerk(lambda world: {"union": world.unions[HERE], **values})


def _programme(**values: Any) -> Scenario:
    return _clerk(lambda world: {"row": world.programmes[HERE], **values})


def _project(**values: Any) -> Scenario:
    return _clerk(lambda world: {"row": world.projects[HERE], **values})


def _shop(**values: Any) -> Scenario:
    return _clerk(lambda world: {"row": _own(PartnerShop, world), **values})


def _own(model: Any, world: World) -> Any:
    """The newest row of a model in the clerk's county."""
    return model.objects.visible_to(world.account(CLERK)).order_by("pk").last()


# --- what must have been done before


def _bare_union(world: World) -> Arguments:
    row = unions.create_union(
        by=world.account(CLERK), parent=world.unions[HERE], name="尖扎新工会", kind="joint"
    )
    return {"row": row}


def _former_member(world: World) -> Arguments:
    row = world.persons[f"{HERE}-2"]
    members.end_membership(by=world.account(CLERK), row=row, on=DAY, how="6")
    return {"row": Person.objects.get(pk=row.pk)}


def _ended_programme(world: World) -> Arguments:
    row = world.programmes[HERE]
    cases.change_programme(by=world.account(CLERK), row=row, ended_on=DAY)
    return {"row": row}


def _enrolled_office(world: World) -> Arguments:
    by, row = world.account(CLERK), _own(Enrolment, world)
    cases.change_enrolment(by=by, row=row, office="马克唐镇")
    return {"row": row.programme, "office": "马克唐镇", "valid_to": LATER}


def _fresh_meal(world: World) -> MealCheckIn:
    """One that nobody has rated."""
    return cases.record_meal(
        by=world.account(CLERK),
        programme=world.programmes[HERE],
        shop=_own(PartnerShop, world),
        person=world.persons[f"{HERE}-1"],
        served_on=DAY,
    )


def _doubted_meal(world: World) -> Arguments:
    by = world.account(CLERK)
    return {"meal": cases.doubt_meal(by=by, meal=_fresh_meal(world), words="本人说当天没有来")}


def _applied_shop(world: World) -> PartnerShop:
    return cases.add_shop(by=world.account(CLERK), programme=world.programmes[HERE], name="新申请的店")


def _inspected_shop(world: World) -> PartnerShop:
    shop = _applied_shop(world)
    return cases.inspect_shop(by=world.account(CLERK), row=shop, inspected_on=DAY, passed=True)


def _suspended_shop(world: World) -> PartnerShop:
    shop = _own(PartnerShop, world)
    cases.suspend_shop(by=world.account(CLERK), row=shop, valid_from=DAY, cause="卫生检查不合格")
    return _own(PartnerShop, world)  # type: ignore[no-any-return]


def _paused_shop(world: World) -> dict[str, Any]:
    shop = _suspended_shop(world)
    return {"row": shop, "pause": shop.pauses.get(kind="suspension")}


def _accepted_project(world: World) -> Any:
    row, by = world.projects[HERE], world.account(CLERK)
    cases.record_acceptance(by=by, row=row, accepted_on=ACCEPTED_ON, verdict="passed")
    return Project.objects.visible_to(by).get(pk=row.pk)


def _used_project(world: World) -> Any:
    row, by = _accepted_project(world), world.account(CLERK)
    cases.advance_stage(by=by, row=row, stage="in_use", on=ACCEPTED_ON)
    return Project.objects.visible_to(by).get(pk=row.pk)


def _venue(world: World) -> Any:
    """A venue that was in use before it was registered."""
    return cases.create_project(
        by=world.account(CLERK),
        union=world.unions[HERE],
        kind="venue",
        name="尖扎户外劳动者驿站",
        attributes={"venue_kind": "outdoor_station"},
        stage="in_use",
        opened_on=ACCEPTED_ON,
    )


def _chamber(world: World) -> Any:
    """A project on which there is no money yet."""
    given = {"kind": "oxygen_chamber", "name": "乡镇高压氧舱", "attributes": {"places": "坎布拉镇"}}
    return cases.create_project(by=world.account(CLERK), union=world.unions[HERE], **given)


def _archived(world: World, archive: Callable[..., Any], row: Any) -> Arguments:
    """The row after it was archived by mistake."""
    archive(by=world.account(CLERK), row=row, reason="误操作")
    return {"row": type(row).objects.get(pk=row.pk)}


def _part(model: Any, **values: Any) -> Scenario:
    """The newest row of a model in the clerk's county."""
    return _clerk(lambda world: {"row": _own(model, world), **values})


def _new_part(**values: Any) -> Scenario:
    return _clerk(lambda world: {"project": world.projects[HERE], **values})


CONTRACT = {
    "number": "合-2",
    "other_party": "设备公司",
    "subject": "制氧设备",
    "amount": Decimal(2000),
    "signed_on": DAY,
}


def _unpaid_contract(world: World) -> Arguments:
    return {"row": funding.create_contract(by=world.account(CLERK), project=world.projects[HERE], **CONTRACT)}


def _payment_and_line(world: World) -> Arguments:
    line = funding.record_line(
        by=world.account(CLERK),
        project=world.projects[HERE],
        source=world.lines[f"{HERE}-enterprise"].source,
        stage="spent",
        amount=Decimal(5),
        recorded_on=DAY,
    )
    return {"row": _own(ContractPayment, world), "line": line}


def document() -> SimpleUploadedFile:
    return SimpleUploadedFile("合同.pdf", b"%PDF-1.4 contract")


def picture() -> SimpleUploadedFile:
    stream = BytesIO()
    Image.new("RGB", (8, 6), "teal").save(stream, "JPEG")
    return SimpleUploadedFile("施工.jpg", stream.getvalue())


def _scan(world: World) -> Arguments:
    device = _own(CheckInDevice, world)
    person = world.persons[f"{HERE}-1"].pk
    return {"device": device, "scan": Scan(person, timezone.now(), "worker_scan", device.pk)}


def _queued(world: World) -> Arguments:
    device, card, now = _own(CheckInDevice, world), _own(MealCard, world), timezone.now()
    last4 = card.person.id_last4
    entry = Entry(7, now, card.card_no, last4, tag_of(key_of(device), 7, now, card.card_no, last4))
    return {"row": device, "entries": [entry], "now": now, "drift": timedelta()}


def _crew(world: World) -> Arguments:
    """The worker of the card leads the other one."""
    device, card = _own(CheckInDevice, world), _own(MealCard, world)
    member = _enrolled(world)
    return {"device": device, "leader": card, "members": [member.person_id], "at": timezone.now()}


def _enrolled(world: World) -> Any:
    """The second worker, in the crew of the first."""
    member = cases.enrol(
        by=world.account(CLERK),
        programme=world.programmes[HERE],
        person=world.persons[f"{HERE}-2"],
        valid_from=DAY,
    )
    with kit.writing(world):
        Enrolment.objects.filter(pk=member.pk).update(crew_leader=world.persons[f"{HERE}-1"])
    return member


def _without_card(world: World) -> Arguments:
    _enrolled(world)
    return {"row": world.programmes[HERE]}


def _idle_source(world: World) -> Arguments:
    row = funding.create_source(
        by=world.account(CLERK), union=world.unions[HERE], name="新来源", kind="donation"
    )
    return {"row": row}


def _bare_grant(world: World) -> Arguments:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        grant = SubsidyGrant.objects.create(
            **world.unions[HERE].stamp(), year=2022, tier="national", amount=300_000, granted_on=DAY
        )
    return {"row": grant}


def _tier_of(world: World, year: int) -> Arguments:
    by = world.account(REVIEWER)
    funding.set_tier(by=by, union=world.unions[HERE], year=year, tier="national")
    return {}


def member_table(joined_on: str = "2023-02-01") -> SimpleUploadedFile:
    lines = ("姓名,身份证号,所在工会,入会日期", f"拉毛,{id_number(801)},{LOW},{joined_on}")
    return SimpleUploadedFile("会员.csv", "\n".join(lines).encode())


def _with_token(world: World) -> Arguments:
    unions.create_token(by=world.account(CLERK))
    return {}


def _checked_batch(world: World, table: SimpleUploadedFile) -> ImportBatch:
    by = world.account(CLERK)
    batch = imports.upload(by=by, resource="members", file=table, defaults={})
    jobs.run(start_check(batch, by=by).pk)
    return ImportBatch.objects.get(pk=batch.pk)


def _table(world: World) -> ImportBatch:
    return _checked_batch(world, member_table())


def _committed_batch(world: World) -> ImportBatch:
    return imports.commit(by=world.account(CLERK), row=_checked_batch(world, member_table()))


def _held(world: World) -> Arguments:
    """A table in which one row has no date of admission."""
    return {"row": _held_batch(world), "stream": BytesIO()}


def _held_batch(world: World) -> ImportBatch:
    return _checked_batch(world, member_table(""))


def _doubtful_batch(world: World) -> ImportBatch:
    """A table in which one name and birth date stand twice, with two ID numbers."""
    lines = ["姓名,身份证号,所在工会,入会日期"]
    lines += [f"拉毛,{id_number(serial)},{LOW},2023-02-01" for serial in (801, 803)]
    return _checked_batch(world, SimpleUploadedFile("会员.csv", "\n".join(lines).encode()))


def _mapped_batch(world: World) -> Arguments:
    """A table whose columns a person has assigned."""
    batch = _table(world)
    imports.map_columns(by=world.account(CLERK), row=batch, columns={0: "name", 1: "id_number", 2: "union"})
    return {"row": ImportBatch.objects.get(pk=batch.pk)}


def _committed_with_held(world: World) -> ImportBatch:
    return imports.commit(by=world.account(CLERK), row=_held_batch(world))


def _of_another_county(world: World, union: Any, giver: str) -> Arguments:
    """A member of `giver`, asked for by `union`."""
    person = world.persons[f"{giver}-1"]
    number = id_number(int(giver[-2:]) * 10 + 1)
    return {"union": union, "name": person.name, "id_number": number, "on": DAY, "change_reason": "1"}


def _asked_of_us(world: World) -> TransferRequest:
    """A request of another county for one of the clerk's members."""
    other = world.account("632323.clerk")
    given = _of_another_county(world, world.unions["632323-0001"], HERE)
    return transferring.request_transfer(by=other, **given)


def _month(world: World) -> Settlement:
    """July of the clerk's county, worked out."""
    return Settlement.objects.visible_to(world.account(CLERK)).get(month=date(2022, 7, 1))


def _line_of_month(world: World) -> SettlementLine:
    return SettlementLine.objects.visible_to(world.account(CLERK)).get(settlement=_month(world))


def _of_the_shop(world: World) -> Arguments:
    line = _line_of_month(world)
    return {"line": line, "seen": line.version}


def _checked_month(world: World) -> Settlement:
    by, row = world.account(CLERK), _month(world)
    funding.decide_exceptions(by=by, row=row, decision="accepted", words="已问过门店")
    funding.confirm_line(by=by, row=_line_of_month(world), how="盖章对账单")
    return funding.check_month(by=by, row=row, without_statements=True)


def _ready_month(world: World) -> Arguments:
    row = _checked_month(world)
    return {"row": funding.return_month(by=world.account(CLERK), row=row, reason="再看")}


def _correction(world: World) -> Arguments:
    lines = SettlementLine.objects.visible_to(world.account(CLERK))
    return {"line": lines.get(settlement__stage="approved"), "meals": -1, "words": "重复打卡"}


def _approved_month(world: World) -> Settlement:
    return funding.approve_month(by=world.account(HEAD), row=_checked_month(world))


def _payment() -> Arguments:
    return {"reference": "回单001", "paid_on": timezone.localdate()}


def _paid_month(world: World) -> Arguments:
    row = funding.pay_month(by=world.account(CLERK), row=_approved_month(world), **_payment())
    return {"row": row}


def _paid(world: World) -> Payment:
    payment: Payment = _own(Payment, world)
    return payment


def _return() -> Arguments:
    return {"returned_on": timezone.localdate(), "words": "账号有误"}


def _export(world: World) -> Arguments:
    resource = registry()["members"]
    rows = resource.rows(world.account(CLERK))
    return {"resource": resource, "rows": rows, "stream": BytesIO(), "suffix": ".xlsx", "notes": []}


def _update_table(world: World) -> Arguments:
    resource = registry()["members"]
    return {"resource": resource, "rows": resource.rows(world.account(CLERK)), "stream": BytesIO()}


def _queued_run(world: World) -> Arguments:
    return {"row": metrics.request_computation(by=world.account(REVIEWER), quarters=["2023Q1"])}


def _target(world: World) -> Arguments:
    target = metrics.set_target(
        by=world.account(REVIEWER),
        indicator="I02",
        union=world.unions[HERE],
        value=Decimal("70.0"),
        from_quarter="2023Q1",
        source="文件",
    )
    return {"row": target}


def _of_account(**values: Any) -> Scenario:
    return Scenario(ADMIN, lambda world: {"row": world.accounts[CLERK], **values})


NEW_PASSWORD = "Xin-mima-2023-cd"

SCENARIOS: dict[str, Scenario] = {
    "accounts.change": _of_account(name="新名字"),
    "accounts.change_own_password": _clerk(lambda world: {"password": NEW_PASSWORD}),
    "accounts.create": Scenario(
        ADMIN,
        lambda world: {
            "username": "632322.second",
            "name": "第二录入员",
            "role": "clerk",
            "union": world.unions[HERE],
            "password": NEW_PASSWORD,
        },
    ),
    "accounts.create_token": _clerk(lambda world: {}),
    "accounts.fail_to_sign_in": _clerk(lambda world: {}),
    "accounts.revoke_token": _clerk(_with_token),
    "accounts.set_password": _of_account(password=NEW_PASSWORD),
    "accounts.sign_in": _clerk(lambda world: {}),
    "cases.add_device": _clerk(lambda world: {"shop": _own(PartnerShop, world), "label": "二号手机"}),
    "cases.add_equipment": _new_part(name="制氧机", quantity=2),
    "cases.add_milestone": _new_part(label="验收"),
    "cases.add_photo": _clerk(
        lambda world: {
            "project": world.projects[HERE],
            "photo": picture(),
            "caption": "主体",
            "taken_on": DAY,
        }
    ),
    "cases.add_shop": _clerk(
        lambda world: {"programme": world.programmes[HERE], "name": "二号店", "valid_from": DAY}
    ),
    "cases.advance_stage": _clerk(
        lambda world: {"row": _accepted_project(world), "stage": "in_use", "on": ACCEPTED_ON}
    ),
    "cases.archive_acceptance": _part(Acceptance),
    "cases.archive_equipment": _part(Equipment),
    "cases.archive_milestone": _part(Milestone),
    "cases.archive_photo": _part(ProjectPhoto),
    "cases.archive_progress": _part(ProgressReport),
    "cases.archive_venue_check": _part(VenueCheck),
    "cases.archive_visits": _part(Visit),
    "cases.attach_contract": Scenario(
        CLERK, lambda world: {"row": _own(PartnerShop, world), "evidence": document()}
    ),
    "cases.arrange_milestones": _project(entries=[cases.MilestoneEntry("竣工")]),
    "cases.change_equipment": _part(Equipment, note="已挪到二楼"),
    "cases.change_milestone": _part(Milestone, label="改后节点"),
    "cases.change_photo": _part(ProjectPhoto, caption="改后说明", taken_on=DAY),
    "cases.change_progress": _part(ProgressReport, percent=45),
    "cases.change_visits": _part(Visit, person_times=10),
    "cases.check_venue": _clerk(
        lambda world: {"project": _venue(world), "checked_on": ACCEPTED_ON, "findings": "没有上地图"}
    ),
    "cases.correct_acceptance": _part(Acceptance, findings="屋面漏水"),
    "cases.correct_venue_check": _part(VenueCheck, is_on_map=False, findings="没有上地图"),
    "cases.correct_stage": _project(stage="funded", on=DAY),
    "cases.archive_programme": _clerk(_ended_programme),
    "cases.archive_project": _clerk(lambda world: {"row": _chamber(world)}),
    "cases.archive_shop": _clerk(lambda world: {"row": _applied_shop(world)}),
    "cases.restore_programme": _clerk(
        lambda world: _archived(world, cases.archive_programme, **_ended_programme(world))
    ),
    "cases.restore_project": _clerk(lambda world: _archived(world, cases.archive_project, _chamber(world))),
    "cases.restore_shop": _clerk(lambda world: _archived(world, cases.archive_shop, _applied_shop(world))),
    "cases.change_programme": _programme(note="新说明"),
    "cases.change_project": _project(note="新说明"),
    "cases.change_enrolment": _clerk(lambda world: {"row": _own(Enrolment, world), "office": "马克唐镇"}),
    "cases.change_shop": _shop(name="新店名"),
    "cases.check_in": Scenario(SHOP, _scan),
    "cases.check_in_crew": Scenario(SHOP, _crew),
    "cases.create_programme": _union(
        kind="breakfast", name="第二个早餐项目", started_on=DAY, attributes={"served_group": "全县环卫工人"}
    ),
    "cases.create_project": _union(kind="oxygen_bar", name="第二个氧吧", attributes={"area_m2": "300"}),
    "cases.end_enrolment": _clerk(
        lambda world: {
            "programme": world.programmes[HERE],
            "person": world.persons[f"{HERE}-1"],
            "valid_to": DAY,
        }
    ),
    "cases.end_shop": _shop(valid_to=DAY),
    "cases.correct_contract": _shop(valid_from=DAY, discount=Decimal("1.00")),
    "cases.enrol": _clerk(
        lambda world: {
            "programme": world.programmes[HERE],
            "person": world.persons[f"{HERE}-2"],
            "valid_from": DAY,
        }
    ),
    "cases.end_enrolments": _clerk(_enrolled_office),
    "cases.enrol_by_id": _clerk(
        lambda world: {
            "programme": world.programmes[HERE],
            "name": "才让",
            "id_number": id_number(802),
            "valid_from": DAY,
        }
    ),
    "cases.inspect_shop": _shop(inspected_on=DAY, passed=True),
    "cases.lift_suspension": _clerk(lambda world: {"row": _suspended_shop(world), "valid_to": LATER}),
    "cases.cancel_pause": _clerk(_paused_shop),
    "cases.pause_shop": _shop(first=DAY, last=LATER, cause="检修"),
    "cases.issue_card": Scenario(
        SHOP, lambda world: {"programme": world.programmes[HERE], "person": world.persons[f"{HERE}-2"]}
    ),
    "cases.issue_cards": _clerk(_without_card),
    "cases.pair_device": Scenario(SHOP, lambda world: {"row": _own(CheckInDevice, world), "epoch": 1}),
    "cases.reach_milestone": _part(Milestone, reached_on=DAY),
    "cases.record_acceptance": _project(accepted_on=ACCEPTED_ON, verdict="passed"),
    "cases.record_meal": _clerk(
        lambda world: {
            "programme": world.programmes[HERE],
            "shop": _own(PartnerShop, world),
            "person": world.persons[f"{HERE}-1"],
            "served_on": DAY,
        }
    ),
    "cases.rate_meal": Scenario(
        SHOP, lambda world: {"meal": _fresh_meal(world), "stars": 5, "words": "热乎"}
    ),
    "cases.doubt_meal": _clerk(lambda world: {"meal": _fresh_meal(world), "words": "本人说当天没有来"}),
    "cases.withdraw_meal": _clerk(lambda world: {"meal": _fresh_meal(world)}),
    "cases.withdraw_doubt": _clerk(_doubted_meal),
    "cases.record_rating": _clerk(lambda world: {"meal": _fresh_meal(world), "stars": 4}),
    "cases.record_month": _clerk(
        lambda world: {
            "row": _used_project(world),
            "entries": [cases.DayEntry(date(2023, 6, 2), 7)],
        }
    ),
    "cases.refuse_shop": _clerk(lambda world: {"row": _applied_shop(world), "refusal": "没有卫生许可证"}),
    "cases.sign_contract": _clerk(
        lambda world: {"row": _inspected_shop(world), "valid_from": DAY, "discount": Decimal("1.00")}
    ),
    "cases.suspend_shop": _shop(valid_from=DAY, cause="卫生检查不合格"),
    "cases.refuse_scan": Scenario(
        SHOP,
        lambda world: {
            "shop": _own(PartnerShop, world),
            "card": _own(MealCard, world),
            "cause": RejectionReason.EXPIRED_CODE,
            "sentence": "码已过期。",
        },
    ),
    "cases.renew_card": _clerk(lambda world: {"row": _own(MealCard, world)}),
    "cases.renew_pairing": _clerk(lambda world: {"row": _own(CheckInDevice, world)}),
    "cases.revoke_device": _clerk(lambda world: {"row": _own(CheckInDevice, world)}),
    "cases.sync_scans": Scenario(SHOP, _queued),
    "cases.record_visits": _clerk(
        lambda world: {
            "project": _used_project(world),
            "visited_on": date(2023, 6, 1),
            "person_times": 7,
        }
    ),
    "cases.report_progress": _new_part(reported_on=date(2023, 5, 2), percent=50, summary="主体完工"),
    "exports.export": _clerk(_export),
    "funding.add_member": _clerk(
        lambda world: {
            "row": world.lines[f"{HERE}-county_match"].source,
            "source": "县财政局",
            "source_kind": "treasury",
        }
    ),
    "funding.archive_entry": _clerk(
        lambda world: {"row": _own(SubsidyGrant, world), "entry": _own(SubsidyEntry, world)}
    ),
    "funding.archive_funding_target": _clerk(lambda world: {"row": _own(FundingTarget, world)}),
    "funding.archive_grant": Scenario(REVIEWER, _bare_grant),
    "funding.add_supplement": _clerk(
        lambda world: {
            "contract": _own(ProjectContract, world),
            "number": "补-2",
            "subject": "室外工程",
            "amount": Decimal(300),
            "signed_on": DAY + timedelta(days=40),
        }
    ),
    "funding.archive_contract": _clerk(_unpaid_contract),
    "funding.archive_payment": _part(ContractPayment),
    "funding.archive_supplement": _part(ContractSupplement),
    "funding.change_contract": _part(ProjectContract, note="已备案"),
    "funding.change_payment": _part(ContractPayment, amount=Decimal(400)),
    "funding.change_supplement": _part(ContractSupplement, amount=Decimal(100)),
    "funding.create_contract": _clerk(lambda world: {"project": world.projects[HERE], **CONTRACT}),
    "funding.link_payment": _clerk(_payment_and_line),
    "funding.record_payment": _clerk(
        lambda world: {
            "contract": _own(ProjectContract, world),
            "amount": Decimal(300),
            "paid_on": date(2023, 5, 2),
            "source": world.lines[f"{HERE}-enterprise"].source,
            "is_spending": True,
        }
    ),
    "funding.spend_payment": _part(ContractPayment),
    "funding.approve_month": Scenario(HEAD, lambda world: {"row": _checked_month(world)}),
    "funding.archive_statement": _clerk(lambda world: {"row": _own(ShopStatement, world)}),
    "funding.restore_statement": _clerk(
        lambda world: _archived(world, funding.archive_statement, row=_own(ShopStatement, world))
    ),
    "funding.change_statement": _clerk(lambda world: {"row": _own(ShopStatement, world), "meals": 2}),
    "funding.check_month": _clerk(_ready_month),
    "funding.close_month": _clerk(_paid_month),
    "funding.confirm_lines": _clerk(
        lambda world: {"row": _line_of_month(world).settlement, "how": "盖章对账单"}
    ),
    "funding.confirm_line": _clerk(lambda world: {"row": _line_of_month(world), "how": "盖章对账单"}),
    "funding.confirm_own_line": Scenario(SHOP, _of_the_shop),
    "funding.correct_settled": _clerk(_correction),
    "funding.withdraw_correction": _clerk(
        lambda world: {
            "row": _correction(world)["line"],
            "correction": _correction(world)["line"].corrections.get(),
        }
    ),
    "funding.decide_exception": _clerk(
        lambda world: {"row": _own(SettlementException, world), "decision": "disputed", "words": "重复"}
    ),
    "funding.decide_exceptions": _clerk(
        lambda world: {"row": _month(world), "decision": "accepted", "words": "已问过门店"}
    ),
    "funding.draft_month": _clerk(
        lambda world: {"programme": world.programmes[HERE], "month": date(2022, 8, 1)}
    ),
    "funding.object_to_line": Scenario(SHOP, lambda world: {**_of_the_shop(world), "words": "少记3份"}),
    "funding.pay_month": _clerk(lambda world: {"row": _approved_month(world), **_payment()}),
    "funding.return_payment": _clerk(lambda world: {"row": _paid(world), **_return()}),
    "funding.keep_payment": _clerk(
        lambda world: {"row": funding.return_payment(by=world.account(CLERK), row=_paid(world), **_return())}
    ),
    "funding.return_contract_payment": _clerk(
        lambda world: {"row": _own(ContractPayment, world), **_return()}
    ),
    "funding.keep_contract_payment": _clerk(
        lambda world: {
            "row": funding.return_contract_payment(
                by=world.account(CLERK), row=_own(ContractPayment, world), **_return()
            )
        }
    ),
    "funding.print_line": _clerk(lambda world: {"row": _line_of_month(world), "stream": BytesIO()}),
    "funding.print_statement": _clerk(lambda world: {"row": _month(world), "stream": BytesIO()}),
    "funding.redraft_month": _clerk(lambda world: {"row": _month(world)}),
    "funding.return_month": _clerk(lambda world: {"row": _checked_month(world)}),
    "funding.state_meals": _clerk(
        lambda world: {"shop": _own(PartnerShop, world), "month": date(2022, 9, 1), "meals": 3}
    ),
    "funding.take_line": _clerk(lambda world: {"row": _line_of_month(world), "stream": BytesIO()}),
    "funding.take_statement": _clerk(lambda world: {"row": _month(world), "stream": BytesIO()}),
    "funding.archive_line": _clerk(lambda world: {"row": world.lines[f"{HERE}-enterprise"]}),
    "funding.archive_standard": Scenario(ADMIN, lambda world: {"row": SubsidyStandard.objects.get()}),
    "funding.archive_tier": Scenario(REVIEWER, lambda world: {"row": _own(CountyTier, world)}),
    "funding.archive_rule": _clerk(lambda world: {"row": _own(CostShareRule, world)}),
    "funding.archive_source": _clerk(_idle_source),
    "funding.drop_match": _part(MatchRequirement),
    "funding.change_match": _part(MatchRequirement, percent=Decimal(40)),
    "funding.restore_source": _clerk(
        lambda world: _archived(world, funding.archive_source, **_idle_source(world))
    ),
    "funding.remove_member": _clerk(
        lambda world: {
            "row": world.lines[f"{HERE}-superior_union"].source,
            "member": _own(SourceMember, world),
        }
    ),
    "funding.export_donors": _clerk(lambda world: {"stream": BytesIO()}),
    "funding.report_donor": _clerk(
        lambda world: {
            "row": world.lines[f"{HERE}-enterprise"].source,
            "stream": BytesIO(),
            "suffix": ".pdf",
        }
    ),
    "funding.require_match": _clerk(
        lambda world: {"project": world.projects[HERE], "percent": Decimal(30), "basis": "文件"}
    ),
    "funding.carry_tiers": Scenario(REVIEWER, lambda world: {"year": 2024}),
    "funding.change_funding_target": _clerk(
        lambda world: {"row": _own(FundingTarget, world), "amount": Decimal(5)}
    ),
    "funding.change_standard": Scenario(
        ADMIN, lambda world: {"row": SubsidyStandard.objects.get(), "spend_within": 6}
    ),
    "funding.change_tier": Scenario(
        REVIEWER, lambda world: {"row": _own(CountyTier, world), "tier": "provincial"}
    ),
    "funding.change_rule": _clerk(lambda world: {"row": _own(CostShareRule, world), "note": "会议纪要"}),
    "funding.change_source": _clerk(
        lambda world: {"row": world.lines[f"{HERE}-enterprise"].source, "name": "新名"}
    ),
    "funding.correct_line": _clerk(
        lambda world: {"row": world.lines[f"{HERE}-enterprise"], "amount": Decimal(5)}
    ),
    "funding.create_rule": _clerk(
        lambda world: {
            "programme": world.programmes[HERE],
            "face_value": Decimal(12),
            "valid_from": date(2022, 1, 1),
            "valid_to": date(2022, 6, 1),
            "payers": "职工个人 1元；县级配套 比例1.8；援建企业 比例1",
        }
    ),
    "funding.create_source": _union(name="新来源", kind="donation"),
    "funding.grant_subsidies": Scenario(
        REVIEWER,
        lambda world: _tier_of(world, 2024) | {"year": 2024, "granted_on": DAY, "document_no": "文件"},
    ),
    "funding.record_entry": _clerk(
        lambda world: {
            "row": _own(SubsidyGrant, world),
            "stage": "received",
            "amount": Decimal(50),
            "occurred_on": DAY,
        }
    ),
    "funding.set_funding_target": _union(year=2024, amount=Decimal(5)),
    "funding.set_standard": Scenario(
        ADMIN,
        lambda world: {
            "tier": "provincial",
            "amount": Decimal(200_000),
            "valid_from": DAY,
            "basis": "文件",
        },
    ),
    "funding.set_tier": Scenario(
        REVIEWER, lambda world: {"union": world.unions[HERE], "year": 2025, "tier": "national"}
    ),
    "funding.record_line": _clerk(
        lambda world: {
            "project": world.projects[HERE],
            "source": world.lines[f"{HERE}-enterprise"].source,
            "stage": "received",
            "amount": Decimal("100.00"),
            "recorded_on": DAY,
        }
    ),
    "imports.choose_sheet": _clerk(lambda world: {"row": _table(world), "sheet": "会员"}),
    "imports.commit": _clerk(lambda world: {"row": _checked_batch(world, member_table())}),
    "imports.decide_doubts": _clerk(
        lambda world: {"row": _doubtful_batch(world), "decision": "new", "numbers": [2, 3]}
    ),
    "imports.discard": _clerk(lambda world: {"row": _own(ImportBatch, world)}),
    "imports.continue_held": _clerk(lambda world: {"row": _committed_with_held(world)}),
    "imports.dismiss_held": _clerk(lambda world: {"row": _committed_with_held(world)}),
    "imports.fill_held": _clerk(
        lambda world: {"row": _held_batch(world), "column": "joined_on", "value": "2023-02-01"}
    ),
    "imports.fix_rows": _clerk(
        lambda world: {"row": _held_batch(world), "cells": {2: {"joined_on": "2023-02-01"}}}
    ),
    "imports.forget_mapping": _clerk(_mapped_batch),
    "imports.map_columns": _clerk(
        lambda world: {"row": _table(world), "columns": {0: "name", 1: "id_number", 2: "union", 3: ""}}
    ),
    "imports.open_sheet": _clerk(
        lambda world: {
            "file": _table(world).file,
            "resource": "members",
            "sheet": "会员",
            "pile": uuid.uuid4(),
        }
    ),
    "imports.upload_pile": _clerk(lambda world: {"files": [member_table()], "pile": uuid.uuid4()}),
    "imports.recheck_held": _clerk(lambda world: {"row": _held_batch(world)}),
    "imports.return_held": _clerk(_held),
    "imports.undo": _clerk(lambda world: {"row": _committed_batch(world)}),
    "imports.update_table": _clerk(_update_table),
    "imports.upload": _clerk(lambda world: {"resource": "members", "file": member_table(), "defaults": {}}),
    "members.accept_transfer": _clerk(lambda world: {"row": _asked_of_us(world)}),
    "members.refuse_transfer": _clerk(lambda world: {"row": _asked_of_us(world), "answer": "还在本单位"}),
    "members.request_transfer": _clerk(lambda world: _of_another_county(world, world.unions[LOW], "632323")),
    "members.withdraw_transfer": _clerk(
        lambda world: {
            "row": transferring.request_transfer(
                by=world.account(CLERK), **_of_another_county(world, world.unions[LOW], "632323")
            )
        }
    ),
    "members.admit": _clerk(
        lambda world: {
            "union": world.unions[LOW],
            "name": "拉毛",
            "id_number": id_number(802),
            "joined_on": DAY,
        }
    ),
    "members.archive": _clerk(_former_member),
    "members.change": _person(nation="藏族"),
    "members.end": _person(on=DAY, how="6"),
    "members.retain": _person(on=DAY),
    "members.reveal": _person(),
    "members.tag": _person(group="courier", valid_from=DAY, evidence="合同"),
    "members.transfer": _clerk(
        lambda world: {"row": world.persons[f"{HERE}-1"], "union": world.unions[HERE], "on": DAY}
    ),
    "members.untag": _person(group="sanitation", valid_to=DAY),
    "metrics.archive_target": Scenario(REVIEWER, _target),
    "metrics.change_target": Scenario(
        REVIEWER,
        lambda world: {
            **_target(world),
            "value": Decimal("80.0"),
            "source": "新文件",
            "direction": "more_than",
        },
    ),
    "metrics.compute_quarters": Scenario(
        REVIEWER, lambda world: {"quarters": ["2023Q1"], "county": world.unions[HERE]}
    ),
    "metrics.correct_declared": _clerk(
        lambda world: {"row": _own(DeclaredFigure, world), "numerator": Decimal(2), "denominator": Decimal(3)}
    ),
    "metrics.declare_figure": _union(
        indicator="I01", quarter="2023Q2", numerator=Decimal(1), denominator=Decimal(2)
    ),
    "metrics.explain_finding": _clerk(
        lambda world: {"row": _own(Finding, world), "state": "explained", "explanation": "文件四舍五入"}
    ),
    "metrics.perform_computation": Scenario(REVIEWER, _queued_run),
    "metrics.request_computation": Scenario(
        REVIEWER, lambda world: {"quarters": ["2023Q1"], "county": world.unions[HERE]}
    ),
    "metrics.run_checks": _clerk(lambda world: {}),
    "metrics.set_target": Scenario(
        REVIEWER,
        lambda world: {
            "indicator": "I01",
            "union": world.unions[HERE],
            "value": Decimal("95.0"),
            "from_quarter": "2023Q2",
            "source": "文件",
        },
    ),
    "metrics.withdraw_declared": _clerk(lambda world: {"row": _own(DeclaredFigure, world)}),
    "unions.archive_employer": _clerk(lambda world: {"row": world.employers[HERE]}),
    "unions.archive_union": _clerk(_bare_union),
    "unions.restore_employer": _clerk(
        lambda world: _archived(world, unions.archive_employer, world.employers[HERE])
    ),
    "unions.restore_union": _clerk(
        lambda world: _archived(world, unions.archive_union, **_bare_union(world))
    ),
    "unions.change_employer": _clerk(lambda world: {"row": world.employers[HERE], "name": "改后企业"}),
    "unions.change_union": _clerk(lambda world: {"row": world.unions[LOW], "name": "改后工会"}),
    "unions.count_workers": _employer(valid_from=DAY, workers=5),
    "unions.cover_employer": _clerk(
        lambda world: {"employer": world.employers[HERE], "union": world.unions[HERE], "valid_from": DAY}
    ),
    "unions.create_employer": _union(name="新企业", ownership="public", listed_on=DAY),
    "unions.create_union": _clerk(
        lambda world: {"parent": world.unions[HERE], "name": "新工会", "kind": "joint"}
    ),
    "unions.end_coverage": _clerk(
        lambda world: {"employer": world.employers[HERE], "union": world.unions[LOW], "valid_to": DAY}
    ),
    "unions.end_system": _employer(kind="congress", valid_to=DAY),
    "unions.register_legal_person": _union(certificate_no="81-2", issued_on=DAY),
    "unions.report_members": _union(counted_on=DAY, members=3),
    "unions.set_up_system": _employer(kind="disclosure", form="own", valid_from=DAY),
    "unions.start_term": _union(started_on=date(2026, 1, 1), ends_on=date(2031, 1, 1)),
}
