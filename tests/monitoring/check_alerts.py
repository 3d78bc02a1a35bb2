"""Checks deploy/prometheus as promtool does not.

Every alert has a severity, a summary and a description, a runbook section that
exists and says what it means, how to look and what to do, a test in which it
fires and one in which it does not; and every series a rule names is documented
in docs/metrics.md or recorded by a rule.

usage: check_alerts.py RULES_DIRECTORY TESTS_FILE OPERATIONS_MD METRICS_MD
Prints what is wrong, exits 1 when something is.
"""

import pathlib
import re
import sys

import yaml

from catalogue import documented, unknown_series

SEVERITIES = {"critical", "warning"}
SECTIONS = ("**Means.**", "**Look.**", "**Do.**", "**Over when**")


def load(path):
    return yaml.safe_load(pathlib.Path(path).read_text(encoding="utf-8"))


def rules_of(directory):
    return [rule for path in sorted(pathlib.Path(directory).glob("*.yml"))
            for group in load(path)["groups"] for rule in group["rules"]]


def sections_of(markdown):
    """The text of each section, by the anchor that its heading gets."""
    parts = re.split(r"^#+ (.+)$", markdown, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-"):
            text for heading, text in zip(parts[1::2], parts[2::2])}


def runbook_faults(url, operations):
    name, _, anchor = url.partition("#")
    if not name.endswith("docs/operations.md"):
        yield f"runbook_url {url!r} is not in docs/operations.md"
        return
    text = sections_of(operations).get(anchor)
    if text is None:
        yield f"runbook_url {url!r}: there is no such heading"
        return
    for part in SECTIONS:
        if part not in text:
            yield f"its section in {name} has no {part}"


def alert_faults(rule, operations):
    annotations = rule.get("annotations", {})
    for key in ("summary", "description"):
        if not annotations.get(key):
            yield f"no {key}"
    if rule.get("labels", {}).get("severity") not in SEVERITIES:
        yield f"severity is none of {', '.join(sorted(SEVERITIES))}"
    yield from runbook_faults(annotations.get("runbook_url", ""), operations)


def test_faults(alert, cases):
    """A case says by its name which alert it is about, and whether it fires."""
    for promise, fires in ((f"{alert} fires", True),
                           (f"{alert} does not fire", False)):
        found = [case for case in cases if case["name"].startswith(promise)]
        if not found:
            yield f'no test named "{promise} ..."'
        for case in found:
            tests = [test for test in case["alert_rule_test"]
                     if test["alertname"] == alert]
            if not tests:
                yield f'"{case["name"]}" does not look at {alert}'
            for test in tests:
                if bool(test.get("exp_alerts")) != fires:
                    yield f'"{case["name"]}" expects the contrary'


def main():
    rules_directory, tests, operations, metrics = sys.argv[1:]
    rules = rules_of(rules_directory)
    cases = load(tests)["tests"]
    operations = pathlib.Path(operations).read_text(encoding="utf-8")
    metrics = documented(metrics)
    recorded = {rule["record"] for rule in rules if "record" in rule}
    faults = []
    for rule in rules:
        name = rule.get("alert", rule.get("record"))
        faults += [f"{name}: {series} is not in docs/metrics.md"
                   for series in unknown_series(rule["expr"], metrics,
                                                recorded)]
        if "alert" in rule:
            faults += [f"{name}: {fault}" for fault in
                       [*alert_faults(rule, operations),
                        *test_faults(name, cases)]]
    for fault in faults:
        print(fault)
    alerts = sum("alert" in rule for rule in rules)
    print(f"{alerts} alerts, {len(recorded)} recording rules, "
          f"{len(faults)} faults")
    return 1 if faults or not alerts else 0


if __name__ == "__main__":
    sys.exit(main())
