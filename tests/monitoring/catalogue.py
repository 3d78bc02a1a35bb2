"""What docs/metrics.md promises, and which series a PromQL expression names."""

import pathlib
import re
from dataclasses import dataclass

# | `name` | type | unit | `label`, `label` | meaning | when it moves |
ROW = re.compile(
    r"^\| `([a-z0-9_]+)` \| (counter|gauge|histogram) \| [^|]* \| "
    r"([^|]*) \|")

SUFFIXES = {
    "histogram": ("_bucket", "_sum", "_count"),
    "counter": ("",),
    "gauge": ("",),
}
# The label that tells the samples of a family apart.
OWN_LABEL = {"histogram": "le"}

# Those that Prometheus makes itself, of every target.
OF_EVERY_TARGET = {"up", "scrape_duration_seconds"}

SERIES = re.compile(
    r"(?<![\w:$])((?:netbufd|grpc_server|process|instance)[\w:]*"
    r"|up|scrape_[a-z_]+)(?![\w:(])")


@dataclass(frozen=True)
class Metric:
    name: str
    type: str
    labels: frozenset

    def series_names(self):
        return [self.name + suffix for suffix in SUFFIXES[self.type]]


def documented(path):
    """The metrics of docs/metrics.md, by name."""
    metrics = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        row = ROW.match(line)
        if row:
            metrics[row[1]] = Metric(row[1], row[2],
                                     frozenset(re.findall(r"`(\w+)`", row[3])))
    return metrics


def series_in(expression):
    """The names of series in an expression; label names and values are none."""
    without_matchers = re.sub(r"\{[^}]*\}", "", expression)
    without_grouping = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "",
                              without_matchers)
    return set(SERIES.findall(without_grouping))


def unknown_series(expression, metrics, recorded=()):
    """Those that are neither documented, nor recorded, nor Prometheus's own."""
    known = {name for metric in metrics.values()
             for name in metric.series_names()}
    return sorted(series_in(expression) - known - set(recorded) -
                  OF_EVERY_TARGET)
