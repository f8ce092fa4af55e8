"""How a job's files call their columns: the mapping that it states, and those beside its settings."""

from pathlib import Path

from odtool.datasets import mapping
from odtool.errors import UsageError
from odtool.jobs.settings import Job


def columns(job: Job) -> mapping.Columns | None:
    return _mapping(Path(job.mapping)) if job.mapping else None


def remembered(job: Job) -> tuple[mapping.Columns, ...]:
    """The mappings beside the settings, as for every other command."""
    return tuple(_mapping(path) for path in sorted((job.base / "mappings").glob("*.toml")))


def _mapping(path: Path) -> mapping.Columns:
    try:
        return mapping.from_toml(path.read_text("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"{path}: 項目名の対応表を読めません。場所と文字コード（UTF-8）を確かめてください。",
            f"{path}: the mapping cannot be read as UTF-8 text.",
        ) from None
