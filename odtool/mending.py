"""One file → its mended copy: read and judge it, mend the table, write it, judge what was written.

Nothing is written to disk here; the caller decides where the bytes go.
"""

from dataclasses import dataclass, replace
from pathlib import PurePath

from odtool import source
from odtool.check import Choice, judge
from odtool.fix import fix, unreadable
from odtool.messages import message
from odtool.model import FileReport, Repair
from odtool.write import write_all


@dataclass(frozen=True, slots=True)
class Written:
    """A repair and the bytes of the mended file; None where there is nothing to write."""

    repair: Repair
    content: bytes | None


def mend(path: str, choice: Choice, output: str | None = None) -> Written:
    """Mend the file as the dataset chosen or recognised. Raises UsageError where the file is not to be had.

    The result is judged as the same dataset, under the name of `output` where there is one.
    """
    before, table = judge(source.content(path), path, choice)
    if table is None or unreadable(table):
        return Written(Repair(path, _refused(before), output=output), None)
    mended = fix(table, before.match, name=PurePath(path.replace("\\", "/")).name)
    content = write_all(mended.table)
    dataset = before.match.dataset if before.match else choice.dataset
    after, _ = judge(content, output or path, replace(choice, dataset=dataset))
    return Written(Repair(path, before, mended, after, output), content)


def _refused(report: FileReport) -> FileReport:
    """The report with the reason for which the file was left alone."""
    fault = next((f for f in report.findings if f.severity == "error" and f.column is None), None)
    said, said_en = (": " + message(fault, "ja"), ": " + message(fault, "en")) if fault else ("", "")
    return replace(
        report,
        reason=report.reason or f"正しく読み取れないため、直していません{said}",
        reason_en=report.reason_en or f"It cannot be read as it was meant, so nothing was mended{said_en}",
    )
