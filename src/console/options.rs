//! What the console is started with, and what of it the terminal and its environment decide.

use std::path::PathBuf;
use std::sync::Arc;

use super::app::Start;
use super::drafts;
use super::keys::Keymap;
use super::look::{Depth, Look, Theme, wants_ascii};
use super::writing::Accounts;
use crate::kit::Zone;
use crate::link::Link;

/// What the console is started with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Theme name; none = `default`.
    pub theme: Option<String>,
    /// A site's themes: name and text.
    pub themes: Vec<(String, String)>,
    /// Colour depth; none = from the environment.
    pub depth: Option<Depth>,
    /// Only ASCII characters, whatever the environment says of the terminal.
    pub ascii: bool,
    /// Who sits here; recorded with every change.
    pub user: Arc<str>,
    /// What becomes of the servers after leaving, when that needs saying; leaving then asks and offers to stop them.
    pub detach_hint: Option<String>,
    /// Nothing can be changed in this session.
    pub read_only: bool,
    /// Do not take the mouse.
    pub no_mouse: bool,
    /// The user's keymap, YAML text.
    pub keymap: Option<String>,
    /// File of the person's preferences, read at the start and written at the end; none = nothing is kept.
    pub prefs: Option<PathBuf>,
    /// Folder of drafts that are kept between sessions; none = nothing is kept.
    pub drafts: Option<PathBuf>,
    /// Folder for a crash file.
    pub crash_dir: Option<PathBuf>,
    /// The reader's time zone.
    pub zone: Zone,
}

impl Options {
    /// What the application begins with, on a terminal of that many columns and rows.
    ///
    /// # Errors
    /// When the theme or the keymap cannot be used.
    pub(super) fn start(&self, link: &Link, size: (u16, u16)) -> anyhow::Result<Start> {
        let depth = self
            .depth
            .unwrap_or_else(|| Depth::from_env(|name| std::env::var(name).ok()));
        // crossterm mutes colours by itself under NO_COLOR; a flag must win over that.
        crossterm::style::force_color_output(depth > Depth::None);
        let theme = Theme::named(self.theme.as_deref().unwrap_or("default"), &self.themes)?;
        let ascii = self.ascii || wants_ascii(|name| std::env::var(name).ok());
        let keymap = match &self.keymap {
            Some(text) => Keymap::with(text)?,
            None => Keymap::default(),
        };
        Ok(Start {
            look: Look::new(theme, depth, ascii),
            themes: self.themes.clone(),
            keymap,
            user: self.user.clone(),
            link: link.name.clone(),
            read_only: self.read_only,
            detach_hint: self.detach_hint.clone(),
            mouse: !self.no_mouse,
            size,
            zone: self.zone.clone(),
            interfaces: interfaces(),
            accounts: accounts(),
            kept: self.drafts.as_deref().map(drafts::read).unwrap_or_default(),
        })
    }
}

/// Users and groups of this machine, as far as its own files name them.
fn accounts() -> Accounts {
    let text = |path: &str| std::fs::read(path).unwrap_or_default();
    let (users, groups) = (text("/etc/passwd"), text("/etc/group"));
    Accounts::read(
        &String::from_utf8_lossy(&users),
        &String::from_utf8_lossy(&groups),
    )
}

/// The network interfaces of this machine, which is the server's: a console is attached through a socket of the file system.
fn interfaces() -> Vec<Arc<str>> {
    let listed = std::fs::read_dir("/sys/class/net").into_iter().flatten();
    let names = listed
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into());
    names.collect()
}
