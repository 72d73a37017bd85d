#!/usr/bin/env bash
set -Eeuo pipefail

# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/toolchain.sh"
# shellcheck source-path=SCRIPTDIR source=traffic.sh
. "$root/scripts/traffic.sh"
# shellcheck source-path=SCRIPTDIR source=stack.sh
. "$root/scripts/stack.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/arguments.sh
. "$root/scripts/deploy/arguments.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/calls.sh
. "$root/scripts/deploy/calls.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/output.sh
. "$root/scripts/deploy/output.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/state.sh
. "$root/scripts/deploy/state.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/lock.sh
. "$root/scripts/deploy/lock.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/stack-settings.sh
. "$root/scripts/deploy/stack-settings.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/colours.sh
. "$root/scripts/deploy/colours.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/phases.sh
. "$root/scripts/deploy/phases.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/preflight.sh
. "$root/scripts/deploy/preflight.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/new-colour.sh
. "$root/scripts/deploy/new-colour.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/programs.sh
. "$root/scripts/deploy/programs.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/switch.sh
. "$root/scripts/deploy/switch.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/drain.sh
. "$root/scripts/deploy/drain.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/finish.sh
. "$root/scripts/deploy/finish.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/undo.sh
. "$root/scripts/deploy/undo.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/rollback.sh
. "$root/scripts/deploy/rollback.sh"
# shellcheck source-path=SCRIPTDIR source=deploy/status.sh
. "$root/scripts/deploy/status.sh"

deploy() {
  new_deploy_id
  line "Deploying to $target ($deploy_id)"
  hold_lock
  run_phase preflight 4 preflight
  if ! $is_resuming; then
    run_phase build 5 build_image
    run_phase start 6 start_colour
    run_phase ready 6 await_ready
    run_phase smoke 7 try_out
  fi
  run_phase probe 7 start_probe
  run_phase switch 8 switch_traffic
  run_phase soak 9 soak
  run_phase drain 10 drain_outgoing
  run_phase verify 11 verify
  run_phase retire 10 retire
  outcome=ok
}

main() {
  parse_arguments "$@"
  open_output
  cd -- "$root"
  trap on_exit EXIT
  prepare_calls
  case "$command" in
    status) show_status ;;
    rollback) rollback ;;
    *) if $is_dry_run; then plan_deploy; else deploy; fi ;;
  esac
}

main "$@"
