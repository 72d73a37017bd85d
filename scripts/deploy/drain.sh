# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: watches the new colour, and moves the open connections to it.

moved=0
forced=0
broken=0
# How many left in the busiest second: each of them shakes hands with the new colour, before or soon after.
peak=0
asked_at=0
# How often in a row the target did not answer.
failures=0

soak() {
  observe "$soak_seconds"
  note="$target is well under traffic"
}

# observe SECONDS: its errors, latency and resumes are within bounds, it has not restarted, and the probe's pair talks.
observe() {
  local until left
  until="$(($(now_ms) + $1 * 1000))"
  assert_well
  while left="$(((until - $(now_ms) + 999) / 1000))" && ((left > 0)); do
    show_progress "$left s"
    if ((left > 5)); then left=5; fi
    if ! ask $((left + 15)) docker exec "$(container "$target")" bun run --silent figures --seconds "$left"; then
      assert_well
      bring_back "$target is not well: ${complaint:-its figures cannot be read}"
    fi
    assert_well
  done
}

assert_well() {
  has_stayed_up || bring_back "$target stopped or restarted"
  ! $is_probing || is_probe_alive || bring_back "The probe pair stopped: $(last_words)"
}

drain_outgoing() {
  local percent
  undo=none
  if ! has_users_to_move; then
    note="$outgoing has stopped already"
    return 0
  fi
  for percent in ${canary[@]+"${canary[@]}"}; do
    move "$percent"
    observe "$soak_seconds"
    line "  $percent % moved, $target is well"
  done
  move 100
  note="$moved moved, $forced forced"
}

# A rollback may be from a colour that is up and does not answer: whoever was on it has lost it.
has_users_to_move() {
  is_running "$outgoing" && { [ "$command" = deploy ] || ask_count "$outgoing" connections; }
}

# move PERCENT: of those that were there when the drain began.
move() {
  local code=0
  asked_at="$(now_ms)"
  begin_watcher "$((drain_seconds + 15))" docker wait "$(container "$target")"
  follow_drain "$outgoing" "$drain_seconds" watch_target ${rate:+--rate "$rate"} --percent "$1" || code=$?
  end_watcher
  note_peak
  ((code == 0)) || give_up 10 "Not everybody has left $outgoing after $drain_seconds s: $(<"$scratch/follow.err")" \
    "$target serves, $outgoing serves whom it still has. Run the same again to go on, or rollback."
}

# follow_drain COLOUR SECONDS WATCH [OPTIONS]: WATCH is called all the time. Whatever is started meanwhile takes time from
# those who move, and few machines have more than they need.
follow_drain() {
  local colour="$1" seconds="$2" watch="$3" code=0
  shift 3
  begin_follower "$((seconds + 15))" docker exec "$(container "$colour")" \
    bun run --silent control drain --follow --timeout "$seconds" "$@"
  while is_follower_alive; do
    pause 0.5
    show_drain
    "$watch"
  done
  await_follower || code=$?
  show_drain
  return "$code"
}

shown_at=0
drain_line='moved ([0-9]+) forced ([0-9]+) lost ([0-9]+) remaining ([0-9]+) of ([0-9]+)( paused)?$'

show_drain() {
  local lines text
  mapfile -t lines <"$scratch/follow"
  text="${lines[*]: -1}"
  [[ "$text" =~ $drain_line ]] || return 0
  moved="${BASH_REMATCH[1]}" forced="${BASH_REMATCH[2]}" broken="${BASH_REMATCH[3]}"
  show_progress "$(bar "$((BASH_REMATCH[5] - BASH_REMATCH[4]))" "${BASH_REMATCH[5]}")${BASH_REMATCH[6]:+ paused: Redis is away}"
  if $is_terminal || (($(now_ms) < shown_at + 10000)); then return 0; fi
  if ((shown_at > 0)); then line "  $text"; fi
  shown_at="$(now_ms)"
}

# There is a line a second.
note_peak() {
  local text gone before=""
  while IFS= read -r text; do
    [[ "$text" =~ $drain_line ]] || continue
    gone="$((BASH_REMATCH[1] + BASH_REMATCH[2] + BASH_REMATCH[3]))"
    if ((gone - ${before:-$gone} > peak)); then peak="$((gone - before))"; fi
    before="$gone"
  done <"$scratch/follow"
}

# Where the new colour fails, nobody may be sent there.
watch_target() {
  if (($(now_ms) >= asked_at + 15000)); then ask_target; fi
  if ((failures >= 2)) || { ! is_watcher_alive && ! has_stayed_up; }; then
    end_children
    bring_back "$target failed while $outgoing was moving to it"
  fi
}

# One that hangs.
ask_target() {
  asked_at="$(now_ms)"
  if control "$target" 10 status; then failures=0; else failures="$((failures + 1))"; fi
}
