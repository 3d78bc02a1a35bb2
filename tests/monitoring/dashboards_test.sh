#!/bin/bash
# Grafana's dashboards: the rules of its dashboard-linter, and the tool itself where
# it is installed; Prometheus's opinion of the queries.

source tests/lib/shell_test.sh

readonly DASHBOARDS=deploy/grafana/dashboards

check_dashboards() {
  python3 tests/monitoring/check_dashboards.py "$@"
}

# A copy that may be spoilt.
copy_dashboards() {
  rm -rf "$TEST_TMPDIR/copy"
  cp -rL "$DASHBOARDS" "$TEST_TMPDIR/copy"
  chmod -R u+w "$TEST_TMPDIR/copy"
}

# expect_fault FILE SED_EXPRESSION WORDS: that change is found out.
expect_fault() {
  copy_dashboards
  sed -i "$2" "$TEST_TMPDIR/copy/$1"
  if cmp -s "$TEST_TMPDIR/copy/$1" "$DASHBOARDS/$1"; then
    fail "nothing changed by $2"
  fi
  expect_exit 1 check_dashboards "$TEST_TMPDIR/copy" docs/metrics.md
  expect_contains "$OUT" "$3"
}

test_the_dashboards_keep_the_linters_rules() {
  expect_exit 0 check_dashboards "$DASHBOARDS" docs/metrics.md
  expect_contains "$OUT" "3 dashboards, 0 faults"
}

test_what_the_rules_forbid_is_found() {
  local file=netbufd-load-test.json
  expect_fault "$file" 's/"label": "Job"/"label": "Jobs"/' template-job-rule
  expect_fault "$file" 's/"label": "Data source"/"label": "x"/' template-datasource
  expect_fault "$file" 's/"refresh": 2/"refresh": 1/' time-change
  expect_fault "$file" '0,/"unit": "ops"/s//"unit": "apples"/' panel-units-rule
  expect_fault "$file" 's/"description": "In flight.*\|"description": "Calls begun.*/"description": "",/' \
    panel-title-description-rule
  expect_fault "$file" '0,/\[$__rate_interval\]/s//[5m]/' target-rate-interval-rule
  expect_fault "$file" 's/{job=~\\"$job\\", /{/' target-job-rule
  expect_fault "$file" 's/instance=~\\"$instance\\"/instance=~\\"a\\"/' \
    target-instance-rule
  expect_fault "$file" 's/"editable": false/"editable": true/' uneditable
  expect_fault "$file" 's/netbufd_memory_used_bytes/netbufd_memory_in_use/' \
    "netbufd_memory_in_use is not in metrics.md"
  expect_fault "$file" '0,/"x": 8/s//"x": 7/' "upon another"
  expect_fault .lint 's/panel: In flight/panel: Elsewhere/' target-counter-agg-rule
  expect_fault .lint 's/reason:/why:/' "has no reason"
}

test_prometheus_can_read_every_query() {
  require_tool promtool
  expect_exit 0 check_dashboards "$DASHBOARDS" docs/metrics.md \
    --rules-file="$TEST_TMPDIR/queries.yml"
  expect_exit 0 promtool check rules "$TEST_TMPDIR/queries.yml"
}

test_a_query_that_prometheus_cannot_read_is_found() {
  require_tool promtool
  copy_dashboards
  sed -i '0,/"expr": "sum/s//"expr": "sum)/' "$TEST_TMPDIR/copy/netbufd-engine.json"
  check_dashboards "$TEST_TMPDIR/copy" docs/metrics.md \
    --rules-file="$TEST_TMPDIR/wrong.yml" || true
  expect_exit 1 promtool check rules "$TEST_TMPDIR/wrong.yml"
}

test_grafanas_dashboard_linter_finds_nothing() {
  require_tool dashboard-linter
  local dashboard
  for dashboard in "$DASHBOARDS"/*.json; do
    expect_exit 0 dashboard-linter lint --strict --verbose "$dashboard"
  done
}

test_provisioning_is_complete() {
  expect_exit 0 python3 - <<'PYTHON'
import yaml
source = yaml.safe_load(open("deploy/grafana/provisioning/datasources/prometheus.yml"))
providers = yaml.safe_load(open("deploy/grafana/provisioning/dashboards/netbufd.yml"))
assert source["apiVersion"] == providers["apiVersion"] == 1
assert [d["type"] for d in source["datasources"]] == ["prometheus"]
assert providers["providers"][0]["options"]["path"]
assert providers["providers"][0]["allowUiUpdates"] is False
PYTHON
}

run_tests "$@"
