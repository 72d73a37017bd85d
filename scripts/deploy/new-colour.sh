# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: builds the new colour, starts it and tries it out, before anybody depends on it.

build_image() {
  undo=image
  keep_image
  if [ -n "$image" ]; then use_image; else build_new_image; fi
  ask 10 docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' "holdline:$target" ||
    give_up 5 "holdline:$target is not there: $complaint"
  version="$answer"
  note="holdline:$target is ${version:-of no known version}"
}

# The image that rollback would start, until the new one serves. An interrupted deploy has replaced it already.
keep_image() {
  case "$(prior_field outcome):$(prior_field command):$(prior_field target)" in
    running:deploy:"$target" | interrupted:deploy:"$target") return 0 ;;
  esac
  ask 10 docker tag "holdline:$target" "holdline:$target-before" ||
    ask 10 docker rmi "holdline:$target-before" || true
}

use_image() {
  ask 10 docker image inspect "$image" || ask 600 docker pull "$image" ||
    give_up 5 "$image is neither here nor can it be had: $complaint"
  ask 10 docker tag "$image" "holdline:$target" || give_up 5 "$image could not be tagged: $complaint"
}

build_new_image() {
  local id
  id="$(build_id)"
  ask 1200 env BUILD_ID="$id" docker compose build "websocket-$target" && return 0
  tail_of "$complaint" 30
  give_up 5 "The image could not be built"
}

build_id() {
  local id
  if ! has_command git || ! id="$(git -C "$root" rev-parse --short HEAD 2>/dev/null 9>&-)"; then
    printf local
    return 0
  fi
  [ -z "$(git -C "$root" status --porcelain 2>/dev/null 9>&-)" ] || id+="-dirty"
  printf '%s' "$id"
}

tail_of() {
  local lines text
  mapfile -t lines <<<"$1"
  for text in "${lines[@]: -$((${#lines[@]} < $2 ? ${#lines[@]} : $2))}"; do line "    $text"; done
}

start_colour() {
  undo=target
  ask 200 docker compose up --detach --no-deps --no-build --force-recreate "websocket-$target" && return 0
  tail_of "$complaint" 10
  give_up 6 "$target could not be started"
}

# Not Docker's health, which first reports after a whole interval.
await_ready() {
  local in_a_row=0 until
  until="$(($(now_ms) + ready_seconds * 1000))"
  while ((in_a_row < 3)); do
    has_stayed_up || give_up 6 "$target stopped while it started"
    if is_ready "$target"; then in_a_row="$((in_a_row + 1))"; else in_a_row=0; fi
    (($(now_ms) < until)) || give_up 6 "$target was not ready within $ready_seconds s"
    pause 0.1
  done
  assert_version
}

assert_version() {
  local shown
  control "$target" 10 status || give_up 6 "$target stopped answering"
  shown="$(json_field version "$answer")"
  [ -z "$version" ] || [[ "$shown" == *"+$version" ]] ||
    give_up 6 "$target says that it is ${shown:-nothing}, but $version was built"
  version="${shown:-$version}"
  note="version $version"
}

try_out() {
  read_program_environment
  run_program smoke "$smoke_seconds" --network "$project-edge" -- \
    smoke --url "http://websocket-$target:3001" --color "$target" --version "$version" \
    --other-url "http://websocket-$outgoing:3001" || fail_trial "its smoke test"
  note="$(grep -c '^ok' <<<"$answer" || true) checks"
  try_load || {
    # What else the machine does may slow down a colour that is well; not twice.
    remove_programs
    try_load || fail_trial "its load test"
  }
  answer="${answer##*$'\n'}"
  note+="; ${answer#ok  }"
}

try_load() {
  run_program smoke-load 60 --network "container:$(container "$target")" -- \
    smoke-load --url http://127.0.0.1:3001 --seconds "$load_seconds"
}

fail_trial() {
  tail_of "$answer${complaint:+$'\n'}$complaint" 40
  give_up 7 "$target failed $1"
}
