"""The dashboards of deploy/grafana, as Prometheus gets to see them."""

import json
import pathlib
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    dashboard: str
    panel: str
    expression: str


def load(directory):
    """The dashboards, by file name."""
    return {path.name: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(pathlib.Path(directory).glob("*.json"))}


def panels_of(dashboard):
    """All panels but the rows that group them."""
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from (inner for inner in panel.get("panels", []))


def queries_of(dashboard):
    for panel in panels_of(dashboard):
        for target in panel.get("targets", []):
            yield Query(dashboard["title"], panel["title"], target["expr"])
    for annotation in dashboard["annotations"]["list"]:
        yield Query(dashboard["title"], annotation["name"], annotation["expr"])


def resolved(expression, rate_interval):
    """An expression as Grafana sends it with every variable at "All"."""
    expression = expression.replace("$__rate_interval", rate_interval)
    return re.sub(r"\$\{?(\w+)\}?", ".+", expression)
