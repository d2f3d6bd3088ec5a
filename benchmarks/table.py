"""The figures as Markdown: the targets with ours, the peers' and the floor; every measurement; the machine."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.targets import UNITS, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.measure import Measurement


def ratio_of(target: Target, found: Mapping[str, Measurement]) -> float | None:
    """What a target bounds; None if something of it was not measured."""
    ours = _value(target.ours, target.figure, found)
    if ours is None or target.against is None:
        return ours
    other = _value(target.against, target.figure, found)
    if other is None:
        return None
    if target.at_least is not None:
        return other / (ours or 1e-6)
    return ours / (other or 1e-6)


def is_met(target: Target, found: Mapping[str, Measurement]) -> bool | None:
    """Whether a target is met; None if something of it was not measured."""
    ratio = ratio_of(target, found)
    if ratio is None:
        return None
    return (target.at_least is None or ratio >= target.at_least) and (target.at_most is None or ratio <= target.at_most)


def as_markdown(
    measurements: Sequence[Measurement],
    where: Mapping[str, object],
    targets: Iterable[Target],
    seconds: Mapping[str, float],
    *,
    is_full_size: bool,
) -> str:
    """All tables.

    Args:
        measurements: of one run.
        where: the machine, see `measure.machine`.
        targets: those of which our part was measured are shown.
        seconds: that each work took by the clock, its preparation as well.
        is_full_size: False says that the sizes were changed, so that nothing is judged.
    """
    found = {m.name: m for m in measurements}
    shown = [target for target in targets if _value(target.ours, target.figure, found) is not None]
    lines: list[str] = []
    if shown:
        lines += ["| work | ours | peer(s) | floor | ratio | target | |", "|---|---:|---|---:|---:|---|---|"]
        lines += [_line(target, found, is_full_size=is_full_size) for target in shown]
        lines.append("")
    lines += [
        "| measured | on | CPU s, median | CPU s, all | wall s, median | peak MB | rows per CPU s |",
        "|---|---|---:|---|---:|---:|---:|",
        *map(_measured, measurements),
        "",
    ]
    lines += [f"- {m.name}: {m.note}" for m in measurements if m.note]
    lines += [f"- {name}: {_plain(value)}" for name, value in where.items()]
    lines.append(f"- took {_clock(sum(seconds.values()))}: {_plain({k: _clock(s) for k, s in seconds.items()})}")
    return "\n".join(lines)


def _line(target: Target, found: Mapping[str, Measurement], *, is_full_size: bool) -> str:
    ratio, met = ratio_of(target, found), is_met(target, found)
    unit = f" {UNITS[target.figure]}" if target.figure in UNITS else ""
    peers = "; ".join(f"{name} {_figure(name, target, found)}" for name in target.peers)
    floor = f"{target.floor} {_figure(target.floor, target, found)}" if target.floor else ""
    if target.at_least is not None:
        wanted = f"at least {target.at_least:g}x less than {target.against}"
    elif target.against is not None:
        wanted = f"at most {target.at_most:g}x of {target.against}"
    else:
        wanted = f"at most {target.at_most:,g}{unit}"
    verdict = "not measured" if met is None else "met" if met else f"**missed** {target.reason}".strip()
    if not is_full_size:
        verdict = "not judged: other sizes"
    shown = "" if ratio is None or target.against is None else f"{ratio:.2f}"
    ours = f"{_figure(target.ours, target, found)}{unit}"
    return f"| {target.work} | {ours} | {peers} | {floor} | {shown} | {wanted} | {verdict} |"


def _measured(m: Measurement) -> str:
    every = " ".join(f"{s:.2f}" for s in m.cpu_s)
    peak = m.figure("peak_mb")
    figures = f"{median(m.cpu_s):.2f} | {every} | {median(m.wall_s):.2f} | {'' if peak is None else f'{peak:,.0f}'}"
    return f"| {m.name} | {m.size} | {figures} | {m.rows_per_cpu_s:,.0f} |"


def _value(name: str, figure: str, found: Mapping[str, Measurement]) -> float | None:
    return found[name].figure(figure) if name in found else None


def _figure(name: str, target: Target, found: Mapping[str, Measurement]) -> str:
    value = _value(name, target.figure, found)
    return "-" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _plain(value: object) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
