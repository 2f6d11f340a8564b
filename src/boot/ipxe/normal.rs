//! The script of a known node.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::args::{arguments, label};
use super::special::{held, localdisk, renew, tail, unconfigured};
use super::{METHODS, NAMES};
use crate::fleet::Part;
use crate::kit::Mac;
use crate::model::{Node, RootKind};

/// What a node's script is made of.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The node.
    pub node: &'a Node,
    /// The hardware address that asked.
    pub mac: Mac,
    /// Our address and port as the client reached them.
    pub base: SocketAddr,
    /// Whether its image can be served, or why not.
    pub image: Result<(), String>,
    /// Whether its kernel can be served, or why not.
    pub kernel: Result<(), String>,
    /// Whether payload will be served to the client that asked.
    pub open: bool,
}

/// What a node would load and cannot: the part, and why. Its script says so to the machine and waits.
#[must_use]
pub fn lacks(facts: &Facts<'_>) -> Option<(Part, String)> {
    let elsewhere = matches!(
        facts.node.ipxe.as_deref(),
        Some("unconfigured" | "localdisk")
    );
    let menu = facts.node.tags.get("IPXEMenuEntry").map(AsRef::as_ref);
    if elsewhere || matches!(menu, Some("localdisk" | "shell")) {
        return None;
    }
    missing(facts)
}

/// What keeps a node from being booted over the network at all.
pub(in crate::boot) fn missing(facts: &Facts<'_>) -> Option<(Part, String)> {
    let node = facts.node;
    if node.image.is_none() {
        let why = format!(
            "node {} has no image; set one with: muster node set {0} image NAME",
            node.name
        );
        return Some((Part::Image, why));
    }
    let image = facts.image.as_ref().err().map(|why| (Part::Image, why));
    let kernel = facts.kernel.as_ref().err().map(|why| (Part::Kernel, why));
    image.or(kernel).map(|(part, why)| (part, why.clone()))
}

/// The script for a known node, by its `ipxe template` and its tag `IPXEMenuEntry`.
#[must_use]
pub fn script(facts: &Facts<'_>) -> String {
    let node = facts.node;
    let name = node.ipxe.as_deref().unwrap_or("default");
    let method = node.tags.get("IPXEMenuEntry").map(AsRef::as_ref);
    match (name, method) {
        ("unconfigured", _) => return unconfigured(facts.base, facts.mac),
        ("localdisk", _) | (_, Some("localdisk")) => return localdisk(facts.base, facts.mac),
        (_, Some("shell")) => {
            return format!(
                "#!ipxe\nset failed shell\nshell\n{}",
                tail(facts.base, facts.mac)
            );
        }
        _ => {}
    }
    if let Some((_, why)) = missing(facts) {
        return held(facts.base, facts.mac, &why);
    }
    if !facts.open {
        return renew(facts.base, facts.mac);
    }
    let mut notes = Vec::new();
    if !NAMES.contains(&name) {
        notes.push(format!(
            "there is no iPXE script {}, using default",
            label(name)
        ));
    }
    let method = method.unwrap_or("initrd");
    if !METHODS.contains(&method) {
        notes.push(format!(
            "there is no boot method {}, using initrd",
            label(method)
        ));
    }
    load(facts, method, &notes)
}

/// Fetches everything and starts the kernel.
fn load(facts: &Facts<'_>, method: &str, notes: &[String]) -> String {
    let (node, mac) = (facts.node, facts.mac);
    let args = arguments(&node.kernel_args);
    let mut out = head(facts);
    for note in notes {
        let _ = writeln!(out, "echo muster: {note}");
    }
    for (number, why) in &args.left {
        let _ = writeln!(
            out,
            "echo muster: kernel argument {number} was left out, it holds {why}"
        );
    }
    let query = query(node);
    let packed = match query {
        "" => "?compress=gz".to_owned(),
        some => format!("{some}&compress=gz"),
    };
    let overlays = if method == "initrd_nocompress" {
        query
    } else {
        &packed
    };
    let _ = writeln!(
        out,
        "set failed kernel\nkernel --name kernel ${{base}}/kernel/${{id}}{query} || goto failed"
    );
    let line = match method {
        "dracut" | "dracut_static" => {
            let _ = writeln!(
                out,
                "set failed initramfs\ninitrd --name initramfs ${{base}}/initramfs/${{id}}{query} || goto failed"
            );
            format!(
                "initrd=initramfs {}",
                dracut(facts, method == "dracut_static")
            )
        }
        _ => {
            parts(&mut out, method == "imgextract", query, overlays);
            "${initrds}".to_owned()
        }
    };
    let _ = writeln!(out, "set failed kernel start");
    let line = format!(
        "{line} wwid={mac} muster.server={} {}",
        facts.base, args.line
    );
    let _ = writeln!(out, "imgargs kernel {}", line.trim_end());
    // A lost word about the start must never stop the start itself.
    out.push_str(
        "imgfetch --name beacon --timeout 3000 ${base}/beacon/${id}?name=kernel-start && imgfree beacon ||\n",
    );
    out.push_str("boot kernel || goto failed\n");
    out.push_str(&tail(facts.base, mac));
    out
}

/// What every path needs behind it: the asset key, if the node has one.
pub(super) fn query(node: &Node) -> &'static str {
    if node.asset_key.is_some() {
        "?assetkey=${asset:uristring}&uuid=${uuid}"
    } else {
        ""
    }
}

/// Image and overlays as initrds, each under a name that the kernel line repeats: EFI loads only named ones.
fn parts(out: &mut String, extract: bool, query: &str, overlays: &str) {
    if extract {
        // Where the command does not exist, it fails like a broken download and the plain way follows.
        let _ = writeln!(
            out,
            "imgextract --name image ${{base}}/image/${{id}}{query} || goto plain\n\
             set failed system overlay\n\
             imgextract --name system ${{base}}/system/${{id}}{overlays} || goto failed\n\
             set initrds initrd=image initrd=system\n\
             imgextract --name runtime ${{base}}/runtime/${{id}}{overlays} && set initrds ${{initrds}} initrd=runtime ||\n\
             goto start\n\
             :plain"
        );
    }
    let _ = writeln!(
        out,
        "set failed image\n\
         initrd --name image ${{base}}/image/${{id}}{query} || goto failed\n\
         set failed system overlay\n\
         initrd --name system ${{base}}/system/${{id}}{overlays} || goto failed\n\
         set initrds initrd=image initrd=system\n\
         initrd --name runtime ${{base}}/runtime/${{id}}{overlays} && set initrds ${{initrds}} initrd=runtime || \
         echo muster: no runtime overlay now, the running node fetches it"
    );
    if extract {
        out.push_str(":start\n");
    }
}

fn head(facts: &Facts<'_>) -> String {
    let node = facts.node;
    format!(
        "#!ipxe\n\
         set base http://{}\n\
         set id {}\n\
         echo muster: {} boots {} from {}\n\
         imgfree\n",
        facts.base,
        facts.mac.hyphenated(),
        label(&node.name),
        label(node.image.as_deref().unwrap_or_default()),
        facts.base
    )
}

/// The kernel line of the two-stage boot by the image's dracut initramfs. `root=` names what the module fills.
pub(in crate::boot) fn dracut(facts: &Facts<'_>, fixed: bool) -> String {
    let mut line = String::from("rd.neednet=1");
    for dev in &facts.node.net {
        let (Some(device), Some(mac)) = (&dev.device, dev.hwaddr) else {
            continue;
        };
        let device = label(device);
        let _ = write!(line, " ifname={device}:{mac}");
        if !fixed {
            let _ = write!(line, " ip={device}:dhcp");
        } else if let Some(ip) = dev.ipaddr {
            let shown =
                |ip: Option<std::net::Ipv4Addr>| ip.map(|ip| ip.to_string()).unwrap_or_default();
            let (gateway, mask) = (shown(dev.gateway), shown(dev.netmask));
            let _ = write!(line, " ip={ip}::{gateway}:{mask}::{device}:on");
        }
    }
    let root = match &facts.node.root {
        RootKind::Initramfs => "initramfs".to_owned(),
        RootKind::Tmpfs | RootKind::Ramfs => "tmpfs".to_owned(),
        RootKind::Device(path) => label(path),
    };
    let (base, id) = (facts.base, facts.mac.hyphenated());
    let _ = write!(
        line,
        " root=wwinit:{root} wwinit.server=http://{base} wwinit.uri=http://{base}/provision/{id} init=/warewulf/run-init"
    );
    line
}
