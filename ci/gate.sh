#!/usr/bin/env bash
# Holds figures against a gate, and tells CI in its own ways. Exits as `standpoint evaluate --gate` does:
# 0 passes, 1 fails, 2 bad usage or input, 3 cannot decide, 4 input or output failed.
#
#   ci/gate.sh [ARGUMENTS OF standpoint evaluate]
#
# Set in the environment, where they are not arguments:
#   STANDPOINT_DATA, STANDPOINT_PREDICTIONS, STANDPOINT_GOLD, STANDPOINT_MODEL, STANDPOINT_GATE
# What is written besides the figures on stdout, which are annotations where GITHUB_ACTIONS is true:
#   GITHUB_STEP_SUMMARY  Markdown is added to this file
#   STANDPOINT_JUNIT, STANDPOINT_METRICS, STANDPOINT_JSON  JUnit XML, OpenMetrics and JSON go to these
# The binary: STANDPOINT, or else the standpoint on the path.
set -uo pipefail

arguments=()
[ -z "${STANDPOINT_DATA:-}" ] || arguments+=("$STANDPOINT_DATA")
for name in predictions gold model gate; do
    variable="STANDPOINT_${name^^}"
    [ -z "${!variable:-}" ] || arguments+=("--$name" "${!variable}")
done
arguments+=("$@")

evaluate() { "${STANDPOINT:-standpoint}" evaluate "${arguments[@]}" "$@"; }

# Writes the figures in a format to stdout. They are the same at every run: what went wrong is said
# by the first one.
also() {
    evaluate --format "$1" 2>/dev/null
    local also_code=$?
    [ "$also_code" -eq "$code" ] || { echo "ci/gate.sh: no $1 could be written" >&2; exit 4; }
}

format=text
[ "${GITHUB_ACTIONS:-}" != true ] || format=github
evaluate --format "$format"
code=$?
case $code in 0 | 1 | 3) ;; *) exit "$code" ;; esac

[ -z "${GITHUB_STEP_SUMMARY:-}" ] || also md >>"$GITHUB_STEP_SUMMARY" || exit 4
[ -z "${STANDPOINT_JUNIT:-}" ] || also junit >"$STANDPOINT_JUNIT" || exit 4
[ -z "${STANDPOINT_METRICS:-}" ] || also openmetrics >"$STANDPOINT_METRICS" || exit 4
[ -z "${STANDPOINT_JSON:-}" ] || also json >"$STANDPOINT_JSON" || exit 4
exit "$code"
