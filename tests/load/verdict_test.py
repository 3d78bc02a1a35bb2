"""What verdict.py makes of runs that went well, and of those that did not."""

import unittest

import verdict
from server import Metrics

POOL = "protocols/load/netBufferListPools/main"


def metrics(ok=0, refused=0, sent=None, failed=0, allocated=None, freed=None, out=0,
            memory_mib=20):
    """A scrape after `ok` calls of one frame and `refused` calls of none."""
    sent = ok if sent is None else sent
    allocated = sent if allocated is None else allocated
    freed = allocated if freed is None else freed
    handled = 'grpc_server_handled_total{grpc_method="SendFrames",grpc_code'
    completed = 'netbufd_binding_completions_total{binding="b1",status'
    pool = f'{{pool="{POOL}",kind="net_buffer_list"}}'
    return Metrics(f"""
# HELP is no sample.
{handled}="OK"}} {ok}
{handled}="ResourceExhausted"}} {refused}
{handled}="Unavailable"}} 0
{completed}="NDIS_STATUS_SUCCESS"}} {sent}
{completed}="NDIS_STATUS_PAUSED"}} {failed}
netbufd_binding_outstanding_sends{{binding="b1"}} 0
netbufd_pool_outstanding_blocks{pool} {out}
netbufd_pool_high_water_blocks{pool} 4
netbufd_pool_max_outstanding_blocks{pool} +Inf
netbufd_pool_allocations_total{pool} {allocated}
netbufd_pool_frees_total{pool} {freed}
netbufd_pool_violations_total{pool} 0
process_cpu_seconds_total {(ok + refused) * 50e-6}
process_resident_memory_bytes {memory_mib * verdict.MIB}
""")


def run(after, codes, spec=None, errors=None, total=None, details=None,
        config=None):
    count = sum(codes.values())
    config = {"call": "netbuf.v1.DataPathService/SendFrames",
              "total": count if total is None else total, **(config or {})}
    ghz = {"count": count, "rps": 1000.0, "slowest": 2e6,
           "statusCodeDistribution": codes, "errorDistribution": errors or {},
           "latencyDistribution": [{"percentage": 50, "latency": 1e6}],
           "options": {"concurrency": 4, "connections": 1},
           "details": details or []}
    return verdict.Run("run", config, {"frames": 1, **(spec or {})}, ghz,
                       metrics(), after, [20 * verdict.MIB])


def call(start, latency=0.001):
    """One call of ghz's details, by when it began and how long it took."""
    ended = start + latency
    return {"timestamp": f"2026-01-01T00:00:{ended:012.9f}Z",
            "latency": int(latency * 1e9)}


class VerdictTest(unittest.TestCase):

    def faults(self, *arguments, **named):
        return list(verdict.faults_of(run(*arguments, **named)))

    def test_a_run_in_which_all_went_well_has_no_fault(self):
        self.assertEqual([], self.faults(metrics(ok=100), {"OK": 100}))

    def test_calls_that_did_not_come_back_are_a_fault(self):
        self.assertEqual(["120 calls were asked for, 100 came back"],
                         self.faults(metrics(ok=100), {"OK": 100}, total=120))

    def test_no_call_at_all_is_a_fault(self):
        self.assertIn("no call was made", self.faults(metrics(), {}))

    def test_another_code_is_a_fault(self):
        self.assertIn("3 calls answered Unavailable",
                      self.faults(metrics(ok=97), {"OK": 97, "Unavailable": 3}))

    def test_counts_that_differ_from_the_servers_are_a_fault(self):
        self.assertEqual(
            ["the server counted 101 calls that ended with OK, ghz 100"],
            self.faults(metrics(ok=101, sent=100), {"OK": 100}))

    def test_an_acknowledged_frame_that_was_not_sent_is_a_fault(self):
        self.assertIn("100 frames were acknowledged, 99 were sent",
                      self.faults(metrics(ok=100, sent=99, failed=1),
                                  {"OK": 100}))

    def test_a_block_that_was_not_freed_is_a_fault(self):
        faults = self.faults(metrics(ok=100, freed=99, out=1), {"OK": 100})
        self.assertIn("the pools counted 99 frees for 100 frames", faults)
        self.assertIn(f"1 blocks of {POOL} are still out", faults)

    def test_an_overload_that_refuses_nothing_is_a_fault(self):
        self.assertEqual(
            ["only 0 of 100 calls answered ResourceExhausted"],
            self.faults(metrics(ok=100), {"OK": 100},
                        spec={"refused": "in flight"}))

    def test_an_overload_that_refuses_for_the_right_reason_is_none(self):
        codes = {"OK": 60, "ResourceExhausted": 40}
        after, spec = metrics(ok=60, refused=40), {"refused": "in flight"}
        self.assertEqual([], self.faults(after, codes, spec=spec,
                                         errors={"too much in flight": 40}))
        self.assertEqual(
            ["40 calls were refused for another reason: no pool"],
            self.faults(after, codes, spec=spec, errors={"no pool": 40}))

    def test_memory_that_grows_is_a_fault(self):
        runs = [run(metrics(ok=1, memory_mib=20), {"OK": 1}),
                run(metrics(ok=1, memory_mib=29), {"OK": 1})]
        self.assertEqual([], list(verdict.memory_faults(runs, 10)))
        self.assertEqual(1, len(list(verdict.memory_faults(runs, 8))))

    def test_what_a_protocol_leaves_behind_is_a_fault(self):
        self.assertEqual([], list(verdict.audit_faults(
            {"leakedNetBuffers": "0", "reclaimedPools": []})))
        self.assertEqual(
            ["left behind: leakedNetBufferLists 3",
             "left behind: reclaimedPools ['p']"],
            list(verdict.audit_faults(
                {"leakedNetBufferLists": "3", "reclaimedPools": ["p"]})))

    def test_the_knee_is_the_last_rate_that_was_kept(self):
        # 10, 20, 30 and 40 calls a second for a second each; from the third on
        # only 25 are made.
        starts = [step + number / made
                  for step, made in enumerate((10, 20, 25, 25))
                  for number in range(made)]
        config = {"load-start": 10, "load-step": 10, "load-end": 40,
                  "load-step-duration": "1s"}
        stepped = run(metrics(ok=80), {"OK": 80}, config=config,
                      spec={"steps": True}, details=[call(at) for at in starts])
        steps = verdict.steps_of(stepped)
        self.assertEqual([True, True, False, False],
                         [step.kept for step in steps])
        self.assertEqual(20, verdict.knee_of(steps))
        self.assertEqual([], list(verdict.faults_of(stepped)))
        report = "\n".join(verdict.report_of(stepped))
        self.assertIn("the knee: 20 calls/s", report)

    def test_the_report_says_what_was_asked_and_what_came_back(self):
        report = "\n".join(verdict.report_of(
            run(metrics(ok=60, refused=40), {"OK": 60, "ResourceExhausted": 40},
                errors={"too much": 40})))
        for line in ("asked    SendFrames, 100 calls of 1 frame, 4 at a time over "
                     "1 connection",
                     "codes    60 OK, 40 ResourceExhausted",
                     "rate     1,000 calls/s, 600 frames/s",
                     "latency  p50 1.00 ms, slowest 2.00 ms",
                     "server   50 us CPU a call, 20.0 MiB at most",
                     "pools    main: 4 lists at most",
                     "40 times: too much"):
            self.assertIn(line, report)


if __name__ == "__main__":
    unittest.main()
