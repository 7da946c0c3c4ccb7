"""The admin and the interface's page under the portal's own policy for scripts and styles."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from core import scope
from core.models import AuditEvent
from tests.world import World

SignIn = Callable[[Page, str], None]


def test_the_interfaces_page(page: Page, world: World, sign_in: SignIn) -> None:
    sign_in(page, "632322.clerk")
    page.goto("/api/v1/docs/")
    page.get_by_text("/api/v1/members/{id}/transfer/", exact=True).click()
    expect(page.locator("#members_transfer_create").get_by_text("转入的工会")).to_be_visible()
    page.goto("/accounts/me/")
    page.get_by_role("button", name="生成令牌").click()
    expect(page.locator("[data-token]")).not_to_be_empty()


def test_the_admin(page: Page, world: World, sign_in: SignIn) -> None:
    sign_in(page, "admin")
    for address in (
        "/admin/",
        "/admin/unions/employer/",
        "/admin/members/person/",
        "/admin/metrics/indicatortarget/",
        "/admin/metrics/indicatortarget/import/",
        "/admin/core/auditevent/",
        "/admin/unions/account/add/",
    ):
        page.goto(address)
    page.goto(f"/admin/unions/employer/{world.employers['632322'].pk}/change/")
    page.get_by_label("单位名称").fill("改后的名称")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("成功")
    with scope.applied(world.account("admin")):
        assert AuditEvent.objects.filter(verb="unions.change_employer").count() == 1
