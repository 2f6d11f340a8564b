//! What help says below the flags of some verbs.

/// What a verb's exit code says.
pub const EXITS: &str = "\
Exit codes: 0 done; 1 refused, no such node, or faults found; 2 wrong arguments; 3 no muster reached, or it ended.

Without a running muster, verbs that only read show what the files say, and those that change something edit the files themselves, \
under the same lock.";

/// What the verbs about nodes and profiles have in common.
pub const ENTRIES: &str = "\
Targets: names (`n1`, `n[01-08,12]`, `gpu*`) and `@profile` (the nodes that inherit it; `@all` is every node) add up; conditions \
narrow: `rack:r07`, `state:failed`, `image:rocky9*`, `!tag:login`, and so do names behind a `!`: `n[1-9] '!n3' '!@gpu'` (in quotes: shells have a use of \
their own for a `!`).

A change that reaches more than one entry is shown first, with its effect, and asked about when a person sits at the terminal; -y asks \
nothing, --dry-run only shows it. Where nobody can be asked it is done at once, except that removing more than one entry wants -y. \
Every change is a revision: `muster undo` takes it back, `muster log` lists them.

Addresses (--ipaddr, --ipaddr6, --ipmiaddr) count up from target to target, within their netmask; `--ipaddr 10.0.0.[1-9],10.0.1.7` and \
`--hwaddr MAC,MAC` name one for each, in the order of the targets. UNDEF or UNSET as a value is as `unset`. A secret given as `-` is \
asked for at a terminal, else read as a line of standard input. `muster help fields` lists every field, `muster help field NAME` explains one.

On add, set, unset and copy --root is the field; for another root write `muster --root DIR node …`.";

/// How shells come to know the words.
pub const COMPLETION: &str = "\
Now and here: `source <(muster completion bash)`, `source <(muster completion zsh)`, `muster completion fish | source`.

For everybody, once, as root:
  bash  muster completion bash > /usr/share/bash-completion/completions/muster
  zsh   muster completion zsh > /usr/local/share/zsh/site-functions/_muster
  fish  muster completion fish > /usr/share/fish/vendor_completions.d/muster.fish

For yourself: the line for now and here in ~/.bashrc, behind `compinit` in ~/.zshrc, or in ~/.config/fish/config.fish.

Names, profiles, images, fields, overlays, kernels and conditions (`rack:`, `state:`, `@profile`) are asked of the running muster, or \
read from its files.";

/// What `muster status` takes and gives.
pub const STATUS: &str = "\
Targets: names (`n1`, `n[01-08,12]`, `gpu*`) and `@profile` (the nodes that inherit it) add up; conditions narrow: `rack:r07`, \
`state:failed,stalled`, `stage:image`, `image:rocky9*`, `profile:gpu` (that list it), `tag:login`, `age>2m`, and `!` before one of \
all these for its opposite.

JSON: one object with `now`, `revision`, `cluster`, `version`, `live` (whether a muster runs), `strangers`, `services`, `faults`, `traffic` and `nodes`. A node has \
`name`, `state` (off, booting, up, stalled, failed), `stage` (off, dhcp, loader, kernel, image, overlay, init, up), `condition`, \
`note`, `since`, `boot`, `began`, `progress`, `eta`, `trail` (when each stage was entered), `heard`, `ip`, `mac`, `image`, `rack`, \
`cluster` and `profiles`. Times are milliseconds since 1970. With --watch: one such node a line, at first for every node.";

/// Under `muster drift`.
pub const DRIFT: &str = "\
What a node was given in its last boot (kernel, arguments, image, every file of the system overlay) is compared with what it would
be given now. Runtime overlays are not: nodes refresh them while they run. Files on disk are looked at again before the answer.

Examples:
  muster drift                        every node that a reboot would change, and why
  muster drift rack:r07 --files       every file that differs
  muster drift n012 --diff            and the lines in them
  muster status drift:yes             conditions work everywhere: drift:no, drift:unknown, drift:args, drift:files

Exit code: 0 no node would change, 10 at least one would, 11 none is known to, and of at least one it is not known;
1 refused, 2 wrong usage, 3 muster does not run.";

/// What overlays are, and what is done to them.
pub const OVERLAYS: &str = "\
An overlay is a tree of files that is laid over the image of each node that lists it: at boot (`system overlay`), and while the node \
runs (`runtime overlay`). Files ending in `.tera` are templates of Tera, files ending in `.ww` are Go templates as Warewulf has them; \
each makes the file of its name without the ending, or what its calls of `file` name. Nothing is built beforehand: what a node gets is \
rendered from what the registry and the files say when it asks.

muster ships overlays; a folder of the same name below `overlays` of the state folder (/var/lib/muster/overlays) hides the shipped one. \
The first change of a shipped overlay makes such a copy. `show` and `diff` tell in which lines a copy differs; removing it brings the \
shipped one back.

FILES counts files, links and templates; SYSTEM and RUNTIME count the nodes that list it; COPY says how many lines a copy lacks and has \
besides. `!2` behind a name: two faults, which `show` tells.";
