//! The verbs that change overlays as they are typed, and the steps that they mean.

use std::path::PathBuf;

use clap::Subcommand;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::carry::{Asks, Manner, Wanted, carry_out};
use super::{bits, history, import, sheet, steps, within};
use crate::api::OverlayStep;

/// What the help of `merge` says below its flags.
const MERGE: &str = "\
When muster is upgraded, the site's copies of shipped overlays stay as they are. What the new one ships otherwise is put into the copy \
line by line, beside what the site changed. Where both changed the same lines nothing is done and the lines are told; mend such a file \
by hand and say --ours for it, or take the shipped one with --theirs.";

/// Verbs that change overlays.
#[derive(Debug, Clone, Subcommand)]
pub enum Changing {
    /// Make an overlay
    #[command(visible_alias = "new")]
    Create {
        /// Its name: letters, digits and `-._:`
        overlay: String,
        #[command(flatten)]
        manner: Manner,
    },
    /// Make the site's copy of a shipped overlay; the first change of one does that too
    Copy {
        /// The overlay
        overlay: String,
        #[command(flatten)]
        manner: Manner,
    },
    /// Edit a file of an overlay in $EDITOR; one that is not there is made
    Edit {
        /// The overlay
        overlay: String,
        /// The file: `etc/hosts.tera`
        file: String,
        /// Its permission bits: `0644`
        #[arg(long, value_name = "MODE", value_parser = bits::octal)]
        mode: Option<u32>,
        /// Make folders above it, which is always done
        #[arg(long, short)]
        parents: bool,
        #[command(flatten)]
        manner: Manner,
    },
    /// Write what comes on standard input into a file of an overlay
    Write {
        /// The overlay
        overlay: String,
        /// The file
        file: String,
        /// Its permission bits: `0644`
        #[arg(long, value_name = "MODE", value_parser = bits::octal)]
        mode: Option<u32>,
        #[command(flatten)]
        manner: Manner,
    },
    /// Take a file or folder of this machine into an overlay, with its modes, owners and links
    Import {
        /// The overlay
        overlay: String,
        /// The file or folder
        source: PathBuf,
        /// Where it goes; where it is here if left out. With a slash at its end: into that folder; `/` for what a folder holds
        dest: Option<String>,
        /// In place of files that are there
        #[arg(long, short)]
        overwrite: bool,
        /// Make folders above it, which is always done
        #[arg(long, short)]
        parents: bool,
        /// What is new belongs to root, whoever owns it here
        #[arg(long)]
        no_owners: bool,
        #[command(flatten)]
        manner: Manner,
    },
    /// Remove files of an overlay, or the overlay
    #[command(visible_aliases = ["delete", "remove"])]
    Rm {
        /// The overlay
        overlay: String,
        /// Files and folders; none = the overlay itself
        files: Vec<String>,
        /// Folders too, with everything in them
        #[arg(long, short)]
        recursive: bool,
        #[command(flatten)]
        manner: Manner,
    },
    /// Make a folder in an overlay
    Mkdir {
        /// The overlay
        overlay: String,
        /// The folder
        folder: String,
        /// Its permission bits: `0755`
        #[arg(long, value_name = "MODE", value_parser = bits::octal)]
        mode: Option<u32>,
        /// Make folders above it, which is always done
        #[arg(long, short)]
        parents: bool,
        #[command(flatten)]
        manner: Manner,
    },
    /// Make a symbolic link in an overlay
    Link {
        /// The overlay
        overlay: String,
        /// The link
        file: String,
        /// What it points to, as on the node
        target: String,
        #[command(flatten)]
        manner: Manner,
    },
    /// Change the permission bits of a file or folder of an overlay
    Chmod {
        /// The overlay
        overlay: String,
        /// The file or folder
        file: String,
        /// `0640`, or `u+x,go-w`
        #[arg(allow_hyphen_values = true)]
        mode: String,
        #[command(flatten)]
        manner: Manner,
    },
    /// Change owner and group of a file or folder of an overlay
    Chown {
        /// The overlay
        overlay: String,
        /// The file or folder
        file: String,
        /// `UID`, `UID:GID` or `:GID`; names are those of this machine
        owner: String,
        #[command(flatten)]
        manner: Manner,
    },
    /// Move a file or folder within an overlay
    #[command(visible_alias = "rename")]
    Mv {
        /// The overlay
        overlay: String,
        /// The file or folder
        file: String,
        /// Its new path, or a folder that it goes into
        to: String,
        #[command(flatten)]
        manner: Manner,
    },
    /// Take into the site's copy what this muster ships otherwise than the one that it was made from
    #[command(after_long_help = MERGE)]
    Merge {
        /// The overlay
        overlay: String,
        /// Only this file
        file: Option<String>,
        /// Keep the copy's file where both changed it
        #[arg(long, requires = "file")]
        ours: bool,
        /// Take the shipped file where both changed it
        #[arg(long, requires = "file", conflicts_with = "ours")]
        theirs: bool,
        #[command(flatten)]
        manner: Manner,
    },
    /// What was changed in overlays, newest first
    Log {
        /// Only of this overlay
        overlay: Option<String>,
        /// At most so many
        #[arg(long, short = 'n', default_value_t = 30)]
        limit: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a change of an overlay back
    Undo {
        /// Its number in the log, or an overlay, whose newest change it is then; none = the newest change
        what: Option<String>,
        #[command(flatten)]
        manner: Manner,
    },
}

/// Carries a verb out.
///
/// # Errors
/// Refusals; whatever reading and writing gives.
pub fn run(desk: &mut Desk<'_, '_>, verb: &Changing) -> Result<(), Failure> {
    match verb {
        Changing::Edit {
            overlay,
            file,
            mode,
            manner,
            ..
        } => sheet::edit(desk, (overlay, &within(file)), *mode, manner),
        Changing::Import { .. } => import::run(desk, verb),
        Changing::Log {
            overlay,
            limit,
            json,
        } => history::log(desk, overlay.as_deref(), *limit, *json),
        Changing::Undo { what, manner } => {
            let wanted = history::undo(what.as_deref());
            carry_out(desk, wanted, manner, Asks::Somebody)
        }
        Changing::Rm {
            overlay,
            files,
            recursive,
            manner,
        } => remove(desk, (overlay, files), *recursive, manner),
        _ => {
            let (overlay, step, manner) = steps::one(desk, verb)?;
            let wanted = Wanted::Steps {
                name: overlay.into(),
                steps: vec![step],
                base: None,
            };
            let asks = match verb {
                Changing::Write { .. } | Changing::Merge { .. } => Asks::Somebody,
                _ => Asks::No,
            };
            carry_out(desk, wanted, manner, asks)
        }
    }
}

/// Removes files, or the whole overlay.
fn remove(
    desk: &mut Desk<'_, '_>,
    (overlay, files): (&str, &[String]),
    recursive: bool,
    manner: &Manner,
) -> Result<(), Failure> {
    let mut steps = Vec::new();
    for file in files {
        let path = within(file.trim_end_matches('/'));
        if !recursive && steps::is_folder(desk, overlay, &path) {
            let what = format!("{path} is a folder; --recursive removes it with everything in it");
            return Err(Failure::Refused(what));
        }
        steps.push(OverlayStep::Remove { path });
    }
    let whole = steps.is_empty();
    if whole {
        steps.push(OverlayStep::Delete);
    }
    let wanted = Wanted::Steps {
        name: overlay.into(),
        steps,
        base: None,
    };
    let asks = if whole || recursive {
        Asks::Always
    } else {
        Asks::Somebody
    };
    // Who forces it has said that it is meant.
    let mut manner = manner.clone();
    manner.how.yes |= manner.force;
    carry_out(desk, wanted, &manner, asks)
}
