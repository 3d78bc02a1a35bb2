#!/bin/bash
# summary.py counts cases, and lets no failure slip through.

source tests/lib/shell_test.sh

readonly SUMMARY=tools/dev/summary.py

# junit FILE CASE...: a JUnit file with these elements.
junit() {
  local file="$TEST_TMPDIR/$1"
  shift
  printf '<testsuites><testsuite>%s</testsuite></testsuites>' "$*" >"$file"
}

# event LABEL STATUS FILE: the event Bazel writes for one test.
event() {
  printf '{"id":{"testResult":{"label":"%s","run":1,"shard":1}},' "$1"
  printf '"testResult":{"status":"%s","testActionOutput":' "$2"
  printf '[{"name":"test.xml","uri":"file://%s/%s"}]}}\n' "$TEST_TMPDIR" "$3"
}

summary() {
  expect_exit "$1" python3 "$SUMMARY" --bazel normal "$TEST_TMPDIR/events" \
    "${@:2}"
  LAST="$(tail -n 1 <<<"$OUT")"
}

test_passed_failed_and_skipped_cases_are_counted() {
  junit a.xml '<testcase name="one" classname="A"/>' \
    '<testcase name="two" classname="A"><failure message="1 != 2"/></testcase>'
  junit b.xml '<testcase name="three" result="skipped">' \
    '<skipped message="b.cc:7&#x0A;no tool"/></testcase>'
  {
    event //a:a_test FAILED a.xml
    event //b:b_test PASSED b.xml
  } >"$TEST_TMPDIR/events"
  summary 1
  expect_equal "1 passed, 1 failed, 1 skipped" "$LAST"
  expect_line "$OUT" "FAILED normal //a:a_test A.two: 1 != 2"
  expect_line "$OUT" "SKIPPED normal //b:b_test three: no tool"
}

test_a_pass_exits_zero() {
  junit a.xml '<testcase name="one"/>'
  event //a:a_test PASSED a.xml >"$TEST_TMPDIR/events"
  summary 0
  expect_equal "1 passed, 0 failed, 0 skipped" "$LAST"
}

test_a_crash_without_a_failed_case_is_a_failure() {
  junit a.xml '<testcase name="one"/>'
  event //a:a_test FAILED a.xml >"$TEST_TMPDIR/events"
  summary 1
  expect_equal "1 passed, 1 failed, 0 skipped" "$LAST"
}

test_a_timeout_without_a_file_is_a_failure() {
  event //a:a_test TIMEOUT absent.xml >"$TEST_TMPDIR/events"
  summary 1
  expect_equal "0 passed, 1 failed, 0 skipped" "$LAST"
  expect_line "$OUT" "FAILED normal //a:a_test: TIMEOUT"
}

test_a_test_that_did_not_build_is_a_failure() {
  echo '{"id":{"targetCompleted":{"label":"//a:a_test"}},"completed":{}}' \
    >"$TEST_TMPDIR/events"
  summary 1
  expect_equal "0 passed, 1 failed, 0 skipped" "$LAST"
}

test_only_the_last_attempt_counts() {
  junit a.xml '<testcase name="one"><failure/></testcase>'
  junit b.xml '<testcase name="one"/>'
  {
    event //a:a_test FAILED a.xml
    event //a:a_test PASSED b.xml
  } >"$TEST_TMPDIR/events"
  summary 0
  expect_equal "1 passed, 0 failed, 0 skipped" "$LAST"
}

test_a_passing_test_without_cases_is_a_failure() {
  junit a.xml ''
  event //a:a_test PASSED a.xml >"$TEST_TMPDIR/events"
  summary 1
  expect_line "$OUT" "FAILED normal //a:a_test: ran no case"
}

test_checks_are_added() {
  : >"$TEST_TMPDIR/events"
  printf 'passed\tx\t\nskipped\ty\tno npm\n' >"$TEST_TMPDIR/checks"
  summary 0 --checks "$TEST_TMPDIR/checks"
  expect_equal "1 passed, 0 failed, 1 skipped" "$LAST"
  expect_line "$OUT" "SKIPPED y: no npm"
}

test_nothing_run_is_a_failure() {
  : >"$TEST_TMPDIR/events"
  summary 1
  expect_equal "0 passed, 0 failed, 0 skipped" "$LAST"
}

test_a_missing_event_file_is_a_failure() {
  rm -f "$TEST_TMPDIR/events"
  summary 1
  expect_equal "0 passed, 1 failed, 0 skipped" "$LAST"
}

run_tests "$@"
