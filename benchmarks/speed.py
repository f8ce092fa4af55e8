"""Speed beside frictionless: the same generated files, the same Table Schema, whole processes, in one run.

    python benchmarks/speed.py [--rows 100 100000 1000000] [--files 12000] [--sample 10] [--runs 5]

For each case: wall and CPU seconds and peak memory (median of runs in turn, small cases several times), and how
many times faster odtool is by wall and by CPU seconds. Two columns: «schema», the Table Schema alone, as
frictionless judges it, and «all», the same number of rows as a valid file of a national dataset with every rule.
Both programs must find faults in the same cells, or the table says so. `--sample N` gives frictionless only every
N-th file of the folder and multiplies its times; the cells of those files are compared.
"""

import argparse
import compileall
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import odtool

Row = dict[str, Any]

BIN = Path(sys.executable).parent
TOWNS = ("峰山町", "大宮町", "網野町", "丹後町", "弥栄町", "久美浜町")
PLACES = ("公民館", "小学校", "中学校", "体育館", "図書館", "診療所", "コミュニティセンター")


def fields() -> list[dict[str, object]]:
    """34 columns in the shape of an AED list; 22 of them have something that can be wrong."""
    code = {"type": "string", "constraints": {"pattern": "[0-9]{6}", "required": True}}
    flag = {"type": "string", "constraints": {"enum": ["有", "無"]}}
    text = {"type": "string"}
    shapes: list[tuple[str, dict[str, object]]] = [
        ("全国地方公共団体コード", code),
        ("ID", {"type": "string", "constraints": {"required": True, "unique": True}}),
        ("地方公共団体名", text),
        ("名称", {"type": "string", "constraints": {"required": True}}),
        ("名称_カナ", {"type": "string", "constraints": {"pattern": "[ァ-ヶー・ 　0-9]*"}}),
        ("名称_英字", text),
        ("所在地_全国地方公共団体コード", code),
        ("町字ID", {"type": "string", "constraints": {"pattern": "[0-9]{7}"}}),
        ("所在地_連結表記", {"type": "string", "constraints": {"required": True}}),
        ("所在地_都道府県", {"type": "string", "constraints": {"enum": ["京都府", "奈良県"]}}),
        ("所在地_市区町村", text),
        ("所在地_町字", text),
        ("所在地_番地以下", text),
        ("建物名等(方書)", text),
        ("緯度", {"type": "number", "constraints": {"minimum": 20, "maximum": 46}}),
        ("経度", {"type": "number", "constraints": {"minimum": 122, "maximum": 154}}),
        ("高度の種別", {"type": "string", "constraints": {"enum": ["階数", "標高", "地表高"]}}),
        ("高度の値", {"type": "number"}),
        ("電話番号", {"type": "string", "constraints": {"pattern": "[0-9()-]{9,14}"}}),
        ("内線番号", text),
        ("郵便番号", {"type": "string", "constraints": {"pattern": "[0-9]{7}"}}),
        ("法人番号", {"type": "string", "constraints": {"pattern": "[0-9]{13}"}}),
        ("団体名", text),
        ("利用可能曜日", {"type": "string", "constraints": {"pattern": "[月火水木金土日]{1,7}"}}),
        ("開始時間", {"type": "time", "format": "%H:%M"}),
        ("終了時間", {"type": "time", "format": "%H:%M"}),
        ("利用可能日時特記事項", text),
        ("小児対応設備の有無", flag),
        ("設置日", {"type": "date"}),
        ("台数", {"type": "integer", "constraints": {"minimum": 0, "maximum": 99}}),
        ("URL", {"type": "string", "format": "uri"}),
        ("画像_ライセンス", text),
        ("設置位置", {"type": "string", "constraints": {"required": True, "maxLength": 60}}),
        ("備考", text),
    ]
    return [{"name": name, **shape} for name, shape in shapes]


# What is written in place of a good value. None of them is a matter of opinion between the two programs.
SPOILT = {
    0: "26212", 1: "", 3: "", 4: "ちゅうおう", 6: "26212A", 7: "12", 8: "", 9: "京都", 14: "北緯35度", 15: "東経135度",
    16: "高さ", 17: "二階", 18: "不明です", 20: "627", 21: "4.00E+12", 23: "平日", 24: "九時", 25: "25:00", 27: "あり",
    28: "令和8年4月1日", 29: "三", 32: "",
}  # fmt: skip


def rows(count: int, spoilt_share: float, seed: int) -> Iterator[list[str]]:
    dice = random.Random(seed)
    for n in range(count):
        town, place = dice.choice(TOWNS), dice.choice(PLACES)
        row = [
            "262129", f"{seed:03d}{n:07d}", "京都府京丹後市", f"{town}{place}{n}", f"チョウリツシセツ{n}", f"Facility {n}",
            "262129", f"{dice.randrange(10**7):07d}", f"京都府京丹後市{town}{dice.randrange(2000)}番地", "京都府", "京丹後市",
            town, f"{dice.randrange(2000)}番地", "", f"35.{dice.randrange(500000, 780000):06d}",
            f"135.{dice.randrange(100000):06d}", "階数", "1", f"0772-{dice.randrange(100):02d}-{dice.randrange(10000):04d}", "",
            f"627{dice.randrange(10000):04d}", "4000020262129", "京丹後市", "月火水木金", "08:30", "17:15",
            "祝日を除く, 年末年始は休み" if n % 7 == 0 else "", dice.choice("有無"), f"20{dice.randrange(10, 26)}-04-01",
            str(dice.randrange(1, 9)), f"https://www.city.example.lg.jp/aed/{n}.html", "CC BY 4.0", f"{place}1階の入口", "",
        ]  # fmt: skip
        if spoilt_share:
            for column, bad in SPOILT.items():
                if dice.random() < spoilt_share:
                    row[column] = bad
        yield row


def write(path: Path, count: int, spoilt_share: float = 0.0, encoding: str = "utf-8", seed: int = 1) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field["name"] for field in fields()])
        writer.writerows(rows(count, spoilt_share, seed))


def national(count: int, seed: int = 1) -> Iterator[list[str]]:
    """Valid rows of the dataset standard-aed, 39 columns."""
    dice = random.Random(seed)
    for n, row in enumerate(rows(count, 0.0, seed)):
        code, number, owner, name, kana, latin, place_code, _, address, prefecture, city, town, lot = row[:13]
        yield [
            code, number, owner, name, kana, latin, place_code, f"{dice.randrange(10**7):07d}", address, prefecture, city,
            town, lot, "", row[14], row[15], "階数", "1", row[32], row[18], "", "aed@city.example.lg.jp",
            "https://www.city.example.lg.jp/form.html", "", row[20], "4000020262129", row[22], row[23], row[24], row[25],
            row[26], row[27], row[30], f"https://www.city.example.lg.jp/aed/{n}.jpg", "CC BY 4.0", "", "", "", "",
        ]  # fmt: skip


def write_national(path: Path, count: int, encoding: str = "utf-8") -> None:
    from odtool.datasets import catalog

    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in catalog.dataset("standard-aed").fields])
        writer.writerows(national(count))


@dataclass(frozen=True)
class Run:
    """Seconds, MiB of the largest process, and what the command wrote."""

    wall: float
    cpu: float
    peak: float
    output: bytes


# Starts the command from a small process: what a process forks from counts towards the peak of its child.
LAUNCH = """
import json, os, resource, subprocess, sys, time
start = time.perf_counter()
with open(sys.argv[1], "wb") as sink:
    process = subprocess.Popen(sys.argv[3:], stdout=sink, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
every = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[2], "w") as sink:
    json.dump([os.waitstatus_to_exitcode(status), wall, every.ru_utime + every.ru_stime, usage.ru_maxrss / 1024], sink)
"""


def measure(command: Sequence[str], folder: Path) -> Run:
    """One whole run of the command. Frictionless and odtool end with 1 where they find faults."""
    out, usage = folder / "out", folder / "usage"
    subprocess.run([sys.executable, "-c", LAUNCH, str(out), str(usage), *command], cwd=folder, check=True)
    code, wall, cpu, peak = json.loads(usage.read_text())
    if code not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit code {code}")
    return Run(wall, cpu, peak, out.read_bytes())


Cells = set[tuple[str, int, int]]
"""Faulty cells: the file, the row a spreadsheet shows, the column."""


def found_by_odtool(output: bytes) -> Cells:
    return {
        (Path(file["path"]).name, finding["row"], finding["column"])
        for file in json.loads(output)["files"]
        for finding in file["findings"]
        if finding["severity"] == "error"
    }


def found_by_frictionless(output: bytes) -> Cells:
    return {
        (Path(task["place"]).name, error["rowNumber"], error["fieldNumber"])
        for task in json.loads(output)["tasks"]
        for error in task["errors"]
    }


def told(output: bytes) -> int:
    return sum(file["findings_total"] for file in json.loads(output)["files"])


def ours(*more: str) -> list[str]:
    return [sys.executable, "-m", "odtool", "validate", "--format", "json", *more]


def theirs(*more: str) -> list[str]:
    return [str(BIN / "frictionless"), "validate", *more, "--json", "--limit-errors", "0"]


def compare(
    name: str, us: Sequence[str], them: Sequence[str], folder: Path, *, runs: int, times: int = 1
) -> Row:
    """Both in turn. `times` is by how much frictionless had less to do."""
    pairs = [(measure(us, folder), measure(them, folder)) for _ in range(runs)]
    mine, other = (
        found_by_odtool(measure([*us, "--limit", "0"], folder).output),
        found_by_frictionless(pairs[-1][1].output),
    )
    if times > 1:
        mine = {cell for cell in mine if int(cell[0][:5]) % times == 0}
    median = statistics.median
    return {
        "case": name,
        "wall s": median(a.wall for a, _ in pairs),
        "cpu s": median(a.cpu for a, _ in pairs),
        "MiB": median(a.peak for a, _ in pairs),
        "frictionless wall s": median(b.wall for _, b in pairs) * times,
        "its cpu s": median(b.cpu for _, b in pairs) * times,
        "its MiB": median(b.peak for _, b in pairs),
        "times (wall)": median(b.wall * times / a.wall for a, b in pairs),
        "times (cpu)": median(b.cpu * times / a.cpu for a, b in pairs),
        "faulty cells": f"{len(mine):,}" if mine == other else f"{len(mine - other):,} only here, {len(other - mine):,} only there",
    }  # fmt: skip


def alone(name: str, command: Sequence[str], folder: Path, runs: int, beside: Row | None = None) -> Row:
    """Only odtool; `beside` is the row whose frictionless run it is compared with."""
    results = [measure(command, folder) for _ in range(runs)]
    wall, cpu = (statistics.median(getattr(r, part) for r in results) for part in ("wall", "cpu"))
    row: Row = {"case": name, "wall s": wall, "cpu s": cpu, "MiB": statistics.median(r.peak for r in results)}
    if beside:
        row["times (wall)"] = float(beside["frictionless wall s"]) / wall
        row["times (cpu)"] = float(beside["its cpu s"]) / cpu
    if results[-1].output.startswith(b"{"):
        row["findings"] = f"{told(results[-1].output):,}"
    return row


PARSE = (
    "import polars, sys; polars.scan_csv(sys.argv[1], infer_schema=False)"
    ".select(polars.all().str.len_bytes().sum()).collect(engine='streaming')"
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="*", default=[100, 100_000, 1_000_000])
    parser.add_argument("--files", type=int, default=1_200, help="small files in the folder; 0 for none")
    parser.add_argument("--sample", type=int, default=1, help="frictionless judges every N-th of these files")
    parser.add_argument("--runs", type=int, default=5, help="runs of a small case; large ones run once")
    args = parser.parse_args()
    # Installed programs are compiled; a checkout need not be, where the environment forbids to write.
    compileall.compile_dir(str(Path(odtool.__file__).parent), quiet=2)
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        os.environ["ODTOOL_CACHE"] = str(folder / "cache")
        (folder / "schema.json").write_text(
            json.dumps({"fields": fields()}, ensure_ascii=False), encoding="utf-8"
        )
        for count in args.rows:
            for row in table(folder, count, args.runs if count <= 10_000 else 1):
                show(row)
        if args.files:
            for row in many(folder, args.files, args.sample):
                show(row)


def table(folder: Path, count: int, runs: int) -> Iterator[Row]:
    """One file of so many rows: clean, spoilt, in CP932, as a national dataset, and merely parsed."""
    schema, path = "schema.json", folder / "aed.csv"
    clean: Row | None = None
    for share in (0.0, 0.01):
        write(path, count, share)
        row = compare(f"{count:,} rows, {'1 % bad' if share else 'clean'}: schema", ours("--schema", schema, path.name),
                      theirs(path.name, "--schema", schema), folder, runs=runs)  # fmt: skip
        clean = clean or row
        yield row
    write_national(path, count)
    yield alone(
        f"{count:,} rows, clean: all", ours("--dataset", "standard-aed", path.name), folder, runs, clean
    )
    if count >= 100_000:
        write(path, count, 0.0, "cp932")
        yield alone(
            f"{count:,} rows, clean, CP932: schema", ours("--schema", schema, path.name), folder, runs, clean
        )
        write(path, count)
        yield alone(
            f"{count:,} rows, clean: polars reads the file",
            [sys.executable, "-c", PARSE, path.name],
            folder,
            runs=runs,
        )
    path.unlink()


def many(folder: Path, count: int, sample: int) -> Iterator[Row]:
    """A folder of small files: judged, judged by frictionless, judged again."""
    inside = folder / "many"
    inside.mkdir()
    dice = random.Random(7)
    encodings = ("utf-8-sig", "utf-8", "cp932")
    resources = []
    total = 0
    for n in range(count):
        encoding, name, length = encodings[n % 3], f"{n:05d}_aed.csv", dice.randrange(5, 345)
        total += length
        write(inside / name, length, 0.01 if n // 3 % 3 == 0 else 0.0, encoding, n)
        if n % sample == 0:
            resources.append(
                {
                    "name": name.removesuffix(".csv"),
                    "path": name,
                    "schema": "schema.json",
                    "encoding": encoding,
                }
            )
    (inside / "datapackage.json").write_text(
        json.dumps({"name": "many", "resources": resources}), encoding="utf-8"
    )
    (inside / "schema.json").write_bytes((folder / "schema.json").read_bytes())
    name = f"{count:,} files, {total:,} rows, three encodings"
    judged = ours("--schema", "schema.json", "many")
    first = compare(f"{name}: schema", [*judged, "--no-cache"], theirs("many/datapackage.json", "--parallel"),
                    folder, runs=1, times=sample)  # fmt: skip
    yield first
    measure(judged, folder)
    yield alone(f"{name}, unchanged: schema", judged, folder, 3, first)
    yield alone(f"{name}: all", ours("many", "--no-cache"), folder, 1, first)


def show(result: Row) -> None:
    print(" | ".join(f"{key} {value:.2f}" if isinstance(value, float) else f"{key} {value}"
                     for key, value in result.items()), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
