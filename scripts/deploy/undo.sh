# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: however it ends, users are on a colour that serves them.

is_standing_aside=false

interrupt() {
  message="Interrupted while in phase ${phase:-preflight}."
  exit 130
}

# A rollback wants the lock, and puts in order what it finds.
stand_aside() {
  is_standing_aside=true
  message="A rollback takes over."
  exit 130
}

on_exit() {
  local code=$?
  trap - EXIT
  # A second Ctrl-C must not stop what is undone, nor what that runs; and bash 5.2 may take a command substitution for
  # empty where a trap comes into it.
  trap '' INT TERM HUP USR1
  set +e
  is_undoing=true
  end_children
  exit_code="$(settled_code "$code")"
  if ((exit_code != 0)) && $has_lock; then end_badly; fi
  if $has_lock && ! $is_standing_aside; then remove_programs; fi
  if $has_lock && $is_state_ours && ! write_state; then line "  warning: $state_file could not be written"; fi
  print_result
  rm -rf "$scratch"
  drop_lock
  exit "$exit_code"
}

# A fault that nobody foresaw counts as its phase's.
settled_code() {
  case "$1" in
    0 | 130) printf '%d' "$1" ;;
    *) if ((exit_code > 0)); then printf '%d' "$exit_code"; else printf '%d' "$phase_code"; fi ;;
  esac
}

end_badly() {
  local failed=FAILED
  if ((exit_code == 130)); then failed=interrupted; fi
  note="$message"
  finish_phase "$failed"
  if $is_standing_aside; then
    outcome=interrupted
    return 0
  fi
  outcome="$(outcome_of_failure)"
  undo_phase
  # Whoever interrupts does not wait for a verdict.
  if ((exit_code != 130)); then end_probe; fi
}

outcome_of_failure() {
  if ((exit_code == 20)); then
    printf failed
  elif [ "$undo" != none ]; then
    printf undone
  elif [ "$command" = deploy ] && ! $is_resuming && [[ "$phase" =~ ^(preflight|build)$ ]]; then
    printf undone
  elif ((exit_code == 130)); then
    printf interrupted
  else
    printf incomplete
  fi
}

undo_phase() {
  if [[ "$undo" =~ ^(target|traffic)$ ]] && ((exit_code != 130)); then show_logs "$target"; fi
  case "$undo" in
    image) restore_image ;;
    target) stop_target ;;
    traffic) undo_traffic || fail_undo ;;
  esac
}

restore_image() {
  if [ "$command" = deploy ]; then ask 10 docker tag "holdline:$target-before" "holdline:$target"; fi
}

stop_target() {
  stop_colour "$target" || line "  $target could not be stopped: docker compose stop websocket-$target"
  restore_image
}

undo_traffic() {
  reopen_outgoing || return 1
  is_nudged=false
  route_to "$outgoing" || return 1
  active="$outgoing"
  line "  new connections go to $outgoing again"
  if is_running "$target" && ask_count "$target" connections && ((count > 0)); then
    line "  $count sockets of $target go back to it"
    follow_drain "$target" 120 true
  fi
  # Whoever has not gone is sent away by the server itself, at its pace.
  stop_target
}

# Before anybody is sent there.
reopen_outgoing() {
  if ! is_running "$outgoing"; then
    ask 60 docker compose up --detach --no-deps --no-build "websocket-$outgoing" || return 1
    await 20 is_ready "$outgoing" || return 1
  fi
  control "$outgoing" 10 undrain
}

fail_undo() {
  exit_code=20
  outcome=failed
  message+=" Going back to $outgoing failed: ${unconfirmed:-$outgoing does not answer}."
}

manual_commands() {
  cat <<TEXT
By hand, in this order:
  docker compose up -d --no-deps --no-build websocket-$outgoing
  docker exec $(container "$outgoing") bun run control undrain
  bash -ec '. scripts/toolchain.sh; . scripts/traffic.sh; write_traffic $outgoing'
  curl -s $api_url/http/services/chat@file      # has to name websocket-$outgoing
  docker exec $(container "$target") bun run control drain --follow
TEXT
}
