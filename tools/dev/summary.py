#!/usr/bin/env python3
"""Adds up the test cases of several Bazel runs and of checks outside Bazel.

Reads Bazel's build event files (--build_event_json_file) for where each test's
JUnit file lies, counts cases in those, and ends with the line

    N passed, N failed, N skipped

A test that failed without a failed case in its file (it crashed, timed out, did
not build) is one failed case. Exits 0 only when something passed and nothing
failed.
"""

import argparse
import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field


@dataclass
class Totals:
    passed: int = 0
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)

    def add(self, name, status, why=""):
        if status == "passed":
            self.passed += 1
        elif status == "failed":
            self.failed.append((name, why))
        elif status == "skipped":
            self.skipped.append((name, why))
        else:
            raise ValueError("no such status: " + status)


def case_status(case):
    """(status, why) of one <testcase>."""
    for element in ("failure", "error"):
        found = case.find(element)
        if found is not None:
            return "failed", (found.get("message") or "").split("\n")[0]
    found = case.find("skipped")
    if found is not None:
        # googletest puts "file:line" before the message.
        why = (found.get("message") or found.text or "").strip()
        return "skipped", why.split("\n")[-1]
    if case.get("status") == "notrun":
        return "skipped", "disabled"
    return "passed", ""


def cases_of(path):
    """[(name, status, why)] of a JUnit file; [] when it is absent or broken."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return []
    cases = []
    for case in root.iter("testcase"):
        name = case.get("name", "?")
        suite = case.get("classname")
        if suite:
            name = suite + "." + name
        cases.append((name, *case_status(case)))
    return cases


def events_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def add_bazel_run(totals, phase, path):
    """Adds the tests of one build event file."""
    results = {}  # (label, run, shard) -> the last attempt's event
    not_built = {}
    for event in events_of(path):
        identity = event.get("id", {})
        if "testResult" in identity and "testResult" in event:
            key = identity["testResult"]
            results[key["label"], key.get("run"), key.get("shard")] = event
        completed = identity.get("targetCompleted")
        if completed and not event.get("completed", {}).get("success", False):
            not_built[completed["label"]] = event.get("aborted", {}).get(
                "description", "")
    tested = set()
    for (label, _, _), event in sorted(results.items(), key=str):
        tested.add(label)
        add_test(totals, phase, label, event["testResult"])
    for label, why in sorted(not_built.items()):
        if label not in tested:
            totals.add(f"{phase} {label}", "failed", why or "did not build")


def add_test(totals, phase, label, result):
    status = result.get("status", "NO_STATUS")
    if status in ("PASSED", "FLAKY"):
        expected_failures = False
    else:
        expected_failures = True
    files = [urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path)
             for output in result.get("testActionOutput", [])
             if output.get("name") == "test.xml"]
    cases = [case for file in files for case in cases_of(file)]
    for name, case, why in cases:
        totals.add(f"{phase} {label} {name}", case, why)
    failed = any(case == "failed" for _, case, _ in cases)
    if expected_failures and not failed:
        totals.add(f"{phase} {label}", "failed", status)
    elif not cases:
        totals.add(f"{phase} {label}", "failed", "ran no case")


def add_checks(totals, path):
    """Adds lines of status, name and reason, separated by tabs."""
    for line in path.read_text(encoding="utf-8").splitlines():
        status, name, why = (line + "\t\t").split("\t")[:3]
        totals.add(name, status, why)


def report(totals, out):
    for name, why in totals.skipped:
        print(f"SKIPPED {name}: {why}", file=out)
    for name, why in totals.failed:
        print(f"FAILED {name}" + (f": {why}" if why else ""), file=out)
    print(f"{totals.passed} passed, {len(totals.failed)} failed, "
          f"{len(totals.skipped)} skipped", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bazel", action="append", default=[], nargs=2,
                        metavar=("PHASE", "FILE"))
    parser.add_argument("--checks", type=pathlib.Path)
    arguments = parser.parse_args()
    totals = Totals()
    for phase, path in arguments.bazel:
        try:
            add_bazel_run(totals, phase, path)
        except OSError as error:
            totals.add(phase, "failed", str(error))
    if arguments.checks:
        add_checks(totals, arguments.checks)
    report(totals, sys.stdout)
    return 0 if totals.passed and not totals.failed else 1


if __name__ == "__main__":
    sys.exit(main())
