"""Questions to a real Prometheus that scrapes a real server.

usage: check_live.py QUESTION ARGUMENT...

  wait QUERY                 until the query has an answer; at most 20 s
  panels DIRECTORY           every query of every panel has an answer
  rules DIRECTORY            every recording rule has an answer
  counts LOAD_JSON           the numbers are what load.cc says it did
  documented METRICS_MD PAGE the page of /metrics and the document have the
                             same series, types and labels

PROMETHEUS is the address of the one asked. Prints what is wrong, exits 1 when
something is.
"""

import collections
import json
import math
import os
import pathlib
import re
import sys
import time
import urllib.parse
import urllib.request

import yaml

from catalogue import OWN_LABEL, documented
from dashboards import load, queries_of, resolved

# Of $__rate_interval: more than what the load lasts, so that what happened but
# once is in it.
RATE_INTERVAL = "30s"


def ask(query):
    """The answer to an instant query: (labels, value) of each series."""
    url = (f"http://{os.environ['PROMETHEUS']}/api/v1/query?"
           + urllib.parse.urlencode({"query": query}))
    with urllib.request.urlopen(url, timeout=10) as answer:
        result = json.load(answer)["data"]["result"]
    return [(series["metric"], float(series["value"][1])) for series in result]


def value(query):
    """Of a query that has one series."""
    answer = ask(query)
    return answer[0][1] if len(answer) == 1 else math.nan


def wait(query):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if ask(query):
            return []
        time.sleep(0.1)
    return [f"no answer within 20 s: {query}"]


def has_number(answer):
    return any(not math.isnan(number) for _, number in answer)


def panels(directory):
    count = 0
    for dashboard in load(directory).values():
        for query in queries_of(dashboard):
            count += 1
            if not has_number(ask(resolved(query.expression, RATE_INTERVAL))):
                yield f"{query.dashboard}: {query.panel}: no data"
    print(f"{count} queries asked")


def rules(directory):
    for path in sorted(pathlib.Path(directory).glob("*.yml")):
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in (rule for group in groups for rule in group["rules"]):
            if "record" in rule and not has_number(ask(rule["record"])):
                yield f"{rule['record']}: no data"


def go_code(status):
    """gRPC's spelling of a code in C++ as Go spells it."""
    return "OK" if status == "OK" else status.title().replace("_", "")


def exact_counts(did):
    """(query, what the load did)."""
    for call, count in did["calls"].items():
        method, status = call.split("/")
        yield (f'grpc_server_handled_total{{grpc_method="{method}",'
               f'grpc_code="{go_code(status)}"}}', count)
    yield ('sum(grpc_server_handled_total{grpc_service=~"netbuf.*"})',
           sum(did["calls"].values()))
    sends = did["calls"]["SendFrames/OK"]
    yield "netbufd_send_completion_seconds_count", sends
    yield ('grpc_server_handling_seconds_count{grpc_method="SendFrames"}',
           sends + did["calls"]["SendFrames/RESOURCE_EXHAUSTED"])
    yield "netbufd_pause_seconds_count", did["calls"]["PauseBinding/OK"]
    for status, count in did["frames"].items():
        yield f'netbufd_binding_completions_total{{status="{status}"}}', count
    yield ("sum(netbufd_binding_completions_total)",
           sum(did["frames"].values()))
    # Those of a paused binding never reach the adapter.
    yield ('sum(netbufd_adapter_frames_total{adapter="adapters/wire",'
           'direction="transmit"})', did["frames"]["NDIS_STATUS_SUCCESS"])
    yield ('netbufd_binding_back_fill_hits_total{space="data"}',
           did["sent"]["roomy"])
    yield ('netbufd_binding_back_fill_misses_total{space="data"}',
           did["sent"]["tight"])
    yield ("sum(netbufd_pool_allocation_failures_total)",
           did["calls"]["SendFrames/RESOURCE_EXHAUSTED"])
    yield ('netbufd_oid_requests_total{kind="query",'
           'status="NDIS_STATUS_SUCCESS"}', did["calls"]["QueryOid/OK"])
    yield ('netbufd_pool_outstanding_blocks{pool=~".*/held"}', did["held"])
    yield ('netbufd_pool_outstanding_blocks{pool=~".*/roomy"}', 0)
    yield 'netbufd_binding_state{state="running"}', 1
    yield "count(ALERTS{alertstate=\"firing\"}) or vector(0)", 0


def counts(path):
    did = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    for query, expected in exact_counts(did):
        if value(query) != expected:
            yield f"{query} is {value(query)}, not {expected}"
    # increase() extrapolates to the end of its range: by a scrape's interval of 2 s at
    # most, in more than the load's 5 s.
    frames = sum(did["frames"].values())
    increase = value("sum(increase(netbufd_binding_sent_frames_total[5m]))")
    if not frames <= increase <= 1.4 * frames:
        yield f"the increase of sent frames is {increase}, not about {frames}"
    # The server's part of the slowest call was not longer than all of it; the
    # quantile may be anywhere in its bucket, 2.5 times as wide as it begins.
    p99 = value('histogram_quantile(0.99, sum by (le) (rate('
                'grpc_server_handling_seconds_bucket{grpc_method="SendFrames"}'
                '[5m])))')
    if not 0 < p99 <= max(2.5 * did["slowest_call_seconds"], 50e-6):
        yield f"p99 is {p99}, the slowest call {did['slowest_call_seconds']}"


def family_of(name, metrics):
    for metric in metrics.values():
        if name in metric.series_names():
            return metric
    return None


def documented_series(document, page):
    metrics = documented(document)
    types = {}
    seen = collections.defaultdict(set)
    for line in pathlib.Path(page).read_text(encoding="utf-8").splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            types[name] = kind
        elif not line.startswith("#"):
            name, labels = re.match(r"([\w:]+)(?:\{(.*)\})? ", line).groups()
            seen[name].add(frozenset(re.findall(r'(\w+)="', labels or "")))
    for name, kind in types.items():
        if name not in metrics:
            yield f"{name} is scraped and not documented"
        elif kind != metrics[name].type:
            yield f"{name} is documented as {metrics[name].type}, not {kind}"
    for name, label_sets in seen.items():
        metric = family_of(name, metrics)
        if metric is None:
            yield f"{name} is scraped and not documented"
            continue
        own = OWN_LABEL.get(metric.type)
        for labels in label_sets:
            if labels - {own} != metric.labels:
                yield (f"{name} has the labels {sorted(labels)}, not "
                       f"{sorted(metric.labels)}")
    for metric in metrics.values():
        for name in metric.series_names():
            if name not in seen:
                yield f"{name} is documented and not scraped"


QUESTIONS = {"wait": wait, "panels": panels, "rules": rules, "counts": counts,
             "documented": documented_series}


def main():
    faults = list(QUESTIONS[sys.argv[1]](*sys.argv[2:]))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
