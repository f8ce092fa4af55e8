"""The comparison as a table: a row for each thing that is told, a column for each program."""

from collections.abc import Callable, Mapping

from benchmarks.publishing.course import Step

Show = Callable[[Mapping[str, Step]], str]
"""How a row is read from a program's steps."""


AFTER = (
    ("creation lost", "5a 作成の返事が失われる / answer to a creation lost"),
    ("upload lost", "5b ファイルの返事が失われる / answer to an upload lost"),
    ("replacement lost", "5c 差し替えの返事が失われる / answer to a replacement lost"),
    (
        "rerun lost",
        "5d 変更なしの再実行で書き込みの返事が失われる / answer to a write of an unchanged rerun lost",
    ),
)


def calls(step: Step) -> str:
    return f"{sum(step.calls.values())} ({step.calls['write']})"


def renewed(step: Step) -> str:
    return f"{step.left.renewed} / {step.left.kept + step.left.renewed}"


def exits(step: Step) -> str:
    """The worst exit code, or that there was nothing whose answer could have been lost."""
    return str(max(step.codes)) if step.answers_lost else "書き込みなし / no writes"


def words(step: Step) -> str:
    return step.left.words()


def lines() -> list[tuple[str, Show]]:
    """The rows: what is told, and how it is read."""

    def of(step: str, show: Callable[[Step], str]) -> Show:
        return lambda steps: show(steps[step])

    found: list[tuple[str, Show]] = []
    for step, title in (
        ("first", "1 初回 / first"),
        ("again", "2 変更なし / unchanged"),
        ("changed", "3 1件変更 / one changed"),
    ):
        found += [
            (f"{title}: 呼び出し（うち書き込み） / calls (writes)", of(step, calls)),
            (
                f"{title}: 秒（うち道具の CPU） / seconds (CPU of the program)",
                of(step, lambda s: f"{s.seconds:.1f} ({s.cpu:.1f})"),
            ),
            (f"{title}: 残ったもの / left", of(step, words)),
        ]
        if step != "first":
            found += [
                (f"{title}: 更新日が動いたデータセット / datasets shown as modified", of(step, lambda s: str(s.left.touched))),
                (f"{title}: 前にはなかった ID のファイル / files with a new id", of(step, renewed)),
            ]  # fmt: skip
    found += [
        ("4 誤りのあるファイル / the invalid file", of("invalid", lambda s: "公開した / published" if s.invalid_published else "公開しない / not published")),
        ("4 ほかの9件 / the other nine", of("invalid", words)),
    ]  # fmt: skip
    for step, title in AFTER:
        found += [
            (f"{title}: 直後 / at once", of(step, words)),
            (f"{title}: 終了コード / exit code", of(step, exits)),
            (f"{title}: 再実行後 / after a rerun", of(f"{step}, again", words)),
        ]
    return found


def table(results: dict[str, list[Step]], tools: Mapping[str, Mapping[str, str]]) -> str:
    """The comparison in Markdown, a column for each program; below it, why one has none."""
    used = {name: {step.step: step for step in steps} for name, steps in results.items()}
    rows = [["", *(f"{name} {tools[name]['version']}" for name in used)]]
    rows += [[title, *(show(steps) for steps in used.values())] for title, show in lines()]
    rows.insert(1, ["---"] * len(rows[0]))
    shown = ["| " + " | ".join(row) + " |" for row in rows]
    shown += ["", *(f"{name} {tool['version']}: {tool['unusable']}" for name, tool in tools.items() if tool["unusable"])]  # fmt: skip
    return "\n".join(shown) + "\n"
