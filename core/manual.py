"""The manual inside the portal: the Chinese pages of docs/, shown beside the screens they speak of."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.requests import AccountView

# What a heading says for programmers besides: its name in the code.
_IN_CODE = re.compile(r"\s*[·（]\s*`[^`]*`）?")
TOPICS: dict[str, tuple[str, ...]] = settings.MANUAL


@dataclass(frozen=True)
class Section:
    """A heading that can be jumped to."""

    anchor: str
    title: str


@dataclass(frozen=True)
class Article:
    """One page of the manual."""

    topic: str
    title: str
    sections: tuple[Section, ...]
    body: SafeString


@cache
def article(topic: str) -> Article:
    """A page of docs/ as HTML; links lead to other pages of the manual, the others are only words."""
    written = (settings.BASE_DIR / "docs" / f"{topic}.md").read_text(encoding="utf-8")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(written)
    title, rest = tokens[1].content, tokens[3:]
    sections = tuple(_sections(rest))
    for token in rest:
        _lead(token.children or [])
        _align(token)
    html = markdown.renderer.render(rest, markdown.options, {})
    # The text is ours and its HTML switched off.
    return Article(topic, title, sections, mark_safe(_framed(html)))


def _sections(tokens: list[Token]) -> list[Section]:
    """Every heading of the second rank, which gets an anchor."""
    found: list[Section] = []
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            section = Section(f"s{len(found) + 1}", _IN_CODE.sub("", words.content))
            opening.attrSet("id", section.anchor)
            found.append(section)
    return found


def _lead(children: list[Token]) -> None:
    """Links to files: to the manual's own page of it, or to nothing. A broken line goes on without a gap."""
    for token in children:
        if token.type == "softbreak":
            token.type, token.content = "text", ""
        if token.type == "link_open" and "://" not in str(token.attrGet("href")):
            topic = str(token.attrGet("href")).removesuffix(".md")
            token.attrs = {"href": reverse("manual-topic", args=[topic])} if topic in TOPICS else {}


def _align(token: Token) -> None:
    """Numbers stand to the right by a class: the pages allow no style of their own."""
    if token.attrs.pop("style", "") == "text-align:right":
        token.attrSet("class", "num")


def _framed(html: str) -> str:
    """Wide tables scroll by themselves on a phone."""
    opened = '<div class="table-frame table-frame-wide" tabindex="0"><table class="table">'
    return html.replace("<table>", opened).replace("</table>", "</table></div>")


def topic_of(path: str) -> str:
    """The topic that speaks of an address, or nothing."""
    told = (topic for topic, places in TOPICS.items() if path.startswith(places))
    return next(told, "")


def manual_link(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `manual_url`, the page of the manual for the page that is shown."""
    topic = topic_of(request.path)
    return {"manual_url": reverse("manual-topic", args=[topic]) if topic else reverse("manual")}


class ManualView(AccountView):
    """Every topic with its sections."""

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {"articles": [article(topic) for topic in TOPICS], "crumbs": self.crumbs()}
        return render(request, "manual/list.html", context)

    def crumbs(self, *steps: dict[str, str]) -> list[dict[str, str]]:
        first = {"label": str(self.account.union), "url": "/"}
        return [first, {"label": "使用说明", "url": reverse("manual")}, *steps]


class TopicView(ManualView):
    """One topic."""

    def get(self, request: HttpRequest, topic: str = "") -> HttpResponse:
        if topic not in TOPICS:
            raise Http404
        shown = article(topic)
        context = {"article": shown, "crumbs": self.crumbs({"label": shown.title, "url": ""})}
        return render(request, "manual/topic.html", context)
