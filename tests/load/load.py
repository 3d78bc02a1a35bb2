#!/usr/bin/env python3
"""Runs one load scenario: a server of its own, ghz, a report, a verdict.

Exits 0 when every criterion was met, 1 when one was missed, there is no such
scenario, or a flag cannot be read, 130 when Ctrl-C ended it. The binaries are looked for where Bazel puts
them. Flags behind -- go to each ghz that is not only a warm-up, each written
--name=value, for example -- --duration=30s.
"""

import argparse
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import verdict
from server import LoadError, MemorySampler, Server

HERE = pathlib.Path(__file__).parent
FLAG = re.compile(r"--([a-z][a-z-]*)=(.+)", re.S)


def read_scenarios():
    return json.loads((HERE / "scenarios.json").read_text(encoding="utf-8"))


def with_flags(config, flags):
    """A configuration as ghz sees it, the flags of the command line included.

    ghz knows more ways to write one; a flag that is misread here would be measured
    against criteria that are not its own.
    """
    config = dict(config)
    for flag in flags:
        match = FLAG.fullmatch(flag)
        if not match:
            raise LoadError(
                f"a flag for ghz is to be written --name=value, not {flag!r}")
        name, value = match.groups()
        config[name] = int(value) if value.isdigit() else value
    return config


def run_ghz(ghz, server, path, flags):
    """Runs ghz with a configuration file; what it says in JSON."""
    with tempfile.NamedTemporaryFile(suffix=".json") as output:
        try:
            done = subprocess.run(
                [ghz, "--config", str(path), *flags, "--format", "json",
                 "--output", output.name, server.address],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False)
        except OSError as error:
            raise LoadError(f"ghz cannot be started: {error}") from error
        written = pathlib.Path(output.name).read_text(encoding="utf-8")
    if done.returncode != 0 or not written:
        raise LoadError(f"ghz exited with {done.returncode}: {done.stdout}")
    return json.loads(written)


def measure(ghz, server, spec, flags):
    path = HERE / "ghz" / f"{spec['config']}.json"
    flags = spec.get("flags", []) + ([] if spec.get("fixed") else flags)
    config = with_flags(json.loads(path.read_text(encoding="utf-8")), flags)
    before = server.metrics()
    with MemorySampler(server) as memory:
        report = run_ghz(ghz, server, path, flags)
    return verdict.Run(spec.get("name", spec["config"]), config, spec, report,
                       before, server.metrics(), memory.samples)


def run_scenario(scenario, arguments):
    """Prints the report of a scenario; the faults, as sentences."""
    pools = scenario.get("pools", {})
    faults, runs = [], []
    with Server(arguments.server, arguments.netbufctl,
                scenario.get("server_flags", [])) as server:
        server.prepare(scenario.get("link_speed", 0), pools)
        for spec in scenario["runs"]:
            run = measure(arguments.ghz, server, spec, arguments.ghz_flags)
            print("\n".join(verdict.report_of(run)), flush=True)
            faults += [f"{run.name}: {fault}" for fault in verdict.faults_of(run)]
            runs.append(run)
        if "memory_growth_mib" in scenario:
            faults += verdict.memory_faults(runs, scenario["memory_growth_mib"])
        faults += verdict.audit_faults(server.clean_up(pools))
        exit_code = server.stop()
        if exit_code != 0:
            faults.append(f"the server's exit code is {exit_code}")
    return faults


def read_arguments(scenarios):
    own, flags = sys.argv[1:], []
    if "--" in own:
        place = own.index("--")
        own, flags = own[:place], own[place + 1:]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("scenario", metavar="SCENARIO",
                        help=", ".join(scenarios))
    parser.add_argument("--check", action="store_true",
                        help="only whether these arguments can be run")
    parser.add_argument("--server", default="server/netbufd")
    parser.add_argument("--netbufctl", default="client/cli/netbufctl")
    parser.add_argument("--ghz", default="ghz")
    arguments = parser.parse_args(own)
    if arguments.scenario not in scenarios:
        listed = "\n".join(f"  {name:<12} {scenario['proves']}"
                           for name, scenario in scenarios.items())
        sys.exit(f"no such scenario: {arguments.scenario}; there are\n{listed}")
    try:
        with_flags({}, flags)
    except LoadError as error:
        sys.exit(str(error))
    arguments.ghz_flags = flags
    return arguments


def main():
    scenarios = read_scenarios()
    arguments = read_arguments(scenarios)
    if arguments.check:
        return 0
    scenario = scenarios[arguments.scenario]
    print(f"== {arguments.scenario}: {scenario['proves']}", flush=True)
    try:
        faults = run_scenario(scenario, arguments)
    except LoadError as error:
        faults = [str(error)]
    except KeyboardInterrupt:
        print("interrupted")
        return 128 + signal.SIGINT
    for fault in faults:
        print(f"MISSED {fault}")
    print(f"load {arguments.scenario}: {'FAILED' if faults else 'passed'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
