"""What was wanted and what came: as a table and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Any

from tests.soak.processes import Keeper
from tests.soak.trial import DRAINED, Outcome

RULES_LATE = 30.0
"""Seconds within which published rules have to be in use, faults or not."""


@dataclass(frozen=True, slots=True)
class Line:
    """One promise."""

    what: str
    wanted: str
    got: str
    kept: bool
    examples: tuple[str, ...] = ()


def lines(outcome: Outcome) -> list[Line]:
    """Return every promise, and whether it was kept."""
    found = outcome.findings
    zero = [_none(name, wrong) for name, wrong in found.wrong.items()]
    zero.append(_none("processes that needed a person", outcome.keeper.helpless))
    zero.append(_none("ends not in good order", outcome.keeper.unclean))
    late, drained = found.rules_late, outcome.drained
    return [
        *zero,
        Line("new rules in use within", f"{RULES_LATE:.0f} s", f"{late:.1f} s", late <= RULES_LATE),
        Line("all done and told after the end within", f"{DRAINED:.0f} s", f"{drained:.1f} s", drained <= DRAINED),
    ]


def _none(what: str, wrong: list[str]) -> Line:
    return Line(what, "0", str(len(wrong)), not wrong, tuple(wrong[:3]))


def text(outcome: Outcome) -> str:
    """Return the report for people."""
    plan, found = outcome.plan, outcome.findings
    out = [
        f"seed {plan.seed}: {outcome.articles:,} articles, {len(outcome.faults)} faults in {outcome.took:.0f} s; "
        + ", ".join(f"{count:,} {name}" for name, count in sorted(found.seen.items())),
        f"workers came to {outcome.keeper.sprung} steps at which they died or froze",
        "",
        f"{'':44}{'wanted':>10}{'got':>12}",
    ]
    for line in lines(outcome):
        out.append(f"{line.what:44}{line.wanted:>10}{line.got:>12}{'' if line.kept else '   <-- broken'}")
        out += [f"      {example}" for example in line.examples]
    return "\n".join([*out, "", *_waits(outcome), "", *_sizes(outcome.keeper)])


def _waits(outcome: Outcome) -> list[str]:
    waits = outcome.findings.waits
    out = [f"{'waits, seconds':24}{'median':>10}{'p99':>10}{'longest':>10}"]
    for leg in waits.legs:
        spread = (waits.quantile(leg, 0.5), waits.quantile(leg, 0.99))
        out.append(f"{leg:24}" + "".join(f"{wait:10.2f}" for wait in spread) + f"{waits.longest(leg):10.1f}")
    head = "longest wait, seconds: alone / with others near"
    out += ["", f"{head:48}" + "".join(f"{leg:>20}" for leg in waits.legs)]
    for kind, times in Counter(fault.kind for fault in outcome.faults).most_common():
        blames = [waits.blamed[leg][kind] for leg in waits.legs]
        cells = (f"{blame.alone:.1f} / {blame.together:.1f}" for blame in blames)
        out.append(f"{f'{kind} ({times})':48}" + "".join(f"{cell:>20}" for cell in cells))
    return out


def _sizes(keeper: Keeper) -> list[str]:
    """Return what each process held at most in the first and in the last quarter of the time."""
    out = [f"{'process: first, last quarter':28}{'MB':>14}{'descriptors':>14}{'threads':>14}"]
    for name, sizes in sorted(keeper.sizes.items()):
        quarter = max(1, len(sizes) // 4)
        cells = [
            f"{max(map(what, sizes[:quarter])):.0f}, {max(map(what, sizes[-quarter:])):.0f}"
            for what in (attrgetter("megabytes"), attrgetter("descriptors"), attrgetter("threads"))
        ]
        out.append(f"{name:28}" + "".join(f"{cell:>14}" for cell in cells))
    return out


def as_json(outcome: Outcome) -> str:
    """Return the report for programs."""
    found = outcome.findings
    content: dict[str, Any] = {
        "plan": asdict(outcome.plan),
        "articles": outcome.articles,
        "seconds": round(outcome.took, 1),
        "seen": dict(found.seen),
        "steps": outcome.keeper.sprung,
        "lines": [asdict(line) for line in lines(outcome)],
        "faults": [asdict(fault) for fault in outcome.faults],
        "waits": {
            leg: {
                "median": found.waits.quantile(leg, 0.5),
                "p99": found.waits.quantile(leg, 0.99),
                "longest": found.waits.longest(leg),
                "by_fault": {kind: asdict(blame) for kind, blame in found.waits.blamed[leg].items()},
            }
            for leg in found.waits.legs
        },
        "sizes": {name: [asdict(one) for one in sizes] for name, sizes in outcome.keeper.sizes.items()},
    }
    return json.dumps(content, indent=1, default=str)


def kept(outcome: Outcome) -> bool:
    """Tell whether every promise was kept."""
    return all(line.kept for line in lines(outcome))
