"""Pages of programmes and projects: choosing a kind, the lists of a page with their own actions, photos."""

from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import quote

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views import View

from cases.kinds import kind_of, kinds_of
from cases.models import ProjectPhoto
from cases.posters import door_path, poster, posters
from core.screens.views import CreateView, DetailView, FilteredView, ScreenView

# Titles of parts of the page that are no lists, as the templates know them.
BOXES = {"项目节点": "milestone_actions", "照片": "photo_actions"}
SHOPS = "爱心门店"
CARDS = "就餐卡"
MOST_POSTERS = 60  # more take longer than a page may


class ChooseKindView(CreateView):
    """A new programme or project: first its kind, then the form of that kind."""

    of: Literal["programme", "project"] = "programme"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        kind = kind_of(request.GET.get("kind", ""))
        if kind is not None and kind.of == self.of:
            return super().get(request, **kwargs)
        self.require(self.declared.right)
        context = {
            "title": self.page_title(),
            "kinds": kinds_of(self.of),
            "crumbs": self.crumbs((self.page_title(), "")),
            "cancel_url": self.cancel_url(),
        }
        return self.render("cases/choose_kind.html", context)

    def note(self) -> str:
        key = self.request.POST.get("kind") or self.request.GET.get("kind", "")
        kind = kind_of(key)
        return f"{kind.label}：{kind.purpose}" if kind else ""


class CaseView(DetailView):
    """A page whose lists carry their own actions; the head keeps the few that concern the whole row."""

    # Title of a list or box → keys of the verbs that stand beside it.
    beside: Mapping[str, tuple[str, ...]] = {}
    # Title of a list → the address of all its rows.
    elsewhere: Mapping[str, Callable[[Any], str]] = {}
    # Title of a list → the form of another screen that adds to it, filled in for this row.
    begins: Mapping[str, Callable[[Any, Any], list[dict[str, str]]]] = {}

    def render(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        row, screen = context["row"], self.declared
        by_url = {button["url"]: button for button in context["buttons"]}
        beside = {
            title: [by_url.pop(url) for key in keys if (url := screen.url(key, row.pk)) in by_url]
            for title, keys in self.beside.items()
        }
        for listed in context["related"]:
            listed["actions"] = beside.get(listed["title"], [])
            if listed["title"] in self.begins:
                listed["actions"] += self.begins[listed["title"]](row, self.request.user)
            if listed["title"] in self.elsewhere:
                listed["all_url"] = self.elsewhere[listed["title"]](row)
        context |= {"buttons": list(by_url.values())}
        context |= {name: beside.get(title, []) for title, name in BOXES.items()}
        return super().render(template, context, status)


class ShopView(CaseView):
    """A shop: its steps stand beside what they record, its poster is one click away."""

    beside = {
        "合同": ("sign", "correct-contract", "attach", "end"),
        "检查": ("inspect", "refuse"),
        "停供": ("pause", "suspend", "lift", "cancel-pause"),
    }

    def buttons(self, row: Any) -> list[dict[str, Any]]:
        poster = {"label": "打印海报", "url": reverse("shops-poster", args=[row.pk]), "icon": "printer"}
        return [poster, *super().buttons(row)]


class PosterView(ScreenView):
    """The sheet that hangs in the shop, as a PDF to print."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        shop = self.row()
        return _to_print(f"海报-{shop}", poster(shop, request.build_absolute_uri(door_path(shop))))


class PostersView(FilteredView):
    """The sheets of the listed shops, as far as the filters go, in one PDF."""

    def get(self, request: HttpRequest) -> HttpResponse:
        _, rows = self.filtered()
        shops = rows.filter(archived_at__isnull=True)[:MOST_POSTERS]
        content = posters(shops, lambda shop: request.build_absolute_uri(door_path(shop)))
        return _to_print("门店海报", content)


def _to_print(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(f'{name}.pdf')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


class PhotoView(LoginRequiredMixin, View):
    """A photo inside the portal's pages: a JPEG that the portal itself has written."""

    is_small = False

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        visible = ProjectPhoto.objects.visible_to(request.user).select_related("picture", "thumbnail")
        photo = get_object_or_404(visible, pk=pk)
        stored = photo.thumbnail if self.is_small else photo.picture
        response = FileResponse(stored.file.open("rb"), content_type="image/jpeg", filename=stored.name)
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, max-age=3600"
        return response


def kind_facts(row: Any) -> list[dict[str, str]]:
    """The fields of the row's kind."""
    kind = row.declared_kind
    return kind.facts(row.attributes) if kind else []
