#!/bin/bash
# The cases of verdict_test.py, each a case here.

source tests/lib/shell_test.sh

readonly CASES=tests/load/verdict_test.py

mapfile -t names < <(sed -n 's/^    def \(test_[a-z_0-9]*\)(.*/\1/p' "$CASES")
for name in "${names[@]}"; do
  eval "$name() { python3 -B $CASES VerdictTest.$name; }"
done
run_tests "${names[@]}"
