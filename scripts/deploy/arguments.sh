# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: what it was asked for.

command=""
target=""
image=""
canary=()
rate=""
soak_seconds=15
drain_seconds=300
keeps_outgoing=false
is_dry_run=false
is_json=false

usage() {
  cat <<TEXT
Usage: scripts/blue-green-deploy.sh green|blue [options]
       scripts/blue-green-deploy.sh rollback [options]
       scripts/blue-green-deploy.sh status [--json]

Replaces the running version without anybody noticing: builds and tries out the colour that does not serve,
sends new connections there, then moves the open ones over. Run it again after an interruption: it goes on.

  --image REF          this image instead of building one
  --canary PERCENTS    moves the open connections in steps, such as 1,10,50, and looks after each
  --rate N             connections moved per second; default: as many as it takes to move all within DRAIN_GRACE,
                       20 to DRAIN_RATE; for a rollback DRAIN_RATE
  --soak SECONDS       how long the new colour is watched before connections move; default 15
  --drain-timeout SEC  how long moving may take; default 300
  --keep-old           the old colour goes on running, idle
  --dry-run            says what it would do
  --json               prints the result as one JSON object; what happens goes to stderr
  --help               this text

rollback sends everybody back to the other colour, also while a deploy is under way. status says who serves.

Exit codes: 0 done, 2 usage, 3 another deploy is running, 4 it cannot begin, 5 build, 6 new colour not ready,
7 new colour failed its tests, 8 switch not confirmed, 9 new colour failed under traffic (all four undone),
10 not everybody has moved yet, 11 a message was lost, doubled or out of order (in both the new colour serves),
20 undoing failed: see what it says, 130 interrupted.
TEXT
}

refuse_arguments() {
  printf 'error: %s\n%s\n' "$1" "scripts/blue-green-deploy.sh --help says what can be said." >&2
  exit 2
}

parse_arguments() {
  while (($# > 0)); do
    case "$1" in
      green | blue | status | rollback) name_command "$1" ;;
      --image | --canary | --rate | --soak | --drain-timeout)
        (($# > 1)) || refuse_arguments "$1 needs a value"
        take_value "$1" "$2"
        shift
        ;;
      --keep-old) keeps_outgoing=true ;;
      --dry-run) is_dry_run=true ;;
      --json) is_json=true ;;
      -h | --help)
        usage
        exit 0
        ;;
      *) refuse_arguments "$1: not known" ;;
    esac
    shift
  done
  check_arguments
}

name_command() {
  [ -z "$command" ] || refuse_arguments "$1: one of green, blue, rollback or status, not several"
  command="$1"
  case "$1" in green | blue) command=deploy target="$1" ;; esac
}

take_value() {
  case "$1" in
    --image) image="$(match_value "$1" "$2" '^[A-Za-z0-9][A-Za-z0-9._/:@-]*$' "the name of an image")" ;;
    --canary) take_canary "$2" ;;
    --rate) rate="$(match_value "$1" "$2" '^[1-9][0-9]{0,5}$' "a whole number from 1")" ;;
    --soak) soak_seconds="$(match_value "$1" "$2" '^(0|[1-9][0-9]{0,3})$' "seconds, 0 to 9999")" ;;
    --drain-timeout) drain_seconds="$(match_value "$1" "$2" '^[1-9][0-9]{0,4}$' "seconds, 1 to 99999")" ;;
  esac
}

match_value() {
  [[ "$2" =~ $3 ]] || refuse_arguments "$1 $2: expected $4"
  printf '%s' "$2"
}

# Rising percentages; the last step is everybody.
take_canary() {
  local percent before=0
  [[ "$1" =~ ^[1-9][0-9]?(,[1-9][0-9]?){0,9}(,100)?$|^100$ ]] ||
    refuse_arguments "--canary $1: expected percentages, such as 1,10,50"
  IFS=, read -ra canary <<<"${1%,100}"
  for percent in "${canary[@]}"; do
    ((percent > before)) || refuse_arguments "--canary $1: each has to be more than the one before"
    before="$percent"
  done
}

check_arguments() {
  [ -n "$command" ] || refuse_arguments "Say green, blue, rollback or status"
  [ "$command" = deploy ] || [ -z "$image" ] || refuse_arguments "--image is for a deploy"
  [ "$command" = deploy ] || ((${#canary[@]} == 0)) || refuse_arguments "--canary is for a deploy"
  [ "$command" = deploy ] || ! $is_dry_run || refuse_arguments "--dry-run is for a deploy"
}
