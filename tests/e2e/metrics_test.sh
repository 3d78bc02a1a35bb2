#!/bin/bash
# /metrics of a real server, judged by promtool.

source tests/e2e/lib.sh

scrape() { curl -sS --fail --max-time 20 "http://$METRICS_ADDRESS/metrics"; }

# value NAME LABEL...: of the one series in $PAGE with these labels.
value() {
  local lines label
  lines="$(grep "^$1{" <<<"$PAGE")"
  for label in "${@:2}"; do
    lines="$(grep -F -- "$label" <<<"$lines")"
  done
  expect_equal 1 "$(wc -l <<<"$lines")"
  echo "${lines##* }"
}

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
  local series=(grpc_server_handled_total 'grpc_type="unary"'
    'grpc_service="netbuf.v1.AdapterService"' 'grpc_method="GetAdapter"'
    'grpc_code="NotFound"')
  PAGE="$(scrape)"
  local before after
  before="$(value "${series[@]}")"
  "$NETBUFCTL" --address "$SERVER_ADDRESS" adapter get absent || true
  "$NETBUFCTL" --address "$SERVER_ADDRESS" adapter get absent || true
  PAGE="$(scrape)"
  after="$(value "${series[@]}")"
  expect_equal 2 "$((after - before))"
}

start_test_server
run_tests "$@"
expect_server_ends_well
