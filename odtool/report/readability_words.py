"""Words that the three forms of a machine-readability report share."""

from odtool.readability.model import FileReadability, Level, Status, Verdict, Weight

VERDICTS: dict[Status, tuple[str, str]] = {
    "met": ("満たす", "met"),
    "not-met": ("満たさない", "not met"),
    "not-judged": ("判定していません", "not judged"),
}
WEIGHTS: dict[Weight, tuple[str, str]] = {
    "fatal": ("致命的", "fatal"),
    "critical": ("重大", "critical"),
    "major": ("中", "major"),
    "minor": ("軽微", "minor"),
}
LEVELS: dict[Level, tuple[str, str]] = {
    "L1": ("レベル1（ファイルとセルの形）", "Level 1 (form of file and cells)"),
    "L2": ("レベル2（計算できる値と項目名）", "Level 2 (values and names to compute with)"),
    "L3": ("レベル3（機械のための構成と説明）", "Level 3 (layout and documents)"),
}
SCORE_NOTE = (
    "点数は、満たさない規則の重さを100点から引いた目安です。公開の可否には使いません。判定していない規則は点数に入りません。",
    "The score is 100 less the weights of the rules not met: a guide, never a gate. Unjudged rules do not count.",
)


def verdict(said: Verdict, lang: str) -> str:
    """満たす / 満たさない / 判定していません（理由）."""
    english = lang == "en"
    word = VERDICTS[said.status][english]
    if said.reason is None:
        return word
    reason = said.reason.text(lang)
    return f"{word} ({reason})" if english else f"{word}（{reason.removesuffix('。')}）"


def whole(file: FileReadability, lang: str) -> str:
    """The file's verdict in words that never let what was not judged look as if it had passed."""
    judged = file.counts["met"] + file.counts["not-met"]
    if lang == "en":
        return {
            "met": f"all {judged} rules that were judged are met ({_were(file.counts['not-judged'])} not judged)",
            "not-met": f"{file.counts['not-met']} {'rule is' if file.counts['not-met'] == 1 else 'rules are'} not met "
            f"({_were(file.counts['not-judged'])} not judged)",
            "not-judged": "not judged",
        }[file.status]
    return {
        "met": f"判定した{judged}規則をすべて満たします（{file.counts['not-judged']}規則は判定していません）",
        "not-met": f"満たさない規則が{file.counts['not-met']}あります（{file.counts['not-judged']}規則は判定していません）",
        "not-judged": "判定していません",
    }[file.status]


def _were(number: int) -> str:
    return f"{number} {'was' if number == 1 else 'were'}"
