//! The milestones of a boot, in order, and what each one promises: which signal comes next, by when, and how to say that it
//! does not.

use std::time::Duration;

use super::event::{Beacon, DhcpStep, Event, Form, Part, Step, What};
use super::stage::Stage;

/// A milestone of a boot. The order is that of a boot whose loader is iPXE and whose image is unpacked by the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Sign {
    /// Firmware asked for an address.
    Asked,
    /// It was offered one.
    Offered,
    /// It asked for that one.
    Requested,
    /// It got it.
    Leased,
    /// The loader is on its way.
    LoaderBegun,
    /// The loader was sent in full.
    LoaderDone,
    /// iPXE asked for an address.
    IpxeAsked,
    /// iPXE was offered one.
    IpxeOffered,
    /// iPXE asked for that one.
    IpxeRequested,
    /// iPXE got it.
    IpxeLeased,
    /// The boot script is on its way.
    ScriptBegun,
    /// The boot script was sent.
    ScriptDone,
    /// The kernel is on its way.
    KernelBegun,
    /// The kernel was sent in full.
    KernelDone,
    /// The image is on its way.
    ImageBegun,
    /// The image was sent in full.
    ImageDone,
    /// An overlay is on its way.
    OverlayBegun,
    /// An overlay was sent in full.
    OverlayDone,
    /// iPXE said that it starts the kernel.
    KernelStarted,
    /// `/init` said that it runs.
    InitStarted,
    /// `/init` said that the root is ready.
    RootReady,
    /// The node is up.
    Up,
}

/// How many signs there are.
pub const SIGNS: usize = 22;

/// What follows a sign.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The sign that was seen last.
    pub sign: Sign,
    /// The stage a boot with this sign is at.
    pub stage: Stage,
    /// Seconds until the next signal is overdue, at least.
    pub patience: u64,
    /// What comes next, as in "expected: …".
    pub next: &'static str,
    /// Short remark when it does not come. It is shown after the stage's word, so it does not say that again.
    pub overdue: &'static str,
}

macro_rules! rows {
    ($($sign:ident $stage:ident $patience:literal $next:literal $overdue:literal),* $(,)?) => {
        [$(Row { sign: Sign::$sign, stage: Stage::$stage, patience: $patience, next: $next, overdue: $overdue }),*]
    };
}

/// One row a sign, in order. Patience is what healthy firmware needs, with room: OVMF waits 3.6 s between OFFER and REQUEST,
/// iPXE up to 16 s for ProxyDHCP and router advertisements before it asks for its script.
pub const ROWS: [Row; SIGNS] = rows![
    Asked Dhcp 10 "our DHCPOFFER" "no offer from us",
    Offered Dhcp 8 "a DHCPREQUEST for the offered address" "offer not taken",
    Requested Dhcp 6 "our DHCPACK" "no ack from us",
    Leased Dhcp 15 "a request for the loader" "asks for no loader",
    LoaderBegun Loader 10 "the rest of the loader" "stuck",
    LoaderDone Loader 30 "iPXE asking DHCP for an address" "loader sent, iPXE silent",
    IpxeAsked Dhcp 10 "our DHCPOFFER to iPXE" "no offer to iPXE from us",
    IpxeOffered Dhcp 12 "a DHCPREQUEST from iPXE" "iPXE took no offer",
    IpxeRequested Dhcp 6 "our DHCPACK to iPXE" "no ack to iPXE from us",
    IpxeLeased Dhcp 25 "iPXE fetching its script" "iPXE asks for no script",
    ScriptBegun Loader 10 "the rest of the script" "script stuck",
    ScriptDone Loader 20 "a request for the kernel" "script sent, asks for no kernel",
    KernelBegun Kernel 10 "the rest of the kernel" "stuck",
    KernelDone Kernel 20 "a request for the image" "asks for no image",
    ImageBegun Image 10 "the rest of the image" "stuck",
    ImageDone Image 20 "a request for the overlays" "asks for no overlay",
    OverlayBegun Overlay 20 "the rest of the overlay" "stuck",
    OverlayDone Overlay 25 "the beacon `kernel started`" "kernel not started",
    KernelStarted Init 90 "the beacon `init started`" "kernel started, silent",
    InitStarted Init 120 "the beacon `root ready`" "root not ready",
    RootReady Init 180 "the beacon `up`" "root ready, not up",
    Up Up 0 "nothing" "",
];

impl Sign {
    /// Its row.
    #[must_use]
    pub const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Its place in a boot. A boot in two stages starts the kernel with a small initramfs, which then fetches the overlays and
    /// the image itself.
    #[must_use]
    pub const fn rank(self, staged: bool) -> u8 {
        if !staged {
            return self as u8;
        }
        match self {
            Self::KernelStarted => Self::ImageBegun as u8,
            Self::OverlayBegun => Self::ImageBegun as u8 + 1,
            Self::OverlayDone => Self::ImageBegun as u8 + 2,
            Self::ImageBegun => Self::ImageBegun as u8 + 3,
            Self::ImageDone => Self::ImageBegun as u8 + 4,
            other => other as u8,
        }
    }

    /// Whether bytes are on their way at this sign.
    #[must_use]
    pub const fn moving(self) -> bool {
        matches!(
            self,
            Self::LoaderBegun
                | Self::ScriptBegun
                | Self::KernelBegun
                | Self::ImageBegun
                | Self::OverlayBegun
        )
    }

    /// How long the next signal may take when nothing was learned yet. The kernel unpacks `image` bytes before anybody can
    /// speak: a second for every 20 MB.
    #[must_use]
    pub fn patience(self, image: u64) -> Duration {
        let unpack = if matches!(self, Self::KernelStarted | Self::OverlayDone) {
            image / 20_000_000
        } else {
            0
        };
        Duration::from_secs(self.row().patience + unpack)
    }

    /// The sign that an event gives, if any. Messages of an operating system's DHCP client give none.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match &event.what {
            // Which asks another server for its address.
            What::Dhcp(dhcp) if dhcp.step == DhcpStep::Request && dhcp.note.is_some() => None,
            What::Dhcp(dhcp) => of_dhcp(dhcp.step, dhcp.form),
            What::Transfer(transfer) => of_transfer(transfer.part, &transfer.step),
            What::Beacon { beacon, .. } => match beacon {
                Beacon::KernelStart => Some(Self::KernelStarted),
                Beacon::InitStarted => Some(Self::InitStarted),
                Beacon::RootReady => Some(Self::RootReady),
                Beacon::Up => Some(Self::Up),
                Beacon::Failed(_) | Beacon::Note(_) | Beacon::Refresh(_) => None,
            },
            What::Rival { .. }
            | What::Change { .. }
            | What::Overlay { .. }
            | What::Fault(_)
            | What::Service { .. } => None,
        }
    }
}

fn of_dhcp(step: DhcpStep, form: Form) -> Option<Sign> {
    let (firmware, ipxe) = match step {
        DhcpStep::Discover => (Sign::Asked, Sign::IpxeAsked),
        DhcpStep::Offer => (Sign::Offered, Sign::IpxeOffered),
        DhcpStep::Request => (Sign::Requested, Sign::IpxeRequested),
        // After a ProxyDHCP answer the address comes from elsewhere; what we see next is the request for the file.
        DhcpStep::Ack | DhcpStep::Proxy => (Sign::Leased, Sign::IpxeLeased),
        DhcpStep::Nak
        | DhcpStep::Decline
        | DhcpStep::Release
        | DhcpStep::Inform
        | DhcpStep::Unanswered
        | DhcpStep::NoLoader => return None,
    };
    match form {
        Form::Pxe | Form::HttpBoot => Some(firmware),
        Form::Ipxe => Some(ipxe),
        Form::Os => None,
    }
}

fn of_transfer(part: Part, step: &Step) -> Option<Sign> {
    let done = match step {
        Step::Started { .. } => false,
        Step::Finished { .. } => true,
        Step::Broken { .. } | Step::Refused { .. } => return None,
    };
    let (begun, ended) = match part {
        Part::Loader => (Sign::LoaderBegun, Sign::LoaderDone),
        Part::Script => (Sign::ScriptBegun, Sign::ScriptDone),
        Part::Kernel | Part::Initramfs => (Sign::KernelBegun, Sign::KernelDone),
        Part::Image => (Sign::ImageBegun, Sign::ImageDone),
        Part::System | Part::Runtime => (Sign::OverlayBegun, Sign::OverlayDone),
        Part::File => return None,
    };
    Some(if done { ended } else { begun })
}

/// The sign that a part is on its way, which is what clears its refusal.
#[must_use]
pub(super) fn begun(part: Part) -> Option<Sign> {
    of_transfer(
        part,
        &Step::Started {
            size: None,
            offset: 0,
        },
    )
}
