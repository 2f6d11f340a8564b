//! Causes of silence after everything was sent: the kernel, the unpacking, `/init`.

use super::super::sign::Sign;
use super::case::{Case, Row, Words};
use crate::kit::units;
use crate::model::RootKind;

/// An image of fewer bytes than this is hardly ever too big.
const SMALL: u64 = 50_000_000;

pub(super) const ROWS: &[Row] = &[
    Row {
        when: |c| c.stuck_at(Sign::OverlayDone) && plain_start(c),
        say: not_started,
    },
    Row {
        when: |c| c.stuck_at(Sign::KernelStarted) || c.stuck_at(Sign::OverlayDone),
        say: silent_kernel,
    },
    Row {
        when: |c| c.stuck_at(Sign::InitStarted),
        say: root_not_ready,
    },
    Row {
        when: |c| c.stuck_at(Sign::RootReady),
        say: not_up,
    },
];

/// The kernel has not been started yet; with two stages it has.
fn plain_start(c: &Case<'_>) -> bool {
    c.boot
        .is_some_and(|boot| boot.mark(Sign::KernelStarted).is_none())
}

fn image_size(c: &Case<'_>) -> u64 {
    c.boot.map_or(0, |boot| boot.image_size)
}

fn not_started(c: &Case<'_>) -> Words {
    Words::new(format!("everything was sent, then silence for {}; iPXE did not say that it starts the kernel", c.quiet()))
        .missing("the beacon `kernel started`")
        .means("iPXE cannot start this kernel: Secure Boot and no signature, or a kernel of another architecture")
        .means("iPXE has no memory left to lay out kernel and archives")
        .means("a site template of the script that sends no beacon: then the node may well be booting")
        .attempt(c.console())
        .attempt(c.cycle())
}

/// That the image may not fit, with figures where its size is known.
fn no_room(size: u64) -> String {
    if size == 0 {
        return "the image does not fit: an initramfs root may use only half of the memory".into();
    }
    // Packed images of Linux trees unpack to about three times their size; the root is limited to half of the memory.
    let unpacked = size.saturating_mul(3);
    format!(
        "the image does not fit: {} packed are about {} unpacked, and an initramfs root may use half of the memory, so the node \
         needs {} or more",
        units::size(size),
        units::size(unpacked),
        units::size(unpacked.saturating_mul(2))
    )
}

fn silent_kernel(c: &Case<'_>) -> Words {
    let size = image_size(c);
    let words = Words::new(format!(
        "all sent and the kernel started, then silence for {}",
        c.quiet()
    ))
    .missing("the beacon `init started`");
    let panic = if c.has_arg("console=") {
        "the kernel panicked; its console has the reason"
    } else {
        "the kernel panicked, and nobody sees it: kernel args name no console="
    };
    // A small image fits into any machine that is worth to be booted.
    let words = if size > 0 && size < SMALL {
        words.means(panic).means(no_room(size))
    } else {
        words.means(no_room(size)).means(panic)
    };
    let words = words
        .means("the image lacks the driver of the network card, so the node runs but cannot report")
        .means("the image has no wwinit overlay, so nothing reports; then it counts as up at its first runtime refresh");
    let words = if c.has_arg("console=") {
        words
    } else {
        words.attempt("add console=tty0 console=ttyS0,115200 to kernel args and boot again")
    };
    let words = words.attempt(c.console());
    let words = match c.node.root {
        RootKind::Initramfs if !c.has_arg("rootfstype=") => {
            words.attempt("add rootfstype=ramfs to kernel args: no half-of-memory limit")
        }
        _ => words,
    };
    words
        .attempts(c.ip().map(|ip| format!("ping -c3 {ip}")))
        .attempt(c.cycle())
}

fn root_not_ready(c: &Case<'_>) -> Words {
    let words = Words::new(format!(
        "/init runs since {} and has not got the root ready",
        c.quiet()
    ))
    .missing("the beacon `root ready`");
    let words = match &c.node.root {
        RootKind::Device(device) => words
            .means(format!(
                "the disk {device} is missing, slow or not formatted"
            ))
            .attempt("there: lsblk -f; dmesg | tail -50"),
        RootKind::Tmpfs | RootKind::Ramfs => {
            words.means("copying the image into its root takes long, or fills the memory")
        }
        RootKind::Initramfs => words.means("a hook in /warewulf/wwinit.d waits for something"),
    };
    words
        .means("a hook of an overlay hangs or waits for the network")
        .attempt(c.console())
        .attempt("there: ls -t /warewulf/wwinit.d; ps")
        .attempt(c.cycle())
}

fn not_up(c: &Case<'_>) -> Words {
    let device = c.node.primary_dev().and_then(|dev| dev.device.clone());
    let words = Words::new(format!(
        "the root is ready since {}, the node does not report `up`",
        c.quiet()
    ))
    .missing("the beacon `up`; it waits on the node until the network is there");
    let words = match device {
        Some(device) => words.means(format!(
            "its network does not come up: is the interface called {device} under this kernel?"
        )),
        None => {
            words.means("its network does not come up: driver, firmware file or interface name")
        }
    };
    words
        .means(
            "a service blocks the boot: a mount that waits, a unit that waits for network-online",
        )
        .means("the image has neither curl nor wget nor a shell that can speak HTTP")
        .attempts(
            c.ip()
                .map(|ip| format!("ping -c3 {ip}; ssh root@{ip} systemctl list-jobs")),
        )
        .attempt(c.console())
        .attempt("there: ip -br addr; systemctl --failed; journalctl -b -p err")
}
