# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: makes sure that nobody was lost, stops the colour that is left, and says what happened.

verify() {
  local left=0 sessions
  if has_users_to_move; then
    ask_count "$outgoing" connections || give_up 10 "$outgoing does not answer its control socket"
    left="$count"
  fi
  ((left == 0)) || give_up 10 "$left sockets are still on $outgoing" "Run the same again to go on."
  sessions="$(sessions_now)"
  note="nobody is left on $outgoing; $target has $sessions sessions"
  if ((sessions * 10 < sessions_before * 9)); then note+=", and $outgoing had $sessions_before before"; fi
  judge_probe
}

sessions_now() {
  ask_count "$target" sessions || count=0
  printf '%s' "$count"
}

# The old colour stays up: whoever looks into it may want to go back.
judge_probe() {
  $is_probing || return 0
  end_probe
  note+="; the pair $(describe_loss) of $(probed messages) messages"
  is_verdict_good || give_up 11 \
    "The probe pair $(describe_loss) of $(probed messages) messages" \
    "$target serves, $outgoing is kept, idle. Go back: scripts/blue-green-deploy.sh rollback. Or retire it: run the same again."
}

describe_loss() {
  if [ -z "$verdict" ]; then
    printf 'ended without a verdict: nothing is proven'
  else
    printf 'saw %s lost, %s doubled, %s out of order' "$(probed lost)" "$(probed doubled)" "$(probed disordered)"
  fi
}

# Kept, it is idle and ready; a rollback is quicker then.
retire() {
  if ! is_running "$outgoing"; then
    note="$outgoing has stopped"
  elif $keeps_outgoing; then
    control "$outgoing" 10 undrain || give_up 10 "$outgoing does not answer its control socket"
    note="$outgoing is kept, idle"
  else
    stop_colour "$outgoing" || give_up 10 "$outgoing could not be stopped" "docker compose stop websocket-$outgoing"
    note="$outgoing is stopped, rollback starts it again"
  fi
  if [ "$command" = deploy ]; then standby="$outgoing"; else standby=""; fi
}

print_result() {
  if ((exit_code > 0)) && [ "$command" = status ]; then
    printf 'error: %s\n' "$message" >&2
  fi
  if [ "$command" = status ]; then return 0; fi
  if [ "$outcome" = planned ]; then
    line "Nothing was changed."
  elif ((exit_code == 0)); then
    line "$target serves${version:+ ($version)}."
  else
    line "${message:-Phase ${phase:-preflight} failed.}"
    line "$(describe_outcome)"
    if [ -n "$advice" ]; then line "$advice"; fi
  fi
  if ((moved + forced + broken > 0)) || [ -n "$verdict" ]; then print_verdict; fi
  if $is_json; then print_json; fi
}

describe_outcome() {
  case "$outcome" in
    undone) printf '%s serves, as before; nobody was sent away.' "$active" ;;
    incomplete) printf '%s serves new connections.' "$active" ;;
    interrupted) printf '%s serves new connections. %s' "$active" "$(describe_rest)" ;;
    failed) manual_commands ;;
    *) printf 'Nothing was changed.' ;;
  esac
}

describe_rest() {
  if $is_standing_aside; then
    printf 'The rollback says what becomes of it.'
  else
    printf 'The same command again goes on where it stopped.'
  fi
}

print_verdict() {
  row "sockets moved" "$moved"
  row "forced" "$forced"
  row "broken before they moved" "$broken"
  row "handshakes/s, peak" "$peak"
  [ -n "$verdict" ] || return 0
  row "longest gap without a live socket" "$(probed longestGapMs) ms"
  row "messages probed" "$(probed messages)"
  row "lost" "$(probed lost)"
  row "doubled" "$(probed doubled)"
  row "out of order" "$(probed disordered)"
  row "late (over a second)" "$(probed late)"
}

print_json() {
  cat <<JSON
{
  "command": "$command", "deployId": "$deploy_id", "target": "$target", "outgoing": "$outgoing", "active": "$active",
  "version": $(as_json "$version"), "outcome": "$outcome", "exitCode": $exit_code,
  "message": $(as_json "$message"), "advice": $(as_json "$advice"),
  "phases": [$phases_json],
  "drain": {"moved": $moved, "forced": $forced, "lost": $broken, "handshakesPerSecondPeak": $peak},
  "probe": ${verdict:-null}
}
JSON
}
