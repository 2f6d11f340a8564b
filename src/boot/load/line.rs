//! The kernel arguments in a boot script, whoever wrote it.

use std::sync::Arc;

/// The arguments that a script of iPXE or a configuration of GRUB gives to the kernel; none if it starts none. What stands in
/// several places (a site's menu) is taken from each of them.
#[must_use]
pub fn arguments_of(script: &str) -> Option<Arc<str>> {
    let mut set = Vec::new();
    let mut loaded = Vec::new();
    for line in script.lines() {
        let words = line.trim_start();
        let words = words.strip_prefix("if ").unwrap_or(words);
        let mut words = words.split(' ').filter(|word| !word.is_empty());
        match words.next() {
            // `imgargs NAME ARGUMENTS` takes the place of what stood behind `kernel`.
            Some("imgargs") => set.push(behind(words.skip(1))),
            Some("kernel") => loaded.push(behind(unnamed(words).skip(1))),
            Some("linux" | "linuxefi" | "linux16") => loaded.push(behind(words.skip(1))),
            _ => {}
        }
    }
    let mut found = if set.is_empty() { loaded } else { set };
    found.dedup();
    (!found.is_empty()).then(|| found.join("\n").into())
}

/// Without options and what belongs to them, as iPXE's `kernel --name NAME URL`.
fn unnamed<'t>(words: impl Iterator<Item = &'t str>) -> impl Iterator<Item = &'t str> {
    let mut value = false;
    words.skip_while(move |word| {
        let option = word.starts_with('-');
        let skipped = option || value;
        value = matches!(*word, "--name" | "-n" | "--timeout" | "-t");
        skipped
    })
}

/// The arguments up to where the command ends. GRUB's single quotes are no part of them.
fn behind<'t>(words: impl Iterator<Item = &'t str>) -> String {
    let mut found = Vec::new();
    for word in words {
        let last = word.strip_suffix(';');
        if matches!(word, "||" | "&&" | "then") {
            break;
        }
        found.push(last.unwrap_or(word).trim_matches('\''));
        if last.is_some() {
            break;
        }
    }
    found.retain(|word| !word.is_empty());
    found.join(" ")
}
