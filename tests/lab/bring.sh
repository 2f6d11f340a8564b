# shellcheck shell=bash disable=SC2154
# Programs of this machine in a node's tree.

# bring TREE PROGRAM…: programs and what libraries they want, where they lie here. What lies in TREE under such a name may be others'
# too (a link, one of many names of a file), so it is taken away and not written.
bring() {
    local tree=$1 program lib
    shift
    for program in "$@"; do
        program=$(command -v "$program") || fail "there is no $program here"
        mkdir -p "$tree/$(dirname "$program")"
        cp -L --remove-destination "$program" "$tree/$program"
        # A script or a static program has none.
        { ldd "$program" 2> /dev/null | grep -oE '/[^ ]+\.so[^ ]*' || :; } | while read -r lib; do
            mkdir -p "$tree/$(dirname "$lib")"
            [ -e "$tree/$lib" ] || cp -L "$lib" "$tree/$lib"
        done
    done
}
