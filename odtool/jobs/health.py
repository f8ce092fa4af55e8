"""What `odtool doctor` tells of the jobs: which of them have not run as they should."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from odtool.doctor import Finding
from odtool.errors import UsageError
from odtool.jobs import heartbeat, place, settings
from odtool.settings import config


def findings(config_path: str | None, state: str | None, now: datetime) -> Iterator[Finding]:
    """A finding for every job that is late or has failed, or one that all is well; none where there are no jobs. `now` is
    by this machine's clock."""
    if not Path(config_path or config.FILE).is_file():
        return
    try:
        declared = settings.read(config_path)
    except UsageError as error:
        yield Finding("jobs", "problem", error.ja, error.en, side="here")
        return
    missed = heartbeat.late(declared.jobs.values(), place.places(declared, state), now)
    unused = [each for each in missed if each.state == "never"]
    if len(unused) > 1:
        yield Finding(
            "jobs", "warning", *heartbeat.never([each.job for each in unused]),
            "odtool jobs list で予定を確かめてください。", "See odtool jobs list for the schedules.",
            side="here", facts={"jobs": [each.job for each in unused], "state": "never"},
        )  # fmt: skip
    for each in missed if len(unused) < 2 else [each for each in missed if each not in unused]:
        yield Finding(
            "jobs", "warning", each.text("ja"), each.text("en"),
            "odtool jobs list で予定と前の結果を、odtool-jobs の中の実行のページで理由を確かめてください。",
            "See odtool jobs list for schedules and results, and the pages below odtool-jobs for the reasons.",
            side="here", facts={"job": each.job, "state": each.state, "due": each.due, "last": each.last},
        )  # fmt: skip
    if declared.jobs and not missed:
        count = len(declared.jobs)
        yield Finding(
            "jobs",
            "ok",
            f"定期実行の{count:,}件のジョブに、遅れや失敗はありません。",
            f"None of the {count:,} scheduled jobs is late or failed.",
        )
