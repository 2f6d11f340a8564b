//! What may be typed after `muster`.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::kit::Mac;
use crate::model::Level;

/// What a verb's exit code says.
const EXITS: &str = "\
Exit codes: 0 done; 1 refused, no such node, or faults found; 2 wrong arguments; 3 no muster reached, or it ended.

Without a running muster, verbs that only read show what the files say, and `adopt` edits nodes.conf itself.";

/// What `muster status` takes and gives.
const STATUS: &str = "\
Targets: names (`n1`, `n[01-08,12]`, `gpu*`) add up; conditions narrow: `rack:r07`, `state:failed,stalled`, `stage:image`, \
`image:rocky9*`, `profile:gpu`, `tag:login`, `age>2m`, and `!` before one for its opposite.

JSON: one object with `now`, `revision`, `cluster`, `version`, `live` (whether a muster runs), `strangers`, `services`, `faults`, `traffic` and `nodes`. A node has \
`name`, `state` (off, booting, up, stalled, failed), `stage` (off, dhcp, loader, kernel, image, overlay, init, up), `condition`, \
`note`, `since`, `boot`, `began`, `progress`, `eta`, `trail` (when each stage was entered), `heard`, `ip`, `mac`, `image`, `rack`, \
`cluster` and `profiles`. Times are milliseconds since 1970. With --watch: one such node a line, at first for every node.";

/// Boots stateless clusters over the network, and shows it happening. Without a verb: the console.
#[derive(Debug, Parser)]
#[command(
    name = "muster",
    version,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = EXITS
)]
pub struct Args {
    /// Put muster's own files below DIR (DIR/etc/muster, DIR/var/lib/muster, DIR/run/muster, DIR/var/cache/muster)
    #[arg(long, global = true, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Run the servers without a screen, for systemd
    #[arg(long, conflicts_with_all = ["demo"])]
    pub serve: bool,
    /// With --serve: end once no console is attached and nothing has booted for ten minutes
    #[arg(long, requires = "serve", hide = true)]
    pub linger: bool,
    /// With --serve: end when the process that started it ends
    #[arg(long, requires = "serve", hide = true)]
    pub tethered: bool,
    /// Show everything on loopback with simulated nodes: no root, nothing touched
    #[arg(long)]
    pub demo: bool,
    /// With --demo: how many nodes
    #[arg(long, requires = "demo", value_name = "N", default_value_t = 96, value_parser = clap::value_parser!(u32).range(1..=4000))]
    pub nodes: u32,
    /// With --demo: no console; attach to it with `muster --root DIR`
    #[arg(long, requires = "demo", hide = true)]
    pub headless: bool,
    /// Console: theme by name
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Console: how many colours (default: found out)
    #[arg(long, value_name = "DEPTH")]
    pub color: Option<ColorDepth>,
    /// Console: draw with ASCII only
    #[arg(long)]
    pub ascii: bool,
    /// What to do; nothing = open the console
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// Colours a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorDepth {
    /// 24-bit colour.
    True,
    /// 256 colours.
    #[value(name = "256")]
    C256,
    /// 16 colours.
    #[value(name = "16")]
    C16,
    /// None.
    None,
}

fn level(word: &str) -> Result<Level, String> {
    Level::from_word(word).ok_or_else(|| "known: debug, info, warning, error".into())
}

/// Headless verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// How the nodes are doing
    #[command(after_long_help = STATUS)]
    Status {
        /// Which nodes (`n[01-08]`, `rack:r07 state:failed`); none = all
        targets: Vec<String>,
        /// Go on, a line for every change; ends with the running muster
        #[arg(long)]
        watch: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The registry
    #[command(subcommand)]
    Node(NodeVerb),
    /// Why a node is where it is, and what to do
    Why {
        /// The node
        node: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// What happened, newest last
    Events {
        /// Only of this node
        node: Option<String>,
        /// How many
        #[arg(long, short = 'n', default_value_t = 50)]
        limit: u32,
        /// Go on with what happens next
        #[arg(long, short)]
        follow: bool,
        /// Only what is at least this grave
        #[arg(long, value_name = "LEVEL", default_value = "info", value_parser = level, conflicts_with = "all")]
        level: Level,
        /// Every packet too
        #[arg(long, visible_alias = "debug")]
        all: bool,
        /// As JSON, a line an event
        #[arg(long)]
        json: bool,
    },
    /// Boots that ended, newest first
    Boots {
        /// Only of this node
        node: Option<String>,
        /// How many
        #[arg(long, short = 'n', default_value_t = 20)]
        limit: u32,
        /// As JSON, a line a boot
        #[arg(long)]
        json: bool,
    },
    /// Make an unknown machine a node
    Adopt {
        /// Its hardware address, as `muster status` lists it
        mac: Mac,
        /// Its name; none = the next of the naming pattern
        name: Option<String>,
    },
    /// Node images
    #[command(subcommand)]
    Image(ImageVerb),
    /// Check muster.conf and nodes.conf, and say what is wrong
    Check {
        /// Warnings are faults too
        #[arg(long)]
        strict: bool,
    },
    /// The server's settings
    Settings {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Have the running muster read its files again
    Reload,
    /// Stop the running muster, and wait until it has stopped
    Stop,
    /// Print what makes a shell complete muster's words: `source <(muster completion bash)`
    Completion {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Verbs about the registry.
#[derive(Debug, Subcommand)]
pub enum NodeVerb {
    /// List nodes
    #[command(visible_alias = "ls")]
    List {
        /// Which nodes; none = all
        targets: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Every field of a node, its value, and where that comes from
    Show {
        /// The node
        node: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Verbs about images.
#[derive(Debug, Subcommand)]
pub enum ImageVerb {
    /// Make an image of a directory, and build what nodes load
    Import {
        /// A root file system
        dir: PathBuf,
        /// The image's name
        name: String,
        /// Replace the image of that name, in one step once the new one is complete
        #[arg(long)]
        force: bool,
    },
    /// Build what nodes load, from the image's tree
    Build {
        /// The image
        name: String,
    },
    /// List images
    #[command(visible_alias = "ls")]
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}
