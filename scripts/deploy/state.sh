# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: what it remembers, in .deploy: state.json of the last deploy, history.jsonl of every phase.

deploy_directory="${root:?}/.deploy"
state_file="$deploy_directory/state.json"
history_file="$deploy_directory/history.jsonl"
history_lines_max=5000

deploy_id=""
started_at=""
version=""
active=""
outgoing=""
# The colour that rollback would start, which holds the version before.
standby=""
# running, ok, undone, incomplete, failed, interrupted
outcome=running
is_state_ours=false
prior=""

new_deploy_id() {
  started_at="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  deploy_id="d-$(date -u +%Y%m%d-%H%M%S)-$$"
}

read_state() {
  prior=""
  if [ -f "$state_file" ]; then prior="$(<"$state_file")"; fi
}

prior_field() {
  json_field "$1" "$prior"
}

# The lock's holder alone. Whole or not at all, also if the disk is full or the power goes.
write_state() {
  local staged="$state_file.new"
  if { describe_state >"$staged"; } 2>/dev/null && sync "$staged" 2>/dev/null && mv -f "$staged" "$state_file"; then
    is_state_ours=true
    return 0
  fi
  rm -f "$staged"
  return 1
}

describe_state() {
  cat <<JSON
{
  "deployId": "$deploy_id",
  "command": "$command",
  "target": "$target",
  "outgoing": "$outgoing",
  "phase": "$phase",
  "outcome": "$outcome",
  "active": "$active",
  "standby": "$standby",
  "version": $(as_json "$version"),
  "startedAt": "$started_at",
  "updatedAt": "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}
JSON
}

# From the switch on, going on is safer than stopping for want of a note.
note_state() {
  if write_state; then return 0; fi
  case "$phase" in
    preflight | build | start | ready | smoke | probe)
      give_up "$phase_code" "$state_file cannot be written: is the disk full?" "Make room, then run the same again."
      ;;
    *) line "  warning: $state_file cannot be written" ;;
  esac
}

# append_history RESULT MS
append_history() {
  printf '{"deployId":"%s","at":"%s","command":"%s","target":"%s","phase":"%s","result":"%s","ms":%d}\n' \
    "$deploy_id" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$command" "$target" "$phase" "$1" "$2" \
    2>/dev/null >>"$history_file" || true
}

trim_history() {
  local lines
  [ -f "$history_file" ] || return 0
  mapfile -t lines <"$history_file"
  ((${#lines[@]} > history_lines_max)) || return 0
  if printf '%s\n' "${lines[@]: -$((history_lines_max / 2))}" >"$history_file.new"; then
    mv -f "$history_file.new" "$history_file"
  fi
}
