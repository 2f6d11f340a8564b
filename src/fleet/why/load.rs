//! Causes of silence between the boot script and the start of the kernel.

use super::super::event::Part;
use super::super::sign::Sign;
use super::case::{Case, Row, Words};
use crate::kit::units;

pub(super) const ROWS: &[Row] = &[
    Row {
        when: |c| c.stuck_at(Sign::ScriptBegun),
        say: script_stuck,
    },
    Row {
        when: |c| c.stuck_at(Sign::ScriptDone) && c.starts(Part::Script) > 2,
        say: script_loops,
    },
    Row {
        when: |c| c.stuck_at(Sign::ScriptDone),
        say: script_idle,
    },
    Row {
        when: |c| c.stuck_at(Sign::KernelBegun),
        say: transfer_stuck,
    },
    Row {
        when: |c| c.stuck_at(Sign::KernelDone),
        say: no_image_asked,
    },
    Row {
        when: |c| c.stuck_at(Sign::ImageBegun),
        say: transfer_stuck,
    },
    Row {
        when: |c| c.stuck_at(Sign::ImageDone),
        say: no_overlay_asked,
    },
    Row {
        when: |c| c.stuck_at(Sign::OverlayBegun),
        say: transfer_stuck,
    },
];

fn script_stuck(c: &Case<'_>) -> Words {
    Words::new(format!(
        "the script was begun and stands still for {}",
        c.quiet()
    ))
    .missing("the rest of a few kilobytes")
    .means("it was switched off in the middle, or packets are lost")
    .attempt(c.console())
}

fn script_loops(c: &Case<'_>) -> Words {
    Words::new(format!(
        "iPXE fetched its script {} times and never asked for a kernel",
        c.starts(Part::Script)
    ))
    .missing("a request for the kernel")
    .means("the script has an error or waits for a choice; iPXE starts it over")
    .means("it names a server address that the node cannot reach")
    .attempt(format!(
        "curl -s http://{}:{}/ipxe/{}",
        c.server(),
        c.view.settings.server.port,
        c.mac()
    ))
    .attempt(c.console())
}

fn script_idle(c: &Case<'_>) -> Words {
    let menu = c.node.tags.contains_key("IPXEMenuEntry");
    let words = Words::new(format!(
        "script sent, then no request for a kernel for {}",
        c.quiet()
    ))
    .missing("a request for the kernel");
    let words = if menu {
        words.means("its tag IPXEMenuEntry chooses an entry that loads nothing from us (shell, local disk, exit)")
    } else {
        words.means("the script stopped at an error, or somebody sits at its menu or shell")
    };
    words
        .means("its request for the kernel does not reach this server: a firewall, or packets that are lost on the way")
        .means("a site template of the script has an error; iPXE stops at the first command that fails")
        .attempt(format!(
            "curl -s http://{}:{}/ipxe/{}",
            c.server(),
            c.view.settings.server.port,
            c.mac()
        ))
        .attempt(c.console())
}

fn transfer_stuck(c: &Case<'_>) -> Words {
    let part = c
        .status
        .progress
        .as_ref()
        .map_or(Part::Image, |progress| progress.part);
    let words = Words::new(format!(
        "{} stands at {} for {}",
        part.word(),
        c.share(),
        c.quiet()
    ))
    .missing("bytes taken by the machine; ours lie ready to send");
    let words = match c.break_reason(part) {
        Some(why) => words.means(format!("the last transfer of it ended: {why}")),
        None => words,
    };
    let words = if part == Part::Image || part == Part::Kernel {
        words
            .means("iPXE freezes in big downloads on some 10/25 GbE cards (Broadcom above all) when packets come too fast")
            .means("firmware has no memory left for the file")
    } else {
        words.means("iPXE or the machine was reset in the middle")
    };
    words
        .means("the link flaps or drops: cable, transceiver, switch")
        .attempt(c.console())
        .attempts(c.other_loader())
        .attempt(c.counters())
        .attempt(c.cycle())
}

fn no_image_asked(c: &Case<'_>) -> Words {
    Words::new(format!("kernel sent, then no request for the image for {}", c.quiet()))
        .missing(format!("a request for the image {}", c.image()))
        .means("iPXE rejected the kernel: not a kernel for this architecture, or Secure Boot wants a signature")
        .means("a site template of the script loads no image")
        .attempt(c.console())
        .attempt(format!("file -L /var/lib/muster/images/{}/rootfs/boot/vmlinuz*", c.image()))
        .attempt(c.curl("image"))
}

fn no_overlay_asked(c: &Case<'_>) -> Words {
    let size = c.boot.map_or(0, |boot| boot.image_size);
    let size = if size > 0 {
        format!(" ({})", units::size(size))
    } else {
        String::new()
    };
    Words::new(format!(
        "image{size} sent in full, then no request for the overlays for {}",
        c.quiet()
    ))
    .missing("a request for the system overlay")
    .means("iPXE has no memory left after the image: BIOS machines can load 3 to 4 GB at most")
    .means("the node was reset, or its script has an error after the image")
    .attempt(c.console())
    .attempt("for big images boot in two stages (dracut in the image, tag IPXEMenuEntry: dracut)")
    .attempt(c.cycle())
}
