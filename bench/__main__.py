"""`python -m bench [NAME[:SIZE] …] [options]`: one JSON line per comparison."""

import argparse
import json
import os
import sys
from pathlib import Path

from bench import report
from bench.comparisons import COMPARISONS
from bench.goals import Result
from bench.harness import Failed, tell
from bench.server import Server, running
from config.home import EngineError


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="对照测速，每项比较输出一行 JSON。")
    names = f"all、{'、'.join(COMPARISONS)}；可写 import:100000 指明规模"
    parser.add_argument("names", nargs="*", default=["all"], metavar="NAME", help=names)
    parser.add_argument("--size", type=int, help="没有另外指明的各项的规模；默认各项自定")
    parser.add_argument("--turns", type=int, default=3, help="每种写法最多测几次，取中位数")
    parser.add_argument("--write", type=Path, metavar="FILE", help="把结果写成文档")
    options = parser.parse_args()
    try:
        options.asked = [one for name in options.names for one in _asked(name, options.size)]
    except (KeyError, ValueError):
        parser.error(f"只能是 {names}")
    return options


def _asked(text: str, size: int | None) -> list[tuple[str, int]]:
    """Comparisons with their sizes; `all` is every one of them."""
    if text == "all":
        return [(name, size or comparison.size) for name, comparison in COMPARISONS.items()]
    name, _, own = text.partition(":")
    usual = COMPARISONS[name].size
    return [(name, int(own) if own else size or usual)]


def _compare(engines: Server, name: str, size: int, turns: int) -> Result:
    tell(f"{name}，规模 {size:,}")
    result = COMPARISONS[name].run(engines, size, turns)
    engines.drop_all()
    print(json.dumps(result, ensure_ascii=False), flush=True)
    return result


def main() -> int:
    """Run what was asked for."""
    options = _arguments()
    load = os.getloadavg()[0]
    try:
        with running() as engines:
            results = [_compare(engines, name, size, options.turns) for name, size in options.asked]
            version = engines.version()
    except EngineError as error:
        tell(str(error))
        return 1
    except Failed as failed:
        tell(f"没有测完：{failed} 失败，原因见上。")
        return 1
    if options.write:
        command = " ".join(["python -m bench", *sys.argv[1:]])
        options.write.write_text(report.document(results, command, version, load), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
