# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: the programs that try out a colour and watch over a deploy, in containers of their own.
# They have a label, by which the next run removes what a killed one left.

program_environment=""
is_probing=false
verdict=""

# What they need to be let in, as the serving colour was told it. It stays in memory and among no arguments.
read_program_environment() {
  local all
  all="$(timeout --kill-after=5 10 docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}' \
    "$(container "$active")" 2>/dev/null 3>&- 9>&-)" || give_up "$phase_code" "$(container "$active") cannot be inspected"
  program_environment="$(grep -E '^[A-Za-z_]+=' <<<"$all" | grep -Ev '^(PATH|HOME|COLOR|BUILD_ID)=' || true)"
}

# run_program NAME SECONDS DOCKER_OPTIONS… -- PROGRAM ARGUMENTS…
run_program() {
  local name="$1" seconds="$2" options=()
  shift 2
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  ask "$seconds" docker run --name "${prefix}deploy-$name" --label "holdline.deploy=$project" --init --read-only \
    --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp:size=16m --memory 512m --pids-limit 128 \
    --env-file <(exec 3>&- 9>&-; printf '%s\n' "$program_environment") "${options[@]}" \
    "holdline:$target" bun run --silent "$@"
}

remove_programs() {
  local ids
  ask 10 docker ps --all --quiet --filter "label=holdline.deploy=$project" || return 0
  [ -n "$answer" ] || return 0
  mapfile -t ids <<<"$answer"
  ask 30 docker rm --force "${ids[@]}" || true
}

start_probe() {
  begin_probe || give_up 7 "The probe pair cannot talk through $probe_url: $(last_words)" \
    "PUBLIC_URL and DEPLOY_PROBE_TOKENS in .env.example"
}

begin_probe() {
  read_program_environment
  run_program probe 30 --detach --network "$project-edge" -- probe --url "$probe_url" || return 1
  is_probing=true
  await 30 has_probe_begun && is_probe_alive || return 1
  note="a pair talks through $probe_url"
}

ask_probe() {
  ask 10 docker logs "${prefix}deploy-probe"
}

has_probe_begun() {
  { ask_probe && [[ "$answer" == *'"event":"ready"'* ]]; } || ! is_probe_alive
}

is_probe_alive() {
  ask 10 docker inspect --format '{{.State.Running}}' "${prefix}deploy-probe" && [ "$answer" = true ]
}

last_words() {
  ask_probe || true
  printf '%s' "${complaint:-${answer##*$'\n'}}"
}

# It waits for what is on its way, then says what it saw.
end_probe() {
  $is_probing || return 0
  ask 40 docker stop -t 30 "${prefix}deploy-probe" || true
  ask_probe || true
  verdict="$(grep '"event":"verdict"' <<<"$answer" | tail -n 1 || true)"
  is_probing=false
}

# probed NAME: a figure of its verdict.
probed() {
  json_field "$1" "$verdict"
}

# What it saw must be exactly what was sent.
is_verdict_good() {
  [ "$(probed lost):$(probed doubled):$(probed disordered)" = 0:0:0 ]
}
