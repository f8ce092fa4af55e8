"""What was listed of a file and what was seen of it → the observation that is kept."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from odtool import __version__
from odtool.collect import dates
from odtool.collect.judging import Seen
from odtool.collect.listed import Listed, Resource
from odtool.collect.owner import Owner
from odtool.coverage import licences
from odtool.coverage.observation import Observation


def observed(
    address: str,
    listed: Listed,
    file: Resource,
    seen: Seen,
    *,
    before: Observation | None,
    alive: bool | None,
    whose: Owner,
    told: bool,
    now: str,
    maybe: str,
    stated: Mapping[str, str],
) -> Observation:
    """The observation. What `before` told of the file stands where it could not be seen, and where it is unchanged.
    `told` says that an officer named the dataset, `maybe` what names alone hint at, `stated` is what the settings
    say of how often data are due, by slug."""
    if not whose.code and before is not None and before.placed_by == "rows":
        whose = Owner(before.municipality, "rows")
    terms = licences.terms(*(file.licence if any(file.licence) else listed.licence), *listed.notes)
    days = list(seen.days)
    if before is not None and before.updated_by == "data" and not days:
        days = [before.updated]
    dated = dates.updated(
        days, (file.name, base(file.url), listed.name, dates.in_note(file.note)), file.day, now[:10]
    )
    unseen = seen.verdict == "not-seen"
    kept = before if unseen else None
    dataset, slug, edition = (
        (kept.dataset, kept.slug, kept.edition) if kept else (seen.dataset, seen.slug, seen.edition)
    )
    days_due, due_by = dates.due(listed.frequency, stated, slug)
    return Observation(
        at=now,
        source=address,
        dataset_name=listed.id,
        resource=file.id,
        url=file.url,
        title=listed.name if not file.name or file.name == listed.name else f"{listed.name} / {file.name}",
        organisation=listed.organisation,
        municipality=whose.code,
        slug=slug,
        edition=edition,
        dataset=dataset,
        recognised_by="officer" if dataset and told else "contents" if dataset else "",
        verdict=seen.verdict,
        errors=seen.errors,
        warnings=seen.warnings,
        fixable=seen.fixable,
        rules=seen.rules,
        licence=terms.name,
        open=terms.open,
        format=seen.format or file.format or suffix(file.url).upper(),
        levels=seen.levels,
        updated=dated.day,
        updated_by=dated.by,
        expected=days_due,
        expected_by=due_by,
        alive=alive,
        sha256=seen.sha256,
        size=seen.size or file.size if not unseen else None,
        rows=seen.rows,
        tool=__version__,
        why=seen.why or whose.why,
        why_en=seen.why_en if seen.why else whose.why_en,
        placed_by=whose.by,
        maybe="" if dataset else maybe,
    )


def again(last: Observation) -> Seen:
    """What was seen of a file that is as it was."""
    return Seen(
        last.verdict, last.sha256, last.size or 0, last.format, last.slug, last.edition, last.dataset, last.errors,
        last.warnings, last.fixable, last.rules, last.rows, last.levels, why=last.why, why_en=last.why_en,
    )  # fmt: skip


def base(url: str) -> str:
    """The file's name in an address."""
    return unquote(url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2])[:200]


def suffix(url: str) -> str:
    """Its extension, in lower case and without the dot."""
    return PurePosixPath(base(url)).suffix.lower().removeprefix(".")
