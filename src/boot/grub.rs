//! The GRUB configuration of a node: for Secure Boot, where shim starts GRUB instead of iPXE.
//!
//! First form: kernel and initrds over HTTP, which needs a GRUB with the `http` module (Debian 12's signed one lacks it).

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::ipxe::arguments;
use crate::kit::Mac;
use crate::model::Node;

/// The configuration. Kernel arguments pass the same check as for iPXE, then stand in single quotes, in which GRUB reads
/// everything literally.
#[must_use]
pub fn config(node: &Node, mac: Mac, base: SocketAddr) -> String {
    let id = mac.hyphenated();
    let name = super::ipxe::label(&node.name);
    let args = arguments(&node.kernel_args);
    let query = if node.asset_key.is_some() {
        "?assetkey=${assetkey}"
    } else {
        ""
    };
    let packed = match query {
        "" => "?compress=gz".to_owned(),
        some => format!("{some}&compress=gz"),
    };
    let mut out = String::from("# muster\nset timeout=2\nset default=boot\n");
    if node.asset_key.is_some() {
        out.push_str("smbios --type 3 --get-string 8 --set assetkey\n");
    }
    for (number, why) in &args.left {
        let _ = writeln!(
            out,
            "echo 'muster: kernel argument {number} was left out, it holds {why}'"
        );
    }
    let words: String = args
        .line
        .split(' ')
        .filter(|word| !word.is_empty())
        .fold(String::new(), |line, word| line + " '" + word + "'");
    let _ = write!(
        out,
        "set base='(http,{base})'\n\
         menuentry 'muster: {name}' --id boot {{\n\
         \x20 echo 'muster: {name} boots from {base}'\n\
         \x20 if linux \"${{base}}/kernel/{id}{query}\" wwid={mac} muster.server={base}{words}; then\n\
         \x20   if initrd \"${{base}}/image/{id}{query}\" \"${{base}}/system/{id}{packed}\" \"${{base}}/runtime/{id}{packed}\"; then boot; fi\n\
         \x20 fi\n\
         \x20 echo 'muster: loading failed, see above. Trying again in 10 s.'\n\
         \x20 sleep --interruptible 10\n\
         \x20 configfile \"${{base}}/grub/{id}\"\n\
         }}\n\
         menuentry 'firmware setup' {{ fwsetup }}\n\
         menuentry 'restart' {{ reboot }}\n"
    );
    out
}
