#!/usr/bin/env python3
"""Checks what the house asks of BUILD files and of C++ files' first lines.

Every BUILD file is private by default, lists its files one by one (no glob()),
gives every test a size and keeps to spaces; every header's guard is made from its
path. Prints what is wrong, exits 1 when something is.
"""

import pathlib
import re
import subprocess
import sys

GLOBS_ARGUED = {
    # All .proto files, for tools that read the API without reflection.
    "proto/BUILD",
}
TEST_RULE = re.compile(r"^(?:cc|sh)_test\($(.*?)^\)$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r'name = "([^"]+)"')


def build_file_faults(path, text):
    """What is wrong with one BUILD file, as sentences."""
    rules = re.search(r"^\w+\($", re.sub(r"^(package|exports_files)\($", "",
                                         text, flags=re.MULTILINE),
                      re.MULTILINE)
    if rules and "package(default_visibility" not in text:
        yield "no package(default_visibility = ...)"
    if re.search(r"\bglob\(", text) and path not in GLOBS_ARGUED:
        yield "glob(): list the files"
    if "\t" in text:
        yield "a tab"
    for rule in TEST_RULE.finditer(text):
        if "    size = " not in rule.group(1):
            yield f"test {NAME.search(rule.group(1)).group(1)} has no size"


def header_faults(path, text):
    """What is wrong with one header, as sentences."""
    guard = "NETBUFD_" + re.sub(r"[^A-Za-z0-9]", "_", path).upper() + "_"
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        yield f"the include guard is not {guard}"


def faults_of(path, text):
    if path.endswith(".h"):
        return header_faults(path, text)
    if pathlib.PurePath(path).name == "BUILD":
        return build_file_faults(path, text)
    return ()


def main():
    paths = sys.argv[1:] or subprocess.run(
        ["git", "ls-files", "*.h", "*BUILD"], check=True,
        stdout=subprocess.PIPE, text=True).stdout.split()
    wrong = 0
    for path in paths:
        text = pathlib.Path(path).read_text(encoding="utf-8")
        for fault in faults_of(path, text):
            wrong += 1
            print(f"{path}: {fault}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
