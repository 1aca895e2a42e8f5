#!/bin/sh
# ci.sh [REPO] - scan what a pull request or a push brings in, and write what CI systems read.
#
# The range is LEAKTRAWL_BASE..LEAKTRAWL_HEAD, or what GitLab's and Jenkins's own variables say;
# where there is no base (a first push, a schedule), the whole history. LEAKTRAWL_OPTIONS are put
# before it. Reports go into the folder LEAKTRAWL_REPORTS (leaktrawl-reports). The exit status is
# leaktrawl's: 1 for findings, 2 where something could not be read.
set -eu

program=${LEAKTRAWL:-leaktrawl}
repository=${1:-.}
reports=${LEAKTRAWL_REPORTS:-leaktrawl-reports}
base=${LEAKTRAWL_BASE:-${CI_MERGE_REQUEST_DIFF_BASE_SHA:-${CI_COMMIT_BEFORE_SHA:-}}}
if [ -z "$base" ] && [ -n "${CHANGE_TARGET:-}" ]; then # Jenkins, of a change
    base=origin/$CHANGE_TARGET
fi
head=${LEAKTRAWL_HEAD:-${CI_COMMIT_SHA:-HEAD}}
# A range may be empty, a history may not.
case $base in
*[!0]*) range="--allow-empty $repository $base..$head" ;;
*) range=$repository ;;
esac

# A change cannot loosen its own check: settings that it touches are not read.
settings=
if [ "$range" != "$repository" ] &&
    ! git -C "$repository" diff --quiet "$base" "$head" -- .leaktrawl.json 2> /dev/null; then
    echo 'ci.sh: .leaktrawl.json is changed here, so no settings are read' >&2
    settings=--no-config
fi

mkdir -p "$reports"
report=$reports/leaktrawl.jsonl
rm -f "$report"
status=0
# shellcheck disable=SC2086 # each is several words
"$program" history --format jsonl -o "$report" $settings ${LEAKTRAWL_OPTIONS:-} $range || status=$?
if [ "$status" -eq 2 ] && [ "$range" != "$repository" ] &&
    ! git -C "$repository" rev-parse -q --verify "$base^{commit}" > /dev/null; then
    echo "ci.sh: $base is not in this clone: check out all of it (fetch-depth: 0, GIT_DEPTH: 0)" >&2
fi
[ -s "$report" ] || exit "$status"

# convert FORMAT FILE: the same findings, from the same scan.
convert() {
    "$program" merge --exit-code 0 --format "$1" -o "$2" "$report" || [ $? -eq "$status" ]
}
convert sarif "$reports/leaktrawl.sarif"
convert gitlab "$reports/gl-secret-detection-report.json"
convert junit "$reports/leaktrawl-junit.xml"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    convert text "$reports/leaktrawl.txt"
    { echo '### leaktrawl' && echo '```' && cat "$reports/leaktrawl.txt" && echo '```'; } >> "$GITHUB_STEP_SUMMARY"
    convert github -
else
    convert text -
fi
exit "$status"
