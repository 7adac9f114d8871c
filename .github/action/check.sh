#!/usr/bin/env bash
# Runs `platlint check` as the action's inputs say: annotations and messages go to the log, findings to the job's
# summary, counts to the step's outputs. Written for bash 3.2 and plain POSIX tools, which is what macOS has.
set -euo pipefail

# GitHub takes 1 MiB of summary per step and drops a longer one altogether. Two lists may take this much each.
SUMMARY_LIST_BYTES=450000
# Of what went wrong, this much is shown as an annotation; the log has all.
ANNOTATION_BYTES=4000

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/messages"

# `--name=value` throughout: a value that begins with a dash stays a value.
arguments=(check "--output=json=$work/report" "--output=concise=$work/findings")
[ -z "$INPUT_FORMAT" ] || arguments+=("--format=$INPUT_FORMAT")
[ -z "$INPUT_FAIL_ON" ] || arguments+=("--fail-on=$INPUT_FAIL_ON")
[ -z "$INPUT_CONFIG" ] || arguments+=("--config=$INPUT_CONFIG")
[ -z "$INPUT_EXPECT_REVISION" ] || arguments+=("--expect-revision=$INPUT_EXPECT_REVISION")
[ -z "$INPUT_IMAGES" ] || arguments+=("--images=$INPUT_IMAGES")
[ -z "$INPUT_SARIF_FILE" ] || arguments+=("--output=sarif=$INPUT_SARIF_FILE")
while IFS= read -r argument; do
  [ -z "$argument" ] || arguments+=("$argument")
done <<<"$INPUT_ARGS"
# Words are split at blanks and lines, and nothing else is interpreted: no globs, no expansion, no options.
arguments+=(--)
while read -r -a words; do
  # An empty array is unbound to older versions of bash.
  arguments+=(${words[@]+"${words[@]}"})
done <<<"$INPUT_PATHS"

status=0
case $INPUT_SARIF_FILE in
  *[$'\r\n']*)
    # In the file of outputs a line break would begin another output.
    echo "platlint: sarif-file holds a line break" >"$work/messages"
    status=2
    ;;
  *) "$PLATLINT_BINARY" "${arguments[@]}" </dev/null 2>"$work/messages" || status=$? ;;
esac

# Messages quote files, keys and arguments: the runner must not take a line of theirs for a command.
if [ -s "$work/messages" ]; then
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$token"
  cat "$work/messages"
  echo
  echo "::$token::"
fi
if [ "$status" -gt 1 ]; then
  message=$(head -c "$ANNOTATION_BYTES" "$work/messages" |
    LC_ALL=C awk '{ gsub(/%/, "%25"); gsub(/\r/, "%0D"); printf "%s%s", separator, $0; separator = "%0A" }')
  echo "::error title=platlint failed (exit status $status)::${message:-no message}"
fi

# A field of the report's summary, which stands on a line of its own; nothing where there is no report.
count() {
  [ ! -f "$work/report" ] || sed -n "s/^\"summary\":{.*\"$1\":\([0-9][0-9]*\).*/\1/p" "$work/report"
}
errors=$(count errors)
warnings=$(count warnings)
audits=$(count audits)
{
  echo "exit-code=$status"
  echo "findings=${errors:+$((errors + warnings + audits))}"
  echo "errors=$errors"
  # The report is written first: without it a SARIF file that is there comes from another run.
  if [ -n "$INPUT_SARIF_FILE" ] && [ -f "$work/report" ] && [ -f "$INPUT_SARIF_FILE" ]; then
    echo "sarif-file=$INPUT_SARIF_FILE"
  fi
} >>"$GITHUB_OUTPUT"

# Indents, so that no text becomes Markdown, and stops at the limit.
quoted() {
  echo
  LC_ALL=C tr -d '\000-\010\013-\037\177' <"$1" | LC_ALL=C awk -v room="$SUMMARY_LIST_BYTES" '
    { room -= length($0) + 5 }
    room < 0 { left++; next }
    { print "    " $0 }
    END { if (left) printf "\nLines left out here: %d.\n", left }'
}

summary() {
  echo "### platlint"
  echo
  case $status in
    0) echo "No finding fails this step." ;;
    1)
      case $INPUT_IMAGES in
        lock | online) echo "Findings, or images that are not decided, fail this step." ;;
        *) echo "Findings fail this step." ;;
      esac
      ;;
    2) echo "Usage, configuration or a policy is at fault (exit status 2)." ;;
    *) echo "platlint did not work (exit status $status)." ;;
  esac
  if [ -n "$errors" ]; then
    echo
    echo "| errors | warnings | audit findings | not decided | exempted | documents | files |"
    echo "|---|---|---|---|---|---|---|"
    echo "| $errors | $warnings | $audits | $(count undecided) | $(count exempted) | $(count documents) | $(count files) |"
  fi
  if [ "$status" -gt 1 ]; then
    quoted "$work/messages"
  fi
  if [ -s "$work/findings" ]; then
    quoted "$work/findings"
  fi
}
if [ "$INPUT_SUMMARY" = true ]; then
  summary >>"$GITHUB_STEP_SUMMARY"
fi
exit "$status"
