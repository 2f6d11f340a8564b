//! What makes a shell ask this program for words. Every shell calls it as `MUSTER_COMPLETE=SHELL muster -- WORD…` with the words up
//! to the cursor, and gets a line for each candidate: the word, then a tab and what it is about if that can be said.

use super::args::Shell;

/// Set to the shell's name while it asks for words.
pub const ASKED: &str = "MUSTER_COMPLETE";

/// The script for a shell that runs `program`.
#[must_use]
pub fn script(shell: Shell, program: &str) -> String {
    let text = match shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
    };
    text.replace("ASKED", ASKED)
        .replace("PROGRAM", &quoted(shell, program))
}

/// A word that a shell reads as it stands.
fn quoted(shell: Shell, word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    match shell {
        Shell::Bash | Shell::Zsh => format!("'{}'", word.replace('\'', r"'\''")),
        Shell::Fish => format!("'{}'", word.replace('\\', r"\\").replace('\'', r"\'")),
    }
}

/// bash breaks words at `:`, `=` and `@` too (COMP_WORDBREAKS), and puts an answer in the place of the last piece alone. So the
/// pieces are put together again, as they stand in the line, and what stands before the last piece is cut off the answers.
const BASH: &str = r#"# Words for muster's verbs, flags, nodes, profiles, images and fields.
_muster() {
    local rest=${COMP_LINE:0:COMP_POINT} piece before current at
    local -a words=()
    for ((at = 0; at <= COMP_CWORD; at++)); do
        piece=${COMP_WORDS[at]}
        if ((at == 0)) || [[ $rest == [[:space:]]* ]]; then
            words+=("")
            rest=${rest#"${rest%%[![:space:]]*}"}
        fi
        ((at < COMP_CWORD)) || piece=$rest
        words[${#words[@]} - 1]+=$piece
        rest=${rest#"$piece"}
    done
    for at in "${!words[@]}"; do
        case ${words[at]} in
            \"*) piece=${words[at]#\"} words[at]=${piece%\"} ;;
            \'*) piece=${words[at]#\'} words[at]=${piece%\'} ;;
            *\\*) words[at]=${words[at]//\\/} ;;
        esac
    done
    current=${words[${#words[@]} - 1]}
    piece=${2#[\"\']}
    before=
    [[ $current == *"$piece" ]] && before=${current%"$piece"}
    mapfile -t COMPREPLY < <(ASKED=bash PROGRAM -- "${words[@]}" 2> /dev/null)
    for at in "${!COMPREPLY[@]}"; do
        piece=${COMPREPLY[at]%%$'\t'*}
        COMPREPLY[at]=${piece#"$before"}
    done
    # Nothing follows a word that wants to be continued.
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[:=,/@] ]]; then
        compopt -o nospace 2> /dev/null
    fi
}
complete -o nosort -F _muster muster 2> /dev/null || complete -F _muster muster
"#;

const ZSH: &str = r#"#compdef muster
# Words for muster's verbs, flags, nodes, profiles, images and fields.
_muster() {
    local -a lines open closed
    lines=("${(@f)$(ASKED=zsh PROGRAM -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)}")
    lines=("${(@)lines:#}")
    # Nothing follows a word that wants to be continued.
    open=("${(@M)lines:#*[:=,/@](|$'\t'*)}")
    closed=("${(@)lines:#*[:=,/@](|$'\t'*)}")
    open=("${(@)${(@)open//:/\\:}/$'\t'/:}")
    closed=("${(@)${(@)closed//:/\\:}/$'\t'/:}")
    ((${#closed})) && _describe -V 'muster' closed
    ((${#open})) && _describe -V 'muster' open -S ''
    ((${#lines}))
}
if ((! ${+functions[compdef]})); then
    autoload -Uz compinit && compinit
fi
# As a file in fpath it is the function's own body; sourced, it registers the function.
if [[ ${funcstack[1]} == _muster ]]; then
    _muster "$@"
else
    compdef _muster muster
fi
"#;

const FISH: &str = r#"# Words for muster's verbs, flags, nodes, profiles, images and fields.
function __muster_words
    ASKED=fish PROGRAM -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token --cut-at-cursor) 2> /dev/null
end
complete --keep-order --no-files --command muster --arguments "(__muster_words)"
"#;
