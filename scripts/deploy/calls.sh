# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: how it runs other programs. Each has a deadline, and none has the lock's descriptor (9),
# which it would hold after this script was killed. They run in the background, so that a signal is heard at once.

child=""
follower=""
watcher=""
scratch=""
is_undoing=false
# What the program that was asked last printed, and what it complained of.
answer=""
complaint=""

prepare_calls() {
  scratch="$(mktemp -d)"
}

# ask SECONDS COMMAND…
ask() {
  local code=0
  bounded "$@" >"$scratch/out" 2>"$scratch/err" || code=$?
  answer="$(<"$scratch/out")"
  complaint="$(<"$scratch/err")"
  return "$code"
}

# Nothing may interrupt what is being undone: then it runs in the foreground.
bounded() {
  local seconds="$1" code=0
  shift
  if $is_undoing; then
    timeout --kill-after=5 "$seconds" "$@" 3>&- 9>&- || code=$?
    # In a trap a bare return would tell the status from before it.
    return "$code"
  fi
  timeout --kill-after=5 "$seconds" "$@" 3>&- 9>&- &
  child=$!
  wait "$child" || code=$?
  child=""
  return "$code"
}

# One that goes on beside the others: its output is in $scratch/follow meanwhile.
begin_follower() {
  local seconds="$1"
  shift
  : >"$scratch/follow"
  timeout --kill-after=5 "$seconds" "$@" >"$scratch/follow" 2>"$scratch/follow.err" 3>&- 9>&- &
  follower=$!
}

is_follower_alive() {
  kill -0 "$follower" 2>/dev/null
}

await_follower() {
  local code=0
  wait "$follower" || code=$?
  follower=""
  return "$code"
}

# begin_watcher SECONDS COMMAND…: one whose end says that something has happened.
begin_watcher() {
  timeout --kill-after=5 "$@" >/dev/null 2>&1 3>&- 9>&- &
  watcher=$!
}

is_watcher_alive() {
  kill -0 "$watcher" 2>/dev/null
}

end_watcher() {
  kill -TERM "$watcher" 2>/dev/null || true
  watcher=""
}

end_children() {
  local one
  for one in $child $follower $watcher; do kill -TERM "$one" 2>/dev/null || true; done
  child="" follower="" watcher=""
}

pause() {
  sleep "$1" 3>&- 9>&- &
  wait "$!"
}

now_ms() {
  local now="${EPOCHREALTIME:-}"
  if [ -n "$now" ]; then
    now="${now/[.,]/}"
    printf '%s' "${now%???}"
  else
    date +%s%3N
  fi
}

# await SECONDS COMMAND…: until it succeeds, asked ten times a second.
await() {
  local until
  until="$(($(now_ms) + $1 * 1000))"
  shift
  until "$@"; do
    (($(now_ms) < until)) || return 1
    pause 0.1
  done
}

# json_field NAME JSON: a number, a word or a text without quotes in it; nothing where it is not there.
json_field() {
  local pattern="\"$1\": *\"?([^\",}]*)"
  if [[ "$2" =~ $pattern ]]; then printf '%s' "${BASH_REMATCH[1]%$'\n'}"; fi
}
