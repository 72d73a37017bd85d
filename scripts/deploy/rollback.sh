# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: everybody goes back to the other colour, which holds the version before.

is_called_off=false

rollback() {
  new_deploy_id
  hold_lock_for_rollback
  run_phase preflight 4 preflight_rollback
  if $is_called_off; then
    outcome=undone
    return 0
  fi
  if ! is_running "$target"; then run_phase start 6 start_previous; fi
  run_phase ready 6 reopen_target
  run_phase switch 8 switch_traffic
  run_phase probe 7 probe_if_possible
  run_phase drain 10 drain_outgoing
  run_phase verify 11 verify
  run_phase retire 10 retire
  outcome=ok
}

hold_lock_for_rollback() {
  phase_code=3
  take_lock_over
}

# Users first: what can be looked at later is looked at later.
preflight_rollback() {
  read_settings
  find_active_for_rollback
  if [ -n "$aside_id" ] && [ "$aside_id" != "$(prior_field deployId)" ]; then
    call_off_unbegun
    return 0
  fi
  choose_previous
  if $is_called_off; then call_off; fi
  outgoing="$(other_colour "$target")"
  note_state
}

# What an interrupted switch has left is not a drift.
find_active_for_rollback() {
  active="$(file_shares)"
  active="${active%% *}"
  [ -n "$active" ] || give_up 4 "traefik/dynamic/90-traffic.yml names no colour"
}

choose_previous() {
  local target_before outcome_before
  target_before="$(prior_field target)" outcome_before="$(prior_field outcome)"
  standby="$(prior_field standby)"
  case "$(prior_field command):$outcome_before" in
    rollback:running | rollback:interrupted | rollback:incomplete | rollback:failed) target="$target_before" ;;
    deploy:running | deploy:interrupted | deploy:failed | deploy:incomplete | deploy:ok)
      target="$(other_colour "$target_before")"
      if [ "$active" = "$target" ] && [ "$outcome_before" != ok ]; then is_called_off=true; fi
      ;;
    *) target="$standby" ;;
  esac
  if $is_called_off || is_unfinished_rollback; then return 0; fi
  if [ -n "$target" ] && [ "$target" != "$active" ]; then return 0; fi
  give_up 4 "There is no deploy to go back from: $active serves." \
    "An older version: scripts/blue-green-deploy.sh $(other_colour "$active") --image REF"
}

is_unfinished_rollback() {
  [ "$(prior_field command)" = rollback ] && [ "$(prior_field outcome)" != ok ]
}

call_off_unbegun() {
  is_called_off=true
  target="$active"
  note="the deploy had not begun, $active serves"
}

# The deploy had not switched yet, or had gone back already.
call_off() {
  local unwanted
  unwanted="$(other_colour "$target")"
  outgoing="$target" target="$unwanted"
  undo_traffic || give_up 20 "Going back to $outgoing failed: ${unconfirmed:-it does not answer}."
  remove_programs
  note="the deploy to $unwanted is called off, $outgoing serves"
  target="$outgoing" outgoing="$unwanted"
}

start_previous() {
  undo=target
  ask 60 docker compose up --detach --no-deps --no-build "websocket-$target" || give_up 6 "$target could not be started: $complaint"
  note="holdline:$target"
}

reopen_target() {
  await "$ready_seconds" is_open "$target" || give_up 6 "$target is not ready: it or Redis is down"
  version="$(json_field version "$answer")"
  note_restarts
  note="version ${version:-unknown}"
}

# A proof that cannot be had must not keep users on the colour that they are to leave.
probe_if_possible() {
  remove_programs
  if begin_probe; then return 0; fi
  is_probing=false
  note="cannot talk through $probe_url: nothing will be proven"
}
