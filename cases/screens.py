"""The lists behind the figures; programmes and projects show money and stand in funding."""

from cases.filters import EnrolmentFilter, MealFilter, VisitFilter
from cases.rosters import ENROLMENTS, MEALS, VISITS
from core.rights import Right
from core.screens import Screen

ENROLMENT_SCREEN = Screen(
    resource=ENROLMENTS,
    filterset=EnrolmentFilter,
    right=Right.EDIT_CASES,
    noun="的登记职工",
    empty="还没有登记职工。请在服务项目的页面上登记。",
    order=("person__name_sort", "pk"),
)
MEAL_SCREEN = Screen(
    resource=MEALS,
    filterset=MealFilter,
    right=Right.EDIT_CASES,
    noun="的就餐打卡",
    empty="还没有就餐打卡。请在服务项目的页面上登记，或导入门店的就餐表。",
    order=("-served_on", "-pk"),
)
VISIT_SCREEN = Screen(
    resource=VISITS,
    filterset=VisitFilter,
    right=Right.EDIT_CASES,
    noun="的使用记录",
    empty="项目投入使用后，在项目的页面上按天登记人次。",
    order=("-visited_on", "-pk"),
)
