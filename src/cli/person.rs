//! Who sits at the terminal: whoever can be asked, and their editor.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// Somebody who may be asked.
pub trait Person {
    /// Whether somebody is there to answer.
    fn there(&self) -> bool;

    /// Whether they agree. Nobody agrees to nothing.
    fn agrees(&mut self, question: &str) -> bool;

    /// A secret that they type unseen, or that comes on standard input.
    ///
    /// # Errors
    /// A sentence: it was not given.
    fn secret(&mut self, what: &str) -> Result<String, String>;

    /// The text as they leave it in their editor, opened at `line` from 1.
    ///
    /// # Errors
    /// A sentence: there is no editor, or it failed.
    fn edits(&mut self, text: &str, line: u32) -> Result<String, String>;

    /// What the next text is called: the end of that name tells an editor what it is.
    fn calls(&mut self, name: &str) {
        let _ = name;
    }

    /// Where the text of the last [`Person::edits`] still is, for them to take up again; the others are removed.
    fn keeps(&mut self) -> Option<PathBuf>;
}

/// The person at standard input and standard error.
#[derive(Debug, Default)]
pub struct Typist {
    name: Option<String>,
    sheet: Option<PathBuf>,
    kept: bool,
}

impl Person for Typist {
    fn there(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn agrees(&mut self, question: &str) -> bool {
        let mut line = String::new();
        let asked = write!(io::stderr(), "{question} [y/N] ").and_then(|()| io::stderr().flush());
        let read = asked.and_then(|()| io::stdin().lock().read_line(&mut line));
        read.is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
    }

    fn secret(&mut self, what: &str) -> Result<String, String> {
        let stdin = io::stdin();
        let unseen = Unseen::new(stdin.is_terminal());
        if unseen.is_some() {
            // A prompt that cannot be written is missed by nobody.
            let _ = write!(io::stderr(), "{what}: ");
        }
        let mut line = String::new();
        let read = stdin.lock().read_line(&mut line);
        if unseen.is_some() {
            let _ = writeln!(io::stderr());
        }
        read.map_err(|e| format!("the {what} cannot be read: {e}"))?;
        let line = line.trim_end_matches(['\n', '\r']);
        if line.is_empty() {
            return Err(format!("no {what} was given"));
        }
        Ok(line.to_owned())
    }

    fn edits(&mut self, text: &str, line: u32) -> Result<String, String> {
        let set = |name: &str| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.trim().is_empty())
        };
        let editor = set("VISUAL")
            .or_else(|| set("EDITOR"))
            .unwrap_or_else(|| "vi".into());
        let path = match &self.sheet {
            Some(path) => path.clone(),
            None => sheet(self.name.as_deref().unwrap_or("text.yaml"))?,
        };
        self.sheet = Some(path.clone());
        let cannot =
            |what: &str, e: &io::Error| format!("{} cannot be {what}: {e}", path.display());
        fs::write(&path, text).map_err(|e| cannot("written", &e))?;
        let at = takes_line(&editor).then(|| format!("+{line}"));
        // An editor may have arguments of its own, as in `emacs -nw`: the shell splits them.
        let ended = Command::new("/bin/sh")
            .args(["-c", &format!("{editor} \"$@\""), "muster"])
            .args(at)
            .arg(&path)
            .status()
            .map_err(|e| format!("the editor `{editor}` cannot be started: {e}"))?;
        if !ended.success() {
            return Err(format!(
                "the editor `{editor}` ended with {ended}; nothing was changed"
            ));
        }
        fs::read_to_string(&path).map_err(|e| cannot("read", &e))
    }

    fn calls(&mut self, name: &str) {
        self.name = Some(name.to_owned());
    }

    fn keeps(&mut self) -> Option<PathBuf> {
        self.kept = true;
        self.sheet.clone()
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        if let Some(path) = self.sheet.take().filter(|_| !self.kept) {
            // What holds secrets perhaps is not left behind; that it is gone already is as well.
            let _ = fs::remove_file(path);
        }
    }
}

/// A new file that nobody else reads.
fn sheet(name: &str) -> Result<PathBuf, String> {
    let folder = std::env::temp_dir();
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let last = name.rsplit('/').next().unwrap_or(name);
    let last: String = last.chars().filter(|c| plain(*c)).take(64).collect();
    let made = (0..100).find_map(|n| {
        let path = folder.join(format!("muster-{}-{n}-{last}", std::process::id()));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        file.is_ok().then_some(path)
    });
    made.ok_or_else(|| format!("no file can be made in {}", folder.display()))
}

/// Whether an editor understands `+LINE`.
fn takes_line(editor: &str) -> bool {
    let program = editor.split_whitespace().next().unwrap_or_default();
    let name = Path::new(program)
        .file_name()
        .and_then(|name| name.to_str());
    let known = [
        "vi",
        "vim",
        "nvim",
        "nano",
        "emacs",
        "emacsclient",
        "mg",
        "joe",
        "jed",
        "kak",
        "micro",
    ];
    name.is_some_and(|name| known.contains(&name))
}

/// The terminal without echo, until it is dropped.
struct Unseen {
    before: Termios,
}

impl Unseen {
    fn new(terminal: bool) -> Option<Self> {
        let before = terminal
            .then(|| tcgetattr(io::stdin().as_fd()).ok())
            .flatten()?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(io::stdin().as_fd(), SetArg::TCSANOW, &quiet).ok()?;
        Some(Self { before })
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(io::stdin().as_fd(), SetArg::TCSANOW, &self.before);
    }
}
