#!/bin/bash
# The scenarios that are quick, with the real ghz; and that no false word of ghz's
# passes for a success.

source tests/lib/shell_test.sh

readonly LOAD=tests/load/load.py

load() { python3 -B "$LOAD" "$@"; }

# fake_ghz BODY: a ghz that does this instead; its last but one argument is the
# file to write.
fake_ghz() {
  printf '#!/bin/bash\noutput="${*: -2:1}"\n%s\n' "$1" >"$TEST_TMPDIR/ghz"
  chmod +x "$TEST_TMPDIR/ghz"
}

test_smoke_passes() {
  require_tool ghz
  expect_exit 0 load smoke
  echo "$OUT"
  expect_contains "$OUT" "codes    200 OK"
  expect_line "$OUT" "load smoke: passed"
}

test_overload_is_refused_and_passes_by() {
  require_tool ghz
  expect_exit 0 load overload
  echo "$OUT"
  expect_match "$OUT" "codes    [0-9,]+ OK, [0-9,]+ ResourceExhausted"
  expect_contains "$OUT" "tiny cannot give 1 lists now"
  expect_contains "$OUT" "the sends in flight hold"
  expect_line "$OUT" "load overload: passed"
}

test_pool_churn_gives_everything_back() {
  require_tool ghz
  expect_exit 0 load churn -- --total=500
  expect_line "$OUT" "load churn: passed"
}

test_flags_for_ghz_are_passed_on() {
  require_tool ghz
  expect_exit 0 load smoke -- --total=60 --concurrency=3
  expect_contains "$OUT" "60 calls of 1 frame, 3 at a time"
}

# ghz would take them, and the criteria would be those of another run.
test_flags_for_ghz_that_are_not_name_and_value_are_refused() {
  local flags
  for flags in "--total 60" "-n 60" "-n=60" "--async" "--total=" "60"; do
    # shellcheck disable=SC2086  # Two words are two arguments.
    expect_exit 1 load --ghz=/bin/false smoke -- --concurrency=3 $flags
    expect_equal "a flag for ghz is to be written --name=value, not \
'${flags%% *}'" "$ERR"
    expect_equal "" "$OUT"
  done
}

test_calls_that_never_were_are_missed() {
  # shellcheck disable=SC2016  # The fake's variable.
  fake_ghz 'cat >"$output" <<<"{
    \"count\": 200, \"rps\": 1000, \"slowest\": 1000, \"options\":
    {\"concurrency\": 4, \"connections\": 1},
    \"statusCodeDistribution\": {\"OK\": 200}}"'
  expect_exit 1 load --ghz="$TEST_TMPDIR/ghz" smoke
  expect_line "$OUT" "MISSED smoke: the server counted 0 calls that ended with \
OK, ghz 200"
  expect_line "$OUT" "MISSED smoke: 200 frames were acknowledged, 0 were sent"
  expect_line "$OUT" "load smoke: FAILED"
}

test_a_ghz_that_fails_is_a_failure() {
  fake_ghz 'echo "cannot connect"; exit 1'
  expect_exit 1 load --ghz="$TEST_TMPDIR/ghz" smoke
  expect_contains "$OUT" "MISSED ghz exited with 1: cannot connect"
  expect_line "$OUT" "load smoke: FAILED"
}

test_a_ghz_or_a_server_that_is_not_there_is_a_failure() {
  expect_exit 1 load --ghz=/nonexistent/ghz smoke
  expect_contains "$OUT" "MISSED ghz cannot be started: "
  expect_line "$OUT" "load smoke: FAILED"
  expect_equal "" "$ERR"
  expect_exit 1 load --server=/nonexistent/netbufd smoke
  expect_contains "$OUT" "MISSED the server cannot be started: "
  expect_line "$OUT" "load smoke: FAILED"
  expect_equal "" "$ERR"
}

test_a_server_that_ends_under_load_is_a_failure() {
  # The parent of ghz is load.py; its other child is the server.
  # shellcheck disable=SC2016  # The fake's variables.
  fake_ghz 'for child in $(cat "/proc/$PPID/task/$PPID/children"); do
    [[ "$child" == "$$" ]] || kill -KILL "$child"
  done
  echo "{}" >"$output"'
  expect_exit 1 load --ghz="$TEST_TMPDIR/ghz" smoke
  expect_line "$OUT" "MISSED the server ended under load, with -9"
  expect_line "$OUT" "load smoke: FAILED"
  expect_equal "" "$ERR"
}

test_an_unknown_scenario_is_refused_with_the_list() {
  expect_exit 1 load frobnicate
  expect_contains "$ERR" "no such scenario: frobnicate; there are"
  expect_match "$ERR" "  overload +What is too much answers"
  expect_equal "" "$OUT"
}

run_tests "$@"
