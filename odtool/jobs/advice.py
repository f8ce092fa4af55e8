"""What a sentence advises, in terms of a job: a key of odtool.toml where a command line has an option.

The sentences come from where files are judged and plans are made, which know nothing of jobs. Whoever reads a digest at his
desk has no command line before him; what only a hand can do says so.
"""

import re

_KEYS = {
    "dataset": "dataset",
    "municipality": "municipality",
    "max-update": "max_update",
    "max-delete": "max_delete",
    "prune": "prune",
    "create-organization": "create_organization",
}
_KEY = re.compile(rf"(?<![\w/-])--({'|'.join(_KEYS)})(?![\w-])")
# What a person has to decide, file by file: it has no key.
_HAND = r"(?<![\w/-])--(?:adopt|restore|overwrite)(?![\w-])(?: [\w/.-]+[a-z0-9])?"
_HANDS = rf"({_HAND}(?: {_HAND})*)"
_JA = (
    (re.compile(rf" ?{_HANDS}(?= ?も?を?付け)"), r"手で実行する odtool publish に \1"),
    (re.compile(r" ?(?<!に )(--restore [\w/.-]+)(?= なら)"), r"手で odtool publish \1"),
    (re.compile(r" ?(?<!に )--overwrite(?! ?も?を?付け)"), "手で odtool publish --overwrite"),
    (re.compile(r"odtool validate で一覧を表示"), "一覧は実行のページの報告に"),
    (re.compile(r"odtool plan で"), "odtool run --dry-run で"),
)
_EN = (
    (re.compile(rf"\b([Aa])dd {_HANDS}"), r"\1dd \2 to an odtool publish by hand"),
    (re.compile(r"\((--restore [\w/.-]+|--overwrite)(?= )"), r"(by hand, odtool publish \1"),
    (re.compile(r"odtool validate lists them"), "the report of the run lists them"),
    (re.compile(r"with odtool plan\b"), "with odtool run --dry-run"),
)  # fmt: skip


def advised(ja: str, en: str) -> tuple[str, str]:
    """The same sentences, with the advice as it holds for a job."""
    for pattern, put in _JA:
        ja = pattern.sub(put, ja)
    for pattern, put in _EN:
        en = pattern.sub(put, en)
    return (
        _KEY.sub(lambda found: f"odtool.toml の {_KEYS[found[1]]}", ja),
        _KEY.sub(lambda found: f"{_KEYS[found[1]]} in odtool.toml", en),
    )
