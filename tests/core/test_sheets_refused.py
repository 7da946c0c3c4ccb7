"""Bad files: each gets its code and one clear Chinese sentence, quickly, and never a crash."""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from core.sheets import DEFAULT, Limits, SheetRefused, delimited, open_table, read_workbook
from core.sheets.refused import SENTENCES
from tests.core.sheet_vocabulary import DATA, MEMBER_WORDS

GOOD = (DATA / "members_wps.xlsx").read_bytes()
XLS = (DATA / "members_libreoffice.xls").read_bytes()
GB_LINES = (DATA / "members_gb18030.csv").read_bytes().splitlines(keepends=True)
SHEET = "xl/worksheets/sheet1.xml"


def repacked(changes: dict[str, bytes | Callable[[bytes], bytes]], *, without: tuple[str, ...] = ()) -> bytes:
    """The good workbook with parts changed, added or left out."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(GOOD)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            change = changes.pop(name, None)
            if name not in without:
                content = source.read(name)
                target.writestr(
                    name, content if change is None else change(content) if callable(change) else change
                )
        for name, extra in changes.items():
            assert isinstance(extra, bytes)
            target.writestr(name, extra)
    return out.getvalue()


def in_sheet(extra: bytes) -> bytes:
    """The good workbook with more at the end of its rows."""
    return repacked({SHEET: lambda content: content.replace(b"</sheetData>", extra + b"</sheetData>")})


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def ole(stream: str) -> bytes:
    """An OLE file with one directory entry of that name, as far as a look at its beginning can tell."""
    name = stream.encode("utf-16-le") + b"\0\0"
    entry = name.ljust(64, b"\0") + len(name).to_bytes(2, "little") + b"\x02".ljust(62, b"\0")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entry.ljust(512, b"\0")


def written(*lines: Sequence[object], hidden: bool = False) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("空")
        sheet = book.add_worksheet("会员")
        for row, line in enumerate(lines):
            sheet.write_row(row, 0, line)
        if hidden:
            sheet.hide()
    return out.getvalue()


def duplicated_entry() -> bytes:
    out = io.BytesIO(GOOD)
    with pytest.warns(UserWarning), zipfile.ZipFile(out, "a") as target:
        target.writestr(SHEET, b"<worksheet/>")
    return out.getvalue()


def bzip2() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return out.getvalue()


def lying_size(content: bytes) -> bytes:
    """The central directory says that a large part is small."""
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(SHEET.encode()))
    return content[: at + 24] + (10).to_bytes(4, "little") + content[at + 28 :]


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content and len(old) == len(new)
    return content.replace(old, new)


SPACES = b'<row r="17"><c r="A17" t="inlineStr"><is><t>' + b" " * 60_000_000 + b"</t></is></c></row>"
FAR = b'<row r="20"><c r="%s"><v>1</v></c></row>'
BAD_FILES: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "empty": ("empty_file", "a.xlsx", lambda: b""),
    "empty csv": ("empty_file", "a.csv", lambda: b""),
    "only blanks": ("no_content", "a.csv", lambda: b" \r\n\r\n"),
    "only commas": ("no_content", "a.csv", lambda: b",,,\r\n,,,\r\n"),
    "pdf": ("pdf", "a.pdf", lambda: b"%PDF-1.7\n%\xe2\xe3"),
    "pdf renamed": ("pdf", "a.xlsx", lambda: b"%PDF-1.7\n%\xe2\xe3"),
    "png": ("image", "a.xlsx", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
    "jpeg": ("image", "a.jpg", lambda: b"\xff\xd8\xff\xe0" + b"\0" * 50),
    "bmp": ("image", "a.bmp", lambda: b"BM" + b"\0" * 50),
    "gif": ("image", "a.gif", lambda: b"GIF89a" + b"\0" * 50),
    "rar": ("archive", "a.rar", lambda: b"Rar!\x1a\x07\x01\0"),
    "7z": ("archive", "a.7z", lambda: b"7z\xbc\xaf\x27\x1c\0\4"),
    "gzip": ("archive", "a.xlsx", lambda: b"\x1f\x8b\x08\0\0\0"),
    "zip of workbooks": ("archive", "a.zip", lambda: archive(members_dot_xlsx=GOOD)),
    "empty zip": ("archive", "a.xlsx", lambda: archive()),
    "docx": ("docx", "a.docx", lambda: archive(word__document_dot_xml=b"<w/>")),
    "docx renamed": ("docx", "a.xlsx", lambda: archive(word__document_dot_xml=b"<w/>")),
    "pptx": ("pptx", "a.pptx", lambda: archive(ppt__presentation_dot_xml=b"<p/>")),
    "rtf": ("docx", "a.xls", lambda: b"{\\rtf1 abc}"),
    "numbers": ("numbers", "a.numbers", lambda: archive(Index__Document_dot_iwa=b"x")),
    "ods": ("ods", "a.ods", lambda: (DATA / "members_libreoffice.ods").read_bytes()),
    "ods renamed": ("ods", "a.xlsx", lambda: (DATA / "members_libreoffice.ods").read_bytes()),
    "xlsb": ("xlsb", "a.xlsb", lambda: archive(xl__workbook_dot_bin=b"x")),
    "xlsb renamed": ("xlsb", "a.xlsx", lambda: archive(xl__workbook_dot_bin=b"x")),
    "et": ("et", "a.et", lambda: XLS),
    "doc": ("docx", "a.xls", lambda: ole("WordDocument")),
    "ppt": ("pptx", "a.xls", lambda: ole("PowerPoint Document")),
    "password": ("encrypted", "a.xlsx", lambda: ole("EncryptedPackage")),
    "password, real": ("encrypted", "a.xlsx", lambda: (DATA / "members_password.xlsx").read_bytes()),
    "xls with macros": ("macros", "a.xls", lambda: ole("_VBA_PROJECT_CUR")),
    "ole of something": ("unknown", "a.xls", lambda: ole("Contents")),
    "xlsm": ("macros", "a.xlsm", lambda: repacked({"xl/vbaProject.bin": b"x"})),
    "xlsm renamed": ("macros", "a.xlsx", lambda: repacked({"xl/vbaProject.bin": b"x"})),
    "html as xls": ("html", "a.xls", lambda: "<html><table><tr><td>姓名</td></tr></table></html>".encode()),
    "html with doctype": ("html", "a.xls", lambda: b"\xef\xbb\xbf\r\n<!DOCTYPE HTML PUBLIC><html></html>"),
    "bare table": ("html", "a.xls", lambda: b"<table border=1><tr><td>1</td></tr></table>"),
    "web archive": ("html", "a.xls", lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related"),
    "html in utf-16": ("html", "a.xls", lambda: "<html><body></body></html>".encode("utf-16")),
    "xml spreadsheet": (
        "xml_sheet",
        "a.xls",
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    ),
    "other xml": ("unknown", "a.xml", lambda: b'<?xml version="1.0"?><data/>'),
    "binary": ("unknown", "a.csv", lambda: bytes(range(1, 32)) * 40),
    "zeros": ("unknown", "a.csv", lambda: b"\0" * 4000),
    "truncated half": ("damaged", "a.xlsx", lambda: GOOD[: len(GOOD) // 2]),
    "truncated tail": ("damaged", "a.xlsx", lambda: GOOD[:-10]),
    "truncated head": ("damaged", "a.xlsx", lambda: GOOD[:30]),
    "xls cut short": ("damaged", "a.xls", lambda: XLS[:700]),
    "no workbook part": ("damaged", "a.xlsx", lambda: repacked({}, without=("xl/workbook.xml",))),
    "no sheet part": ("damaged", "a.xlsx", lambda: repacked({}, without=(SHEET,))),
    "sheet is not xml": ("damaged", "a.xlsx", lambda: repacked({SHEET: b"<worksheet><sheetData><row>"})),
    "wrong checksum": ("damaged", "a.xlsx", lambda: patched(GOOD, GOOD[60:64], b"\xff\xff\xff\xff")),
    "doctype": (
        "suspicious",
        "a.xlsx",
        lambda: repacked(
            {SHEET: lambda c: c.replace(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet')}
        ),
    ),
    "entities in strings": (
        "suspicious",
        "a.xlsx",
        lambda: repacked(
            {"xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst>&a;</sst>'}
        ),
    ),
    "utf-16 part": ("suspicious", "a.xlsx", lambda: repacked({SHEET: lambda c: c.decode().encode("utf-16")})),
    "same part twice": ("suspicious", "a.xlsx", duplicated_entry),
    "odd compression": ("suspicious", "a.xlsx", bzip2),
    "many parts": (
        "suspicious",
        "a.xlsx",
        lambda: repacked({f"xl/media/{n}.png": b"" for n in range(2_100)}),
    ),
    "spaces bomb": ("inflates", "a.xlsx", lambda: in_sheet(SPACES)),
    "lying sizes": ("damaged", "a.xlsx", lambda: lying_size(in_sheet(SPACES))),
    "styles bomb": ("inflates", "a.xlsx", lambda: repacked({"xl/styles.xml": b"<xf/>" * 1_200_000})),
    "strings bomb": (
        "inflates",
        "a.xlsx",
        lambda: repacked({"xl/sharedStrings.xml": b"<si><t>a</t></si>" * 6_500_000}),
    ),
    "cell at the far corner": ("too_many_rows", "a.xlsx", lambda: in_sheet(FAR % b"XFD1048576")),
    "cell far right": ("too_many_columns", "a.xlsx", lambda: in_sheet(FAR % b"IW20")),
    "cell far below": ("too_many_rows", "a.xlsx", lambda: in_sheet(FAR % b"A1048576")),
    "corner within limits": ("crashed", "a.xlsx", lambda: in_sheet(FAR % b"IV999999")),
    "corner in odd spelling": (
        "crashed",
        "a.xlsx",
        lambda: in_sheet(b"<row><c  r='XFD1048576'><v>1</v></c></row>"),
    ),
    "endless tag": (
        "damaged",
        "a.xlsx",
        lambda: in_sheet(b'<row r="20"><c r="A20"' + b' t="e"' * 300_000 + b"<v>#</v><f></row>"),
    ),
    "only header": ("only_header", "a.xlsx", lambda: written(["姓名", "身份证号", "民族"])),
    "only header csv": ("only_header", "a.csv", lambda: "姓名,身份证号\r\n".encode()),
    "header and total": ("only_header", "a.xlsx", lambda: written(["姓名", "民族"], ["合计", ""])),
    "no header": ("no_header", "a.xlsx", lambda: written(["张三", "汉族"], ["李四", "藏族"])),
    "header below too many titles": (
        "no_header",
        "a.xlsx",
        lambda: written(*[["说明"]] * 20, ["姓名", "民族"], ["张三", "汉"]),
    ),
    "duplicate header": (
        "duplicate_header",
        "a.xlsx",
        lambda: written(["姓名", "民族", "姓名"], ["张三", "汉族", "李四"]),
    ),
    "all blank": ("no_content", "a.xlsx", lambda: written()),
    "data hidden": ("no_content", "a.xlsx", lambda: written(["姓名", "民族"], ["张三", "汉族"], hidden=True)),
    "not an encoding": (
        "encoding",
        "a.csv",
        lambda: "姓名,民族\r\n".encode("gb18030") + b"\xff\xff,\xff\r\n",
    ),
    "cut utf-16": ("encoding", "a.csv", lambda: "姓名,民族\n张三,汉族".encode("utf-16")[:-1]),
    "mixed encodings": (
        "mixed_encoding",
        "a.csv",
        lambda: b"".join(GB_LINES[:5] + [line.decode("gb18030").encode() for line in GB_LINES[5:]]),
    ),
    "endless quote": ("bad_csv", "a.csv", lambda: '姓名,民族\n"张三,'.encode() + b"a" * 200_000),
    "wide csv": ("too_many_columns", "a.csv", lambda: b"a," * 300 + b"a\n"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_get_their_sentence(case: str, tmp_path: Path) -> None:
    code, name, make = BAD_FILES[case]
    target = tmp_path / "upload"
    target.write_bytes(make())
    started = time.monotonic()
    with pytest.raises(SheetRefused) as caught:
        open_table(read_workbook(target, name=name), MEMBER_WORDS)
    assert (caught.value.code, caught.value.message) == (code, SENTENCES[code].format(**caught.value.details))
    assert "{" not in caught.value.message and caught.value.message.endswith("。")
    assert time.monotonic() - started < 10


def test_formatted_but_empty_cells_far_away_do_no_harm(tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    target.write_bytes(in_sheet(b'<row r="1048576"><c r="XFD1048576" s="0"/><c r="XFD1048576"></c></row>'))
    assert read_workbook(target).sheets[0].row_count == 16


def test_limits_are_parameters(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("姓名,民族\n" + "张三,汉族\n" * 50, encoding="utf-8")
    with pytest.raises(SheetRefused, match="有 1 MB，超过 0 MB"):
        read_workbook(target, limits=Limits(text_bytes=100))
    with pytest.raises(SheetRefused) as caught:
        read_workbook(target, limits=Limits(rows=20))
    assert caught.value.code == "too_many_rows"
    with pytest.raises(SheetRefused) as caught:
        read_workbook(target, limits=Limits(output_bytes=10))
    assert caught.value.code == "crashed"
    with pytest.raises(SheetRefused) as caught:
        read_workbook(target, limits=Limits(wall_seconds=0))
    assert caught.value.code == "timeout"


def test_a_text_may_be_larger_than_a_workbook(tmp_path: Path) -> None:
    limits = Limits(file_bytes=1000)
    text, workbook = tmp_path / "a.csv", tmp_path / "b.csv"
    text.write_text("姓名,民族\n" + "张三,汉族\n" * 100, encoding="utf-8")
    assert read_workbook(text, limits=limits).sheets[0].row_count == 101
    workbook.write_bytes(GOOD)
    with pytest.raises(SheetRefused) as caught:
        read_workbook(workbook, limits=limits)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_text_is_read_alike_wherever_its_blocks_end(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 7)
    target = tmp_path / "a.csv"
    target.write_bytes("".join(f"张三{n},汉族\n" for n in range(50)).encode(encoding))
    with target.open("rb") as stream:
        assert list(delimited.rows_of(stream, Limits())) == [[f"张三{n}", "汉族"] for n in range(50)]


@pytest.mark.parametrize("block", [5, 1000])
def test_the_row_that_no_encoding_reads_is_named(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", block)
    target = tmp_path / "a.csv"
    target.write_bytes("姓名,民族\n张三,汉族\n".encode("gb18030") + b"\xff\xff,\xff\n")
    with target.open("rb") as stream, pytest.raises(SheetRefused) as caught:
        next(delimited.rows_of(stream, Limits()))
    assert (caught.value.code, caught.value.details) == ("encoding", {"row": 3})


def test_long_texts_cannot_fill_the_memory_of_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("姓名,身份证号\n" + "字" * 50_000 + ",1\n")
    with pytest.raises(SheetRefused, match="单元格内容过长"):
        read_workbook(path, limits=Limits(chunk_bytes=40_000))


def test_a_sheet_protected_against_changes_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["姓名", "民族"], ["张三", "汉族"]):
        sheet.append(line)
    sheet.protection.set_password("x")
    book.save(tmp_path / "protected.xlsx")
    assert read_workbook(tmp_path / "protected.xlsx").sheets[0].row_count == 2


def test_every_sentence_tells_what_to_do() -> None:
    for code, sentence in SENTENCES.items():
        assert re.search("请|现有|应至少", sentence) and sentence.endswith("。"), code


def test_the_reader_needs_no_django_and_little_time() -> None:
    code = "import sys; from core.sheets.child import main; print('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=DATA.parents[1], check=True
    )
    assert done.stdout.strip() == "False"


SOURCES = ("members_wps.xlsx", "members_libreoffice.xls", "members_gb18030.csv")


@pytest.mark.parametrize("source", SOURCES)
def test_mutated_files_end_in_rows_or_a_sentence(source: str, tmp_path: Path) -> None:
    """Bytes flipped, cut and doubled at random; MUTATIONS says how many files in all."""
    original, randomness = (DATA / source).read_bytes(), random.Random(source)
    paths = []
    for n in range(-(-int(os.environ.get("MUTATIONS", "1000")) // len(SOURCES))):
        paths.append(tmp_path / f"{n}.bin")
        paths[-1].write_bytes(mutated(original, randomness))
    answers = read_many(paths, source)
    assert len(answers) == len(paths)
    for path, answer in zip(paths, answers, strict=True):
        if "refused" in answer:
            assert answer["refused"] in SENTENCES, path.name
        else:
            assert sum(sheet["count"] for sheet in answer["sheets"]) <= 1_000, path.name


@pytest.mark.parametrize("source", SOURCES)
def test_a_mutated_file_ends_the_same_way_through_the_front_door(source: str, tmp_path: Path) -> None:
    """What the forked reader answers is what a clerk gets."""
    original, randomness = (DATA / source).read_bytes(), random.Random(source)
    for n in range(4):
        path = tmp_path / f"{n}.bin"
        path.write_bytes(mutated(original, randomness))
        [answer] = read_many([path], source)
        try:
            counted = [sheet.row_count for sheet in read_workbook(path, name=source).sheets]
        except SheetRefused as refused:
            assert refused.message and refused.code == answer["refused"]
        else:
            assert counted == [sheet["count"] for sheet in answer["sheets"]]


def read_many(paths: Sequence[Path], name: str) -> list[dict[str, Any]]:
    """The sandbox's answers for many files, each read in a process of its own."""
    requests = [{"path": str(path), "name": name, "limits": asdict(DEFAULT)} for path in paths]
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.forking"],
        input="\n".join(map(json.dumps, requests)),
        capture_output=True,
        text=True,
        cwd=DATA.parents[1],
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def mutated(content: bytes, randomness: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(randomness.randint(1, 8)):
        at = randomness.randrange(len(changed))
        length = randomness.randint(1, 64)
        match randomness.randrange(4):
            case 0:
                changed[at] = randomness.randrange(256)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length]
            case _:
                changed[at : at + length] = randomness.randbytes(length)
    return bytes(changed)
