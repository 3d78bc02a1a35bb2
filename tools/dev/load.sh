# shellcheck shell=bash
# ./dev load [SCENARIO] [-- GHZ_FLAG...]: runs a scenario of tests/load, smoke unless
# named, against a server of its own; 1 when a criterion was missed. Sourced by
# ./dev.

run_load() {
  local scenario=smoke
  if (($# > 0)) && [[ "$1" != -* ]]; then
    scenario="$1"
    shift
  fi
  # Before minutes of building.
  python3 -B tests/load/load.py --check "$scenario" "$@" || return
  ensure_ghz
  [[ -x "$GHZ" ]] || die "ghz could not be installed; it needs Go and its module proxy"
  build_optimised //server:netbufd //client/cli:netbufctl
  python3 -B tests/load/load.py --server=bazel-bin/server/netbufd \
    --netbufctl=bazel-bin/client/cli/netbufctl --ghz="$GHZ" "$scenario" "$@"
}
