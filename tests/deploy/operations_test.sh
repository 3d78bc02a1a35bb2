#!/bin/bash
# docs/operations.md has every flag and every event, and none that is not there.

source tests/lib/shell_test.sh
source tests/lib/server.sh

# rows HEADING: the first cells of the table below it, without the quotes.
rows() {
  sed -n "/^| $1 |/,/^\$/p" docs/operations.md | sed -n 's/^| `\([^`]*\)` |.*/\1/p' |
    sort
}

test_every_flag_is_documented() {
  expect_exit 0 server/netbufd --help
  expect_equal "$(grep -oE '^  --[a-z_]+' <<<"$OUT" | tr -d ' ' | grep -v version | sort)" \
    "$(rows flag)"
}

test_every_event_is_documented() {
  expect_equal "$(grep -ohE '"[a-z_]+\.[a-z_]+"' server/*.cc | tr -d '"' | sort -u)" \
    "$(rows event)"
}

# The defaults that the table has are those of the program.
test_the_documented_defaults_are_in_force() {
  local flag value help
  help="$(server/netbufd --help)"
  while IFS='|' read -r _ flag value _; do
    flag="$(tr -d '\` ' <<<"$flag")"
    value="$(tr -d '\` ' <<<"${value%%,*}")"
    case "$value" in
      none | off) grep -qE -- "^  $flag [^=]*\(Env" <<<"$help" ;;
      *) grep -qE -- "^  $flag .*=$value \(Env" <<<"$help" ;;
    esac || fail "the default of $flag is not $value"
  done < <(grep -E '^\| `--[a-z_]+` \|' docs/operations.md | grep -v flags_file)
}

# The netbufctl commands of the page, one a line: those of its shell blocks, and
# those in backquotes, which may go over the end of a line.
commands() {
  {
    sed -n '/^```sh$/,/^```$/{ s/ *#.*//; /^netbufctl /p }' docs/operations.md
    tr '\n' ' ' <docs/operations.md | grep -o '`netbufctl [^`|]*`' | tr -d '`'
  } | sort -u
}

# Of resources that are not there; but each is a command line that netbufctl has.
test_every_netbufctl_command_is_one() {
  trap kill_server EXIT
  start_server server/netbufd "$TEST_TMPDIR/server.log" --port=0 \
    --metrics_port=0
  local line status count=0
  export NETBUFCTL_ADDRESS="$SERVER_ADDRESS"
  while read -r line; do
    status=0
    # shellcheck disable=SC2086  # A word an argument.
    client/cli/${line/ HANDLE/ 1} >"$TEST_TMPDIR/answer" 2>&1 || status=$?
    ((status != 2)) || fail "$line: $(cat "$TEST_TMPDIR/answer")"
    count=$((count + 1))
  done < <(commands)
  ((count > 20))
  stop_server
}

run_tests "$@"
