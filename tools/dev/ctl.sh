# shellcheck shell=bash
# ./dev ctl ARGUMENT...: the command line client. Sourced by ./dev.

run_ctl() {
  local quiet=()
  # Built before: say nothing unless something is wrong.
  [[ ! -x bazel-bin/client/cli/netbufctl ]] ||
    quiet=(--noshow_progress "--ui_event_filters=warning,error")
  bazel_run build --config=opt "${quiet[@]}" //client/cli:netbufctl
  local binary="$PWD/bazel-bin/client/cli/netbufctl"
  cd "$CALLER_DIR" || die "$CALLER_DIR is gone"
  exec "$binary" "$@"
}
