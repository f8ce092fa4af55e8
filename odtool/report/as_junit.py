"""Reports → JUnit XML, which build servers read: a suite for each file, a case for each rule that ran on it."""

from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree

from odtool.model import Field, FileReport, Finding
from odtool.page import UNWRITABLE
from odtool.report.told import not_checked, sentence, severity_word, unlisted, unlisted_sentence
from odtool.rules import RULES, Rule


def as_junit(reports: Sequence[FileReport], lang: str) -> bytes:
    """A case fails where its rule found an error; what should be better, or is good to know, stands in its output.
    A file that was not checked is an error: it never looks as if it had passed."""
    root = ElementTree.Element("testsuites", name="odtool")
    suites = [_suite(report, lang) for report in reports]
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    root.extend(suites)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def ran(report: FileReport) -> list[Rule]:
    """The rules that judged the file, as far as that is certain: those that found something, and those for which the
    file has what they judge."""
    return [rule for rule in RULES.values() if rule.id in report.totals or _applies(rule, report)]


def _applies(rule: Rule, report: FileReport) -> bool:
    if report.form is None or rule.after & report.totals.keys():
        return False
    if rule.scope == "cell" and not (rule.kinds or rule.types or rule.needs):
        return True
    if report.match is None:
        return rule.scope == "row"
    fields = {field.name: field for field in report.match.dataset.fields}
    present = [fields[m.field] for m in report.match.mapping if m.field in fields]
    kinds = {field.kind for field in present}
    if rule.scope == "cell":
        return any(_judges(rule, field) for field in present)
    if rule.scope == "record":
        return kinds.issuperset(rule.kinds) or (
            rule.kinds[:1] == ("latitude",) and not kinds.isdisjoint(rule.kinds)
        )
    if rule.scope == "table":
        return _has_what_it_counts(rule, present, report)
    return rule.scope in ("file", "header", "row")


def _judges(rule: Rule, field: Field) -> bool:
    shapes = [field.shape, field.unconfirmed] if field.unconfirmed else [field.shape]
    return field.kind in rule.kinds or any(
        shape.type in rule.types or any(getattr(shape, part) not in (None, ()) for part in rule.needs)
        for shape in shapes
    )


def _has_what_it_counts(rule: Rule, present: Sequence[Field], report: FileReport) -> bool:
    if rule.id in ("required-empty", "required-column-empty"):
        return any(field.required for field in present)
    if rule.id in ("id-duplicate", "id-empty"):
        return any(field.kind == "id" for field in present)
    if rule.id == "value-duplicate":
        key = report.match.dataset.primary_key if report.match else ()
        names = {field.name for field in present}
        return any(field.unique for field in present) or bool(key and names.issuperset(key))
    return rule.id == "file-name-code" and any(field.kind == "municipality-code" for field in present)


def _suite(report: FileReport, lang: str) -> ElementTree.Element:
    suite = _element("testsuite", name=report.path)
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        found.setdefault(finding.rule, []).append(finding)
    hidden = unlisted(report)
    cases = [_case(rule, report, found.get(rule.id, []), hidden, lang) for rule in ran(report)]
    if words := not_checked(report, lang):
        case = _element("testcase", classname=report.path, name="not-checked")
        case.append(_element("error", type="not-checked", message=words))
        cases.insert(0, case)
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", str(sum(case.find("error") is not None for case in cases)))
    suite.extend(cases)
    return suite


def _case(
    rule: Rule, report: FileReport, found: Sequence[Finding], hidden: Mapping[str, int], lang: str
) -> ElementTree.Element:
    case = _element("testcase", classname=report.path, name=rule.id)
    errors = [finding for finding in found if finding.severity == "error"]
    if errors:
        failure = _element("failure", type="error", message=sentence(errors[0], lang))
        failure.text = _text(_lines(rule, errors, hidden, lang))
        case.append(failure)
    others = [finding for finding in found if finding.severity != "error"]
    if others:
        output = _element("system-out")
        output.text = _text(_lines(rule, others, {} if errors else hidden, lang))
        case.append(output)
    return case


def _lines(rule: Rule, found: Sequence[Finding], hidden: Mapping[str, int], lang: str) -> Iterator[str]:
    for finding in found:
        yield f"[{severity_word(finding.severity, lang)}] {sentence(finding, lang)}"
    if rule.id in hidden:
        yield unlisted_sentence(rule.id, hidden[rule.id], lang)


def _element(tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(
        tag, {key: UNWRITABLE.sub("\ufffd", value) for key, value in attributes.items()}
    )


def _text(lines: Iterator[str]) -> str:
    return UNWRITABLE.sub("\ufffd", "\n".join(lines))
