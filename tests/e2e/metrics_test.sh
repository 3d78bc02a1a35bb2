#!/bin/bash
# /metrics of a real server, judged by promtool.

source tests/e2e/lib.sh

scrape() { curl -sS --fail --max-time 20 "http://$METRICS_ADDRESS/metrics"; }

# value SERIES: of the series in the last scrape, which a test keeps in $PAGE.
value() { awk -v series="$1" '$1 == series { print $2 }' <<<"$PAGE"; }

test_promtool_finds_nothing_to_say() {
  require_tool promtool
  require_tool curl
  scrape >"$TEST_TMPDIR/page"
  expect_exit 0 promtool check metrics <"$TEST_TMPDIR/page"
  expect_equal "" "$OUT$ERR"
}

test_promtool_finds_nothing_to_say_after_traffic() {
  require_tool promtool
  require_tool curl
  "$NETBUFCTL" --address "$SERVER_ADDRESS" adapter create m1
  "$NETBUFCTL" --address "$SERVER_ADDRESS" replay "$CAPTURE" --adapter m1
  scrape >"$TEST_TMPDIR/page"
  expect_exit 0 promtool check metrics <"$TEST_TMPDIR/page"
  expect_equal "" "$OUT$ERR"
}

test_calls_are_counted_by_method_and_code() {
  require_tool curl
  local labels='{grpc_code="NotFound",grpc_method="GetAdapter"'
  labels+=',grpc_service="netbuf.v1.AdapterService",grpc_type="unary"}'
  PAGE="$(scrape)"
  local before after
  before="$(value "grpc_server_handled_total$labels")"
  "$NETBUFCTL" --address "$SERVER_ADDRESS" adapter get absent || true
  "$NETBUFCTL" --address "$SERVER_ADDRESS" adapter get absent || true
  PAGE="$(scrape)"
  after="$(value "grpc_server_handled_total$labels")"
  expect_equal 2 "$((after - before))"
}

start_test_server
run_tests "$@"
expect_server_ends_well
