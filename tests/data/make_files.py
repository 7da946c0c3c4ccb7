"""Make the member spreadsheets that tests import: synthetic people, in the shapes counties send.

    python tests/data/make_files.py            files by XlsxWriter, openpyxl and plain text
    python tests/data/make_files.py --office   also the files that LibreOffice converts (needs soffice)

XlsxWriter reproduces Excel's own package layout. The WPS file is that layout with the application name and
namespaces WPS writes: an imitation, not saved by WPS. The LibreOffice files really come from LibreOffice.
members_password.xlsx is members_wps.xlsx encrypted once with msoffcrypto-tool (password "demo").
Every ID number carries the unallocated area 630199 and a right check digit.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import xlsxwriter

from core.blank_tables import TemplateColumn, write_template
from core.checks import check_digit
from core.export import ExportCell

FOLDER = Path(__file__).parent
HEADERS = [
    "姓名",
    "身份证号",
    "性别",
    "出生日期",
    "民族",
    "手机号",
    "学历",
    "政治面貌",
    "技术等级",
    "就业状况",
    "户籍类型",
    "所在工会",
    "工作单位",
    "入会日期",
    "会籍变化类型",
    "群体",
]
SURNAMES = "张王李马韩祁星赵陈刘"
GIVEN = ("秀英", "建国", "玉兰", "海燕", "志强", "桂花", "文斌", "晓梅", "生贵", "国庆", "春花", "永福")
OTHER_NAMES = ("扎西多杰", "卓玛措", "才让东知", "买买提·艾力", "阿依古丽·吐尔逊江", "㛃㵾", "𬭩")
NATIONS = ("汉族", "藏族", "回族", "土族", "撒拉族", "蒙古族")
GROUPS = ("", "农民工", "快递员", "货车司机", "外卖配送员", "环卫工人")

Person = dict[str, str]


def id_number(birth: date, serial: int, *, male: bool) -> str:
    """A right number of the unallocated area 630199."""
    first17 = f"630199{birth:%Y%m%d}{serial * 2 % 1000 + male:03d}"
    return first17 + check_digit(first17)


def person(n: int) -> Person:
    """The n-th synthetic member; the same n gives the same person in every file."""
    birth, male = date(1968, 2, 3) + timedelta(days=n * 397 % 12_000), n % 3 != 0
    name = OTHER_NAMES[n // 5 % 7] if n % 5 == 4 else SURNAMES[n % 10] + GIVEN[n % 12]
    admitted = date(2019, 1, 15) + timedelta(days=n * 41 % 1_500)
    values = (
        name,
        id_number(birth, n, male=male),
        "男" if male else "女",
        birth.isoformat(),
        NATIONS[n % 6],
        f"139{n:04d}{n * 7 % 10000:04d}",
        ("初中", "高中", "大专", "本科")[n % 4],
        ("群众", "中共党员", "共青团员")[n % 3],
        ("初级", "中级", "高级", "无")[n % 4],
        "在岗",
        ("农业户口", "非农业户口")[n % 2],
        f"632322-{n % 5 + 1:04d}",
        f"尖扎县示范企业{n % 5 + 1:02d}",
        admitted.isoformat(),
        "入会",
        GROUPS[n % 6],
    )
    return dict(zip(HEADERS, values, strict=True))


def people(first: int, count: int) -> list[Person]:
    return [person(n) for n in range(first, first + count)]


def rows(members: Iterable[Person], headers: Sequence[str] = HEADERS) -> list[list[str]]:
    return [[member[header] for header in headers] for member in members]


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def date_forms(iso: str, n: int) -> str:
    """The five forms in which counties type a date as text."""
    year, month, day = (int(part) for part in iso.split("-"))
    return (
        iso,
        f"{year}/{month}/{day}",
        f"{year}.{month}.{day}",
        f"{year}年{month}月{day}日",
        iso.replace("-", ""),
    )[n % 5]


def plain_excel() -> None:
    """Excel's layout: header in row 1, ID numbers as text, real dates, phones as numbers."""
    with xlsxwriter.Workbook(FOLDER / "members_excel.xlsx") as book:
        sheet = book.add_worksheet("会员名册")
        day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        sheet.write_row(0, 0, HEADERS)
        for r, member in enumerate(people(0, 30), 1):
            for c, (header, value) in enumerate(member.items()):
                if header in ("出生日期", "入会日期"):
                    sheet.write_datetime(r, c, date.fromisoformat(value), day)
                elif header == "手机号":
                    sheet.write_number(r, c, int(value))
                else:
                    sheet.write_string(r, c, value)


def titled_excel() -> None:
    """Title rows, other header words, a union merged over its members, total and signature below."""
    words = [
        "序号",
        "*姓 名（必填）",
        "身份证号码",
        "性别（男/女）",
        "出生年月日",
        "民  族",
        "联系电话",
        "文化程度",
        "所属工会",
        "入会时间",
        "备注",
    ]
    source = ["姓名", "身份证号", "性别", "出生日期", "民族", "手机号", "学历"]
    with xlsxwriter.Workbook(FOLDER / "members_titled.xlsx") as book:
        sheet = book.add_worksheet("Sheet1")
        book.add_worksheet("填表要求").write_string(0, 0, "请如实填写，于每月25日前报送。")
        hidden = book.add_worksheet("字典")
        hidden.write_column(0, 0, NATIONS)
        hidden.hide()
        sheet.merge_range("A1:K1", "尖扎县工会会员实名制信息采集表")
        sheet.write_string("A2", "填报单位：尖扎县总工会（盖章）")
        sheet.write_string("H2", "填报日期：2023年3月1日")
        sheet.write_row(3, 0, words)
        members = people(100, 20)
        for r, member in enumerate(members, 4):
            n = r - 4
            sheet.write_number(r, 0, n + 1)
            sheet.write_row(r, 1, [member[header] for header in source])
            sheet.write_string(r, 4, date_forms(member["出生日期"], n))
            sheet.write_string(r, 9, date_forms(member["入会日期"], n + 2))
            sheet.write_string(r, 10, ("无", "—", "/", "")[n % 4])
        for block in range(4):
            sheet.merge_range(4 + block * 5, 8, 8 + block * 5, 8, f"632322-{block + 1:04d}")
        sheet.write_row(24, 0, ["合 计", "20人"])
        sheet.write_string(26, 0, "填表人：")
        sheet.write_string(26, 4, "审核人：")
        sheet.write_string(27, 0, "备注：1.本表一式两份。")


def grouped_excel() -> None:
    """A header of two lines with group headings, and the header repeated where a printed page ends."""
    top = ["姓名", "身份信息", "", "", "联系", "", "入会情况", ""]
    low = ["", "身份证号", "性别", "民族", "电话", "单位", "工会名称", "入会日期"]
    keys = ["姓名", "身份证号", "性别", "民族", "手机号", "工作单位", "所在工会", "入会日期"]
    with xlsxwriter.Workbook(FOLDER / "members_grouped.xlsx") as book:
        sheet = book.add_worksheet("会员")
        sheet.merge_range("A1:H1", "工会会员花名册")
        for first in (1, 18):
            sheet.write_row(first, 0, top)
            sheet.write_row(first + 1, 0, low)
        sheet.merge_range("A2:A3", "姓名")
        sheet.merge_range("B2:D2", "身份信息")
        sheet.merge_range("E2:F2", "联系")
        sheet.merge_range("G2:H2", "入会情况")
        lines = rows(people(200, 25), keys)
        for r, line in enumerate(lines):
            sheet.write_row(3 + r + (2 if r >= 15 else 0), 0, line)


def untidy_openpyxl() -> None:
    """openpyxl: full-width digits, spaces inside, 无 and —, zero-width characters, a blank row."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "会员"
    sheet.append(list(HEADERS))
    for n, member in enumerate(people(300, 20)):
        number = member["身份证号"]
        name = member["姓名"]
        member["身份证号"] = (
            full_width(number),
            f"{number[:6]} {number[6:14]} {number[14:]}",
            f" {number}\u200b",
            f"'{number}",
            number.lower(),
        )[n % 5]
        member["姓名"] = f"{name[0]}  {name[1:]}" if n % 2 and "·" not in name else name.replace("·", "•")
        member["手机号"] = (full_width(member["手机号"]), "无", "—", f"+86 {member['手机号']}", "")[n % 5]
        member["出生日期"] = full_width(date_forms(member["出生日期"], n))
        sheet.append(list(member.values()))
        if n == 9:
            sheet.append([])
    book.save(FOLDER / "members_untidy.xlsx")


def broken_numbers() -> None:
    """ID numbers that became 6.30199E+17 (number and text), one ending in zeros, one old; the rest right."""
    with xlsxwriter.Workbook(FOLDER / "members_broken_ids.xlsx") as book:
        sheet = book.add_worksheet("会员")
        sheet.write_row(0, 0, HEADERS)
        for r, member in enumerate(people(400, 12), 1):
            sheet.write_row(r, 0, list(member.values()))
            number = member["身份证号"]
            if r in (2, 5):
                sheet.write_number(r, 1, float(number[:17] + "0"))
            elif r in (3, 6):
                sheet.write_string(r, 1, "6.30199E+17")
            elif r == 7:
                sheet.write_string(r, 1, number[:15] + "000")
            elif r == 8:
                sheet.write_string(r, 1, number[:6] + number[8:17])


def nameless_columns() -> None:
    """ID and phone columns whose names say nothing; they are known by their values."""
    with xlsxwriter.Workbook(FOLDER / "members_nameless.xlsx") as book:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, ["编号", "职工姓名", "号码一", "号码二", "工会"])
        for r, member in enumerate(people(500, 10), 1):
            sheet.write_row(
                r, 0, [f"A{r:03d}", member["姓名"], member["身份证号"], member["手机号"], member["所在工会"]]
            )


def wps_like() -> None:
    """XlsxWriter's package with the application name and namespaces of WPS: an imitation."""
    plain = FOLDER / "members_wps.tmp.xlsx"
    with xlsxwriter.Workbook(plain) as book:
        sheet = book.add_worksheet("Sheet1")
        sheet.write_row(0, 0, HEADERS)
        for r, line in enumerate(rows(people(600, 15)), 1):
            sheet.write_row(r, 0, line)
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(FOLDER / "members_wps.xlsx", "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for entry in source.infolist():
            text = source.read(entry).decode()
            if entry.filename == "docProps/app.xml":
                text = text.replace("Microsoft Excel", "WPS 表格").replace("12.0000", "11.1.0.14309")
            if entry.filename in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
                wps = ' xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData">'
                text = text.replace('relationships">', f'relationships"{wps}', 1)
            out.writestr(entry.filename, text)
    plain.unlink()


def text_files() -> None:
    """The same kind of list as comma and tab separated text in three encodings."""
    for name, encoding, delimiter, first in (
        ("members_gb18030.csv", "gb18030", ",", 700),
        ("members_utf8_bom.csv", "utf-8-sig", ",", 720),
        ("members_utf8.csv", "utf-8", ";", 740),
        ("members_utf16.txt", "utf-16", "\t", 760),
    ):
        with (FOLDER / name).open("w", encoding=encoding, newline="") as stream:
            writer = csv.writer(stream, delimiter=delimiter)
            writer.writerow(HEADERS)
            writer.writerows(rows(people(first, 15)))


def filled_template(path: Path) -> None:
    """Our own template with drop-down lists, text columns, real dates, and the help sheet."""
    kinds = {"性别": ("男", "女"), "学历": ("大学本科", "大学专科", "高中"), "民族": ("汉族", "藏族")}
    columns = [
        TemplateColumn(label=label, choices=kinds.get(label, ()), required=label in ("姓名", "身份证号"))
        for label in HEADERS
    ]
    dated = [HEADERS.index(label) for label in ("出生日期", "入会日期")]
    lines: list[list[ExportCell]] = [list(line) for line in rows(people(860, 6))]
    for line in lines:
        for index in dated:
            line[index] = date.fromisoformat(str(line[index]))
    with path.open("wb") as stream:
        write_template(stream, title="会员", columns=columns, instructions=["会员"], rows=lines)


def office_files() -> None:
    """Real LibreOffice output: a CSV of ours as .xlsx, .xls and .ods, two of our workbooks as .xls, and our
    own template saved again as .xlsx, .xls and .csv.
    """
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "own" / "template_libreoffice.xlsx"
        template.parent.mkdir()
        filled_template(template)
        for target in ("xlsx", "xls", "csv:Text - txt - csv (StarCalc):44,34,76"):
            _convert(template, target, folder)
            made = f"template_libreoffice.{target[:4].rstrip(':')}"
            shutil.copy(Path(folder) / made, FOLDER / made)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "members_libreoffice.csv"
        with source.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([list(HEADERS), *rows(people(800, 20))])
        columns = "/".join(f"{n}/{2}" for n in range(1, len(HEADERS) + 1))
        text_import = f"CSV:44,34,76,1,{columns}"
        for target in ("xlsx", "xls", "ods"):
            _convert(source, target, folder, f"--infilter={text_import}")
        _convert(FOLDER / "members_titled.xlsx", "xls", folder)
        _convert(FOLDER / "members_excel.xlsx", "xls", folder)
        for made in ("members_libreoffice.xlsx", "members_libreoffice.xls", "members_libreoffice.ods"):
            shutil.copy(Path(folder) / made, FOLDER / made)
        for made in ("members_titled.xls", "members_excel.xls"):
            shutil.copy(Path(folder) / made, FOLDER / made)


def _convert(source: Path, target: str, folder: str, *options: str) -> None:
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        "soffice",
        profile,
        "--headless",
        *options,
        "--convert-to",
        target,
        "--outdir",
        folder,
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)


def main(arguments: Sequence[str]) -> None:
    plain_excel()
    titled_excel()
    grouped_excel()
    untidy_openpyxl()
    broken_numbers()
    nameless_columns()
    wps_like()
    text_files()
    if "--office" in arguments:
        office_files()


if __name__ == "__main__":
    main(sys.argv[1:])
