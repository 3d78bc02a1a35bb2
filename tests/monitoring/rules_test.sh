#!/bin/bash
# Prometheus's configuration and rules, judged by promtool, and the runbook beside
# them.

source tests/lib/shell_test.sh

readonly RULES=deploy/prometheus/rules
readonly TESTS=deploy/prometheus/tests/alerts_test.yml

check_alerts() {
  python3 tests/monitoring/check_alerts.py "${1:-$RULES}" "${2:-$TESTS}" \
    "${3:-docs/operations.md}" docs/metrics.md
}

test_promtool_takes_the_configuration() {
  require_tool promtool
  expect_exit 0 promtool check config deploy/prometheus/prometheus.yml
  expect_contains "$OUT" "2 rule files found"
}

test_promtool_takes_the_rules() {
  require_tool promtool
  expect_exit 0 promtool check rules "$RULES"/*.yml
}

test_alerts_fire_when_they_should_and_only_then() {
  require_tool promtool
  expect_exit 0 promtool test rules "$TESTS"
}

# So that the case above can fail: ten times the threshold.
test_an_alert_with_a_wrong_threshold_is_found() {
  require_tool promtool
  cp -rL deploy/prometheus "$TEST_TMPDIR/prometheus"
  chmod -R u+w "$TEST_TMPDIR/prometheus"
  sed -i 's/> 0\.01$/> 0.1/' "$TEST_TMPDIR/prometheus/rules/alerts.yml"
  expect_exit 1 promtool test rules "$TEST_TMPDIR/prometheus/tests/alerts_test.yml"
  expect_contains "$OUT$ERR" "NetbufdErrorRatioHigh fires"
}

test_every_alert_has_a_runbook_and_both_tests() {
  expect_exit 0 check_alerts
  expect_contains "$OUT" "9 alerts"
}

test_an_alert_without_runbook_or_test_is_found() {
  sed 's/^### NetbufdPoolExhausted/### Something else/' docs/operations.md \
    >"$TEST_TMPDIR/operations.md"
  expect_exit 1 check_alerts "$RULES" "$TESTS" "$TEST_TMPDIR/operations.md"
  expect_exit 1 check_alerts "$RULES" "$TESTS" docs/api.md
  sed 's/name: NetbufdLeaseExpiries does not fire/name: It does not fire/' \
    "$TESTS" >"$TEST_TMPDIR/tests.yml"
  expect_exit 1 check_alerts "$RULES" "$TEST_TMPDIR/tests.yml"
  expect_contains "$OUT" 'no test named "NetbufdLeaseExpiries does not fire'
}

test_a_rule_about_a_series_that_is_not_documented_is_found() {
  mkdir -p "$TEST_TMPDIR/rules"
  sed 's/netbufd_pool_violations_total/netbufd_pool_violation_total/' \
    "$RULES/alerts.yml" >"$TEST_TMPDIR/rules/alerts.yml"
  cp -L "$RULES/recording.yml" "$TEST_TMPDIR/rules/"
  expect_exit 1 check_alerts "$TEST_TMPDIR/rules"
  expect_contains "$OUT" "netbufd_pool_violation_total is not in docs/metrics.md"
}

run_tests "$@"
