"""Words for the reader that several pages and commands share, in Japanese and English."""

from odtool.model import Severity

EDITIONS = {
    "standard": ("自治体標準オープンデータセット（新）", "municipal standard dataset (new edition)"),
    "suisho": ("推奨データセット（旧）", "recommended dataset (old edition)"),
    "schema": ("指定されたスキーマ", "the given schema"),
}
SEVERITIES: dict[Severity, tuple[str, str]] = {
    "error": ("必ず直す", "must fix"),
    "warning": ("直したほうがよい", "should fix"),
    "hint": ("参考", "hint"),
}
