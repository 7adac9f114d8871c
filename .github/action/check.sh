#!/usr/bin/env bash
# Runs `platlint check` with what the action's inputs say. Annotations go to the log, a table to the job's summary.
set -euo pipefail

binary=${PLATLINT_BINARY:-"${CARGO_TARGET_DIR:-$ACTION_PATH/target}/release/platlint"}
arguments=(check --fail-on "${INPUT_FAIL_ON:-error}" --format github)
[ -z "${INPUT_CONFIG:-}" ] || arguments+=(--config "$INPUT_CONFIG")
[ -z "${INPUT_EXPECT_REVISION:-}" ] || arguments+=(--expect-revision "$INPUT_EXPECT_REVISION")
[ -z "${INPUT_SARIF_FILE:-}" ] || arguments+=(--output "sarif=$INPUT_SARIF_FILE")
while IFS= read -r argument; do
  [ -z "$argument" ] || arguments+=("$argument")
done <<<"${INPUT_ARGS:-}"
# Words are split at blanks and lines, and nothing else is interpreted: no globs, no expansion.
arguments+=(--)
while read -r -a words; do
  arguments+=(${words[@]+"${words[@]}"})
done <<<"${INPUT_PATHS:-}"

summary=$(mktemp)
trap 'rm -f "$summary"' EXIT
status=0
"$binary" "${arguments[@]:0:${#arguments[@]}}" 2> >(tee "$summary" >&2) || status=$?

{
  echo "exit-code=$status"
  echo "sarif-file=${INPUT_SARIF_FILE:-}"
} >>"${GITHUB_OUTPUT:-/dev/null}"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  {
    echo "### platlint"
    echo
    case $status in
      0) echo "Nothing at or above \`${INPUT_FAIL_ON:-error}\`." ;;
      1) echo "Findings: see the annotations." ;;
      *) echo "The check could not be made (exit status $status):" ;;
    esac
    if [ "$status" -gt 1 ]; then
      echo
      # Indented, so that no text of a message becomes Markdown.
      sed 's/^/    /' "$summary"
    fi
  } >>"$GITHUB_STEP_SUMMARY"
fi
exit "$status"
