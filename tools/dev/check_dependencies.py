#!/usr/bin/env python3
"""Checks that no dependency between Bazel targets points the wrong way.

    base <- ndis <- buffer <- pool <- nic <- stack <- engine <- server
    proto <- server, client      client knows neither server nor engine
    nothing but tests knows tests        the engine knows Abseil and libpcap only

Reads the edges from `bazel query`, or from a file: a line an edge, as
"//from:target -> //to:target", with " testonly" behind it when the depending
target is testonly. Prints each wrong edge and exits 1 when there is one.
"""

import argparse
import re
import subprocess
import sys

# From the bottom to the top: each may know itself and what stands before it.
ENGINE_LAYERS = ["engine/base", "engine/ndis", "engine/buffer", "engine/pool",
                 "engine/nic", "engine/stack", "engine"]

ENGINE_LIBRARIES = {"absl", "pcap"}
TEST_LIBRARIES = {"benchmark", "gtest", "gtest_main"}

# What an area may know besides itself. "server" stands for the whole of server/.
ALLOWED = {
    "proto": set(),
    "server": {"engine", "proto"},
    "client": {"proto"},
    "root": {"server", "client"},
}
for number, layer in enumerate(ENGINE_LAYERS):
    ALLOWED[layer] = set(ENGINE_LAYERS[:number])

# Single targets of an area that may not be known otherwise.
EXCEPTIONS = {
    # Two macros; they carry none of the engine's behaviour.
    ("server", "//engine/base:status_macros"),
}


def package_of(label):
    return re.match(r"//([^:]*)", label).group(1)


def area_of(label):
    """The part of the tree a label belongs to, as ALLOWED names it."""
    package = package_of(label)
    if not package:
        return "root"
    if package in ("engine", "engine/facade"):  # engine.h and what is behind it.
        return "engine"
    if package.startswith("engine/"):
        return "/".join(package.split("/")[:2])
    return package.split("/")[0]


def objection(source, target, testonly):
    """Why source must not depend on target; None when it may."""
    if target.startswith("@"):
        return None  # Bazel's own.
    from_area, to_area = area_of(source), area_of(target)
    if from_area == to_area or from_area in ("tests", "tools"):
        return None
    if from_area not in ALLOWED and from_area != "third_party":
        return f"nobody said what {from_area} may know; see check_dependencies.py"
    if to_area in ("tests", "docs"):
        return None if testonly else f"only tests may know {to_area}"
    if to_area == "third_party":
        return library_objection(from_area, target, testonly)
    if (from_area, target) in EXCEPTIONS:
        return None
    if to_area not in ALLOWED.get(from_area, set()):
        return f"{from_area} must not know {to_area}"
    return None


def library_objection(from_area, target, testonly):
    library = target.partition(":")[2] or "third_party"
    if from_area not in ENGINE_LAYERS:
        return None
    if library in ENGINE_LIBRARIES:
        return None
    if testonly and library in TEST_LIBRARIES:
        return None
    return f"the engine must not know {library}"


def bazel_query(*arguments):
    done = subprocess.run(["bazel", "query", "--noshow_progress", *arguments],
                          check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit("bazel query failed")
    return done.stdout


def edges_from_bazel():
    testonly = set(bazel_query("attr(testonly, 1, //...)").split())
    graph = bazel_query("--output=graph", "--nograph:factored",
                        "--noimplicit_deps", "--nohost_deps",
                        "deps(//..., 1)")
    for source, target in re.findall(r'"([^"]+)" -> "([^"]+)"', graph):
        if source.startswith("//"):
            yield source, target, source in testonly


def edges_from_file(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.partition("#")[0].strip()
            if line:
                source, _, target, *flags = line.split()
                yield source, target, "testonly" in flags


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--edges", help="a file instead of bazel query")
    arguments = parser.parse_args()
    count = wrong = 0
    edges = (edges_from_file(arguments.edges) if arguments.edges
             else edges_from_bazel())
    for source, target, testonly in edges:
        count += 1
        why = objection(source, target, testonly)
        if why:
            wrong += 1
            print(f"{source} -> {target}: {why}")
    print(f"{count} dependencies, {wrong} wrong")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
