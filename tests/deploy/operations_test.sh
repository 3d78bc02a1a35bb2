#!/bin/bash
# docs/operations.md has every flag and every event, and none that is not there.

source tests/lib/shell_test.sh

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

run_tests "$@"
