"""Speed beside frictionless: the same generated files, the same Table Schema, whole processes, in one run.

    python benchmarks/speed.py [--rows 100 10000 100000] [--files 1000] [--runs 5] [--skip-slow]

Prints a table of wall and CPU seconds and peak memory (median of the runs), and the ratio of wall times,
run in turn. Both programs must find the same number of faulty cells, or the table says so.
"""

import argparse
import csv
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

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
            "262129", f"AED{seed:03d}{n:09d}", "京都府京丹後市", f"{town}{place}{n}", f"チョウリツシセツ{n}", f"Facility {n}",
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


def measure(command: list[str], folder: Path) -> tuple[float, float, float, bytes]:
    """Wall and CPU seconds, peak MiB of the largest process, and the output of one whole run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = folder / "out"
    start = time.perf_counter()
    with (
        out.open("wb") as sink,
        subprocess.Popen(command, stdout=sink, stderr=subprocess.DEVNULL, cwd=folder) as process,
    ):
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return wall, cpu, usage.ru_maxrss / 1024, out.read_bytes()


def found_by_odtool(output: bytes) -> int:
    report = json.loads(output)
    return sum(file["findings_total"] for file in report["files"])


def found_by_frictionless(output: bytes) -> int:
    report = json.loads(output)
    return sum(task["stats"]["errors"] for task in report["tasks"])


def compare(name: str, ours: list[str], theirs: list[str], folder: Path, runs: int) -> dict[str, object]:
    pairs = [(measure(ours, folder), measure(theirs, folder)) for _ in range(runs)]
    a, b = (found_by_odtool(pairs[-1][0][3]), found_by_frictionless(pairs[-1][1][3]))
    median = statistics.median
    return {
        "case": name,
        "odtool s": median(p[0][0] for p in pairs),
        "cpu s": median(p[0][1] for p in pairs),
        "MiB": median(p[0][2] for p in pairs),
        "frictionless s": median(p[1][0] for p in pairs),
        "cpu s ": median(p[1][1] for p in pairs),
        "MiB ": median(p[1][2] for p in pairs),
        "times faster": median(p[1][0] / p[0][0] for p in pairs),
        "errors": f"{a:,}" if a == b else f"{a:,} / {b:,}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="*", default=[100, 10_000, 100_000])
    parser.add_argument("--files", type=int, default=1_000, help="small files in the folder; 0 for none")
    parser.add_argument("--runs", type=int, default=5, help="runs of a small case; large ones run once")
    args = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        schema = folder / "schema.json"
        schema.write_text(json.dumps({"fields": fields()}, ensure_ascii=False), encoding="utf-8")
        for count in args.rows:
            for share in (0.0, 0.01):
                path = folder / f"aed-{count}-{share}.csv"
                write(path, count, share)
                ours = [
                    str(BIN / "odtool"),
                    "validate",
                    "--schema",
                    schema.name,
                    "--format",
                    "json",
                    path.name,
                ]
                theirs = [str(BIN / "frictionless"), "validate", path.name, "--schema", schema.name, "--json",
                          "--limit-errors", "0"]  # fmt: skip
                name = f"{count:,} rows, {'1 % bad' if share else 'clean'}"
                results.append(compare(name, ours, theirs, folder, args.runs if count <= 10_000 else 1))
                show(results[-1:])
        if args.files:
            results.append(many(folder, args.files, schema))
            show(results[-1:])
    print()
    show(results)


def many(folder: Path, count: int, schema: Path) -> dict[str, object]:
    inside = folder / "many"
    inside.mkdir()
    dice = random.Random(7)
    encodings = ("utf-8-sig", "utf-8", "cp932")
    names = []
    for n in range(count):
        encoding = encodings[n % 3]
        name = f"{n:05d}_aed.csv"
        write(inside / name, dice.randrange(5, 200), 0.01 if n % 3 == 0 else 0.0, encoding, n)
        names.append((name, encoding))
    package = {
        "name": "many",
        "resources": [
            {"name": name.removesuffix(".csv"), "path": name, "schema": "schema.json", "encoding": encoding}
            for name, encoding in names
        ],
    }
    (inside / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (inside / "schema.json").write_bytes(schema.read_bytes())
    ours = [
        str(BIN / "odtool"),
        "validate",
        "--schema",
        schema.name,
        "--format",
        "json",
        "--jobs",
        "2",
        inside.name,
    ]
    theirs = [
        str(BIN / "frictionless"),
        "validate",
        "many/datapackage.json",
        "--json",
        "--limit-errors",
        "0",
        "--parallel",
    ]
    return compare(f"{count:,} files, three encodings", ours, theirs, folder, 1)


def show(results: list[dict[str, object]]) -> None:
    for result in results:
        print(" | ".join(f"{key.strip()} {value:.2f}" if isinstance(value, float) else f"{value}"
                         for key, value in result.items()), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
