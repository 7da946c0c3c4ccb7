"""Bring the browser libraries into static/vendor/, pinned and hashed.

The portal serves every byte itself, so a county without open internet sees the
same pages. Run without options to fetch the packages again; `--check` compares
the files on disk with the manifest and needs no network.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = "manifest.json"
SOURCE_MAP = re.compile(rb"\n?(//[#@] ?sourceMappingURL=[^\n]*|/\*[#@] ?sourceMappingURL=.*?\*/)")

MIT = """MIT License

Copyright (c) {holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
TABLER_LICENCE = MIT.format(holder="2018-2026 The Tabler Authors")
QRCODE_LICENCE = MIT.format(holder="2009 Kazuhiko Arase")

ICONS = tuple((Path(__file__).parent / "icons.txt").read_text(encoding="utf-8").split())


@dataclass(frozen=True)
class Package:
    """One npm package: what is pinned and which of its files are served."""

    name: str
    version: str
    integrity: str
    licence: str
    folder: str
    files: tuple[str, ...] = ()
    icons: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)


PACKAGES = (
    Package(
        name="@tabler/core",
        version="1.6.1",
        integrity="sha512-lgmR9gcxRp5JlLxcmRi9Rz85JrEvH6Bz71KnlcPVSa97wtwQNjgSs3g3fxwbAlulHyRMghhIV04QUuW3pqDsIg==",
        licence="MIT",
        folder="tabler",
        files=("dist/css/tabler.min.css",),
        texts={"LICENSE": TABLER_LICENCE},
    ),
    Package(
        name="@tabler/icons",
        version="3.49.0",
        integrity="sha512-l+GnSkFETx0U26icxv1VUFnxxiTqXfCcVRiRAnyMwibupM2S2L/hSaZ9gmSgz01rkrsH/93NvLsxykqdanc6lw==",
        licence="MIT",
        folder="icons",
        files=("LICENSE",),
        icons=ICONS,
    ),
    Package(
        name="htmx.org",
        version="2.0.11",
        integrity="sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        licence="0BSD",
        folder="htmx",
        files=("dist/htmx.min.js", "LICENSE"),
    ),
    Package(
        name="echarts",
        version="6.1.0",
        integrity="sha512-q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HIVpIyHZA==",
        licence="Apache-2.0",
        folder="echarts",
        files=("dist/echarts.min.js", "LICENSE", "NOTICE", "licenses/LICENSE-d3"),
    ),
    Package(
        name="jsqr",
        version="1.4.0",
        integrity="sha512-dxLob7q65Xg2DvstYkRpkYtmKm2sPJ9oFhrhmudT1dZvNFFTlroai3AWSpLey/w5vMcLBXRgOJsbXpdN9HzU/A==",
        licence="Apache-2.0",
        folder="jsqr",
        files=("dist/jsQR.js", "LICENSE"),
    ),
    Package(
        name="qrcode-generator",
        version="2.0.4",
        integrity="sha512-mZSiP6RnbHl4xL2Ap5HfkjLnmxfKcPWpWe/c+5XxCuetEenqmNFf1FH/ftXPCtFG5/TDobjsjz6sSNL0Sr8Z9g==",
        licence="MIT",
        folder="qrcode-generator",
        files=("dist/qrcode.js",),
        texts={"LICENSE": QRCODE_LICENCE},
    ),
    Package(
        name="@expo-google-fonts/noto-sans-sc",
        version="0.4.3",
        integrity="sha512-9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ==",
        licence="OFL-1.1",
        folder="fonts",
        files=("400Regular/NotoSansSC_400Regular.ttf", "LICENSE_FONT"),
    ),
    Package(
        name="@expo-google-fonts/noto-serif-tibetan",
        version="0.4.2",
        integrity="sha512-e3PdLzPldwsirxE0xUN3IQ69XG6QOTQT1jxm2AnB3RrYPHLC+043AM4VZCkYXfepr1oPqK4caEKkuXyehF6y5Q==",
        licence="OFL-1.1",
        folder="fonts-tibetan",
        files=("400Regular/NotoSerifTibetan_400Regular.ttf", "LICENSE_FONT"),
    ),
)


def fetch(package: Package, into: Path) -> Path:
    """Download the package and refuse it when its content is not the pinned one."""
    spec = f"{package.name}@{package.version}"
    command = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(into), spec]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]
    archive = into / name
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise SystemExit(f"{spec}: content differs from the pinned integrity")
    return archive


def member(archive: tarfile.TarFile, name: str) -> bytes:
    """The bytes of one file of an npm archive."""
    stream = archive.extractfile(f"package/{name}")
    if stream is None:
        raise SystemExit(f"{name} is not a file in the package")
    return stream.read()


def without_source_map(content: bytes) -> bytes:
    """Source maps are not shipped, and static storage follows every reference it sees."""
    return SOURCE_MAP.sub(b"", content)


def sprite(archive: tarfile.TarFile, icons: tuple[str, ...]) -> bytes:
    """One SVG file in which each icon is a symbol with the icon's name as id."""
    symbols = []
    for icon in icons:
        svg = member(archive, f"icons/outline/{icon}.svg").decode()
        body = re.sub(r"\s+", " ", svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]).strip()
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 24 24">{body}</symbol>')
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def contents(package: Package, path: Path) -> dict[str, bytes]:
    """File name under static/vendor/ -> content, for one downloaded package."""
    with tarfile.open(path) as archive:
        found = {Path(name).name: without_source_map(member(archive, name)) for name in package.files}
        if package.icons:
            found["icons.svg"] = sprite(archive, package.icons)
    found |= {name: text.encode() for name, text in package.texts.items()}
    return {f"{package.folder}/{name}": content for name, content in found.items()}


def write(package: Package, path: Path) -> dict[str, Any]:
    """Write the package's files and return its manifest entry."""
    hashes = {}
    for name, content in sorted(contents(package, path).items()):
        target = VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    return {"name": package.name, "version": package.version, "licence": package.licence, "sha256": hashes}


def update() -> None:
    """Fetch every package and write the files and the manifest."""
    with tempfile.TemporaryDirectory() as folder:
        entries = [write(package, fetch(package, Path(folder))) for package in PACKAGES]
    (VENDOR / MANIFEST).write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")


def differences() -> list[str]:
    """What on disk is missing, changed or unknown, compared with the manifest."""
    entries = json.loads((VENDOR / MANIFEST).read_text())
    known = {name: digest for entry in entries for name, digest in entry["sha256"].items()}
    found = {str(path.relative_to(VENDOR)): path for path in VENDOR.rglob("*") if path.is_file()}
    found.pop(MANIFEST, None)
    pins = {(package.name, package.version) for package in PACKAGES}
    recorded = {(entry["name"], entry["version"]) for entry in entries}
    return (
        [f"pin and manifest differ: {name} {version}" for name, version in sorted(pins ^ recorded)]
        + [f"missing: {name}" for name in sorted(known.keys() - found.keys())]
        + [f"not in the manifest: {name}" for name in sorted(found.keys() - known.keys())]
        + [
            f"changed: {name}"
            for name in sorted(known.keys() & found.keys())
            if hashlib.sha256(found[name].read_bytes()).hexdigest() != known[name]
        ]
    )


def main() -> int:
    """Update the vendored files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="compare the files with the manifest, change nothing"
    )
    if not parser.parse_args().check:
        update()
    problems = differences()
    print("\n".join(problems) or "static/vendor matches its manifest")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
