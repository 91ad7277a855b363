#!/usr/bin/env python3
"""Draws the charts of a session's results: charts.py RESULTS DIRECTORY

Writes one SVG per chart into DIRECTORY, and prints the Markdown that shows them. Both axes are
logarithmic where a cost may grow by orders of magnitude. Colours follow the reader's light or dark
theme; each line has a mark of its own too. Needs nothing but Python's standard library.
"""
import math
import os
import statistics
import sys
from collections import defaultdict

STYLE = """
  :root { --ground: #ffffff; --ink: #1b1f24; --faint: #57606a; --rule: #d8dee4;
          --c0: #c2410c; --c1: #1d63c4; --c2: #1a7f37; --c3: #7d3cb5; }
  @media (prefers-color-scheme: dark) {
    :root { --ground: #0d1117; --ink: #e6edf3; --faint: #9198a1; --rule: #30363d;
            --c0: #ff8a4c; --c1: #6cb0ff; --c2: #4cc266; --c3: #c297ff; }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink); }
  .faint { fill: var(--faint); }
  .title { font-weight: 600; }
  .rule { stroke: var(--rule); stroke-width: 1; }
  .line { fill: none; stroke-width: 2; }
  .guess { stroke-dasharray: 4 4; }
"""
NAMES = {"lava": "Lava", "lmdb": "LMDB", "boost-sharable": "Boost, shared lock",
         "boost-mutex": "Boost, mutex"}
PEERS = list(NAMES)

PANEL_WIDTH, PANEL_HEIGHT = 380, 300
LEFT, RIGHT, TOP, BOTTOM = 66, 26, 34, 50
LEGEND_ROW = 20


class Results:
    """Medians by workload, shape, place and system, as `Measurement` printed them."""

    def __init__(self, path):
        rounds = defaultdict(list)
        self.guesses = set()
        with open(path, encoding="utf-8") as file:
            for line in file:
                fields = line.rstrip("\n").split("\t")
                if len(fields) != 9 or fields[4] == "full":
                    continue
                system, workload, shape, at, median = fields[:5]
                if at == "-":
                    continue
                key = (workload, shape, int(at.split()[0]), system)
                rounds[key].append(float(median))
                if fields[8] == "extrapolated":
                    self.guesses.add(key)
        self.medians = {key: statistics.median(values) for key, values in rounds.items()}

    def series(self, name, workload, shape, system):
        """The line of one system in one workload, as a Series; empty when nothing was measured."""
        points = []
        for key, value in self.medians.items():
            if key[0] == workload and key[1] == shape and key[3] == system:
                points.append((key[2], value, key in self.guesses))
        return Series(name, sorted(points))


class Series:
    """A named line: places, figures, and whether each is extrapolated."""

    def __init__(self, name, points):
        self.name = name
        self.points = points


class Scale:
    """Maps numbers to pixels, along a logarithm or evenly."""

    def __init__(self, low, high, start, end, logarithmic):
        self.map = math.log10 if logarithmic else float
        self.low, self.high = self.map(low), self.map(high)
        self.start, self.end = start, end

    def __call__(self, value):
        share = (self.map(value) - self.low) / ((self.high - self.low) or 1)
        return self.start + share * (self.end - self.start)


def decades(low, high):
    """Powers of ten that enclose a range."""
    first = math.floor(math.log10(low) + 1e-9)
    last = max(math.ceil(math.log10(high) - 1e-9), first + 1)
    return [10 ** power for power in range(first, last + 1)]


def duration(nanoseconds):
    """1000 as 1 µs."""
    for size, unit in ((10 ** 9, "s"), (10 ** 6, "ms"), (10 ** 3, "µs")):
        if nanoseconds >= size:
            return f"{nanoseconds / size:g} {unit}"
    return f"{nanoseconds:g} ns"


def short(value):
    """1000 as 1k."""
    for size, unit in ((10 ** 9, "G"), (10 ** 6, "M"), (10 ** 3, "k")):
        if value >= size and value % size == 0:
            return f"{value // size}{unit}"
    return f"{value:,}"


def binary(value):
    """4096 as 4 KiB."""
    for size, unit in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g} B"


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def mark(colour, x, y):
    """A circle, square, triangle or diamond, so that lines are told apart without colours."""
    fill = f'fill="var(--c{colour})"'
    if colour == 0:
        return f'<circle {fill} cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    shapes = {1: [(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)],
              2: [(0, -4.5), (4.5, 3.5), (-4.5, 3.5)],
              3: [(0, -5), (5, 0), (0, 5), (-5, 0)]}
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shapes[colour])
    return f'<polygon {fill} points="{points}"/>'


class Panel:
    """One set of axes, with a legend of its own where the chart has none for all."""

    def __init__(self, title, unit, lines, label=short, ticks=None, logarithmic=True,
                 legend=False):
        self.title, self.unit = title, unit
        self.lines = [line for line in lines if line.points]
        self.colours = {id(line): index for index, line in enumerate(lines)}
        self.label, self.ticks, self.logarithmic = label, ticks, logarithmic
        self.entries = lines if legend else []

    def draw(self, left, top):
        """SVG elements of the panel whose corner is at (left, top)."""
        points = [point for line in self.lines for point in line.points]
        places = sorted({place for place, _, _ in points})
        rows = decades(min(p[1] for p in points), max(p[1] for p in points))
        # A place 0 has no logarithm.
        along = self.logarithmic and places[0] > 0
        x = Scale(places[0], places[-1], left + LEFT, left + PANEL_WIDTH - RIGHT, along)
        inside = top + TOP + LEGEND_ROW * ((len(self.entries) + 1) // 2)
        y = Scale(rows[0], rows[-1], top + PANEL_HEIGHT - BOTTOM, inside, True)
        out = legend(self.entries, left + LEFT, top + TOP + 6, columns=2)
        out += [f'<text class="title" x="{left + LEFT}" y="{top + 18}">{escaped(self.title)}</text>']
        for row in rows:
            out.append(f'<line class="rule" x1="{x.start}" x2="{x.end}" y1="{y(row):.1f}" '
                       f'y2="{y(row):.1f}"/>')
            out.append(f'<text class="faint" text-anchor="end" x="{x.start - 8}" '
                       f'y="{y(row) + 4:.1f}">{duration(row)}</text>')
        for place in self.ticks or places:
            if places[0] <= place <= places[-1]:
                out.append(f'<text class="faint" text-anchor="middle" x="{x(place):.1f}" '
                           f'y="{y.start + 18}">{self.label(place)}</text>')
        out.append(f'<text class="faint" text-anchor="middle" x="{(x.start + x.end) / 2}" '
                   f'y="{y.start + 38}">{escaped(self.unit)}</text>')
        for line in self.lines:
            out += self.draw_line(line, x, y)
        return out

    def draw_line(self, line, x, y):
        colour = self.colours[id(line)]
        measured = [point for point in line.points if not point[2]]
        guessed = measured[-1:] + [point for point in line.points if point[2]]
        out = []
        for points, kind in ((measured, ""), (guessed, " guess")):
            if len(points) > 1:
                path = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value, _ in points)
                out.append(f'<polyline class="line{kind}" stroke="var(--c{colour})" '
                           f'points="{path}"/>')
        return out + [mark(colour, x(place), y(value)) for place, value, _ in measured]


def legend(lines, left, top, columns=4):
    """Names of lines with their marks, in rows of `columns`."""
    width = 150
    out = []
    for index, line in enumerate(lines):
        x, y = left + index % columns * width, top + index // columns * LEGEND_ROW
        out.append(f'<line class="line" stroke="var(--c{index})" x1="{x}" x2="{x + 24}" '
                   f'y1="{y - 4}" y2="{y - 4}"/>')
        out.append(mark(index, x + 12, y - 4))
        out.append(f'<text x="{x + 30}" y="{y}">{escaped(line.name)}</text>')
    return out


def chart(title, columns, panels, common=()):
    """A whole drawing: the names of `common` lines, then panels in rows of `columns`."""
    rows = [panels[start:start + columns] for start in range(0, len(panels), columns)]
    width = columns * PANEL_WIDTH
    out, top = legend(common, LEFT, 46), 56 if common else 30
    for row in rows:
        for column, panel in enumerate(row):
            out += panel.draw(column * PANEL_WIDTH, top)
        top += PANEL_HEIGHT
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" '
            f'width="{width}" height="{top}" role="img">',
            f"<title>{escaped(title)}</title>", f"<style>{STYLE}</style>",
            f'<rect fill="var(--ground)" width="{width}" height="{top}" rx="6"/>',
            f'<text class="title" x="{LEFT}" y="22">{escaped(title)}</text>']
    return "\n".join(head + out + ["</svg>", ""])


def by_keys(results):
    shapes = [shape for shape in ("1 process", "2 processes")
              if results.series("", "S1 get", shape, "lava").points]
    panels = [Panel(f"{workload}, {shape}", "keys",
                    [results.series(NAMES[peer], workload, shape, peer) for peer in PEERS],
                    ticks=[10 ** power for power in range(3, 9)])
              for shape in shapes for workload in ("S1 get", "S2 put over")]
    title = "Time of an operation by keys in the store"
    if results.guesses:
        title += " (dashed: extrapolated)"
    return ("keys", title, 2, panels, named(PEERS))


def by_value_size(results):
    shape = "by size of values"
    panels = [Panel(workload, "size of the value",
                    [results.series(NAMES[peer], workload, shape, peer) for peer in PEERS],
                    label=binary, ticks=[16, 1 << 10, 1 << 16, 1 << 20, 1 << 24])
              for workload in ("V1 get", "V2 put over", "V3 get in place")]
    return ("value-size", "Time of an operation by size of the value", 3, panels, named(PEERS))


def by_load(results):
    fills = [("get", "F1 get"), ("put over", "F2 put over"),
             ("delete + insert", "F3 delete + insert"),
             ("put over, 1 to 8 blocks", "F4 put over, 1 to 8 blocks")]
    deletions = [("get", "D1 get"), ("put over", "D3 put over"),
                 ("delete + insert", "D4 delete + insert"),
                 ("get of an absent key", "D2 get of an absent key")]
    panels = []
    for title, unit, shape, workloads in (
            ("Used blocks", "% of the blocks are in use", "by used blocks", fills),
            ("Deleted keys", "% of the keys put were deleted", "by deleted keys", deletions)):
        lines = [results.series(name, workload, shape, "lava") for name, workload in workloads]
        panels.append(Panel(title, unit, lines, logarithmic=False, legend=True))
    return ("load", "Time of Lava's operations in a full and in a worn store", 2, panels, ())


def by_processes(results):
    panels = [Panel(f"{workload}, at work", "processes at work",
                    [results.series(NAMES[peer], workload, "by processes", peer) for peer in PEERS],
                    logarithmic=False, legend=True) for workload in ("C1 get", "C2 put over")]
    attached = [results.series(name, workload, "by attached processes", "lava")
                for name, workload in (("get", "A1 get"), ("put over", "A2 put over"),
                                       ("get in place", "A3 get in place"))]
    panels.append(Panel("Lava, attached and idle", "attached processes", attached, legend=True))
    return ("processes", "Time of an operation by processes", 3, panels, ())


def named(peers):
    return [Series(NAMES[peer], []) for peer in peers]


def main(results_path, directory):
    results = Results(results_path)
    os.makedirs(directory, exist_ok=True)
    for name, title, columns, panels, common in (
            by_keys(results), by_value_size(results), by_load(results), by_processes(results)):
        if not panels or not all(panel.lines for panel in panels):
            continue
        with open(os.path.join(directory, f"{name}.svg"), "w", encoding="utf-8") as file:
            file.write(chart(title, columns, panels, common))
        print(f"![{title}]({os.path.basename(directory)}/{name}.svg)\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[0])
    main(*sys.argv[1:])
