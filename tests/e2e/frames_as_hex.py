#!/usr/bin/env python3
"""Prints the frames of a capture as tshark reads them: hex, a line a frame."""

import json
import subprocess
import sys


def main(path):
    tshark = subprocess.run(
        ["tshark", "-n", "-r", path, "-T", "jsonraw", "-j", "frame"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for packet in json.loads(tshark.stdout):
        print(packet["_source"]["layers"]["frame_raw"][0])


if __name__ == "__main__":
    main(sys.argv[1])
