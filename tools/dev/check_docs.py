#!/usr/bin/env python3
"""Checks that what README.md and docs/ name is there.

Looks at paths in `backticks`, at the targets of links (headings included), and,
in examples too, at Bazel labels and the commands of ./dev. Prints each name of
nothing with its place and exits 1 when there is one.
"""

import argparse
import pathlib
import re
import sys

SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
LABEL = re.compile(
    r"(?<![\w:/])//([a-z][\w-]*(?:/[\w-]+)*)?(?:/?\.\.\.|:([\w.-]+))?")
DEV_COMMAND = re.compile(r"\./dev ([a-z]+)")
PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]*)*")
# A name with one of these is a file of ours even without its directory.
SOURCE = re.compile(r"\.(?:bzl|cc|h|md|proto|py|sh)$")


class Tree:
    """What documents may name."""

    def __init__(self, root):
        self.root = root
        self.top = {path.name for path in root.iterdir()}
        self.files = {
            path.name for path in root.rglob("*")
            if not path.relative_to(root).parts[0].startswith(("bazel-", "."))
        }
        self.commands = set(
            re.findall(r"^  ([a-z]+)  ", (root / "dev").read_text(), re.MULTILINE))

    def has_path(self, path, folder):
        """Whether a path from the root, or from a document's folder, is there."""
        if "/" not in path:
            return path in self.files
        pattern = path.rstrip("/")
        return any(self.root.glob(pattern)) or any(folder.glob(pattern))

    def has_label(self, package, target):
        build = self.root / package / "BUILD"
        if not build.exists():
            return (self.root / package).is_dir() and target is None
        return target is None or f'name = "{target}"' in build.read_text()


def headings(text):
    """The anchors that a document's headings make."""
    for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        yield re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def link_fault(target, document):
    if "://" in target:
        return None
    path, _, anchor = target.partition("#")
    linked = document.parent / path if path else document
    if not linked.exists():
        return f"no such file: {target}"
    if anchor and anchor not in headings(linked.read_text(encoding="utf-8")):
        return f"no such heading: {target}"
    return None


def is_path(name, tree):
    if not PATH.fullmatch(name):
        return False
    return SOURCE.search(name) or ("/" in name and name.split("/")[0] in tree.top)


def faults_of(line, in_example, document, tree):
    """What one line names that is not there, as sentences."""
    if not in_example:
        for target in LINK.findall(line):
            fault = link_fault(target, document)
            if fault:
                yield fault
        for name in SPAN.findall(line):
            if is_path(name, tree) and not tree.has_path(name, document.parent):
                yield f"no such path: {name}"
    code = [line] if in_example else SPAN.findall(line)
    for text in code:
        for package, target in LABEL.findall(text):
            if not tree.has_label(package, target or None):
                yield f"no such target: //{package}" + (target and f":{target}")
        for command in DEV_COMMAND.findall(text):
            if command not in tree.commands:
                yield f"no such command: ./dev {command}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=pathlib.Path(__file__).parents[2],
                        type=pathlib.Path, help="of the tree to check")
    tree = Tree(parser.parse_args().root.resolve())
    documents = [tree.root / "README.md", *sorted(tree.root.glob("docs/**/*.md"))]
    wrong = 0
    for document in documents:
        in_example = False
        lines = document.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines, 1):
            if line.startswith("```"):
                in_example = not in_example
                continue
            for fault in faults_of(line, in_example, document, tree):
                wrong += 1
                print(f"{document.relative_to(tree.root)}:{number}: {fault}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
