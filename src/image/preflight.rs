//! What will go wrong on a node that boots an image, as far as the image alone tells. Nothing is said of an image that is fine.

use crate::model::Fault;

use super::catalog::Kernel;

/// What was found in an image's tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts<'a> {
    /// Its name.
    pub name: &'a str,
    /// The kernel that nodes boot unless they ask for another.
    pub kernel: Option<&'a Kernel>,
    /// Whether the server may read that file.
    pub readable: bool,
    /// The kernel's configuration, `/boot/config-VERSION`, where the distribution ships it.
    pub config: Option<&'a str>,
    /// Folders of `/lib/modules`.
    pub modules: &'a [String],
    /// Whether there is something to start as the first process.
    pub init: bool,
    /// Whether there is a `/bin/sh`.
    pub shell: bool,
    /// Whether `/boot` or `/lib/modules` gained or lost files after the archive was built.
    pub kernels_changed: bool,
}

/// What a kernel must have been built with, and what happens without.
const NEEDS: [(&str, &str); 3] = [
    (
        "CONFIG_BLK_DEV_INITRD",
        "it ignores what the boot loader hands over",
    ),
    (
        "CONFIG_RD_GZIP",
        "it cannot unpack the image that nodes load",
    ),
    (
        "CONFIG_DEVTMPFS",
        "nodes have no /dev and the first boot step fails",
    ),
];

/// The warnings about an image with these facts.
#[must_use]
pub fn preflight(facts: &Facts<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    match facts.kernel {
        None => faults.push(
            Fault::warning("it has no kernel in /boot or /lib/modules")
                .hint("install the distribution's kernel package in the image"),
        ),
        Some(kernel) => faults.extend(about_kernel(facts, kernel)),
    }
    if !facts.init {
        faults.push(
            Fault::warning("it has no init: none of /sbin/init, /etc/init, /bin/init")
                .hint("install systemd or busybox in the image, or set `init`"),
        );
    }
    if !facts.shell {
        faults.push(
            Fault::warning("it has no /bin/sh, which the first boot steps of nodes need")
                .hint("install a shell in the image"),
        );
    }
    if facts.kernels_changed {
        faults.push(
            Fault::warning(
                "its kernels changed after it was packed, so nodes may load a kernel without its modules",
            )
            .hint(format!("muster image build {}", facts.name)),
        );
    }
    faults
}

fn about_kernel(facts: &Facts<'_>, kernel: &Kernel) -> Vec<Fault> {
    let mut faults = Vec::new();
    let version = &kernel.version;
    if !facts.readable {
        faults.push(
            Fault::warning(format!("muster may not read its kernel {version}"))
                .hint(format!("chmod 644 {}", kernel.path.display())),
        );
    }
    let own = |folder: &String| **folder == **version;
    // A version is only known to be one where the path tells; a kernel without modules at all is built to need none.
    if !facts.modules.is_empty()
        && version.starts_with(|first: char| first.is_ascii_digit())
        && !facts.modules.iter().any(own)
    {
        faults.push(
            Fault::warning(format!(
                "there are no modules for its kernel {version} in /lib/modules, only for {}",
                facts.modules.join(", ")
            ))
            .hint(
                "install the modules that belong to the kernel, or set the node's `kernel version`",
            ),
        );
    }
    for (option, consequence) in NEEDS {
        if facts.config.is_some_and(|config| lacks(config, option)) {
            faults.push(
                Fault::warning(format!(
                    "its kernel {version} was built without {option}: {consequence}"
                ))
                .hint("use the distribution's own kernel"),
            );
        }
    }
    faults
}

/// Only a configuration that says so: `# CONFIG_X is not set`, or whole and without the word. Half a file says nothing.
fn lacks(config: &str, option: &str) -> bool {
    let set = format!("{option}=y");
    let whole = config.lines().any(|line| line.starts_with("CONFIG_64BIT="));
    let not_set = format!("# {option} is not set");
    let said = |wanted: &str| config.lines().any(|line| line.trim_end() == wanted);
    said(&not_set) || (whole && !said(&set))
}
