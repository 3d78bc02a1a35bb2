#!/usr/bin/env python3
"""Prints YAML documents as a line a value, for tests to look lines up.

    Service/netbufd.spec.ports[0].port=50051

What stands before the first dot is the document's kind and name, when it has them.
Exits 1 for what is no YAML, or has a key twice.
"""

import sys

import yaml


class Loader(yaml.SafeLoader):
    """As SafeLoader, but a key may stand once only."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"{node.start_mark}: {key} twice")
        return super().construct_mapping(node, deep)


def lines(path, value):
    """The lines of one value."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from lines(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from lines(f"{path}[{index}]", inner)
    else:
        yield f"{path}={value}"


def name_of(document):
    if not isinstance(document, dict) or "kind" not in document:
        return ""
    name = document.get("metadata", {}).get("name", "")
    return f"{document['kind']}/{name}" if name else document["kind"]


def main():
    for document in yaml.load_all(sys.stdin, Loader):
        for line in lines(name_of(document), document):
            print(line)


if __name__ == "__main__":
    try:
        main()
    except yaml.YAMLError as error:
        sys.exit(str(error))
