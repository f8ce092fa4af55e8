"""What every form of the list of migrations tells alike."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from odtool import words
from odtool.made import Migration, Step

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
    "rows-dropped": ("写していない行", "rows not copied"),
}


def done(migration: Migration) -> bool:
    """Whether there is a file of the wanted edition without errors: the one that was made, or the original."""
    report = migration.before if migration.already else migration.after
    return report is not None and report.status == "valid"


def verdict(migration: Migration, lang: str) -> str:
    """The outcome in words that cannot be taken for another."""
    en = lang == "en"
    if migration.already:
        return "is of that edition already" if en else "既にその版です（移していません）"
    after = migration.after
    if after is None:
        return "not moved" if en else "移していません"
    if errors := after.counts["error"]:
        return f"moved; must fix {errors:,}" if en else f"移しました（必ず直すところ {errors:,}件）"
    if for_a_person(migration):
        return "moved; some columns need a person" if en else "移しました（人が確かめる列あり）"
    return "moved" if en else "移しました"


def for_a_person(migration: Migration) -> list[Step]:
    return [step for step in migration.steps or () if step.by_hand]


def merged(steps: Iterable[Step]) -> list[Step]:
    """The steps, those in one that are of one kind, from the same columns, and of which the same is to be said."""
    groups: dict[tuple[object, ...], list[Step]] = {}
    for n, step in enumerate(steps):
        alone = None if step.sources and step.kind in ("manual", "split", "copied") else n
        key = (step.kind, step.sources, step.filled, step.rows, step.by_hand, step.note, alone)
        groups.setdefault(key, []).append(step)
    return [
        replace(found[0], targets=tuple(name for step in found for name in step.targets))
        for found in groups.values()
    ]


def editions(migration: Migration, lang: str) -> tuple[str, str, str]:
    """The dataset's name and the editions from which and to which it was moved, in words."""
    en = lang == "en"
    target, match = migration.target, migration.before.match
    dataset = target or (match.dataset if match else None)
    name = ((dataset.title_en if en else "") or dataset.name) if dataset else "?"
    origin = words.EDITIONS[match.dataset.edition][en] if match else "?"
    return name, origin, words.EDITIONS[target.edition][en] if target else "?"


def total(migrations: Sequence[Migration]) -> dict[str, int]:
    """Files: all, those moved, those that are of the edition already, those left alone; errors in the moved ones."""
    moved = [migration for migration in migrations if migration.after]
    already = sum(migration.already for migration in migrations)
    return {
        "files": len(migrations),
        "moved": len(moved),
        "already": already,
        "unmoved": len(migrations) - len(moved) - already,
        "errors": sum(migration.after.counts["error"] for migration in moved if migration.after),
    }
