"""One of the 30 rules as a page to read: its title, what our verdict decides, examples, what to do."""

from odtool.readability.criterion import Criterion, ordinary
from odtool.report.readability_words import WEIGHTS

_WORDS = {
    "ja": {"level": "レベル", "weight": "満たさないときの重さ", "bad": "✗ 悪い例", "good": "✓ 良い例", "advice": "直し方",
           "rules": "この規則を決める odtool の規則", "source": "根拠", "decides": "この検査が判定すること"},
    "en": {"level": "Level", "weight": "Weight when not met", "bad": "✗ Bad", "good": "✓ Good", "advice": "What to do",
           "rules": "Ordinary rules that decide it", "source": "Source", "decides": "What our verdict decides"},
}  # fmt: skip


def criterion_page(criterion: Criterion, lang: str) -> str:
    """The page in Markdown, in one language."""
    english = lang == "en"
    words = _WORDS["en" if english else "ja"]
    lines = [
        f"# {criterion.id}",
        "",
        f"**{criterion.title_en if english else criterion.title}**",
        "",
        f"{words['decides']}: {criterion.explain(lang)}",
        "",
        f"- {words['level']}: {criterion.level}",
        f"- {words['weight']}: {WEIGHTS[criterion.weight][english]}",
        f"- {words['bad']}: {_quoted(criterion.bad)}",
        f"- {words['good']}: {_quoted(criterion.good)}",
        f"- {words['advice']}: {criterion.advice_en if english else criterion.advice}",
    ]
    if names := sorted(rule.id for rule in ordinary(criterion.id)):
        lines.append(f"- {words['rules']}: " + ", ".join(f"[{name}]({name}.md)" for name in names))
    lines.append(f"- {words['source']}: {criterion.source}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text if text.startswith("（") and text.endswith("）") else f"`{text}`"
