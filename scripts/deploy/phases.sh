# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: the frame around each phase, and how one ends that fails.

phase=""
phase_code=4
phase_began=0
note=""
# What has to be undone if it ends now: none, target (stop the new colour) or traffic (give it back first).
undo=none
exit_code=0
message=""
advice=""
phases_json=""

# run_phase NAME EXIT_CODE FUNCTION
run_phase() {
  phase="$1" phase_code="$2" note=""
  phase_began="$(now_ms)"
  show_progress "…"
  if [ "$phase" != preflight ]; then note_state; fi
  "$3"
  finish_phase ok
}

finish_phase() { # RESULT
  local ms
  [ -n "$phase" ] || return 0
  ms="$(($(now_ms) - phase_began))"
  phase_line "$1" "$ms" "$note"
  phases_json+="${phases_json:+,}{\"phase\":\"$phase\",\"result\":\"$1\",\"ms\":$ms}"
  if $has_lock; then append_history "$1" "$ms"; fi
  annotate "$1"
}

# give_up EXIT_CODE MESSAGE [ADVICE]: the phase has failed; on_exit undoes it and says why.
give_up() {
  exit_code="$1" message="$2" advice="${3:-}"
  exit "$1"
}

# The new colour serves already, or is about to: everybody goes back.
bring_back() {
  undo=traffic
  give_up 9 "$1" "$target keeps its logs: docker logs $(container "$target")"
}

# On Grafana's boards, if it is there; nobody waits for it. Its password is not among the arguments.
annotate() {
  local body password
  [ -n "$grafana_url" ] || return 0
  password="${grafana_password//\\/\\\\}"
  password="${password//\"/\\\"}"
  body="{\"time\":$phase_began,\"timeEnd\":$(now_ms),\"tags\":[\"holdline\",\"deploy\",\"$phase\"],\"text\":$(as_json "$command to $target: $phase $1. $note")}"
  (
    exec 3>&- 9>&-
    printf 'user = "admin:%s"\n' "$password" |
      timeout 3 curl --silent --max-time 2 --config - --header "Content-Type: application/json" \
        --data "$body" "$grafana_url/api/annotations"
  ) >/dev/null 2>&1 &
}
