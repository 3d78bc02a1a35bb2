#!/bin/bash
# A real server under load and a real Prometheus that scrapes it: every panel of
# every dashboard has data, and the numbers are what the load did.

source tests/lib/shell_test.sh
source tests/lib/server.sh

readonly DASHBOARDS=deploy/grafana/dashboards
PROMETHEUS_PID=''
# A tenth of a second each.
READY_CHECKS=200

check_live() { python3 tests/monitoring/check_live.py "$@"; }

stop_everything() {
  kill_server
  [[ -z "$PROMETHEUS_PID" ]] || kill -KILL "$PROMETHEUS_PID" 2>/dev/null || true
}

# deploy/prometheus with this server as its target. It is asked often, and given
# long enough to answer on a busy machine: one scrape that fails makes every series
# stale until the next. A timeout must not be longer than the interval.
configure_prometheus() {
  mkdir -p "$TEST_TMPDIR/prometheus"
  cp -rL deploy/prometheus/. "$TEST_TMPDIR/prometheus"
  chmod -R u+w "$TEST_TMPDIR/prometheus"
  sed -i 's/\(scrape_[a-z]*\): .*/\1: 2s/; s/evaluation_interval: .*/evaluation_interval: 500ms/' \
    "$TEST_TMPDIR/prometheus/prometheus.yml"
  printf -- '- targets: ["%s"]\n' "$METRICS_ADDRESS" \
    >"$TEST_TMPDIR/prometheus/targets/local.yml"
}

# Prometheus cannot take a port by itself, and one that is free may be taken by the
# time it gets there.
start_prometheus() {
  local tries checks
  for ((tries = 0; tries < 5; ++tries)); do
    PROMETHEUS="127.0.0.1:$(python3 tests/monitoring/free_port.py)"
    export PROMETHEUS
    prometheus --config.file="$TEST_TMPDIR/prometheus/prometheus.yml" \
      --storage.tsdb.path="$TEST_TMPDIR/tsdb$tries" \
      --web.listen-address="$PROMETHEUS" >"$TEST_TMPDIR/prometheus.log" 2>&1 &
    PROMETHEUS_PID=$!
    for ((checks = 0; checks < READY_CHECKS; ++checks)); do
      kill -0 "$PROMETHEUS_PID" 2>/dev/null || continue 2
      ! curl -sf --max-time 5 "http://$PROMETHEUS/-/ready" >/dev/null 2>&1 || return 0
      sleep 0.1
    done
    break
  done
  fail "Prometheus does not start: $(tail -5 "$TEST_TMPDIR/prometheus.log")"
}

# The counters stand at their first values in Prometheus before the load begins, and
# at their last when this returns.
run_load() {
  coproc LOAD { tests/monitoring/load "$SERVER_ADDRESS" 2>"$TEST_TMPDIR/load.log"; }
  read -r _ <&"${LOAD[0]}" || fail "no load: $(cat "$TEST_TMPDIR/load.log")"
  check_live wait 'count_over_time(netbufd_binding_sent_frames_total[10s]) >= 2'
  echo go >&"${LOAD[1]}"
  read -r REPORT <&"${LOAD[0]}" || fail "no load: $(cat "$TEST_TMPDIR/load.log")"
  echo "$REPORT" >"$TEST_TMPDIR/load.json"
  # A scrape and then an evaluation of the rules that began after the load's end. Not
  # `up`, which a scrape that fails moves too.
  check_live wait "timestamp(netbufd_binding_sent_frames_total) > $EPOCHREALTIME"
  check_live wait "timestamp(instance:netbufd_calls:rate5m) > $EPOCHREALTIME"
}

set_up() {
  require_tool prometheus
  require_tool curl
  mkdir -p "$TEST_TMPDIR/captures"
  cp -L tests/data/veth.pcap "$TEST_TMPDIR/captures/replay.pcap"
  trap stop_everything EXIT
  start_server server/netbufd "$TEST_TMPDIR/server.log" --port=0 --metrics_port=0 \
    --capture_dir="$TEST_TMPDIR/captures"
  configure_prometheus
  start_prometheus
  run_load
  echo "the load: $REPORT"
}

test_every_panel_has_data() {
  require_tool prometheus
  expect_exit 0 check_live panels "$DASHBOARDS"
  expect_match "$OUT" "^[0-9]{2,} queries asked$"
}

test_every_recording_rule_has_data() {
  require_tool prometheus
  expect_exit 0 check_live rules deploy/prometheus/rules
}

test_the_numbers_are_what_the_load_did() {
  require_tool prometheus
  expect_exit 0 check_live counts "$TEST_TMPDIR/load.json"
}

test_a_scrape_has_what_the_document_says_and_nothing_else() {
  require_tool prometheus
  curl -sSf "http://$METRICS_ADDRESS/metrics" >"$TEST_TMPDIR/page"
  expect_exit 0 check_live documented docs/metrics.md "$TEST_TMPDIR/page"
}

# So that the cases above can fail.
test_what_is_not_so_is_found() {
  require_tool prometheus
  mkdir -p "$TEST_TMPDIR/spoilt"
  sed 's/netbufd_pool_cached_blocks/netbufd_pool_magazines/' \
    "$DASHBOARDS/netbufd-engine.json" >"$TEST_TMPDIR/spoilt/netbufd-engine.json"
  expect_exit 1 check_live panels "$TEST_TMPDIR/spoilt"
  expect_line "$OUT" "netbufd / Engine: Magazines: no data"
  sed 's/"held": 40/"held": 41/' "$TEST_TMPDIR/load.json" >"$TEST_TMPDIR/spoilt.json"
  expect_exit 1 check_live counts "$TEST_TMPDIR/spoilt.json"
  expect_contains "$OUT" "is 40.0, not 41"
  curl -sSf "http://$METRICS_ADDRESS/metrics" >"$TEST_TMPDIR/page"
  sed '/`netbufd_protocols`/d; s/`netbufd_pause_seconds` | histogram/`netbufd_pause_seconds` | gauge/' \
    docs/metrics.md >"$TEST_TMPDIR/spoilt.md"
  expect_exit 1 check_live documented "$TEST_TMPDIR/spoilt.md" "$TEST_TMPDIR/page"
  expect_line "$OUT" "netbufd_protocols is scraped and not documented"
  expect_line "$OUT" "netbufd_pause_seconds is documented as gauge, not histogram"
}

test_a_prometheus_that_never_gets_ready_is_given_up() {
  require_tool curl
  mkdir -p "$TEST_TMPDIR/bin"
  printf '#!/bin/sh\necho "loading for ever"\nexec sleep 10\n' >"$TEST_TMPDIR/bin/prometheus"
  chmod +x "$TEST_TMPDIR/bin/prometheus"
  PATH="$TEST_TMPDIR/bin:$PATH" READY_CHECKS=20 expect_exit 1 eval '(start_prometheus)'
  expect_equal "Prometheus does not start: loading for ever" "$ERR"
}

# A setting-up that skips or fails is told by the cases.
CURRENT_TEST=set_up
! type -P prometheus >/dev/null || set_up
run_tests "$@"
