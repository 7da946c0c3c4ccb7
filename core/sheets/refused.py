"""The sentences for files that cannot be read as a whole."""

from __future__ import annotations

from typing import Final

SAVE_AS_XLSX = "请用 WPS 或 Excel “另存为”.xlsx 后重新上传"

SENTENCES: Final = {
    "empty_file": "文件是空的（0 字节）。请确认上传的是填好的表格。",
    "gone": "上传的文件已不在服务器上，不能再读取。请重新上传。",
    "too_large": "文件有 {size} MB，超过 {limit} MB。请拆成几个文件，或删去图片后重新上传。",
    "encrypted": "文件设有打开密码。请在表格软件中取消密码保护，另存后重新上传。",
    "macros": f"文件带有宏程序，为了安全不能读取。{SAVE_AS_XLSX}（不要选“启用宏的工作簿”）。",
    "xlsb": f"这是二进制工作簿（.xlsb）。{SAVE_AS_XLSX}。",
    "ods": f"这是 OpenDocument 表格（.ods）。{SAVE_AS_XLSX}。",
    "et": f"这是 WPS 专用格式（.et）。{SAVE_AS_XLSX}。",
    "numbers": "这是苹果 Numbers 表格。请在 Numbers 中“导出到 Excel”后重新上传。",
    "html": f"这是改名为表格的网页文件，多由旧系统导出。{SAVE_AS_XLSX}。",
    "xml_sheet": f"这是 XML 格式的表格（XML 表格 2003）。{SAVE_AS_XLSX}。",
    "docx": "这是文字文档，不是表格。请把其中的表格复制到 Excel 后另存为 .xlsx。",
    "pptx": "这是演示文稿，不是表格。请上传 .xlsx、.xls 或 .csv 表格。",
    "pdf": "这是 PDF 文件，不能导入。请上传原来的 .xlsx、.xls 或 .csv 表格。",
    "image": "这是图片，不能导入。请上传 .xlsx、.xls 或 .csv 表格。",
    "archive": "这是压缩包。请先解压，再上传里面的表格。",
    "unknown": "无法识别文件的格式。请上传 .xlsx、.xls 或 .csv 表格。",
    "damaged": f"文件不完整或已损坏。请重新取得原文件，或{SAVE_AS_XLSX[1:]}。",
    "suspicious": f"文件的内部结构不正常（{{detail}}），为了安全不能读取。{SAVE_AS_XLSX}。",
    "inflates": "文件解压后过大（{detail}）。请删去多余的格式和空白区域，或拆成几个文件后重新上传。",
    "too_many_rows": "工作表中有内容的行超过 {limit} 行。请拆成几个文件，或删去末尾多余的内容后重新上传。",
    "too_many_columns": "工作表在 {cell} 有内容，超过 {limit} 列。请删去右侧多余的内容后重新上传。",
    "too_many_sheets": "文件有 {count} 个工作表，超过 {limit} 个。请拆成几个文件后重新上传。",
    "encoding": "文本文件第 {row} 行不是 GB18030 或 UTF-8 编码。请在表格软件中重新“另存为”CSV UTF-8 后上传。",
    "mixed_encoding": "文本文件混用了两种编码（从第 {row} 行起不同）。请重新“另存为”CSV UTF-8 后上传。",
    "bad_csv": "文本文件第 {row} 行无法按表格读取（多为引号不成对）。请用表格软件打开核对后另存为 .xlsx。",
    "timeout": "读取文件超过 {seconds} 秒，已停止。请删去多余的格式和空白区域，或拆成几个文件后重新上传。",
    "crashed": f"文件过大或已损坏，读取时中断。{SAVE_AS_XLSX}，仍不行时请拆成几个文件。",
    "no_sheet": "文件中没有可见的工作表。请取消隐藏要导入的工作表后重新上传。",
    "no_such_sheet": "文件中没有名为“{name}”的可见工作表，现有：{names}。",
    "no_content": "工作表中没有任何内容。请确认上传的是填好的表格。",
    "no_header": "在前 {rows} 行中没有找到表头。表头应至少有以下列中的两列：{labels}。",
    "only_header": "表格只有表头，没有数据行。请填好后重新上传。",
    "duplicate_header": "表头中“{label}”出现了不止一次（{columns} 列）。请删去或改名多余的一列后重新上传。",
}


class SheetRefused(Exception):
    """A file, or the chosen sheet, cannot be imported; `message` is the one sentence for the clerk."""

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        self.message = SENTENCES[code].format(**details)
        super().__init__(self.message)
