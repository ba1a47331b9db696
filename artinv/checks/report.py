"""What a check found, for people and for programs."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, fields

from artinv.checks.finding import NOTE, SEVERITIES, Finding
from artinv.checks.run import Account, Result
from artinv.corpora import facts

MOST_NOTES = 6
"""Notes of a corpus that are shown; the rest is counted."""

COLUMNS = [field.name for field in fields(Finding)]
"""Of the table."""


def text(result: Result) -> str:
    """Corpus, speaker, findings; what is worst stands first."""
    people, minutes = len(result.accounts), sum(account.minutes for account in result.accounts)
    said = sum(account.utterances for account in result.accounts)
    lines = [f"{result.raw}: corpora {len(result.synthetic)}, speakers {people}, utterances {said}, minutes {minutes:.1f}"]
    for name in dict.fromkeys([*result.synthetic, *(finding.corpus for finding in result.findings)]):
        known = name in result.synthetic
        lines += ["", f"{name}  {_title(name, result)}" if known else name]
        own = [finding for finding in result.findings if finding.corpus == name]
        lines += _findings([finding for finding in own if not finding.speaker and finding.severity != NOTE])
        for account in (account for account in result.accounts if account.corpus == name):
            lines.append(f"  {_account(account)}")
            lines += _findings([one for one in own if one.speaker == account.speaker and one.severity != NOTE])
        absent = {one.speaker for one in own} - {account.speaker for account in result.accounts if account.corpus == name} - {""}
        lines += _findings([one for one in own if one.speaker in absent and one.severity != NOTE])
        lines += _notes([finding for finding in own if finding.severity == NOTE])
    return "\n".join([*lines, "", _sum(result)])


def table(result: Result) -> str:
    """The findings as CSV."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(asdict(finding) | {"utterances": "; ".join(finding.utterances)} for finding in result.findings)
    return out.getvalue()


def content(result: Result) -> dict:
    """The same with what was found of each speaker, for JSON."""
    return {
        "raw": str(result.raw), "suspicious": len(result.suspicious), "synthetic": result.synthetic,
        "speakers": [asdict(account) for account in result.accounts], "findings": [asdict(finding) for finding in result.findings],
    }


def _title(name: str, result: Result) -> str:
    return facts.get(name).title + (" (synthetic)" if result.synthetic[name] else "")


def _account(account: Account) -> str:
    if not account.utterances:
        return f"{account.speaker}: {account.files} files, none of which can be read and is to be used"
    expected = facts.get(account.corpus).expected
    whole = f" of {expected}" if expected else ""
    rates = [f"{' and '.join(f'{rate:g}' for rate in some[:3])} Hz" for some in (account.sound_rates, account.coil_rates)]
    return (f"{account.speaker}: {account.utterances}{whole} utterances, {account.minutes:.1f} min, "
            f"sound of {rates[0]}, motion of {rates[1]}")


def _findings(findings: list[Finding]) -> Iterator[str]:
    for finding in sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), -one.count / one.of)):
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
        who = ", ".join(filter(None, speakers[what]))
        yield f"    note: {who}{': ' if who else ''}{what}"
    if len(speakers) > MOST_NOTES:
        yield f"    note: {len(speakers) - MOST_NOTES} more, see --csv"


def _sum(result: Result) -> str:
    counts = [f"{number} {name}{'s' if number > 1 else ''}" for name in SEVERITIES[:2]
              if (number := sum(finding.severity == name for finding in result.findings))]
    return ", ".join(counts) if counts else "nothing suspicious"
