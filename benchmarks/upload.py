"""How much memory a large file takes on its way to a portal: a stored zip of 2 GB, to a real CKAN, read back.

python benchmarks/upload.py [--gigabytes 2]
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("CKAN_IT_MAX_UPLOAD_MB", "5000")

from tests.ckan.plugin import connect, started  # noqa: E402 – the checkout this script is in

ROOM = Path(os.environ.get("CKAN_IT_ROOT") or f"{tempfile.gettempdir()}/odtool-ckan-{os.geteuid()}")
DESCRIPTOR = """title = "1mメッシュの地形データ（見本）"
municipality = "280003"
name = "dem-1m"
crs = "EPSG:6673"
files = ["*.zip"]
"""
SETTINGS = '[portals.here]\ntype = "ckan"\nurl = "{url}"\norganization = "{organization}"\n'


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gigabytes", type=float, default=2)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as room, started(ROOM) as env:
        ckan = connect(env["CKAN_URL"], env["CKAN_API_TOKEN"])
        folder = Path(room, "dem")
        folder.mkdir()
        (folder / "dataset.toml").write_text(DESCRIPTOR, "utf-8")
        size = large(folder / "dem.zip", int(asked.gigabytes * 1e9))
        organization = ckan.fresh_organization("280003", "兵庫県")
        Path(room, "odtool.toml").write_text(
            SETTINGS.format(url=ckan.url, organization=organization), "utf-8"
        )
        environment = os.environ | {"ODTOOL_TOKEN_HERE": ckan.token}
        for name in ("first", "again, unchanged"):
            begun = time.monotonic()
            command = [sys.executable, "-m", "odtool", "publish", "dem", "--portal", "here"]
            done = subprocess.run(command, cwd=room, env=environment | {"PYTHONPATH": str(ROOT)}, check=False,
                                  capture_output=True, text=True)  # fmt: skip
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
            print(
                f"{name}: exit {done.returncode}, {time.monotonic() - begun:.0f} s, {size / 1e9:.1f} GB, at most {peak} MB in memory"
            )
            print(done.stdout[-400:], done.stderr[-800:])


def large(path: Path, size: int) -> int:
    """A stored zip of members without much in them."""
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        for number in range(max(1, size // 500_000_000)):
            with archive.open(f"{number:02}.txt", "w", force_zip64=True) as member:
                line = b"10000.5 -120000.5 1.25\n" * 40_000
                for _ in range(500_000_000 // len(line)):
                    member.write(line)
    return path.stat().st_size


if __name__ == "__main__":
    main()
