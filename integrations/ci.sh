#!/bin/sh
# ci.sh [REPO] - scan what a pull request or a push brings in, and write what CI systems read.
#
# The range is LEAKTRAWL_BASE..LEAKTRAWL_HEAD, or what GitLab's and Jenkins's own variables say. Without
# a base, or with "none", it is the whole history; where a push has nothing it could begin behind (a
# new branch, a forced push) what LEAKTRAWL_DEFAULT_BRANCH does not have. LEAKTRAWL_OPTIONS are added.
# Reports go into the folder LEAKTRAWL_REPORTS (leaktrawl-reports). The exit status is leaktrawl's: 1
# for findings, 2 where something could not be read.
set -eu

program=${LEAKTRAWL:-leaktrawl}
repository=${1:-.}
reports=${LEAKTRAWL_REPORTS:-leaktrawl-reports}
trunk=${LEAKTRAWL_DEFAULT_BRANCH:-${CI_DEFAULT_BRANCH:-}}
# GitLab tests what a merge would give in a commit that holds the target's changes too.
head=${LEAKTRAWL_HEAD:-${CI_MERGE_REQUEST_SOURCE_BRANCH_SHA:-${CI_COMMIT_SHA:-HEAD}}}
base=${LEAKTRAWL_BASE:-${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}}
if [ -z "$base" ] && [ "${CI_PIPELINE_SOURCE:-push}" = push ]; then # no schedule, for one
    base=${CI_COMMIT_BEFORE_SHA:-}
fi
if [ -z "$base" ] && [ -n "${CHANGE_TARGET:-}" ]; then # Jenkins, of a change
    base=origin/$CHANGE_TARGET
fi
base=${base:-${GIT_PREVIOUS_SUCCESSFUL_COMMIT:-none}}

# In containers the folder often belongs to another user than the job's.
repository_git() {
    git -c safe.directory='*' -C "$repository" "$@"
}
is_there() {
    repository_git rev-parse -q --verify "$1^{commit}" > /dev/null 2>&1
}
is_whole() {
    [ "$(repository_git rev-parse --is-shallow-repository 2> /dev/null)" = false ]
}

# Is the base nothing to begin behind: the zeros of a new branch, or a commit that was pushed away?
case $base in
*[!0-9a-f]*) known=true ;; # a name, or "none"
*[!0]*) known=false && if is_there "$base" || ! is_whole; then known=true; fi ;;
*) known=false ;;
esac
if [ "$known" = false ]; then
    base=none
    if [ -n "$trunk" ] && is_there "origin/$trunk" &&
        ! repository_git merge-base --is-ancestor "$head" "origin/$trunk"; then
        base=origin/$trunk
    fi
fi

mkdir -p "$reports"
report=$reports/leaktrawl.jsonl
rm -f "$report"
set -- history --format jsonl -o "$report"

# A change cannot loosen its own check: settings that it touches are not read.
settings_of() {
    repository_git rev-parse -q --verify "$1:.leaktrawl.json" 2> /dev/null || true
}
if [ "$base" != none ]; then
    fork=$(repository_git merge-base "$base" "$head" 2> /dev/null) || fork=$base
    if [ "$(settings_of "$fork")" != "$(settings_of "$head")" ]; then
        echo 'ci.sh: .leaktrawl.json is changed here, so no settings are read' >&2
        set -- "$@" --no-config
    fi
fi

# shellcheck disable=SC2086 # they are several words
set -- "$@" ${LEAKTRAWL_OPTIONS:-}
# A range may be empty, a history may not.
if [ "$base" = none ]; then
    echo 'ci.sh: scanning the whole history' >&2
    set -- "$@" -- "$repository"
else
    echo "ci.sh: scanning $base..$head" >&2
    set -- "$@" --allow-empty -- "$repository" "$base..$head"
fi
status=0
"$program" "$@" || status=$?
if [ "$status" -eq 2 ] && [ "$base" != none ]; then
    for commit in "$base" "$head"; do
        is_there "$commit" ||
            echo "ci.sh: $commit is not in this clone: check out all of it (fetch-depth: 0, GIT_DEPTH: 0)" >&2
    done
fi
[ -s "$report" ] || exit "$status"

# convert FORMAT FILE: the same findings, from the same scan.
convert() {
    "$program" merge --exit-code 0 --format "$1" -o "$2" "$report" || [ $? -eq "$status" ] || exit 2
}
convert sarif "$reports/leaktrawl.sarif"
convert gitlab "$reports/gl-secret-detection-report.json"
convert junit "$reports/leaktrawl-junit.xml"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    convert text "$reports/leaktrawl.txt"
    # Names are foreign text, and GitHub takes no more than a megabyte.
    {
        echo '### leaktrawl' && echo '<pre>'
        head -c 500000 "$reports/leaktrawl.txt" | sed 's/&/\&amp;/g; s/</\&lt;/g'
        echo '</pre>'
    } >> "$GITHUB_STEP_SUMMARY"
    convert github -
else
    convert text -
fi
exit "$status"
