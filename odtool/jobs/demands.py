"""What an office demands of a file beyond its being valid, before a job publishes it. Stricter only, never looser.

A demand says nothing of the data: the file stays valid, in its report, the ledger and the coverage; it is only not published
by this job.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath

from odtool import source
from odtool.datasets import catalog
from odtool.errors import FaultError, OdtoolError, UsageError, died, fault, is_fault, late
from odtool.jobs.settings import LEVELS, Job, Level
from odtool.judging import cache
from odtool.model import FileReport
from odtool.planning.plan import Refusal
from odtool.text import visible
from odtool.workers import spread

NAMED = 3  # rules that a refusal names


@dataclass(frozen=True, slots=True)
class Readable:
    """How far a file may be read by machines: the rules not met up to the level demanded, and which of the levels up to there
    had no rule that could be judged. `fault` is why nothing is known."""

    broken: tuple[str, ...] = ()
    unjudged: tuple[Level, ...] = ()
    fault: OdtoolError | None = None


@dataclass(frozen=True, slots=True)
class Demands:
    """The demands of a job on the files it has now; `readable` by their paths."""

    job: Job
    readable: Mapping[str, Readable] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether what is found in a valid file can hold it back."""
        return self.job.refuse_on != "errors" or bool(self.job.refuse_rules)

    def broken(self, report: FileReport) -> dict[str, int]:
        """The rules whose findings the job does not let pass, beside those that make the file invalid, and how often."""
        found = {rule: n for rule, n in report.totals.items() if rule in self.job.refuse_rules and n}
        if self.job.refuse_on == "warnings":
            warned = {f.rule for f in report.findings if f.severity == "warning"}
            found |= {rule: n for rule, n in report.totals.items() if rule in warned and n}
        return found

    def held(self, report: FileReport) -> bool:
        """Whether a valid file is held back for what was found in it."""
        return report.status == "valid" and (self._counted(report) or bool(self.broken(report)))

    def _counted(self, report: FileReport) -> bool:
        return self.job.refuse_on == "warnings" and report.counts["warning"] > 0

    def refusal(self, report: FileReport) -> Refusal | None:
        """Why a valid file is not published by this job; None where nothing is in the way. Raises FaultError where we failed
        at looking."""
        if report.status != "valid":
            return None
        if self.held(report):
            return self._found(report)
        return self._unreadable(report.path) if self.job.readability else None

    def _found(self, report: FileReport) -> Refusal:
        broken = self.broken(report)
        listed = sorted(broken, key=lambda rule: (-broken[rule], rule))
        more = len(listed) - NAMED
        ja = "、".join(f"{rule} {broken[rule]:,}件" for rule in listed[:NAMED]) + (
            f"、ほか{more:,}種" if more > 0 else ""
        )
        en = ", ".join(f"{rule} {broken[rule]:,}" for rule in listed[:NAMED]) + (
            f" and {more:,} more" if more > 0 else ""
        )
        name = "refuse_on" if self._counted(report) else "refuse_rules"
        key = f'{name} = "warnings"' if self._counted(report) else name
        return Refusal(
            "data",
            f"誤りはありませんが、このジョブの決まり（{key}）により公開しません: {ja or '注意あり'}。直してください（決まりを変えるなら odtool.toml の "
            f"{name}）。",
            f"It has no errors, but is held back by a demand of this job ({key}): {en or 'warnings'}. Correct it, or change "
            f"{name} in odtool.toml.",
        )

    def _unreadable(self, path: str) -> Refusal | None:
        from odtool.readability.criterion import CRITERIA

        level = self.job.readability
        found = self.readable.get(path, Readable(unjudged=LEVELS[:1]))
        if isinstance(found.fault, FaultError):
            raise found.fault
        stated = f'readability = "{level}"'
        if found.fault:
            ja, en = visible(found.fault.ja, 300), visible(found.fault.en, 300)
            return Refusal(
                "data",
                f"機械判読性を確認できないため、このジョブの決まり（{stated}）により公開しません。{ja}",
                f"How far machines can read it could not be checked, which this job demands ({stated}). {en}",
            )
        if found.broken:
            first, more = CRITERIA[found.broken[0]], len(found.broken) - NAMED
            listed = "、".join(f"{id_}「{CRITERIA[id_].title}」" for id_ in found.broken[:NAMED])
            listed_en = ", ".join(f"{id_} “{CRITERIA[id_].title_en}”" for id_ in found.broken[:NAMED])
            return Refusal(
                "data",
                f"誤りはありませんが、機械判読性の規則 {listed}{f' ほか{more:,}件' if more > 0 else ''} に合わないため、このジョブの決まり"
                f"（{stated}）により公開しません。{first.id}: {first.advice}",
                f"It has no errors, but breaks {listed_en}{f' and {more:,} more' if more > 0 else ''}, rules on "
                f"machine-readability, which this job demands ({stated}). {first.id}: {first.advice_en}",
            )
        if found.unjudged:
            levels = "、".join(found.unjudged)
            return Refusal(
                "data",
                f"機械判読性の {levels} の規則をどれも判定できなかったため、このジョブの決まり（{stated}）により公開しません。",
                f"None of the rules of {levels} on machine-readability could be judged, and this job demands {stated}.",
            )
        return None


def demands(
    job: Job, paths: Sequence[str], *, jobs: int | None, verdicts: "cache.Verdicts | None" = None
) -> Demands:
    """The demands of the job, with what only looking at the files can tell. Folders of described files are no tables, and
    are not looked at."""
    if not job.readability:
        return Demands(job)
    tables = [path for path in paths if not Path(path).is_dir()]
    basis = cache.basis(("readability", job.readability))
    keys = {path: _key(path, basis) for path in tables}
    known = _known([key for key in keys.values() if key], verdicts)
    found = {path: known[key] for path, key in keys.items() if key in known}
    todo = [path for path in tables if path not in found]
    made = spread(
        partial(_looked, level=job.readability),
        todo,
        jobs,
        prepare=lambda: catalog.index().profiles,
        died=_died,
        late=_late,
    )
    for path, readable in zip(todo, made, strict=True):
        found[path] = readable
        key = keys[path]
        if verdicts and key and not readable.fault:
            verdicts.put([(key, json.dumps([readable.broken, readable.unjudged]))])
    return Demands(job, found)


def _looked(path: str, level: Level) -> Readable:
    """In a process of its own."""
    from odtool.readability.criterion import CRITERIA
    from odtool.readability.profiles import machine_readability

    try:
        verdict = machine_readability(path)
    except OdtoolError as error:
        return Readable(fault=error)
    except BaseException as error:
        if not is_fault(error):
            raise
        return Readable(fault=fault(visible(path, 500), error))
    wanted = LEVELS[: LEVELS.index(level) + 1]
    return Readable(
        tuple(v.rule for v in verdict.verdicts if v.status == "not-met" and CRITERIA[v.rule].level in wanted),
        tuple(s.level for s in verdict.scores if s.level in wanted and s.points is None),
    )


def _died(path: str) -> Readable:
    return Readable(fault=died(visible(path, 500)))


def _late(path: str) -> Readable:
    return Readable(fault=late(visible(path, 500)))


def _key(path: str, basis: bytes) -> bytes | None:
    """By what the verdict on a file is found again: its bytes, its name, and the data package beside it."""
    try:
        digest = hashlib.sha256(source.content(path))
        beside = Path(path).with_name("datapackage.json")  # what the profile looks into, too
        if beside.is_file():
            digest.update(b"\0" + beside.read_bytes())
    except (UsageError, OSError):
        return None
    return cache.key(digest.hexdigest(), PurePath(path).name, basis)


def _known(keys: Sequence[bytes], verdicts: "cache.Verdicts | None") -> dict[bytes, Readable]:
    found: dict[bytes, Readable] = {}
    for at in range(0, len(keys) if verdicts else 0, cache.TOGETHER):
        assert verdicts
        for key, text in verdicts.find(keys[at : at + cache.TOGETHER]).items():
            with suppress(ValueError, TypeError):  # damaged: looked at again
                broken, unjudged = json.loads(text)
                found[key] = Readable(tuple(broken), tuple(unjudged))
    return found
