# shellcheck shell=bash disable=SC2034,SC2154
# Words of a scene: say what is checked, wait with a limit, fail with the evidence.

say() { printf '  %s\n' "$*"; }

fail() {
    printf '  FAILED: %s\n' "$*"
    evidence
    exit 1
}

# skip WHY: this scene cannot be played on this machine.
skip() {
    printf 'SKIPPED: scene %s: %s\n' "$scene" "$*"
    exit 77
}

# The end of every log that this scene has, and what it says itself in `own_evidence`.
evidence() {
    local log
    for log in "$work"/server.log "$work"/witness.log "$work"/serial* "$work"/qemu*; do
        [ -s "$log" ] || continue
        printf -- '  --- %s\n' "${log##*/}"
        tail -n "${LAB_EVIDENCE:-25}" "$log" | tr -d '\r' | sed 's/^/  | /'
    done
    server_evidence || :
    if declare -F own_evidence > /dev/null; then own_evidence 2>&1 | sed 's/^/  | /' || :; fi
}

# until_true SECONDS WHAT COMMAND…: polls five times a second, fails with WHAT.
until_true() {
    local limit=$1 what=$2 end
    shift 2
    end=$((SECONDS + limit))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || fail "$what: not within $limit s"
        sleep 0.2
    done
}

# same WHAT EXPECTED ACTUAL
same() { [ "$2" = "$3" ] || fail "$1: expected \`$2\`, got \`$3\`"; }

# holds WHAT TEXT PATTERN: TEXT must match the extended regular expression, case-insensitively.
holds() { grep -qiE -- "$3" <<< "$2" || fail "$1: no \`$3\` in: $2"; }

# Milliseconds since the epoch.
now_ms() { echo $(($(date +%s%N) / 1000000)); }
