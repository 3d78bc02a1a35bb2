#!/usr/bin/env python3
"""Checks that every test that docs/ndis_contract.md names exists."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
NAMED = re.compile(r"`(\w+Test)\.(\w+)`")


def main():
    known = set()
    for path in ROOT.glob("engine/**/*_test.cc"):
        known.update(TEST.findall(path.read_text(encoding="utf-8")))
    named = NAMED.findall(
        (ROOT / "docs/ndis_contract.md").read_text(encoding="utf-8"))
    if not named:
        print("docs/ndis_contract.md names no test")
        return 1
    missing = sorted({name for name in named if name not in known})
    for suite, test in missing:
        print(f"docs/ndis_contract.md names {suite}.{test}, which is no test")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
