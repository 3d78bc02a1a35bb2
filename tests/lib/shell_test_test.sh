#!/bin/bash
# The shell test framework itself: what fails fails, what is skipped is counted.

source tests/lib/shell_test.sh

# inner BODY: runs a test file with this body; its JUnit file in $XML.
inner() {
  local directory="$TEST_TMPDIR/inner"
  mkdir -p "$directory"
  {
    echo 'source tests/lib/shell_test.sh'
    echo "$2"
    echo 'run_tests "${@}"'
  } >"$directory/inner.sh"
  expect_exit "$1" env TEST_TMPDIR="$directory" \
    XML_OUTPUT_FILE="$directory/inner.xml" bash "$directory/inner.sh"
  XML="$(cat "$directory/inner.xml")"
}

test_a_passing_case_passes() {
  inner 0 'test_it() { expect_equal 1 1; }'
  expect_line "$OUT" "PASSED test_it"
  expect_contains "$XML" 'tests="1" failures="0"'
}

test_a_command_that_fails_fails_the_case() {
  inner 1 'test_it() { false; true; }'
  expect_contains "$XML" '<failure message="exit code 1">'
}

test_a_failed_case_does_not_stop_the_others() {
  inner 1 'test_one() { false; }; test_two() { true; }'
  expect_line "$OUT" "PASSED test_two"
  expect_contains "$XML" 'tests="2" failures="1"'
}

test_a_skipped_case_says_why_and_passes() {
  inner 0 'test_it() { skip "no <tool>"; }'
  expect_line "$OUT" "SKIPPED test_it: no <tool>"
  expect_contains "$XML" '<skipped message="no &lt;tool&gt;"/>'
}

test_a_tool_that_is_not_there_skips_the_case() {
  inner 0 'test_it() { require_tool no-such-tool; false; }'
  expect_line "$OUT" "SKIPPED test_it: no-such-tool is not installed"
}

test_a_required_tool_that_is_missing_fails_the_case() {
  export NETBUFD_REQUIRED_TOOLS="bash no-such-tool"
  inner 1 'test_it() { require_tool bash; require_tool no-such-tool; }'
  expect_contains "$XML" "no-such-tool is not installed, and is one of"
  inner 0 'test_it() { require_tool other-tool; }'
  expect_line "$OUT" "SKIPPED test_it: other-tool is not installed"
}

test_no_case_at_all_is_a_failure() { inner 1 ':'; }

test_each_expectation_fails_when_it_is_not_met() {
  local body
  for body in 'expect_equal 1 2' 'expect_contains abc x' 'expect_line abc ab' \
    'expect_match abc ^b' 'expect_exit 0 false' 'expect_exit 1 true'; do
    inner 1 "test_it() { $body; }"
  done
}

run_tests "$@"
