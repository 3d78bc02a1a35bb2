# shellcheck shell=bash
# ./dev serve [FLAG...]: the server in the foreground. Sourced by ./dev.

run_serve() {
  local flag has_directory="${NETBUFD_CAPTURE_DIR:-}"
  for flag in "$@"; do
    [[ "$flag" != --capture_dir* ]] || has_directory=yes
  done
  if [[ -z "$has_directory" ]]; then
    mkdir -p "$CALLER_DIR/captures"
    set -- --capture_dir="$CALLER_DIR/captures" "$@"
  fi
  build_optimised //server:netbufd
  local binary="$PWD/bazel-bin/server/netbufd"
  cd "$CALLER_DIR" || die "$CALLER_DIR is gone"
  exec "$binary" "$@"
}
