//! GRUB configurations: for Secure Boot, where shim starts GRUB instead of iPXE. Lives here: every configuration that muster
//! sends, and what keeps values from becoming commands. May not: decide who gets one.
//!
//! They act while GRUB reads them and loop where they wait: a `configfile` in a loop would nest until GRUB's memory is gone. So
//! what is asked for again (`?again`) acts once and returns to the loop. Escape leaves a loop for the menu. Only commands that
//! the signed GRUB of Debian 12 holds are used; it has no module `http`, and Secure Boot lets it load none.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::ipxe::{self, Facts, arguments, label, sentence};
use crate::fleet::Part;
use crate::kit::Mac;
use crate::model::Node;

/// Boot methods of the tag `GrubMenuEntry`; the names are those of Warewulf's menu.
pub const METHODS: [&str; 4] = [
    "single-stage",
    "single-stage-nocompress",
    "dracut",
    "localdisk",
];

/// How a configuration was asked for, which is how GRUB goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Our address and HTTP port, as the client reached us.
    pub base: SocketAddr,
    /// The port of TFTP if it came by that; GRUB then stays with it unless it has HTTP itself.
    pub tftp: Option<u16>,
    /// Whether a loop of an earlier configuration asks.
    pub again: bool,
}

/// Whether a file of that name is a configuration: what GRUB asks for under whichever prefix it was built with, for all machines
/// or for one by its hardware address (ARP type 1).
#[must_use]
pub fn is_config(file: &str) -> bool {
    file == "grub.cfg" || file.starts_with("grub.cfg-01-")
}

/// What a node would load and cannot: the part, and why. Its configuration says so to the machine and waits.
#[must_use]
pub fn lacks(facts: &Facts<'_>) -> Option<(Part, String)> {
    let elsewhere = method(facts.node) == Some("localdisk")
        || facts.node.ipxe.as_deref() == Some("unconfigured");
    if elsewhere {
        return None;
    }
    ipxe::missing(facts)
}

/// The configuration of a known node. `runtime` says whether its runtime overlay would be served to GRUB.
#[must_use]
pub fn config(facts: &Facts<'_>, way: Way, runtime: bool) -> String {
    let node = facts.node;
    let method = method(node);
    if method == Some("localdisk") {
        let text = "echo 'muster: booting from the local disk'\nexit\n";
        return whole(way, Some(facts.mac), None, text);
    }
    if node.ipxe.as_deref() == Some("unconfigured") {
        return unconfigured(way, Some(facts.mac));
    }
    if let Some((_, why)) = lacks(facts) {
        let text = format!("echo 'muster: {}'\n", sentence(&why));
        return whole(way, Some(facts.mac), None, &text);
    }
    if !facts.open {
        // Only firmware can ask DHCP anew in a way that opens a boot.
        let text = "echo 'muster: no boot is open for this address. Starting again, to ask DHCP for one.'\n\
                    if sleep --interruptible 5; then reboot; fi\n";
        return whole(way, Some(facts.mac), None, text);
    }
    let key = node.asset_key.is_some().then_some("assetkey=${assetkey}");
    let text = load(facts, method.unwrap_or(METHODS[0]), key, runtime);
    whole(way, Some(facts.mac), key, &text)
}

/// For a machine that the registry does not know: says so and asks again, so that it boots once it is adopted. Without `mac`, GRUB
/// fills in its own.
#[must_use]
pub fn unconfigured(way: Way, mac: Option<Mac>) -> String {
    let text = "echo\n\
                echo 'muster: this machine is not in the registry yet.'\n\
                echo \"MAC  ${net_default_mac}\"\n\
                echo 'It is listed as discovered and boots as soon as it is adopted.'\n";
    whole(way, mac, None, text)
}

/// What a configuration that came by TFTP looks for by HTTP: whoever can read it goes on by HTTP. (`insmod http` succeeds even
/// where there is no such module.)
#[must_use]
pub fn road(way: Way) -> String {
    format!("# muster\nset base='(http,{})'\n", way.base)
}

/// Asks again with the chassis asset tag, which only the machine itself can tell.
#[must_use]
pub fn with_asset(way: Way, mac: Mac) -> String {
    let mut out = head(way);
    let _ = writeln!(
        out,
        "smbios --type 3 --get-string 8 --set assetkey\nsource \"${{base}}/grub/{}?assetkey=${{assetkey}}\"",
        mac.hyphenated()
    );
    out
}

/// What the node's tag asks for, if that exists.
fn method(node: &Node) -> Option<&'static str> {
    let tag = node.tags.get("GrubMenuEntry").map(AsRef::as_ref);
    let wanted = match node.ipxe.as_deref() {
        Some("localdisk") => Some("localdisk"),
        _ => tag,
    };
    METHODS.into_iter().find(|method| Some(*method) == wanted)
}

/// Where everything comes from.
fn head(way: Way) -> String {
    let base = way.base;
    match way.tftp {
        None => road(way),
        Some(port) => {
            let port = if port == 69 {
                String::new()
            } else {
                format!(":{port}")
            };
            format!(
                "# muster\n\
                 set base='(tftp,{}{port})'\n\
                 echo 'muster: trying HTTP; this GRUB may not have it, then TFTP does'\n\
                 source '(http,{base})/grub/grub.cfg?road'\n",
                base.ip()
            )
        }
    }
}

/// `text` once; and, unless a loop asks already, again and again with what is then the node's configuration.
fn whole(way: Way, mac: Option<Mac>, key: Option<&str>, text: &str) -> String {
    let mut out = if way.again {
        String::from("# muster\n")
    } else {
        head(way)
    };
    out.push_str(text);
    if way.again {
        return out;
    }
    let id = mac.map_or_else(|| "${net_default_mac}".into(), |mac| mac.hyphenated());
    let query = key.map_or_else(String::new, |key| format!("&{key}"));
    let _ = write!(
        out,
        "echo 'muster: asking again every 10 s; Escape for a menu'\n\
         while sleep --interruptible 10; do\n\
         \x20 source \"${{base}}/grub/{id}?again{query}\"\n\
         done\n\
         set timeout=-1\n\
         menuentry 'muster: try again' {{ source \"${{base}}/grub/{id}?again{query}\" }}\n\
         menuentry 'local disk' {{ exit }}\n\
         menuentry 'firmware setup' {{ fwsetup }}\n\
         menuentry 'restart' {{ reboot }}\n"
    );
    out
}

/// Fetches everything and starts the kernel; returns if that fails.
fn load(facts: &Facts<'_>, method: &str, key: Option<&str>, runtime: bool) -> String {
    let (node, id) = (facts.node, facts.mac.hyphenated());
    let args = arguments(&node.kernel_args);
    let mut out = format!(
        "echo 'muster: {} boots {} from {}'\n",
        label(&node.name),
        label(node.image.as_deref().unwrap_or_default()),
        facts.base
    );
    if let Some(tag) = node.tags.get("GrubMenuEntry")
        && !METHODS.contains(&tag.as_ref())
    {
        let _ = writeln!(
            out,
            "echo 'muster: there is no boot method {}, using {method}'",
            label(tag)
        );
    }
    for (number, why) in &args.left {
        let _ = writeln!(
            out,
            "echo 'muster: kernel argument {number} was left out, it holds {why}'"
        );
    }
    let url = |part: &str, packed: bool| {
        let words = [key, packed.then_some("compress=gz")];
        let query: Vec<&str> = words.into_iter().flatten().collect();
        let sign = if query.is_empty() { "" } else { "?" };
        format!("\"${{base}}/{part}/{id}{sign}{}\"", query.join("&"))
    };
    let two_stage = method == "dracut";
    let more = two_stage.then(|| words(&ipxe::dracut(facts, false)));
    let (kernel, mac, base) = (url("kernel", false), facts.mac, facts.base);
    let (more, args) = (more.unwrap_or_default(), words(&args.line));
    let _ = writeln!(
        out,
        "if linux {kernel} wwid={mac} muster.server={base}{more}{args}; then"
    );
    let packed = method != "single-stage-nocompress";
    let (image, system) = (url("image", false), url("system", packed));
    if two_stage {
        let initramfs = url("initramfs", false);
        let _ = writeln!(out, "  if initrd {initramfs}; then boot; fi");
    } else {
        if runtime {
            let _ = writeln!(
                out,
                "  if initrd {image} {system} {}; then boot; fi\n  echo 'muster: once more without the runtime overlay'",
                url("runtime", packed)
            );
        }
        let _ = writeln!(out, "  if initrd {image} {system}; then boot; fi");
    }
    out.push_str("fi\necho 'muster: loading failed, see above.'\n");
    out
}

/// A kernel line as words of GRUB, each in single quotes, in which it reads everything literally. GRUB itself puts a word that holds
/// a space into double quotes, and a backslash before every quote, which a kernel does not understand: so the quotes of the
/// kernel's own syntax are taken off, and what they hold together is one word.
fn words(line: &str) -> String {
    let (mut out, mut word) = (String::new(), String::new());
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => flush(&mut word, &mut out),
            other => word.push(other),
        }
    }
    flush(&mut word, &mut out);
    out
}

fn flush(word: &mut String, out: &mut String) {
    if !word.is_empty() {
        let _ = write!(out, " '{word}'");
        word.clear();
    }
}
