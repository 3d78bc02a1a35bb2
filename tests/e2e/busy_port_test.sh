#!/bin/bash
# A port that is taken: one clear line, exit code 1.

source tests/e2e/lib.sh

# second FLAG...: a second server, which must not start.
second() {
  expect_exit 1 timeout 20 "$NETBUFD" "$@"
  expect_equal "" "$OUT"
  expect_equal 1 "$(wc -l <<<"$ERR")"
}

test_a_busy_grpc_port_is_said_in_one_line() {
  second --port="${SERVER_ADDRESS##*:}" --metrics_port=0
  expect_contains "$ERR" "${SERVER_ADDRESS##*:}"
}

test_a_busy_metrics_port_is_said_in_one_line() {
  second --port=0 --metrics_port="${METRICS_ADDRESS##*:}"
  expect_contains "$ERR" "${METRICS_ADDRESS##*:}"
}

test_the_first_server_still_answers() {
  "$NETBUFCTL" --address "$SERVER_ADDRESS" adapter list
}

start_test_server
run_tests "$@"
expect_server_ends_well
