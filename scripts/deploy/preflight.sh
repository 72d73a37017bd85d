# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: whether a deploy can begin, and puts in order what an interrupted one left.

is_resuming=false
sessions_before=0

preflight() {
  assert_docker_answers
  read_settings
  remove_programs
  find_active
  settle
  assert_public
  choose_rate
  carry_over
  note_state
}

assert_docker_answers() {
  ask 10 docker info || give_up 4 "Docker does not answer: is it running, and may you use it (group docker)?"
  ask 10 docker compose version || give_up 4 "Docker Compose v2 is not here (1.x does not read docker-compose.yml)"
}

# Traefik, the traffic file and what the last deploy noted have to agree on who serves.
find_active() {
  ask_routes || give_up 4 "Traefik's API does not answer at $api_url" "docker compose ps traefik; docker compose up -d"
  await 3 do_routes_agree || report_drift "Traefik sends new connections to ${routed:-nobody}"
  case "$routed" in
    "blue " | "green ") active="${routed% }" ;;
    *) report_drift "both colours get new connections" ;;
  esac
  case "$(prior_field outcome)" in
    ok | undone | incomplete)
      [ "$(prior_field active)" = "$active" ] || report_drift "after the last deploy it was $(prior_field active)"
      ;;
  esac
}

do_routes_agree() {
  routed_shares && [ "$routed" = "$(file_shares)" ]
}

report_drift() {
  give_up 4 "It is not clear who serves: traefik/dynamic/90-traffic.yml names $(file_shares), but $1." \
    "Choose a colour that is up, say blue: bash -ec '. scripts/toolchain.sh; . scripts/traffic.sh; write_traffic blue'
and forget what was noted: rm -f .deploy/state.json"
}

# Leaves the serving colour ready and the other without sockets; or finds that a deploy has to be finished.
settle() {
  outgoing="$(other_colour "$target")"
  if [ "$target" = "$active" ]; then
    assert_is_unfinished
    is_resuming=true
    note="$target serves since an interrupted deploy, which is now finished"
    assert_serving "$target"
    version="$(json_field version "$answer")"
    note_restarts
    count=0
    return 0
  fi
  assert_serving "$active"
  empty_idle "$target"
  ask_count "$active" sessions || give_up 4 "$active does not answer its control socket"
  sessions_before="$count"
  count="$(json_field connections "$answer")"
  note="$active serves, with $count sockets"
}

assert_is_unfinished() {
  case "$(prior_field outcome):$(prior_field command):$(prior_field target)" in
    running:deploy:"$target" | interrupted:deploy:"$target" | incomplete:deploy:"$target" | failed:deploy:"$target") ;;
    running:rollback:* | interrupted:rollback:* | incomplete:rollback:* | failed:rollback:*)
      give_up 4 "A rollback was not finished." "Run it again: scripts/blue-green-deploy.sh rollback"
      ;;
    *)
      give_up 4 "$target already serves." "To deploy a new version: scripts/blue-green-deploy.sh $outgoing
To go back to the version before: scripts/blue-green-deploy.sh rollback"
      ;;
  esac
}

assert_serving() {
  local is_fit=is_open
  if $is_dry_run; then is_fit=is_ready; fi
  await 3 "$is_fit" "$1" || give_up 4 "$1, which serves, is not ready: it or Redis is down" \
    "docker compose ps; docker logs --tail 50 $(container "$1")"
}

# Sockets on the idle colour are of a deploy that was interrupted or undone: replacing it would cut them off.
empty_idle() {
  is_running "$1" && ask_count "$1" connections && ((count > 0)) && ! $is_dry_run || return 0
  line "  $count sockets are still on $1: they move to $active first"
  follow_drain "$1" "$drain_seconds" true ||
    give_up 4 "$1 still has sockets of an earlier deploy, and they do not move" "docker logs --tail 50 $(container "$1")"
}

assert_public() {
  are_served_by "$active" 1 "$public_url/health/live" || give_up 4 "$public_url is not answered by $active" \
    "Set PUBLIC_URL in .env to the address that users have."
}

# Whoever does not move by itself stays for DRAIN_GRACE, so that the others may take as long: slowly, nobody feels it.
# Only more than can move in that time move at DRAIN_RATE.
choose_rate() {
  local most grace_ms grace needed slow
  most="${rate:-$(setting DRAIN_RATE)}" most="${most:-200}"
  grace_ms="$(setting DRAIN_GRACE)"
  grace="$(((${grace_ms:-15000} + 999) / 1000))"
  needed="$((count / most + grace))"
  ((count == 0 || needed <= drain_seconds)) || give_up 4 \
    "Moving $count sockets at $most per second takes up to $needed s, and --drain-timeout is $drain_seconds" \
    "--drain-timeout $((needed + 30)), or a higher --rate"
  [ -z "$rate" ] || return 0
  slow="$(slow_rate "$grace")"
  if ((slow < most)); then rate="$slow"; fi
}

# slow_rate SECONDS: at which all move within that time, or half of what --drain-timeout leaves.
slow_rate() {
  local seconds="$(((drain_seconds - $1) / 2))" least=20
  if (($1 < seconds)); then seconds="$1"; fi
  if ((seconds < 1)); then seconds=1; fi
  if ((count > least * seconds)); then printf '%d' "$(((count + seconds - 1) / seconds))"; else printf '%d' "$least"; fi
}

# What an undone deploy leaves as it was.
carry_over() {
  standby="$(prior_field standby)"
}

# What it would do, after the looks that change nothing.
plan_deploy() {
  phase=preflight phase_code=4
  read_settings
  read_state
  find_active
  settle
  line "$active serves. A deploy to $target would:"
  if ! $is_resuming; then
    line "  build    $(if [ -n "$image" ]; then printf 'docker tag %s holdline:%s' "$image" "$target"; else printf 'docker compose build websocket-%s' "$target"; fi)"
    line "  start    docker compose up --detach --no-deps --no-build --force-recreate websocket-$target"
    line "  ready    wait for /health/ready of $target, $ready_seconds s at most"
    line "  smoke    try it out with smoke and smoke-load"
  fi
  line "  probe    let a pair talk through $probe_url until the end"
  line "  switch   write_traffic $target; new connections go there within $switch_seconds s, or back"
  line "  soak     watch $target for $soak_seconds s"
  line "  drain    move ${count} sockets off $outgoing${rate:+ at $rate per second}${canary:+, in steps of ${canary[*]} %}"
  line "  verify   nobody is left, and the pair lost nothing"
  line "  retire   $(if $keeps_outgoing; then printf 'keep %s, idle' "$outgoing"; else printf 'docker compose stop websocket-%s' "$outgoing"; fi)"
  outcome=planned
}
