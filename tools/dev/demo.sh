# shellcheck shell=bash
# ./dev demo [--capture FILE] [--output FILE] [FLAG...]: starts a server, replays
# the capture through it with the demo client, stops the server. Other flags go to
# the demo client. Sourced by ./dev.

# shellcheck source=tests/lib/server.sh
source tests/lib/server.sh

run_demo() {
  local capture=tests/data/veth.pcap output="$CALLER_DIR/netbufd-demo.pcap" rest=()
  while (($#)); do
    case "$1" in
      --capture | --output)
        (($# > 1)) || die "$1 wants a file"
        set -- "$1=$2" "${@:3}"
        ;;
      --capture=*)
        capture="$(from_caller "${1#*=}")"
        shift
        ;;
      --output=*)
        output="$(from_caller "${1#*=}")"
        shift
        ;;
      *)
        rest+=("$1")
        shift
        ;;
    esac
  done
  [[ -r "$capture" ]] || die "cannot read the capture $capture"

  build_optimised //server:netbufd //client/demo:demo
  directory="$(mktemp -d)"
  trap 'kill_server; rm -rf "$directory"' EXIT
  mkdir "$directory/captures"
  start_server bazel-bin/server/netbufd "$directory/server.log" \
    --port=0 --metrics_port=0 --capture_dir="$directory/captures"
  local status=0
  bazel-bin/client/demo/demo --address="$SERVER_ADDRESS" \
    --metrics_address="$METRICS_ADDRESS" --capture="$capture" \
    --capture_dir="$directory/captures" --output="$output" "${rest[@]}" ||
    status=$?
  if ! stop_server; then
    cat "$directory/server.log" >&2
    die "the server did not end as it should"
  fi
  ((status == 0)) || return "$status"
  say "
dev: the demo's server has ended, exit code 0; ./dev serve runs one that stays"
}
