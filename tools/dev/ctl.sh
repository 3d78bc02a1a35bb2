# shellcheck shell=bash
# ./dev ctl ARGUMENT...: the command line client. Sourced by ./dev.

run_ctl() {
  local quiet=()
  if [[ -x bazel-bin/client/cli/netbufctl ]]; then
    # Built before: say nothing unless something is wrong.
    quiet=(--noshow_progress "--ui_event_filters=warning,error")
  else
    say "dev: building netbufctl (the first time takes minutes)"
  fi
  bazel_run build --config=opt "${quiet[@]}" //client/cli:netbufctl
  local binary="$PWD/bazel-bin/client/cli/netbufctl"
  cd "$CALLER_DIR" || die "$CALLER_DIR is gone"
  exec "$binary" "$@"
}
