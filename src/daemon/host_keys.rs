//! The SSH host keys that all nodes share. ssh-keygen makes them, once, when the first node is to have them; they stay in the
//! folder `keys` of the state folder, for muster alone to read, and are never made anew.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::{Fault, Node, Settings};
use crate::overlay::{Context, KEYS};

/// Where ssh-keygen usually is.
pub const PROGRAM: &str = "/usr/bin/ssh-keygen";
/// The overlay that brings them.
const OVERLAY: &str = "ssh.host_keys";
/// What ssh-keygen makes and sshd takes.
const TYPES: [&str; 3] = ["ed25519", "ecdsa", "rsa"];
/// How often ssh-keygen is looked at, and how many times; an RSA key takes a second or two.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: u32 = 6000;

/// The folder of the keys.
#[derive(Debug)]
pub struct HostKeys {
    folder: PathBuf,
    making: Mutex<()>,
}

impl HostKeys {
    /// Those of this state folder. Nothing is made yet.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self {
            folder: state.join(KEYS),
            making: Mutex::default(),
        }
    }

    /// Makes what is missing, if `node` is to have host keys in this context. What could not be made, and why.
    pub fn for_node(&self, settings: &Settings, node: &Node, context: Context) -> Vec<Fault> {
        let list = match context {
            Context::System => &node.system_overlay,
            Context::Runtime => &node.runtime_overlay,
        };
        if !list.iter().any(|name| &**name == OVERLAY) {
            return Vec::new();
        }
        let types = settings.ssh_key_types.iter();
        types
            .filter_map(|kind| self.one(kind, &settings.cluster).err())
            .collect()
    }

    fn one(&self, kind: &str, cluster: &str) -> Result<(), Fault> {
        if !TYPES.contains(&kind) {
            let what = format!(
                "`ssh: key types` holds `{}`, which is no type of SSH key",
                kind.escape_debug()
            );
            return Err(Fault::warning(what).hint(format!("there are {}", TYPES.join(", "))));
        }
        let key = self.folder.join(format!("ssh_host_{kind}_key"));
        let public = self.folder.join(format!("ssh_host_{kind}_key.pub"));
        if key.exists() && public.exists() {
            return Ok(());
        }
        // Whoever comes second finds what the first one made.
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if key.exists() && public.exists() {
            return Ok(());
        }
        let made = if key.exists() {
            self.publish(&key, &public)
        } else {
            self.make(kind, cluster, &key, &public)
        };
        made.map_err(|error| {
            let (what, hint) = match error.kind() {
                io::ErrorKind::NotFound => (
                    "there is no ssh-keygen here".into(),
                    "install openssh-client on this server, or put the keys into the folder `keys` of the state folder",
                ),
                _ => (error.to_string(), "nodes make keys of their own until that is mended"),
            };
            let what = format!("no SSH host key of type {kind} can be made for the nodes: {what}");
            Fault::warning(what).hint(hint)
        })
    }

    fn make(&self, kind: &str, cluster: &str, key: &Path, public: &Path) -> io::Result<()> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true).mode(0o700).create(&self.folder)?;
        let fresh = self.folder.join(format!(".new_{kind}"));
        let fresh_public = self.folder.join(format!(".new_{kind}.pub"));
        // Left by a crash; ssh-keygen would ask about it.
        remove(&fresh)?;
        remove(&fresh_public)?;
        let comment = format!("nodes of {cluster}");
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", kind, "-N", "", "-C", &comment, "-f"]);
        wait(command.arg(&fresh).stdin(Stdio::null()).spawn()?)?;
        for path in [&fresh, &fresh_public] {
            fs::set_permissions(path, Permissions::from_mode(0o600))?;
            File::open(path)?.sync_all()?;
        }
        // The private one last: where it is, the other is too.
        fs::rename(&fresh_public, public)?;
        fs::rename(&fresh, key)?;
        File::open(&self.folder)?.sync_all()?;
        tracing::info!("made the SSH host key of type {kind} that all nodes share");
        Ok(())
    }

    /// The public half of a key that somebody put here alone.
    fn publish(&self, key: &Path, public: &Path) -> io::Result<()> {
        let fresh = self.folder.join(".new_public");
        remove(&fresh)?;
        let to = File::options().write(true).create_new(true).open(&fresh)?;
        let mut command = Command::new("ssh-keygen");
        command.arg("-y").arg("-P").arg("").arg("-f").arg(key);
        command.stdin(Stdio::null()).stdout(to.try_clone()?);
        wait(command.spawn()?)?;
        to.sync_all()?;
        fs::rename(&fresh, public)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Until it ends, but not for ever.
fn wait(mut child: Child) -> io::Result<()> {
    for _ in 0..LOOKS {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => {
                return Err(io::Error::other(format!("ssh-keygen ended with {status}")));
            }
            None => std::thread::sleep(LOOK),
        }
    }
    child.kill()?;
    child.wait()?;
    Err(io::Error::other("ssh-keygen did not end"))
}
