"""Timelines and outcomes as pictures: plain SVG, readable on light and on dark.

Text and lines take the colour of what surrounds them; a file of its own says what that is.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._values import Outcome, PodLane, Timeline

_ROW = 22
_BAR = 12
_PLOT = 620
_MOST_PODS = 60
_LONGEST_NAME = 42
_MARGIN = 16
_RIGHT = 150

# Middle tones: 3:1 or better against white and against #111.
_BLUE = "#3b82c4"
_GREEN = "#2f9e57"
_RED = "#d9534a"
_AMBER = "#c77f1a"
_GREY = "#7d8590"

_VERDICTS = {
    "succeeded": _GREEN,
    "will-succeed": _GREEN,
    "failed": _RED,
    "will-fail": _RED,
    "running": _BLUE,
}


class _Drawing:
    """Parts of an SVG, and the scale of time."""

    def __init__(self, left: float, end: float) -> None:
        self.left = left
        self.end = max(end, 1e-9)
        self.parts: list[str] = []

    def x(self, at: float) -> float:
        return self.left + _PLOT * min(max(at, 0.0), self.end) / self.end

    def add(self, text: str) -> None:
        self.parts.append(text)

    def text(
        self, x: float, y: float, text: str, *, size: int = 12, anchor: str = "start",
        fill: str = "currentColor", opacity: float = 1.0, title: str = "",
    ) -> None:  # fmt: skip
        more = f"<title>{escape(title)}</title>" if title else ""
        self.add(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="{fill}" opacity="{opacity:g}">{escape(text)}{more}</text>'
        )

    def bar(
        self, start: float, end: float, y: float, fill: str, title: str, *, opacity: float = 1.0,
        height: float = _BAR,
    ) -> None:  # fmt: skip
        x = self.x(start)
        width = max(self.x(end) - x, 1.5)
        top = y - height / 2
        self.add(
            f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:g}" rx="2" '
            f'fill="{fill}" opacity="{opacity:g}"><title>{escape(title)}</title></rect>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, opacity: float, dash: str) -> None:
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.add(
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="currentColor" '
            f'stroke-width="1" opacity="{opacity:g}" fill="none"{dashes}/>'
        )


def timeline_svg(timeline: Timeline, *, inline: bool = False) -> str:
    """The picture; one that is ``inline`` takes its colours from the page."""
    pods = timeline.pods[:_MOST_PODS]
    hidden = len(timeline.pods) - len(pods)
    names = [pod.name for pod in pods] + [mark.type for mark in timeline.conditions]
    left = _MARGIN + 7.2 * min(_LONGEST_NAME, max(map(len, names), default=6)) + 12
    drawing = _Drawing(left, timeline.end)
    top = _MARGIN + 44
    bottom = top + _ROW * (len(pods) + (1 if hidden else 0))
    end_y = bottom + (_ROW * len(timeline.conditions) + 10 if timeline.conditions else 0)
    width = left + _PLOT + _RIGHT
    height = end_y + 34

    _header(drawing, timeline)
    _axis(drawing, top, end_y)
    for wait in timeline.waits:
        _wait(drawing, wait.start, min(wait.until, timeline.end), top, bottom)
    for row, pod in enumerate(pods):
        _pod(drawing, pod, top + _ROW * row + _ROW / 2, timeline.end)
    if hidden:
        drawing.text(left, bottom - 6, f"… and {hidden} more pods", opacity=0.7)
    for row, mark in enumerate(timeline.conditions):
        y = bottom + 10 + _ROW * row + _ROW / 2
        holds = mark.status == "True"
        name = mark.type if holds else f"{mark.type}={mark.status}"
        drawing.text(left - 12, y + 4, name, anchor="end")
        x = drawing.x(mark.at)
        fill = _colour(mark.type) if holds else _GREY
        drawing.line(x, top, x, y, 0.35, "3 3")
        at = _seconds(mark.at)
        drawing.add(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{fill}">'
            f"<title>{escape(f'{name} at {at}')}</title></circle>"
        )
        label = f"{mark.reason} {at}" if mark.reason else at
        if x > left + _PLOT * 0.6:
            drawing.text(x - 9, y + 4, label, size=11, anchor="end", opacity=0.8)
        else:
            drawing.text(x + 9, y + 4, label, size=11, opacity=0.8)
    style = (
        ""
        if inline
        else "<style>:root{color:#1f2328;background:#fff}@media (prefers-color-scheme:dark)"
        "{:root{color:#e6edf3;background:#0d1117}}</style>"
    )
    title = f"Job {timeline.job.name}: {timeline.outcome}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title)}" '
        f'font-family="ui-sans-serif, system-ui, sans-serif">{style}'
        + "".join(drawing.parts)
        + "</svg>"
    )


def timeline_html(timeline: Timeline) -> str:
    """The picture, and below it all lines."""
    return (
        f'<div style="overflow-x:auto">{timeline_svg(timeline, inline=True)}</div>'
        "<details><summary>What happened, and why</summary>"
        f'<pre style="font-size:90%">{escape(timeline.text)}</pre></details>'
    )


def outcome_html(outcome: Outcome) -> str:
    """One line: the verdict in its colour, and why."""
    colour = _VERDICTS.get(outcome.verdict, _GREY)
    why = ": ".join(text for text in (outcome.reason, outcome.message) if text)
    since = "" if outcome.since is None else f" since {outcome.since:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f'<span style="border-left:4px solid {colour};padding-left:.5em">'
        f"<b>{escape(outcome.verdict)}</b>{escape(since)}"
        + (f" · {escape(why)}" if why else "")
        + "</span>"
    )


def _header(drawing: _Drawing, timeline: Timeline) -> None:
    y = _MARGIN + 8
    outcome = timeline.outcome
    fill = _VERDICTS.get(outcome.verdict, _GREY)
    drawing.add(f'<circle cx="{_MARGIN + 6}" cy="{y - 4}" r="6" fill="{fill}"/>')
    reason = f" ({outcome.reason})" if outcome.reason else ""
    kube = f" · Kubernetes {timeline.kube}" if timeline.kube else ""
    text = f"{outcome.verdict}{reason} after {_seconds(timeline.end)}{kube}"
    drawing.add(
        f'<text x="{_MARGIN + 20}" y="{y}" font-size="13" fill="currentColor">'
        f'<tspan font-size="14" font-weight="bold">{escape(timeline.job.name)}</tspan>'
        f'<tspan dx="10" opacity="0.85">{escape(text)}</tspan></text>'
    )


def _axis(drawing: _Drawing, top: float, bottom: float) -> None:
    step = _step(drawing.end)
    ticks = int(drawing.end / step + 1e-9)
    for tick in range(ticks + 1):
        x = drawing.x(tick * step)
        drawing.line(x, top - 4, x, bottom + 6, 0.15, "")
        drawing.text(x, bottom + 22, _seconds(tick * step), size=11, anchor="middle", opacity=0.7)


def _wait(drawing: _Drawing, start: float, until: float, top: float, bottom: float) -> None:
    x, width = drawing.x(start), drawing.x(until) - drawing.x(start)
    text = f"back-off {_seconds(until - start)}"
    drawing.add(
        f'<rect x="{x:.1f}" y="{top - 4:.1f}" width="{width:.1f}" height="{bottom - top + 4:.1f}" '
        f'fill="{_AMBER}" opacity="0.16"><title>{escape(text)}</title></rect>'
    )
    if width > 6.2 * len(text):
        drawing.text(x + width / 2, top - 8, text, size=11, anchor="middle", fill=_AMBER)


def _pod(drawing: _Drawing, pod: PodLane, y: float, end: float) -> None:
    short = len(pod.name) <= _LONGEST_NAME
    # The end of a name is what tells pods of a Job apart.
    name = pod.name if short else f"…{pod.name[1 - _LONGEST_NAME:]}"
    drawing.text(drawing.left - 12, y + 4, name, anchor="end", title="" if short else pod.name)
    last = next((at for at in (pod.ended, pod.gone) if at is not None), end)
    begun = pod.running if pod.running is not None else last
    waited = f"{pod.name}: waits from {_seconds(pod.created)}"
    drawing.bar(pod.created, begun, y, _GREY, waited, opacity=0.5, height=4)
    if pod.running is not None:
        until = min(pod.deleted, last) if pod.deleted is not None else last
        ran = f"{pod.name}: runs {_seconds(pod.running)} to {_seconds(until)}"
        drawing.bar(pod.running, max(until, pod.running), y, _BLUE, ran)
    if pod.deleted is not None and last > pod.deleted:
        ended = f"{pod.name}: asked to end at {_seconds(pod.deleted)}"
        drawing.bar(pod.deleted, last, y, _AMBER, ended, opacity=0.8)
    x = drawing.x(last) + 9
    if pod.phase == "Succeeded":
        drawing.add(_mark("M-4 0l3 3.5l5 -7", x, y, _GREEN))
    elif pod.phase == "Failed" or pod.disrupted:
        drawing.add(_mark("M-4 -4l8 8m0 -8l-8 8", x, y, _AMBER if pod.disrupted else _RED))
        code = "" if pod.exit_code is None else str(pod.exit_code)
        text = " ".join(part for part in (code, "disrupted" if pod.disrupted else "") if part)
        drawing.text(x + 9, y + 4, text, size=11, opacity=0.85)
    elif pod.gone is not None:
        drawing.text(x - 4, y + 4, "deleted", size=11, opacity=0.7)


def _mark(path: str, x: float, y: float, stroke: str) -> str:
    return (
        f'<path d="{path}" transform="translate({x:.1f} {y:.1f})" stroke="{stroke}" '
        'stroke-width="2.2" fill="none" stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _colour(type_: str) -> str:
    if type_ in ("Complete", "SuccessCriteriaMet"):
        return _GREEN
    return _RED if type_ in ("Failed", "FailureTarget") else _GREY


def _step(end: float) -> float:
    """A round number of seconds, of which 4 to 10 fit."""
    steps = [
        f * base
        for base in (0.001, 0.01, 0.1, 1)
        for f in ((1, 2, 5) if base < 1 else (1, 2, 5, 10, 15, 30))
    ]
    steps += [60.0 * f for f in (1, 2, 5, 10, 15, 30)] + [3600.0 * f for f in (1, 2, 4, 6, 12)]
    steps += [86_400.0 * f for f in (1, 2, 7, 14, 30, 100, 365)]
    return next((step for step in steps if end / step <= 10), 3650 * 86_400.0)


def _seconds(at: float) -> str:
    """A time in few words: ``90s``, ``2m30s``, ``1h5m``."""
    if at < 100:
        return f"{at:.3f}".rstrip("0").rstrip(".") + "s"
    whole = round(at)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{n}{unit}" for n, unit in parts if n) or "0s"
