"""Loads the demonstration province inside one event, in the order in which rows depend on each other."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from random import Random
from typing import Any

from django.db import models

from config.demo import documents, money, places
from config.demo.breakfast import load_breakfast
from config.demo.people import People, PeopleMaker
from config.demo.plans import county_plans
from config.demo.registers import (
    Register,
    RegisterMaker,
    certificates,
    coverages,
    democratic_systems,
    number_unions,
)
from config.demo.synthetic import Identities
from config.demo.works import load_works
from core.actions import bootstrap
from unions.models import Account, Union

SEED = 630000
BATCH = 5_000
QUARTERS = ("2022Q3", "2022Q4", "2023Q1", "2023Q2", "2023Q3")


def load(tell: Callable[[str], object]) -> Account:
    """Load everything into an empty database; `tell` hears a short line after each part."""
    created: list[Account] = []
    with bootstrap("demo.load", lambda: created[0]):
        places.load_divisions()
        unions = places.load_area_unions()
        created.append(places.load_accounts(unions))
        tell(f"区划、{len(unions)}个县级以上工会和账号")
        rng = Random(SEED)
        _load_counties(unions, rng, tell)
        money.load_projects(unions)
        tell(f"爱心早餐就餐{load_breakfast(unions, rng)}份，建设项目和资金")
        tell(f"建设项目的进度、验收和{load_works()}天使用记录")
        documents.load_documents(unions)
        documents.load_targets(unions)
        tell("文献数字、申报数和目标值")
    return created[0]


def _load_counties(unions: dict[int, Union], rng: Random, tell: Callable[[str], object]) -> None:
    identities = Identities(rng)
    plans = county_plans(rng)
    registers = [RegisterMaker(plan, unions[plan.code], rng, identities).make() for plan in plans]
    _save_registers(registers, rng, identities)
    tell(f"基层工会{sum(len(r.unions) + len(r.townships) for r in registers)}个")
    people = [PeopleMaker(register, rng, identities).make() for register in registers]
    _save_people(people)
    tell(f"会员{sum(len(part.persons) for part in people)}名")


def _save(rows: Iterable[models.Model]) -> None:
    """Insert rows of one model in batches."""
    batch: list[Any] = list(rows)
    if batch:
        type(batch[0])._default_manager.bulk_create(batch, batch_size=BATCH)


def _save_registers(registers: list[Register], rng: Random, identities: Identities) -> None:
    for register in registers:
        number_unions(register, rng)
    systems = [democratic_systems(register, rng) for register in registers]
    legal = [certificates(register, rng, identities) for register in registers]
    _save(_each(register.townships for register in registers))
    for union in _each(register.unions for register in registers):
        assert union.parent is not None
        union.parent_path = union.parent.path
    _save(_each(register.unions for register in registers))
    _save(unit.employer for register in registers for unit in register.units)
    _save(_each(coverages(register) for register in registers))
    _save(_each(systems))
    _save(_each(legal))


def _save_people(people: list[People]) -> None:
    _save(_each(part.persons for part in people))
    _save(_each(part.memberships for part in people))
    _save(_each(part.tags for part in people))
    _save(_each(part.headcounts for part in people))
    _save(_each(part.reports for part in people))


def _each(parts: Iterable[Iterable[Any]]) -> Iterator[Any]:
    return chain.from_iterable(parts)
