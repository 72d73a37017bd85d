# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: what it says. With --json stdout is for the result alone.

is_terminal=false

open_output() {
  if $is_json; then exec 3>&2; else exec 3>&1; fi
  if [ -t 3 ]; then is_terminal=true; fi
}

# Whoever reads along may leave; the deploy goes on.
line() {
  clear_progress
  printf '%s\n' "$*" >&3 2>/dev/null || true
}

clear_progress() {
  if $is_terminal; then printf '\r\033[K' >&3 2>/dev/null || true; fi
}

# What is under way, on a terminal only.
show_progress() {
  $is_terminal || return 0
  printf '\r\033[K  %-10s %s' "$phase" "$1" >&3 2>/dev/null || true
}

phase_line() { # RESULT MS NOTE
  line "$(printf '  %-10s %-11s %8s s  %s' "$phase" "$1" "$(as_seconds "$2")" "$3")"
}

as_seconds() {
  printf '%d.%03d' "$(($1 / 1000))" "$(($1 % 1000))"
}

# bar DONE TOTAL
bar() {
  local width=30 filled
  filled="$(($2 > 0 ? $1 * width / $2 : width))"
  printf '[%s%s] %d of %d' "$(repeat '#' "$filled")" "$(repeat . "$((width - filled))")" "$1" "$2"
}

repeat() {
  local text
  printf -v text '%*s' "$2" ''
  printf '%s' "${text// /$1}"
}

row() {
  line "$(printf '  %-34s %10s' "$1" "$2")"
}

# as_json TEXT: in quotes.
as_json() {
  local text="${1//\\/\\\\}"
  text="${text//\"/\\\"}"
  text="${text//$'\n'/ }"
  printf '"%s"' "${text//[[:cntrl:]]/}"
}
