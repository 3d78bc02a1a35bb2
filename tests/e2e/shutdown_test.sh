#!/bin/bash
# SIGTERM under load: the server drains and exits 0, and what it acknowledged is in
# the capture.

source tests/e2e/lib.sh

ctl() { "$NETBUFCTL" --address "$SERVER_ADDRESS" "$@"; }

# start_load ADAPTER: replays in a loop without end; its exit code is not the point.
start_load() {
  ctl replay "$CAPTURE" --adapter "$1" --loop 0 >/dev/null 2>&1 &
  LOAD+=($!)
}

# records FILE: frames that tshark reads in it.
records() { tshark -r "$1" -T fields -e frame.number 2>/dev/null | wc -l; }

# Frames the adapter has sent so far.
sent() {
  ctl --json adapter get "$1" |
    python3 -c 'import json, sys
statistics = json.load(sys.stdin)["statistics"]
print(sum(int(value) for name, value in statistics.items()
          if name.startswith("out") and name.lower().endswith("packets")))'
}

wait_for_traffic() {
  local tries
  for ((tries = 0; tries < 100; ++tries)); do
    (($(sent "$1") < 1000)) || return 0
    sleep 0.1
  done
  fail "no traffic"
}

end_load() {
  local pid
  for pid in "${LOAD[@]}"; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}

test_sigterm_under_load_exits_zero_and_keeps_what_was_sent() {
  require_tool tshark
  LOAD=()
  start_test_server
  ctl adapter create one --transmit-file one.pcap
  ctl adapter create two
  start_load one
  start_load one
  start_load two
  wait_for_traffic one
  local acknowledged
  acknowledged="$(sent one)"
  expect_server_ends_well
  end_load
  # The file is whole: tshark reads it to its end without complaint.
  expect_exit 0 tshark -r "$TEST_TMPDIR/captures/one.pcap" -q
  (($(records "$TEST_TMPDIR/captures/one.pcap") >= acknowledged)) ||
    fail "$acknowledged frames acknowledged, fewer in the file"
}

test_the_server_can_be_ended_at_once_after_start() {
  start_test_server
  expect_server_ends_well
}

# An HTTP server that looks for its end when it has nothing to read looks every
# second or two.
test_a_metrics_client_that_sends_nothing_does_not_hold_the_end_up() {
  local start idle
  start_test_server
  exec {idle}<>"/dev/tcp/${METRICS_ADDRESS%:*}/${METRICS_ADDRESS##*:}"
  start="${EPOCHREALTIME/./}"
  expect_server_ends_well
  (("${EPOCHREALTIME/./}" - start < 1000000)) || fail "it took longer than 1 s"
  exec {idle}>&-
}

test_sigint_ends_it_as_sigterm_does() {
  local status=0
  # Bash starts background children with SIGINT ignored; the server must not care.
  start_test_server
  kill -INT "$SERVER_PID"
  wait "$SERVER_PID" || status=$?
  SERVER_PID=''
  expect_equal 0 "$status"
}

run_tests "$@"
