# shellcheck shell=bash
# The real server as a child process, for tests in bash and for ./dev demo.
#
#   start_server BINARY LOG FLAG...    port 0 is up to the flags
#   ... "$SERVER_ADDRESS" "$METRICS_ADDRESS" ...
#   stop_server                        0 when it ended with exit code 0
#
# The caller's EXIT trap calls kill_server, so that no server outlives its test.

SERVER_PID=''

# Waits for the line "netbufd ready grpc=HOST:PORT metrics=HOST:PORT". Fails, with
# the log on stderr, when the server ends or 30 s pass before it.
start_server() {
  local binary="$1" log="$2" line=''
  shift 2
  : >"$log" # Here before the server is, to be read.
  "$binary" "$@" >>"$log" 2>&1 &
  SERVER_PID=$!
  for ((tries = 0; tries < 300; ++tries)); do
    line="$(grep -m1 '^netbufd ready ' "$log" || true)"
    [[ -z "$line" ]] || break
    kill -0 "$SERVER_PID" 2>/dev/null || break
    sleep 0.1
  done
  if [[ -z "$line" ]]; then
    echo "the server did not get ready; it said:" >&2
    cat "$log" >&2
    return 1
  fi
  SERVER_ADDRESS="${line#*grpc=}"
  SERVER_ADDRESS="${SERVER_ADDRESS%% *}"
  METRICS_ADDRESS="${line#*metrics=}"
  METRICS_ADDRESS="${METRICS_ADDRESS%% *}"
  export SERVER_ADDRESS METRICS_ADDRESS
}

# SIGTERM, and the server's exit code; SIGKILL (exit code 137) after 30 s.
stop_server() {
  local pid="$SERVER_PID" status=0
  SERVER_PID=''
  kill -TERM "$pid"
  (
    # No descriptor of the caller's: a test's output ends with the test.
    exec >/dev/null 2>&1
    sleep 30
    kill -KILL "$pid"
  ) &
  local backstop=$!
  wait "$pid" || status=$?
  kill "$backstop" 2>/dev/null || true
  wait "$backstop" 2>/dev/null || true
  return "$status"
}

kill_server() {
  [[ -z "$SERVER_PID" ]] || kill -KILL "$SERVER_PID" 2>/dev/null || true
}
