"""Checks the dashboards by the rules of Grafana's dashboard-linter, by its names,
and by what it does not look at: that panels stand side by side, that every series
is documented, that files and uids agree.

usage: check_dashboards.py DASHBOARDS_DIRECTORY METRICS_MD [--rules-file=PATH]

With --rules-file, also writes each query as a recording rule, for
`promtool check rules` to say whether Prometheus can read it.

Prints what is wrong, exits 1 when something is. Exclusions come from the
directory's .lint file; each needs a reason and must exclude something.
"""

import argparse
import pathlib
import re
import sys
from collections import Counter

import yaml

from catalogue import documented, series_in, unknown_series
from dashboards import load, panels_of, queries_of, resolved

# Of Grafana's units, those that these dashboards need.
UNITS = {"bytes", "none", "ops", "percentunit", "pps", "reqps", "s", "short"}
DATASOURCE = {"type": "prometheus", "uid": "$datasource"}
REQUIRED = ("job", "instance")

SELECTOR = re.compile(r"([\w:]+)(\{[^}]*\})?")
LABEL_VALUES = re.compile(r"label_values\((.+), (\w+)\)")
COUNTER = re.compile(r"(\w+\()?\w+_total\b(\{[^}]*\})?(\[[^]]*\])?")


def variable_faults(dashboard):
    """(rule, fault) of the dashboard's variables."""
    variables = {v["name"]: v for v in dashboard["templating"]["list"]}
    source = variables.get("datasource", {})
    if (source.get("type"), source.get("query"), source.get("label")) != (
            "datasource", "prometheus", "Data source"):
        yield "template-datasource-rule", "no variable of the data source"
    for name in REQUIRED:
        variable = variables.get(name, {})
        if (variable.get("type") != "query" or not variable.get("multi")
                or variable.get("allValue") != ".+"
                or variable.get("label") != name.title()):
            yield f"template-{name}-rule", f"no variable {name}, or not as usual"
    for name, variable in variables.items():
        if variable["type"] != "query":
            continue
        if variable.get("datasource") != DATASOURCE:
            yield f"template-{name}-rule", f"{name} has another data source"
        if variable.get("refresh") != 2:
            yield ("template-on-time-change-reload-rule",
                   f"{name} is not refreshed when the time range changes")
        if not LABEL_VALUES.fullmatch(variable["query"]):
            yield "template-label-promql-rule", f"{name}: {variable['query']}"


def panel_faults(panel):
    if not panel.get("title") or not panel.get("description"):
        yield "panel-title-description-rule", "no title or no description"
    if panel.get("datasource") != DATASOURCE:
        yield "panel-datasource-rule", "not the data source of the variable"
    if not panel.get("targets"):
        yield "panel-no-targets-rule", "no queries"
    unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
    if unit not in UNITS:
        yield "panel-units-rule", f"unit {unit!r}"
    for target in panel.get("targets", []):
        if target.get("datasource") != DATASOURCE:
            yield "panel-datasource-rule", f"{target['refId']}: another one"
        yield from expression_faults(target["expr"])


def expression_faults(expression):
    for interval in re.findall(r"\[([^]]*)\]", expression):
        if interval != "$__rate_interval":
            yield "target-rate-interval-rule", f"[{interval}]"
    names = series_in(expression)
    for name, matchers in SELECTOR.findall(expression):
        if name not in names:
            continue
        for label in REQUIRED:
            if f'{label}=~"${label}"' not in matchers:
                yield f"target-{label}-rule", f"{name} without {label}"
    for function, _, interval in COUNTER.findall(expression):
        if function not in ("rate(", "irate(", "increase(") or not interval:
            yield "target-counter-agg-rule", "a counter without rate"


def layout_faults(dashboard):
    """Panels are 24 columns wide together and do not lie upon each other."""
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        if place["x"] + place["w"] > 24 or cells & taken:
            yield "layout", f"{panel['title']} lies outside or upon another"
        taken |= cells
    for what, values in (("id", [p["id"] for p in dashboard["panels"]]),
                         ("title", [p["title"] for p in panels_of(dashboard)])):
        for value, count in Counter(values).items():
            if count > 1:
                yield "layout", f"{count} panels with the {what} {value}"


def dashboard_faults(name, dashboard, metrics):
    """(rule, panel, fault) of one dashboard."""
    if dashboard.get("editable") is not False:
        yield "uneditable-dashboard-rule", "", "may be edited"
    if dashboard.get("id") is not None or f"{dashboard['uid']}.json" != name:
        yield "identity", "", "id is not null, or uid is not the file's name"
    for rule, fault in [*variable_faults(dashboard), *layout_faults(dashboard)]:
        yield rule, "", fault
    for panel in panels_of(dashboard):
        for rule, fault in panel_faults(panel):
            yield rule, panel["title"], fault
    for query in queries_of(dashboard):
        for series in unknown_series(query.expression, metrics):
            yield "documented", query.panel, f"{series} is not in metrics.md"


class Exclusions:
    """What .lint excludes; remembers what it was asked for."""

    def __init__(self, path):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        rules = (yaml.safe_load(text) or {}).get("exclusions", {})
        self.faults = [f".lint: {rule} has no reason"
                       for rule, entry in rules.items()
                       if not (entry or {}).get("reason")]
        self.unused = {(rule, entry.get("dashboard"), entry.get("panel"))
                       for rule, entries in rules.items()
                       for entry in (entries or {}).get("entries", [])}
        self.entries = set(self.unused)

    def excludes(self, rule, dashboard, panel):
        key = (rule, dashboard, panel)
        self.unused.discard(key)
        return key in self.entries


def write_rules(path, dashboards):
    rules = [{"record": f"query:{number}", "expr": resolved(query.expression,
                                                            "1m")}
             for number, query in enumerate(
                 query for dashboard in dashboards.values()
                 for query in queries_of(dashboard))]
    pathlib.Path(path).write_text(
        yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}),
        encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("metrics")
    parser.add_argument("--rules-file")
    arguments = parser.parse_args()
    dashboards = load(arguments.directory)
    metrics = documented(arguments.metrics)
    exclusions = Exclusions(arguments.directory / ".lint")
    faults = list(exclusions.faults)
    for name, dashboard in dashboards.items():
        faults += [f"{name}: {panel}: {rule}: {fault}" for rule, panel, fault
                   in dashboard_faults(name, dashboard, metrics)
                   if not exclusions.excludes(rule, dashboard["title"], panel)]
    faults += [f".lint: nothing to exclude: {entry}"
               for entry in sorted(exclusions.unused)]
    if arguments.rules_file:
        write_rules(arguments.rules_file, dashboards)
    for fault in faults:
        print(fault)
    print(f"{len(dashboards)} dashboards, {len(faults)} faults")
    return 1 if faults or not dashboards else 0


if __name__ == "__main__":
    sys.exit(main())
