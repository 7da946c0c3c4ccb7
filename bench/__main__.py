"""`python -m bench [all|import|quarter|dashboard] [options]`: one JSON line per comparison."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from bench import report, server
from bench.comparisons import COMPARISONS
from bench.harness import Failed, tell
from config.servers import EngineError


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="对照测速，每项比较输出一行 JSON。")
    parser.add_argument("name", nargs="?", default="all", choices=["all", *COMPARISONS], help="比较哪一项")
    parser.add_argument("--size", type=int, help="规模；默认各项自定")
    parser.add_argument("--turns", type=int, default=3, help="每种写法最多测几次，取中位数")
    parser.add_argument("--write", type=Path, metavar="FILE", help="把结果写成文档")
    return parser.parse_args()


def _compare(names: list[str], size: int | None, turns: int) -> tuple[list[dict[str, Any]], str]:
    results = []
    with server.running() as engines:
        for name in names:
            comparison = COMPARISONS[name]
            asked = size or comparison.size
            tell(f"{name}，规模 {asked:,}")
            results.append(comparison.run(engines, asked, turns))
            print(json.dumps(results[-1], ensure_ascii=False), flush=True)
        return results, engines.version()


def main() -> int:
    """Run what was asked for."""
    options = _arguments()
    names = list(COMPARISONS) if options.name == "all" else [options.name]
    load = os.getloadavg()[0]
    try:
        results, version = _compare(names, options.size, options.turns)
    except EngineError as error:
        tell(str(error))
        return 1
    except Failed as failed:
        tell(f"没有测完：{failed} 失败，原因见上。")
        return 1
    if options.write:
        options.write.write_text(report.document(results, version, load), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
