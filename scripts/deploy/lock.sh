# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: one deploy at a time. The kernel lets go of the lock however the script ends.

lock_file="$deploy_directory/lock"
# Who holds it; valid only while it is held.
holder_file="$deploy_directory/holder"
has_lock=false
# The deploy that was told to stand aside.
aside_id=""

hold_lock() {
  open_lock
  flock --nonblock 9 || refuse_lock
  keep_lock
}

# From a deploy that is under way, which leaves everything as it is then.
take_lock_over() {
  open_lock
  if ! flock --nonblock 9; then
    stand_holder_aside
    flock --wait 15 9 || refuse_lock
  fi
  keep_lock
}

open_lock() {
  assert_commands
  if ! mkdir -p "$deploy_directory" 2>/dev/null || ! { : >>"$lock_file"; } 2>/dev/null; then
    give_up 4 "$deploy_directory cannot be written: is the disk full?"
  fi
  exec 9>>"$lock_file"
}

# The traps come first: without them the signal that stands a holder aside would kill it.
keep_lock() {
  has_lock=true
  trap 'interrupt' INT TERM HUP
  trap 'stand_aside' USR1
  trap : PIPE
  printf '{"pid": %d, "host": "%s", "deployId": "%s", "command": "%s"}\n' \
    "$$" "$(this_host)" "$deploy_id" "$command" 2>/dev/null >"$holder_file" || true
  read_state
  trim_history
}

assert_commands() {
  local name
  for name in docker curl flock timeout; do
    has_command "$name" || give_up 4 "$name is not on this machine, and a deploy needs it"
  done
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) || give_up 4 "bash is older than 4.4"
}

this_host() {
  printf '%s' "${HOSTNAME:-localhost}"
}

describe_holder() {
  local holder=""
  if [ -f "$holder_file" ]; then holder="$(<"$holder_file")"; fi
  printf '%s %s (process %s on %s)' "$(json_field command "$holder")" "$(json_field deployId "$holder")" \
    "$(json_field pid "$holder")" "$(json_field host "$holder")"
}

refuse_lock() {
  give_up 3 "Another deploy is under way: $(describe_holder)." \
    "Wait for it; or send everybody back: scripts/blue-green-deploy.sh rollback"
}

stand_holder_aside() {
  local holder pid
  holder="$(<"$holder_file")" || refuse_lock
  pid="$(json_field pid "$holder")"
  if [ "$(json_field command "$holder")" != deploy ]; then refuse_lock; fi
  if [ "$(json_field host "$holder")" != "$(this_host)" ] || ! is_deploy_process "$pid"; then refuse_lock; fi
  aside_id="$(json_field deployId "$holder")"
  line "Telling $(describe_holder) to stand aside"
  kill -USR1 "$pid" || true
}

# A number may be somebody else's by now.
is_deploy_process() {
  [[ "$1" =~ ^[0-9]+$ ]] && [[ "$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline")" == *blue-green-deploy* ]]
}

drop_lock() {
  $has_lock || return 0
  rm -f "$holder_file"
  has_lock=false
  exec 9>&-
}
