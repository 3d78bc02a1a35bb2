"""What a run of ghz came to: the report a person reads, and what is wrong with it.

ghz exits 0 although calls failed, so everything is read from its JSON and held
against what the server counted in the same time.
"""

import collections
import datetime

MIB = 1 << 20
# Of an overload, each of accepted and refused: less would be an accident.
LEAST_SHARE = 0.01
# A rate is kept when this share of it was started in its time.
KEPT_SHARE = 0.95

Run = collections.namedtuple(
    "Run", "name config spec ghz before after memory_samples")


def method_of(run):
    return run.config["call"].rpartition("/")[2]


def delta(run, name, **labels):
    return run.after.sum(name, **labels) - run.before.sum(name, **labels)


def codes_of(run):
    return run.ghz.get("statusCodeDistribution") or {}


# --- What is wrong ------------------------------------------------------------


def completeness_faults(run):
    asked, count = run.config.get("total", 0), run.ghz["count"]
    if asked and not run.config.get("duration") and count != asked:
        yield f"{asked:,} calls were asked for, {count:,} came back"
    counted = sum(codes_of(run).values())
    if counted != count:
        yield f"{count:,} calls, but {counted:,} codes"
    if count == 0:
        yield "no call was made"


def code_faults(run):
    codes, count = codes_of(run), run.ghz["count"]
    refused = run.spec.get("refused")
    wanted = {"OK", "ResourceExhausted"} if refused else {"OK"}
    for code in sorted(set(codes) - wanted):
        yield f"{codes[code]:,} calls answered {code}"
    for code in sorted(wanted):
        if codes.get(code, 0) < count * LEAST_SHARE:
            yield f"only {codes.get(code, 0):,} of {count:,} calls answered {code}"
    if not refused:
        return
    for text, times in (run.ghz.get("errorDistribution") or {}).items():
        if refused not in text:
            yield f"{times:,} calls were refused for another reason: {text}"


def server_count_faults(run):
    codes = codes_of(run)
    for labels, after in run.after.select(
            "grpc_server_handled_total", grpc_method=method_of(run)):
        code = labels["grpc_code"]
        counted = after - run.before.sum("grpc_server_handled_total", **labels)
        if counted != codes.get(code, 0):
            yield (f"the server counted {counted:,.0f} calls that ended with "
                   f"{code}, ghz {codes.get(code, 0):,}")


def frame_faults(run):
    frames = codes_of(run).get("OK", 0) * run.spec["frames"]
    status = {"status": "NDIS_STATUS_SUCCESS"}
    sent = delta(run, "netbufd_binding_completions_total", **status)
    everything = delta(run, "netbufd_binding_completions_total")
    if sent != frames:
        yield f"{frames:,} frames were acknowledged, {sent:,.0f} were sent"
    if everything != sent:
        yield f"{everything - sent:,.0f} frames did not complete with SUCCESS"
    for what in ("allocations", "frees"):
        blocks = delta(run, f"netbufd_pool_{what}_total")
        if blocks != frames:
            yield f"the pools counted {blocks:,.0f} {what} for {frames:,} frames"


def leak_faults(run):
    for labels, out in run.after.select("netbufd_pool_outstanding_blocks"):
        if out:
            yield f"{out:,.0f} blocks of {labels['pool']} are still out"
    if run.after.sum("netbufd_binding_outstanding_sends"):
        yield "sends are still outstanding"
    if delta(run, "netbufd_pool_violations_total"):
        yield "the pools found violations"


def step_faults(run):
    if run.spec.get("steps") and not steps_of(run)[0].kept:
        yield "not even the first rate was kept"


def faults_of(run):
    """What is wrong with one run, as sentences."""
    for check in (completeness_faults, code_faults, server_count_faults,
                  frame_faults, leak_faults, step_faults):
        yield from check(run)


def memory_faults(runs, limit_mib):
    """Resident memory when the last run is over, against when the first was."""
    name = "process_resident_memory_bytes"
    growth = (runs[-1].after.sum(name) - runs[0].after.sum(name)) / MIB
    if growth > limit_mib:
        yield (f"memory grew by {growth:.1f} MiB from the first run to the last; "
               f"{limit_mib} are allowed")


def audit_faults(audit):
    """What a protocol left behind that should have left nothing."""
    for what, left in audit.items():
        if int(left) if isinstance(left, (str, int)) else left:
            yield f"left behind: {what} {left}"


# --- The steps of a rising rate -------------------------------------------------

Step = collections.namedtuple("Step", "asked kept rate p50 p99")


def seconds(text):
    return float(text.rstrip("s"))


def started_at(detail):
    """When a call began, in seconds; ghz writes down when it ended."""
    stamp, _, rest = detail["timestamp"].partition(".")
    fraction = float("0." + rest.rstrip("Z")) if rest else 0.0
    whole = datetime.datetime.fromisoformat(stamp.rstrip("Z"))
    ended = whole.replace(tzinfo=datetime.timezone.utc).timestamp() + fraction
    return ended - detail["latency"] * 1e-9


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def steps_of(run):
    """Each rate of a step schedule, with what became of it."""
    config, calls = run.config, run.ghz["details"]
    length = seconds(config["load-step-duration"])
    starts = [(started_at(call), call["latency"]) for call in calls]
    first = min(start for start, _ in starts)
    steps = []
    rates = range(config["load-start"], config["load-end"] + 1,
                  config["load-step"])
    latencies = [[] for _ in rates]
    for start, latency in starts:
        number = int((start - first) / length)
        if number < len(latencies):
            latencies[number].append(latency)
    for rate, inside in zip(rates, latencies):
        inside.sort()
        achieved = len(inside) / length
        steps.append(Step(rate, achieved >= rate * KEPT_SHARE, achieved,
                          percentile(inside, 0.5) if inside else 0,
                          percentile(inside, 0.99) if inside else 0))
    return steps


def knee_of(steps):
    """The last rate before the first that was not kept; 0: none was."""
    knee = 0
    for step in steps:
        if not step.kept:
            break
        knee = step.asked
    return knee


# --- The report -----------------------------------------------------------------


def milliseconds(nanoseconds):
    return f"{nanoseconds / 1e6:.2f} ms"


def asked_line(run):
    options = run.ghz["options"]
    frames = run.spec["frames"]
    what = f" of {frames:,} frame{'s' if frames != 1 else ''}" if frames else ""
    how_many = (f"calls{what} for {run.config['duration']}"
                if run.config.get("duration")
                else f"{run.config['total']:,} calls{what}")
    rate = f", {options['rps']:,} a second" if options.get("rps") else ""
    return (f"{method_of(run)}, {how_many}{rate}, {options['concurrency']} at a "
            f"time over {options['connections']} connection"
            f"{'s' if options['connections'] != 1 else ''}")


def latency_line(run):
    by_share = {point["percentage"]: point["latency"]
                for point in run.ghz.get("latencyDistribution") or []}
    shown = [f"p{share} {milliseconds(by_share[share])}"
             for share in (50, 95, 99) if share in by_share]
    return ", ".join(shown + [f"slowest {milliseconds(run.ghz['slowest'])}"])


def pool_lines(run):
    for labels, most in run.after.select("netbufd_pool_high_water_blocks"):
        limit = run.after.sum("netbufd_pool_max_outstanding_blocks",
                              pool=labels["pool"])
        bound = "" if limit == float("inf") else f" of {limit:,.0f}"
        lists = "list" if most == 1 and not bound else "lists"
        yield (f"{labels['pool'].rpartition('/')[2]}: {most:,.0f}{bound} {lists} "
               "at most")


def report_of(run):
    """The lines that tell a run."""
    count, ok = run.ghz["count"], codes_of(run).get("OK", 0)
    codes = ", ".join(f"{times:,} {code}"
                      for code, times in sorted(codes_of(run).items()))
    cpu = delta(run, "process_cpu_seconds_total")
    rate = run.ghz["rps"]
    frames = f", {rate * ok / count * run.spec['frames']:,.0f} frames/s" \
        if run.spec["frames"] and count else ""
    yield f"-- {run.name}"
    yield f"   asked    {asked_line(run)}"
    yield f"   codes    {codes}"
    yield f"   rate     {rate:,.0f} calls/s{frames}"
    yield f"   latency  {latency_line(run)}"
    yield (f"   server   {cpu / max(count, 1) * 1e6:,.0f} us CPU a call, "
           f"{max(run.memory_samples, default=0) / MIB:.1f} MiB at most")
    yield f"   pools    {'; '.join(pool_lines(run))}"
    if run.spec.get("steps"):
        steps = steps_of(run)
        for step in steps:
            yield (f"   {step.asked:>8,} calls/s asked, {step.rate:>8,.0f} made, "
                   f"p50 {milliseconds(step.p50)}, p99 {milliseconds(step.p99)}")
        yield f"   the knee: {knee_of(steps):,} calls/s"
    for text, times in (run.ghz.get("errorDistribution") or {}).items():
        yield f"   {times:,} times: {text}"
