"""`manage.py set_up_province 区划.csv --admin NAME`: the first rows of an empty production portal."""

import csv
import getpass
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actions import Refused
from unions.founding import found_province, read_places


class Command(BaseCommand):
    help = "在空的正式环境里建立区划、县级以上工会和第一个管理员"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="区划表（CSV，列：区划代码、名称、上级代码，上级在前）")
        parser.add_argument("--admin", required=True, help="第一个管理员的账号")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("PORTAL_ADMIN_PASSWORD") or getpass.getpass("管理员密码：")
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines:
                places = read_places(csv.DictReader(lines))
            administrator = found_province(places, username=options["admin"], password=password)
        except OSError as error:
            raise CommandError(f"读不了 {options['file']}：{error.strerror}。") from None
        except UnicodeDecodeError:
            raise CommandError("区划表应存为 UTF-8 编码的 CSV。") from None
        except Refused as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(f"已建立 {len(places)} 个区划和工会，管理员账号是 {administrator.username}。")
