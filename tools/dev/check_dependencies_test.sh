#!/bin/bash
# check_dependencies.py lets right edges pass and refuses every wrong one.

source tests/lib/shell_test.sh

readonly CHECK=tools/dev/check_dependencies.py
readonly DATA=tools/dev/testdata

test_right_edges_pass() {
  expect_exit 0 python3 "$CHECK" --edges "$DATA/right_edges.txt"
  expect_equal "18 dependencies, 0 wrong" "$OUT"
}

test_each_wrong_edge_is_refused() {
  local edge count=0
  while read -r edge; do
    echo "$edge" >"$TEST_TMPDIR/edge.txt"
    expect_exit 1 python3 "$CHECK" --edges "$TEST_TMPDIR/edge.txt"
    expect_contains "$OUT" "${edge% testonly}: "
    count=$((count + 1))
  done < <(grep -v '^#' "$DATA/wrong_edges.txt")
  expect_equal 26 "$count"
}

test_no_edges_at_all_is_a_failure() {
  : >"$TEST_TMPDIR/empty.txt"
  expect_exit 1 python3 "$CHECK" --edges "$TEST_TMPDIR/empty.txt"
}

run_tests "$@"
