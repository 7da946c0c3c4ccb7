"""Pages that handle full ID numbers: find by number, show one for a reason, ask for transfers by them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from core import checks
from core.actions import Refused
from core.crypto import keyed_hash
from core.imports import Lookup
from core.imports.raw import Cells, opened
from core.models import ImportBatch, ImportRow
from core.requests import AccountView
from core.rights import Right
from core.screens.views import ReasonForm
from members.actions import reveal_id_number
from members.forms import FindByIdForm, RequestRowsForm
from members.models import Person, TransferRequest
from members.resources import ELSEWHERE, MEMBERS
from members.transferring import request_transfer
from unions.models import Union

REQUESTED_AT_ONCE = 200


class FindByIdView(AccountView):
    """Find a member by the full ID number; it travels in the body, never in an address or a log."""

    def post(self, request: HttpRequest) -> HttpResponse:
        form = FindByIdForm(request.POST)
        form.is_valid()
        try:
            number = checks.id_number(form.cleaned_data.get("id_number", ""))
        except checks.Problem as problem:
            messages.error(request, f"{problem.reason}。{problem.remedy}。")
            return HttpResponseRedirect(reverse("members-list"))
        visible = Person.objects.visible_to(self.account)
        person = visible.filter(id_hash=keyed_hash(number)).first() if number else None
        if person is None:
            messages.warning(request, "您的管辖范围内没有登记这个身份证号。")
            return HttpResponseRedirect(reverse("members-list"))
        return HttpResponseRedirect(reverse("members-detail", args=[person.pk]))


class RevealView(AccountView):
    """The full ID number of one person, once, for a reason that the audit keeps."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(request, self.person(pk), ReasonForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        person, form = self.person(pk), ReasonForm(request.POST)
        if not form.is_valid():
            return self.page(request, person, form, status=422)
        try:
            number = reveal_id_number(by=self.account, row=person, reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error("reason", refused.message)
            return self.page(request, person, form, status=422)
        return self.page(request, person, form, number=number)

    def person(self, pk: int) -> Person:
        if not self.account.can(Right.REVEAL):
            raise PermissionDenied("您的账号没有“查看完整证件号”的权限，请联系管理员。")
        return get_object_or_404(Person.objects.visible_to(self.account), pk=pk)

    def page(
        self, request: HttpRequest, person: Person, form: ReasonForm, number: str = "", status: int = 200
    ) -> HttpResponse:
        crumbs = [
            {"label": str(self.account.union), "url": "/"},
            {"label": "会员", "url": reverse("members-list")},
            {"label": person.name, "url": reverse("members-detail", args=[person.pk])},
            {"label": "查看完整证件号", "url": ""},
        ]
        context = {"person": person, "form": form, "number": number, "crumbs": crumbs}
        response = render(request, "members/reveal.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response


def number_of(cells: Cells) -> str:
    """The ID number of a row, as the check reads it."""
    return str(checks.id_number(cells.get("id_number")) or "")


def is_waiting(asked: TransferRequest | None) -> bool:
    """Whether a request still waits for its answer."""
    return asked is not None and asked.is_open


class RequestRowsView(AccountView):
    """Requests for the members out of sight whom held rows of an import name: one row (`?row=`), or all."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch, rows = self.found(pk)
        initial = {"union": self.account.union}
        return self.page(batch, rows, RequestRowsForm(account=self.account, initial=initial))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch, rows = self.found(pk)
        form = RequestRowsForm(request.POST, account=self.account)
        if not form.is_valid():
            return self.page(batch, rows, form, status=422)
        asked, before = 0, self.answers(batch, rows)
        rows = [row for row in rows if not is_waiting(before.get(row.number))]
        if not rows:
            messages.info(request, "这些人都已申请转入，正在等对方工会答复，没有再申请。")
        for row in rows:
            try:
                request_transfer(by=self.account, **self.arguments(batch, row, form.cleaned_data))
            except Refused as refused:
                messages.warning(request, f"第 {row.number} 行没有申请：{refused.message}")
            else:
                asked += 1
        if asked:
            messages.success(request, f"已申请转入 {asked} 人，等对方工会答复。")
        return HttpResponseRedirect(reverse("transfers-list"))

    def found(self, pk: int) -> tuple[ImportBatch, list[ImportRow]]:
        for right in (Right.IMPORT, Right.EDIT_MEMBERS):
            if not self.account.can(right):
                raise PermissionDenied(f"您的账号没有“{right.label}”的权限，请联系管理员。")
        visible = ImportBatch.objects.visible_to(self.account).select_related("file")
        batch = get_object_or_404(visible, pk=pk, resource=MEMBERS.key)
        rows = batch.rows.filter(plan=ImportRow.Plan.HELD, problems__contains=[{"message": ELSEWHERE}])
        if (number := self.request.GET.get("row", "")).isdecimal():
            rows = rows.filter(number=int(number))
        return batch, list(rows.order_by("number")[:REQUESTED_AT_ONCE])

    def answers(self, batch: ImportBatch, rows: list[ImportRow]) -> dict[int, TransferRequest]:
        """The latest request of ours for the person of each row, if there is one, by row number."""
        hashes = {row.number: keyed_hash(number_of(opened(batch, row))) for row in rows}
        own = Union.objects.visible_to(self.account)
        ours = TransferRequest.objects.visible_to(self.account).filter(union__in=own).order_by("pk")
        found = {bytes(one.person_hash): one for one in ours.filter(person_hash__in=set(hashes.values()))}
        return {number: found[digest] for number, digest in hashes.items() if digest in found}

    def arguments(self, batch: ImportBatch, row: ImportRow, given: dict[str, Any]) -> dict[str, Any]:
        """What the row says of the person, and the union that it names if that is one of ours."""
        cells = opened(batch, row)
        own = Union.objects.visible_to(self.account).active()
        named = str(cells.get("union") or batch.defaults.get("union") or "").strip()
        unions = Lookup("工会", own, codes=("code",))
        unions.prepare([named])
        found = unions.all_of(named)
        return {
            **given,
            "name": str(cells.get("name") or "").strip(),
            "id_number": number_of(cells),
            "union": own.get(pk=found[0]["pk"]) if len(found) == 1 else given["union"],
        }

    def page(
        self, batch: ImportBatch, rows: list[ImportRow], form: RequestRowsForm, status: int = 200
    ) -> HttpResponse:
        asked = self.answers(batch, rows)
        people = [
            {
                "number": row.number,
                "name": row.shown.get("name", ""),
                "id": row.shown.get("id_number", ""),
                "asked": asked.get(row.number),
            }
            for row in rows
        ]
        count = sum(not is_waiting(person["asked"]) for person in people)
        crumbs = [
            {"label": str(self.account.union), "url": "/"},
            {"label": f"导入第 {batch.pk} 批", "url": reverse("imports-detail", args=[batch.pk])},
            {"label": "申请转入", "url": ""},
        ]
        context = {"batch": batch, "people": people, "count": count, "form": form, "crumbs": crumbs}
        return render(self.request, "members/request_rows.html", context, status=status)
