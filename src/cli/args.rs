//! What may be typed after `muster`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, Parser, Subcommand, ValueEnum};

use super::change::How;
use super::condition::is_of_the_moment;
use super::config::ConfigVerb;
use super::entry::{Act, NodeVerb, ProfileVerb};
use super::migrate::{self, Migrate};
use super::notes::{COMPLETION, DRIFT, ENTRIES, EXITS, STATUS};
use super::overlay::OverlayVerb;
use super::ssh::Ssh;
use crate::kit::Mac;
use crate::model::Level;

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
    #[arg(long, value_name = "DIR")]
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
    /// Whether a reboot would change nodes: which, and by what
    #[command(after_long_help = DRIFT)]
    Drift(DriftVerb),
    /// The nodes: add, set, unset, rm, rename, copy, list, show, diff, conflicts, edit, import, export
    #[command(subcommand, after_long_help = ENTRIES)]
    Node(NodeVerb),
    /// The profiles that nodes inherit from: the same verbs
    #[command(subcommand, after_long_help = ENTRIES)]
    Profile(ProfileVerb),
    /// Take a change back, whoever made it
    Undo {
        /// Which, as `muster log` lists it; none = the newest that is in force
        revision: Option<Revision>,
        /// How.
        #[command(flatten)]
        how: How,
    },
    /// Take the newest undo back
    Redo {
        /// How.
        #[command(flatten)]
        how: How,
    },
    /// Who changed what in the registry, newest first
    Log {
        /// How many
        #[arg(long, short = 'n', default_value_t = 20)]
        limit: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// What differs in the registry between two revisions
    Diff {
        /// The earlier one, as r412
        from: Revision,
        /// The later one; none = the one in force
        to: Option<Revision>,
        /// Show passwords and keys
        #[arg(long)]
        secrets: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
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
    /// Run a command on many nodes at a time, each line of output behind its node's name
    Ssh(Ssh),
    /// Node images
    #[command(subcommand)]
    Image(ImageVerb),
    /// Overlays: what nodes get besides their image
    #[command(subcommand)]
    Overlay(OverlayVerb),
    /// Take over an installation of Warewulf: settings, nodes, overlays, images; its own files stay as they are
    #[command(after_long_help = migrate::ABOUT)]
    Migrate(Migrate),
    /// The server's settings, and what is wrong with the files
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Check muster.conf and nodes.conf, and say what is wrong (`config check`)
    Check {
        /// Warnings are faults too
        #[arg(long)]
        strict: bool,
    },
    /// The server's settings (`config show`)
    #[command(hide = true)]
    Settings {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Have the running muster read its files again
    Reload,
    /// Stop the running muster, and wait until it has stopped
    Stop,
    /// What a verb or a field is about: `muster help node set`, `muster help field kernel.args`, `muster help fields`
    Help {
        /// Verbs, `field NAME` or `fields`; none = everything
        topic: Vec<String>,
    },
    /// Print what makes a shell complete verbs, flags, nodes, profiles, images and fields: `source <(muster completion bash)`
    #[command(after_long_help = COMPLETION)]
    Completion {
        /// Which shell
        shell: Shell,
    },
    /// Write man pages below a folder, as /usr/local/share/man
    Man {
        /// The folder
        dir: PathBuf,
    },
}

/// A revision of the registry as people write it: `r412` or `412`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(pub u64);

impl std::str::FromStr for Revision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix(['r', 'R']).unwrap_or(text);
        let number = digits
            .parse()
            .map_err(|_| "write it as r412; `muster log` lists them".to_owned());
        number.map(Self)
    }
}

/// Shells that are helped with words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
}

impl Verb {
    /// Whether it is about what the files say, daemon or none.
    #[must_use]
    pub fn is_about_files(&self) -> bool {
        match self {
            Self::Check { .. } | Self::Config(_) | Self::Profile(_) | Self::Help { .. } => true,
            Self::Overlay(_) => true,
            Self::Node(verb) => match &verb.act {
                Act::List { whom, .. } | Act::Change { whom, .. } => {
                    !whom.words.iter().any(|word| is_of_the_moment(word))
                }
                _ => true,
            },
            _ => false,
        }
    }
}

impl Args {
    /// Everything that may be typed. `--root` may stand behind a verb too, but for those that know a field of that name.
    #[must_use]
    pub fn tree() -> clap::Command {
        with_root(<Self as clap::CommandFactory>::command())
    }

    /// Understands a command line.
    ///
    /// # Errors
    /// What clap says of it; `--help` and `--version` are among them.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let matches = Self::tree().try_get_matches_from(words)?;
        let mut args = <Self as clap::FromArgMatches>::from_arg_matches(&matches)
            .map_err(|error| error.format(&mut leaf(&matches)))?;
        let mut at = Some(&matches);
        while let Some(matches) = at {
            if let Ok(Some(root)) = matches.try_get_one::<PathBuf>(ROOT) {
                args.root = Some(root.clone());
            }
            at = matches.subcommand().map(|(_, inner)| inner);
        }
        Ok(args)
    }
}

/// Id and name of the flag for muster's own files.
const ROOT: &str = "root";

fn with_root(command: clap::Command) -> clap::Command {
    command.mut_subcommands(|inner| {
        let inner = with_root(inner);
        if inner
            .get_arguments()
            .any(|arg| arg.get_long() == Some(ROOT))
        {
            return inner;
        }
        inner.arg(
            Arg::new(ROOT)
                .long(ROOT)
                .value_name("DIR")
                .help("Put muster's own files below DIR")
                .value_parser(clap::value_parser!(PathBuf)),
        )
    })
}

/// The innermost verb that was typed, for the usage line of a complaint.
fn leaf(matches: &clap::ArgMatches) -> clap::Command {
    let mut command = Args::tree();
    command.build();
    let mut at = matches.subcommand();
    while let Some((name, inner)) = at {
        let Some(found) = command.find_subcommand(name) else {
            break;
        };
        command = found.clone();
        at = inner.subcommand();
    }
    command
}

/// What `muster drift` is to show.
#[derive(Debug, clap::Args)]
pub struct DriftVerb {
    /// Which nodes (`n[01-08]`, `rack:r07`, `drift:yes`); none = all
    pub targets: Vec<String>,
    /// Every file that differs, a line each
    #[arg(long)]
    pub files: bool,
    /// The lines that differ in each file, of one node of those that are alike
    #[arg(long)]
    pub diff: bool,
    /// With `--diff`: also files that only their owner may read
    #[arg(long)]
    pub secrets: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Verbs about images.
#[derive(Debug, Subcommand)]
pub enum ImageVerb {
    /// Make an image of a directory, an archive or a container image, and build what nodes load
    ///
    /// A path alone is looked into: a root file system, a tar archive of one in any compression, what `docker save` wrote, or an
    /// OCI image layout. To say what it is: `dir:FOLDER`, `tar:FILE`, `docker-archive:FILE[:NAME:TAG]`, `oci:FOLDER[:TAG]`, `oci-archive:FILE[:TAG]`
    Import {
        /// A folder, an archive, or a container image
        source: String,
        /// The image's name
        name: String,
        /// Of a container image for several machines the one for this: linux/amd64, linux/arm64, aarch64
        #[arg(long)]
        platform: Option<String>,
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
