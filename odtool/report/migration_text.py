"""Migrations → text for the terminal: what became of each column, and what is left to a person."""

from collections.abc import Iterator, Sequence

from odtool.made import Migration, Step
from odtool.messages import message
from odtool.report import migration_told
from odtool.report.migration_told import KINDS
from odtool.text import visible, wrapped

_ROWS = 10  # rows named of each step


def migration_text(migrations: Sequence[Migration], lang: str, dry: bool) -> Iterator[str]:
    """Lines, file by file. `dry` says that nothing was written."""
    en = lang == "en"
    for n, migration in enumerate(migrations):
        if n:
            yield ""
        yield from _file(migration, lang, dry)
    if len(migrations) > 1:
        total = migration_told.total(migrations)
        yield ""
        yield (
            f"{total['files']:,} files: {total['moved']:,} moved, {total['already']:,} of that edition already, "
            f"{total['unmoved']:,} not moved; must fix {total['errors']:,}"
            if en
            else f"{total['files']:,} ファイル: 移した {total['moved']:,}、既にその版 {total['already']:,}、"
            f"移していない {total['unmoved']:,}、必ず直すところ {total['errors']:,}件"
        )
    if dry:
        yield "Nothing was written (--dry-run)." if en else "ファイルは書いていません（--dry-run）。"


def _file(migration: Migration, lang: str, dry: bool) -> Iterator[str]:
    en = lang == "en"
    after, target = migration.after, migration.target
    mark = "○" if migration_told.done(migration) else "✕" if after else "？"
    yield f"{mark} {visible(migration.path, 500)}  {migration_told.verdict(migration, lang)}"
    if after is None or target is None:
        reason = (migration.before.reason_en if en else migration.before.reason) or ""
        yield from wrapped("  ", visible(reason, 2_000))
        return
    name, origin, edition = migration_told.editions(migration, lang)
    yield f"  {name}: {origin} → {edition}" if en else f"  「{name}」 {origin} → {edition}"
    if migration.output and not dry:
        yield f"  → {visible(migration.output, 500)}"
    by_hand = migration_told.for_a_person(migration)
    straight = [step for step in migration.steps or () if not step.by_hand]
    yield from _list(("Done" if en else "移した列"), straight, lang)
    yield from _list(("For a person" if en else "人が確かめる・書き入れる列"), by_hand, lang)
    counts = after.counts
    if en:
        yield (
            f"  As {target.id}: must fix {counts['error']:,}, should fix {counts['warning']:,}, "
            f"hints {counts['hint']:,}"
        )
    else:
        yield (
            f"  {target.id} として確認: 必ず直す {counts['error']:,}件・直したほうがよい {counts['warning']:,}件・"
            f"参考 {counts['hint']:,}件"
        )
    firsts = {finding.rule: finding for finding in reversed(after.findings) if finding.severity == "error"}
    for rule, finding in firsts.items():
        count = after.totals[rule]
        number = (
            f"{rule}: "
            if count == 1
            else f"{count:,} × {rule}, first: "
            if en
            else f"{rule} {count:,}件。例: "
        )
        yield from wrapped("    ・", f"{number}{message(finding, lang)}")


def _list(title: str, steps: Sequence[Step], lang: str) -> Iterator[str]:
    if not steps:
        return
    en = lang == "en"
    yield f"  {title}"
    plain = [step for step in steps if step.kind == "same" and not step.note]
    if plain:
        yield from wrapped("    ・", f"{KINDS['same'][en]}: {len(plain)}")
    for step in migration_told.merged(steps):
        if step in plain:
            continue
        yield from wrapped(
            "    ・", f"{KINDS[step.kind][en]}: {_way(step)}{_filled(step, en)}{_rest(step, en)}"
        )


def _way(step: Step) -> str:
    targets = "、".join(visible(name, 40) for name in step.targets)
    if step.kind in ("new", "kept") or not step.sources:
        return targets
    if step.kind == "rows-dropped":
        return "、".join(visible(name, 40) for name in step.sources[:_ROWS])
    sources = "＋".join(visible(name, 40) for name in step.sources)
    return f"{sources} → {targets}" if targets else sources


def _filled(step: Step, en: bool) -> str:
    if step.kind in ("new", "kept", "dropped", "rows-dropped", "manual"):
        return ""
    return f" ({step.filled:,} filled)" if en else f"（{step.filled:,}件）"


def _rest(step: Step, en: bool) -> str:
    rows = ""
    if step.rows:
        shown = ", ".join(map(str, step.rows[:_ROWS])) + (" …" if len(step.rows) > _ROWS else "")
        number = len(step.rows)
        rows = (
            (f" (row {shown})." if en else f"（{shown}行目）。")
            if step.kind == "rows-dropped"
            else f" {number:,} {'row' if number == 1 else 'rows'} left (row {shown})."
            if en
            else f" 残り {number:,}行（{shown}行目）。"
        )
    note = step.note_en if en else step.note
    space = " " if en or not rows else ""
    return rows + (
        f"{space}{note}" if note and (step.by_hand or step.kind in ("new", "kept", "dropped")) else ""
    )
