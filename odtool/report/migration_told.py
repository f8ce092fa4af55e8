"""A migration → text for the terminal, and the public JSON form «odtool-migration/1»."""

from collections.abc import Iterator, Sequence
from typing import Any

from odtool import __version__, words
from odtool.messages import message
from odtool.model import Migration, Step
from odtool.text import visible, wrapped

SCHEMA = "odtool-migration/1"
KINDS = {
    "same": ("同じ名前の列", "columns of the same name"),
    "renamed": ("名前が変わった列", "renamed"),
    "joined": ("つないだ列", "joined or parted names"),
    "split": ("住所から分けた列", "parts of an address"),
    "manual": ("人が分ける列", "to part by hand"),
    "copied": ("写した列（確かめる）", "copied, to be checked"),
    "new": ("新しい列", "new columns"),
    "kept": ("残した列", "kept columns"),
    "dropped": ("除いた列", "left out"),
}
_ROWS = 10  # rows named of each step


def migration_json(migration: Migration, date: str, lang: str) -> dict[str, Any]:
    """Plain values, ready for json.dumps. Every key is always there; null says that there is none."""
    report = migration.after or migration.before
    match = migration.before.match
    return {
        "schema": SCHEMA,
        "tool": {"name": "odtool", "version": __version__},
        "date": date,
        "path": migration.path,
        "output": migration.output,
        "moved": migration.migrated is not None,
        "reason": report.reason_en if lang == "en" else report.reason,
        "from": match.dataset.id if match else None,
        "to": migration.target.id,
        "steps": [_step(step) for step in migration.migrated.steps] if migration.migrated else [],
        "verdict": {"status": migration.after.status, "counts": dict(migration.after.counts)}
        if migration.after
        else None,
        "findings": [
            {"rule": f.rule, "severity": f.severity, "row": f.row, "column": f.column, "label": f.label,
             "value": f.value, "message": message(f, lang)}
            for f in (migration.after.findings if migration.after else ())
        ],
    }  # fmt: skip


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "sources": list(step.sources),
        "targets": list(step.targets),
        "filled": step.filled,
        "rows_left": list(step.rows),
        "by_hand": step.by_hand,
        "note": step.note,
        "note_en": step.note_en,
    }


def migration_text(migration: Migration, lang: str, dry: bool) -> Iterator[str]:
    """Lines. `dry` says that nothing was written."""
    en = lang == "en"
    target = migration.target
    name = (target.title_en or target.name) if en else target.name
    edition = words.EDITIONS[target.edition][en]
    match, after = migration.before.match, migration.after
    origin = words.EDITIONS[match.dataset.edition][en] if match else "?"
    yield f"{visible(migration.path, 500)}"
    if migration.migrated is None or after is None:
        yield from wrapped("  ", (migration.before.reason_en if en else migration.before.reason) or "")
        return
    yield f"  {name}: {origin} → {edition}" if en else f"  「{name}」 {origin} → {edition}"
    steps = migration.migrated.steps
    yield from _list(("Done" if en else "移した列"), [s for s in steps if not s.by_hand], lang)
    yield from _list(
        ("For a person" if en else "人が確かめる・書き入れる列"), [s for s in steps if s.by_hand], lang
    )
    if migration.output and not dry:
        yield f"  → {visible(migration.output, 500)}"
    counts = after.counts
    mark = "○" if after.status == "valid" else "✕"
    if en:
        yield (
            f"{mark} as {target.id}: must fix {counts['error']:,}, should fix {counts['warning']:,}, "
            f"hints {counts['hint']:,}"
        )
    else:
        yield (
            f"{mark} {target.id} として確認: 必ず直す {counts['error']:,}件・直したほうがよい {counts['warning']:,}件・"
            f"参考 {counts['hint']:,}件"
        )
    firsts = {finding.rule: finding for finding in reversed(after.findings) if finding.severity == "error"}
    for rule, finding in firsts.items():
        yield from wrapped(
            "    ・", f"{rule} {after.totals[rule]:,}{' × ' if en else '件。例: '}{message(finding, lang)}"
        )
    if dry:
        yield "Nothing was written (--dry-run)." if en else "ファイルは書いていません（--dry-run）。"


def _list(title: str, steps: Sequence[Step], lang: str) -> Iterator[str]:
    if not steps:
        return
    en = lang == "en"
    yield f"  {title}"
    plain = [step for step in steps if step.kind == "same" and not step.note]
    if plain:
        yield from wrapped("    ・", f"{KINDS['same'][en]}: {len(plain)}")
    for step in steps:
        if step in plain:
            continue
        yield from wrapped(
            "    ・", f"{KINDS[step.kind][en]}: {_way(step)}{_filled(step, en)}{_rest(step, en)}"
        )


def _way(step: Step) -> str:
    targets = "、".join(visible(name, 40) for name in step.targets)
    if step.kind in ("new", "kept") or not step.sources:
        return targets
    sources = "＋".join(visible(name, 40) for name in step.sources)
    return f"{sources} → {targets}" if targets else sources


def _filled(step: Step, en: bool) -> str:
    if step.kind in ("new", "kept", "dropped", "manual"):
        return ""
    return f" ({step.filled:,} filled)" if en else f"（{step.filled:,}件）"


def _rest(step: Step, en: bool) -> str:
    rows = ""
    if step.rows:
        shown = ", ".join(map(str, step.rows[:_ROWS])) + (" …" if len(step.rows) > _ROWS else "")
        rows = (
            f" {len(step.rows):,} rows left (row {shown})."
            if en
            else f" 残り {len(step.rows):,}行（{shown}行目）。"
        )
    note = step.note_en if en else step.note
    space = " " if en or not rows else ""
    return rows + (
        f"{space}{note}" if note and (step.by_hand or step.kind in ("new", "kept", "dropped")) else ""
    )
