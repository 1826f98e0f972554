#!/usr/bin/env bash
# Runs the suite with the inputs of the action, shows the end of its output as the job's summary, and leaves with the suite's own status.
set -uo pipefail

SEED=${SEED:-1}
REPORTS=${REPORTS:-conformance-report}

# Leaves with a status that the steps after this one can read as the output `exit-status`.
leave() {
  echo "exit-status=$1" >>"${GITHUB_OUTPUT:-/dev/null}"
  exit "$1"
}

arguments=(run --seed "$SEED")
if [[ -n ${IMPLEMENTATION:-} ]]; then
  if [[ -n ${WIRE:-}${ADAPTER:-}${PROFILES:-} ]]; then
    echo "::error::'implementation' stands in place of 'wire', 'adapter' and 'profiles': give one or the others"
    leave 2
  fi
  arguments+=(--impl "$IMPLEMENTATION")
elif [[ -z ${WIRE:-}${ADAPTER:-} ]]; then
  echo "::error::nothing to test: give 'wire' (a command that starts the node), 'adapter', or 'implementation'"
  leave 2
fi
[[ -n ${WIRE:-} ]] && arguments+=(--wire "$WIRE")
[[ -n ${ADAPTER:-} ]] && arguments+=(--adapter "$ADAPTER")
[[ -n ${PROFILES:-} ]] && arguments+=(--profile "$PROFILES")
while IFS= read -r pattern; do
  [[ -n $pattern ]] && arguments+=(--case "$pattern")
done <<<"${CASES:-}"

mkdir -p "$REPORTS"
arguments+=(--html "$REPORTS/report.html" --json "$REPORTS/report.json" --junit "$REPORTS/junit.xml" --bundle "$REPORTS/bundles")

conformance "${arguments[@]}" | tee "$REPORTS/console.txt"
status=${PIPESTATUS[0]}

{
  case $status in
    0) echo "### Conformant" ;;
    1) echo "### Not conformant: a MUST of the specification was broken" ;;
    4) echo "### Inconclusive" ;;
    *) echo "### The suite did not come to a verdict (exit status $status)" ;;
  esac
  echo '```text'
  tail -n 100 "$REPORTS/console.txt"
  echo '```'
} >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
leave "$status"
