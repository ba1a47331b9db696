"""Output of a check as text, CSV table and JSON."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, fields

from artinv.checks.finding import NOTE, SEVERITIES, Finding
from artinv.checks.run import CheckResult, SpeakerAmount
from artinv.corpora import facts

MOST_NOTES = 6
"""Largest number of notes of a corpus in the text; the rest is counted."""

COLUMNS = [field.name for field in fields(Finding)]
"""Columns of the CSV table."""


def text(result: CheckResult) -> str:
    """Return the findings as text, by corpus and speaker, worst first."""
    speakers, minutes = len(result.accounts), sum(account.minutes for account in result.accounts)
    utterances = sum(account.utterances for account in result.accounts)
    lines = [f"{result.raw}: corpora {len(result.synthetic)}, speakers {speakers}, utterances {utterances}, minutes {minutes:.1f}"]
    for name in dict.fromkeys([*result.synthetic, *(finding.corpus for finding in result.findings)]):
        known = name in result.synthetic
        lines += ["", f"{name}  {_title(name, result)}" if known else name]
        of_corpus = [finding for finding in result.findings if finding.corpus == name]
        lines += _findings([finding for finding in of_corpus if not finding.speaker and finding.severity != NOTE])
        for account in (account for account in result.accounts if account.corpus == name):
            lines.append(f"  {_account(account)}")
            lines += _findings([item for item in of_corpus if item.speaker == account.speaker and item.severity != NOTE])
        counted = {account.speaker for account in result.accounts if account.corpus == name}
        absent = {finding.speaker for finding in of_corpus} - counted - {""}
        lines += _findings([finding for finding in of_corpus if finding.speaker in absent and finding.severity != NOTE])
        lines += _notes([finding for finding in of_corpus if finding.severity == NOTE])
    return "\n".join([*lines, "", _summary(result)])


def table(result: CheckResult) -> str:
    """Return the findings as CSV."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(asdict(finding) | {"utterances": "; ".join(finding.utterances)} for finding in result.findings)
    return out.getvalue()


def content(result: CheckResult) -> dict:
    """Return findings and speakers as a dict for JSON."""
    return {
        "raw": str(result.raw), "suspicious": len(result.suspicious), "synthetic": result.synthetic,
        "speakers": [asdict(account) for account in result.accounts], "findings": [asdict(finding) for finding in result.findings],
    }


def _title(name: str, result: CheckResult) -> str:
    corpus = facts.get(name)
    return f"{corpus.title} (synthetic)" if result.synthetic[name] else f"{corpus.title} (licence: {corpus.licence})"


def _account(account: SpeakerAmount) -> str:
    if not account.utterances:
        return f"{account.speaker}: {account.files} files, none of which is readable and not excluded"
    expected = facts.get(account.corpus).expected
    total = f" of {expected}" if expected else ""
    rates = [f"{' and '.join(f'{rate:g}' for rate in some[:3])} Hz" for some in (account.sound_rates, account.coil_rates)]
    return (f"{account.speaker}: {account.utterances}{total} utterances, {account.minutes:.1f} min, "
            f"sound of {rates[0]}, motion of {rates[1]}")


def _findings(findings: list[Finding]) -> Iterator[str]:
    for finding in sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), -finding.count / finding.of)):
        share = f"{finding.count} of {finding.of}"
        yield f"    {finding.severity.upper():8}{finding.kind} ({share}): {finding.what}"
        if finding.example:
            yield f"            e.g. {finding.example}"
        yield f"            cure: {finding.cure}"


def _notes(findings: list[Finding]) -> Iterator[str]:
    speakers: dict[str, list[str]] = {}
    for finding in findings:
        share = f" ({finding.count} of {finding.of})" if finding.of > 1 else ""
        speakers.setdefault(f"{finding.what}{share}", []).append(finding.speaker)
    for what in list(speakers)[:MOST_NOTES]:
        names = ", ".join(filter(None, speakers[what]))
        yield f"    note: {names}{': ' if names else ''}{what}"
    if len(speakers) > MOST_NOTES:
        yield f"    note: {len(speakers) - MOST_NOTES} more, see --csv"


def _summary(result: CheckResult) -> str:
    counts = [f"{number} {name}{'s' if number > 1 else ''}" for name in SEVERITIES[:2]
              if (number := sum(finding.severity == name for finding in result.findings))]
    return ", ".join(counts) if counts else "nothing suspicious"
