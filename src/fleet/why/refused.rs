//! Causes that somebody said aloud: a request refused, a message not answered, the node's own complaint.

use super::super::event::{DhcpStep, Part};
use super::super::stage::Condition;
use super::super::text;
use super::case::{Case, Row, Words};

pub(super) const ROWS: &[Row] = &[
    Row {
        when: |c| refused_with(c, &[401]),
        say: asset_key,
    },
    Row {
        when: |c| refused_with(c, &[403]),
        say: not_allowed,
    },
    Row {
        when: |c| refused_part(c, Part::Loader),
        say: no_loader,
    },
    Row {
        when: |c| refused_part(c, Part::Kernel) || refused_part(c, Part::Initramfs),
        say: no_kernel,
    },
    Row {
        when: |c| refused_part(c, Part::Image),
        say: no_image,
    },
    Row {
        when: |c| refused_part(c, Part::System) || refused_part(c, Part::Runtime),
        say: no_overlay,
    },
    Row {
        when: |c| refusing(c),
        say: other_refusal,
    },
    Row {
        when: |c| failed(c) && c.boot.is_some_and(|b| b.counts.declines > 0) && !leased(c),
        say: in_use,
    },
    Row {
        when: |c| unanswered_as(c, &["full", "no free", "exhaust"]),
        say: pool_full,
    },
    Row {
        when: |c| failed(c) && !leased(c) && c.took_other().is_some(),
        say: took_other,
    },
    Row {
        when: |c| unanswered_as(c, &["no loader"]),
        say: super::network::no_file,
    },
    Row {
        when: |c| unanswered_as(c, &["no network", "subnet", "relay"]),
        say: no_network,
    },
    Row {
        when: |c| unanswered_as(c, &[""]),
        say: unanswered,
    },
    Row {
        when: |c| failed(c) && c.boot.is_some_and(|b| b.counts.naks > 1),
        say: naks,
    },
    Row {
        when: |c| {
            complained(
                c,
                &[
                    "network",
                    "interface",
                    "eth",
                    "link",
                    "carrier",
                    "dhcp",
                    "route",
                ],
            )
        },
        say: complaint_network,
    },
    Row {
        when: |c| complained(c, &["space", "memory", "tmpfs"]),
        say: complaint_memory,
    },
    Row {
        when: |c| complained(c, &[""]),
        say: complaint,
    },
    Row {
        when: |c| failed(c) && broke_off(c).is_some(),
        say: breaks,
    },
];

fn failed(c: &Case<'_>) -> bool {
    c.status.condition == Condition::Failed
}

fn leased(c: &Case<'_>) -> bool {
    c.status.stage > super::Stage::Dhcp
}

fn refusing(c: &Case<'_>) -> bool {
    failed(c) && c.refusal().is_some()
}

fn refused_with(c: &Case<'_>, statuses: &[u16]) -> bool {
    failed(c) && c.refusal().is_some_and(|r| statuses.contains(&r.status))
}

fn refused_part(c: &Case<'_>, part: Part) -> bool {
    failed(c) && c.refusal().is_some_and(|r| r.part == part)
}

fn unanswered_as(c: &Case<'_>, words: &[&str]) -> bool {
    let note = c.status.note.as_deref().unwrap_or_default();
    failed(c)
        && !leased(c)
        && c.unanswered().is_some_and(|why| {
            let why = if why.is_empty() { note.to_owned() } else { why }.to_lowercase();
            words.iter().any(|word| why.contains(word))
        })
}

fn complained(c: &Case<'_>, words: &[&str]) -> bool {
    let note = c.status.note.as_deref().unwrap_or_default().to_lowercase();
    failed(c)
        && c.complaint().is_some_and(|why| why.to_lowercase() == note)
        && words.iter().any(|word| note.contains(word))
}

fn broke_off(c: &Case<'_>) -> Option<Part> {
    [
        Part::Image,
        Part::Kernel,
        Part::Initramfs,
        Part::System,
        Part::Runtime,
        Part::Loader,
        Part::Script,
    ]
    .into_iter()
    .find(|part| c.broken(*part) > 1)
}

/// What was refused, and the server's own sentence about it.
fn refusal_words(c: &Case<'_>) -> (String, String) {
    c.refusal().map_or_else(Default::default, |r| {
        let what = match r.part {
            Part::Image => format!("image {}", c.image()),
            Part::Loader => format!("loader {}", text::clean(text::base(&r.path))),
            Part::System | Part::Runtime => format!("{} overlay", r.part.word()),
            Part::File => text::clean(&r.path),
            part => part.word().to_owned(),
        };
        let head = if r.status < 100 {
            format!("{what} refused: TFTP error {}", r.status)
        } else {
            format!("{what} refused: {}", r.status)
        };
        (head, text::clean(&r.why))
    })
}

fn asset_key(c: &Case<'_>) -> Words {
    let (head, why) = refusal_words(c);
    Words::new(head)
        .missing(why)
        .means("the asset tag that the machine reports is not the `asset key` of the node")
        .means("the firmware reports no asset tag at all (common after a board was exchanged)")
        .attempt("on the machine: dmidecode -s chassis-asset-tag")
        .attempt(format!(
            "compare it with `asset key` of {} in nodes.conf; it must be the same to the letter",
            c.node.name
        ))
}

fn not_allowed(c: &Case<'_>) -> Words {
    let (head, why) = refusal_words(c);
    Words::new(head)
        .missing(why)
        .means("the request came from another address than the one this boot was given")
        .means("the address came from another DHCP server, so muster knows of no boot (access: boot)")
        .means("the node is up already: from then on it may only fetch its runtime overlay, from a port below 1024")
        .attempt(c.capture("port 67 or port 68"))
        .attempt("if another DHCP server is meant to give the addresses, set `proxy: true` on this network in muster.conf")
        .attempt("`access: compatible` in muster.conf serves anyone who names a MAC, as Warewulf does")
}

fn no_loader(c: &Case<'_>) -> Words {
    let (head, why) = refusal_words(c);
    let arch = c
        .arch()
        .map_or_else(|| "this architecture".into(), |arch| arch.word());
    Words::new(head)
        .missing(why)
        .means(format!("no loader file is installed for {arch}"))
        .means("the loader's name in muster.conf (`tftp: ipxe:`) is none that exists on the search path")
        .attempt("apt install ipxe    (or: dnf install ipxe-bootimgs)")
        .attempt("put the file into the site folder of loaders (`tftp: tftproot` in muster.conf); it is found at once")
        .attempt(format!("curl -s tftp://{}/{} -o /dev/null -w '%{{size_download}}\\n'", c.server(), c.loader()))
}

fn no_kernel(c: &Case<'_>) -> Words {
    let (head, why) = refusal_words(c);
    Words::new(head)
        .missing(why)
        .means(format!(
            "the image {} holds no kernel, or not the version that the node asks for",
            c.image()
        ))
        .means("the image was not imported on this server")
        .attempt("muster image list")
        .attempt(format!(
            "ls /var/lib/muster/images/{}/rootfs/boot",
            c.image()
        ))
        .attempt(c.curl("kernel"))
        .attempt("the node asks again by itself; iPXE retries")
}

fn no_image(c: &Case<'_>) -> Words {
    let (head, why) = refusal_words(c);
    Words::new(head)
        .missing(why)
        .means(format!(
            "the image {} was imported but its archive was never built, or a build failed",
            c.image()
        ))
        .means(format!(
            "no image is named {}: a typing error in the node or one of its profiles",
            c.image()
        ))
        .attempt("muster image list")
        .attempt(format!("muster image build {}", c.image()))
        .attempt(c.curl("image"))
}

fn no_overlay(c: &Case<'_>) -> Words {
    let (head, why) = refusal_words(c);
    Words::new(head)
        .missing(why)
        .means("a template of one of its overlays does not render for this node; the sentence above names file and line")
        .means("an overlay named in `system overlay` or `runtime overlay` does not exist")
        .attempt("mend the file named above; overlays are rendered anew on every request")
        .attempt(c.curl("system"))
        .attempt(c.cycle())
}

fn other_refusal(c: &Case<'_>) -> Words {
    let (head, why) = refusal_words(c);
    Words::new(head)
        .missing(why)
        .means("the server says why in the line above")
        .attempt(c.curl("ipxe"))
}

fn in_use(c: &Case<'_>) -> Words {
    let ip = c
        .address_in(DhcpStep::Decline)
        .or(c.ip())
        .map_or_else(|| "its address".into(), |ip| ip.to_string());
    Words::new(format!("it declined {ip}: another machine answers there"))
        .missing("a free address")
        .means("two machines have the same address: one configured by hand, or a node that kept an old one")
        .means("a switch or router answers ARP for it (proxy ARP)")
        .attempt(format!("arping -D -I {} {ip}", c.interface()))
        .attempt(format!("ip neigh show {ip}    # whose MAC is that?"))
        .attempt(format!("then give {} another address or free this one", c.node.name))
}

fn pool_full(c: &Case<'_>) -> Words {
    let why = c.unanswered().unwrap_or_default();
    Words::new(format!("no address left: {why}"))
        .missing("a DHCPOFFER; we had none to give")
        .means("more machines without an address of their own than the pool has")
        .means(format!(
            "{} has no `ipaddr` in nodes.conf, so it depends on the pool",
            c.node.name
        ))
        .attempt(format!("give {} an `ipaddr` in nodes.conf", c.node.name))
        .attempt("widen the network's `pool` in muster.conf; it takes effect at once")
}

fn took_other(c: &Case<'_>) -> Words {
    let server = c
        .took_other()
        .map_or_else(|| "unknown".into(), |ip| ip.to_string());
    Words::new(format!("it took the offer of another DHCP server, {server}"))
        .expected("a DHCPREQUEST to us")
        .missing("the machine itself: it boots, or waits, where that server sent it")
        .means("a second DHCP server answers on the boot network, and was faster or named a boot file that it likes better")
        .means("a forgotten dnsmasq, libvirt or router with DHCP switched on")
        .attempt(format!("ip neigh show {server}    # whose MAC is that?"))
        .attempt(format!("tcpdump -eni {} 'udp src port 67 and host {server}'", c.interface()))
        .attempt("switch that server off here")
        .attempt("or, if it is meant to stay, set `proxy: true` on this network in muster.conf")
}

fn no_network(c: &Case<'_>) -> Words {
    let why = c.unanswered().unwrap_or_default();
    Words::new(format!("not answered: {why}"))
        .missing("a network in muster.conf that fits where it asks from")
        .means("the relay's address is in none of the networks of muster.conf")
        .means("the node's `ipaddr` belongs to another subnet than the one it is plugged into")
        .attempt("compare `networks` in muster.conf (subnet, relay, interface) with the line above")
        .attempt("ip -br addr    # what this server itself has")
}

fn unanswered(c: &Case<'_>) -> Words {
    let why = c.unanswered().unwrap_or_default();
    let head = if why.is_empty() {
        "it asked and was not answered".to_owned()
    } else {
        format!("not answered: {why}")
    };
    Words::new(head)
        .missing("a DHCPOFFER from us")
        .means("muster has a reason not to answer; it is in the line above")
        .attempt(format!(
            "check {} and its network in nodes.conf and muster.conf",
            c.node.name
        ))
}

fn naks(c: &Case<'_>) -> Words {
    let n = c.boot.map_or(0, |boot| boot.counts.naks);
    Words::new(format!(
        "{n} times it asked for an address that is not its own"
    ))
    .missing("a request for the address that we offer")
    .means("it remembers a lease of another network or of another DHCP server")
    .means("the `ipaddr` of the node was changed while it was booting")
    .attempt(c.cycle())
}

fn complaint_network(c: &Case<'_>) -> Words {
    let device = c
        .node
        .primary_dev()
        .and_then(|dev| dev.device.clone())
        .map_or_else(|| "its interface".into(), |device| device.to_string());
    Words::new(format!("the node says: {}", c.complaint().unwrap_or_default()))
        .missing("a configured network on the node")
        .means(format!("the interface is not called {device} under this kernel"))
        .means("the image lacks the driver or the firmware file of the network card")
        .means("the overlay's network format is not the one the image uses (NetworkManager, ifcfg, networkd, …)")
        .attempt(c.console())
        .attempt("there: ip -br link; dmesg | grep -i -e firmware -e eth")
        .attempt("name the device by its MAC: set `hwaddr` on the network device and leave `device` to udev")
}

fn complaint_memory(c: &Case<'_>) -> Words {
    Words::new(format!(
        "the node says: {}",
        c.complaint().unwrap_or_default()
    ))
    .missing("memory for the root file system")
    .means("a tmpfs root may use only half of the memory, and the image does not fit into that")
    .attempt("add rootfstype=ramfs to kernel args: no half-of-memory limit")
    .attempt(
        "make the image smaller: documentation, locales and package caches are the usual ballast",
    )
}

fn complaint(c: &Case<'_>) -> Words {
    Words::new(format!(
        "the node says: {}",
        c.complaint().unwrap_or_default()
    ))
    .missing("a boot step on the node that works")
    .means("a script of the wwinit overlay or of the image failed; the words are its own")
    .attempt(c.console())
    .attempt("there: cat /warewulf/wwinit.log; dmesg | tail -50")
    .attempt(c.cycle())
}

fn breaks(c: &Case<'_>) -> Words {
    let part = broke_off(c).unwrap_or(Part::File);
    let times = c.broken(part);
    let why = c.break_reason(part).unwrap_or_default();
    Words::new(format!("{} broke off {times} times: {why}", part.word()))
        .missing(format!("a whole {}", part.word()))
        .means("the machine ran out of memory while loading: firmware gives up on a file it cannot hold")
        .means("the network drops packets under load: cable, transceiver, duplex, a full switch buffer")
        .means("the network card's driver in the loader is at fault; another loader avoids it")
        .attempt(c.console())
        .attempt("ip -s link    # errors and drops on this side")
        .attempts(c.other_loader())
}
