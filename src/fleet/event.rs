//! What happened: one packet, request, beacon or change, in a form that is kept, shown and replayed.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::agent::Refresh;
use crate::kit::{Mac, Stamp};
use crate::model::{Fault, Level, NodeId};

/// One boot of one node: unique over the life of the state database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootId(pub u64);

/// One file on its way to one client; unique within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransferId(pub u64);

/// Whom an event concerns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// A known node.
    Node(NodeId),
    /// A machine that the registry does not know.
    Stranger(Mac),
    /// The server itself.
    Server,
}

/// What kind of program sends a DHCP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// PXE firmware (option 60 `PXEClient`, no iPXE).
    Pxe,
    /// UEFI HTTP boot (option 60 `HTTPClient`).
    HttpBoot,
    /// iPXE (option 77 `iPXE` or option 175).
    Ipxe,
    /// An operating system or anything else; it boots nothing.
    Os,
}

/// Client architecture, DHCP option 93 (RFC 4578 section 2.1, IANA "Processor Architecture Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arch(pub u16);

impl Arch {
    /// As people say it: `BIOS`, `UEFI x64`, `UEFI arm64`, …
    #[must_use]
    pub fn word(self) -> String {
        match self.0 {
            0 => "BIOS".into(),
            6 => "UEFI x86".into(),
            7 | 9 => "UEFI x64".into(),
            10 => "UEFI arm32".into(),
            11 => "UEFI arm64".into(),
            14 => "OPAL".into(),
            15 => "UEFI x86 HTTP".into(),
            16 => "UEFI x64 HTTP".into(),
            19 => "UEFI arm64 HTTP".into(),
            20 => "BIOS HTTP".into(),
            27 => "UEFI RISC-V 64".into(),
            39 => "UEFI LoongArch 64".into(),
            other => format!("arch {other}"),
        }
    }
}

/// A DHCP message in or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DhcpStep {
    /// DHCPDISCOVER came.
    Discover,
    /// DHCPOFFER went out.
    Offer,
    /// DHCPREQUEST came.
    Request,
    /// DHCPACK went out.
    Ack,
    /// DHCPNAK went out.
    Nak,
    /// DHCPDECLINE came: the client says that the address is in use.
    Decline,
    /// DHCPRELEASE came.
    Release,
    /// DHCPINFORM came.
    Inform,
    /// A message was not answered; the note says why.
    Unanswered,
    /// A ProxyDHCP answer with boot information only went out.
    Proxy,
    /// There is no boot file for the client's architecture; the note says which.
    NoLoader,
}

/// A DHCP message in or out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DhcpEvent {
    /// Which message.
    pub step: DhcpStep,
    /// Who speaks on the client's side.
    pub form: Form,
    /// Client architecture, if told.
    pub arch: Option<Arch>,
    /// The address in question.
    pub ip: Option<Ipv4Addr>,
    /// Interface or relay it came through, as `eno1` or `relay 10.4.0.1`.
    pub via: Arc<str>,
    /// SMBIOS UUID (option 97), lower case with hyphens.
    pub uuid: Option<Arc<str>>,
    /// Boot file or URL given, or why there was no answer.
    pub note: Option<Arc<str>>,
}

/// What a served file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Network boot program.
    Loader,
    /// iPXE or GRUB script.
    Script,
    /// Kernel.
    Kernel,
    /// The image's own initramfs (dracut).
    Initramfs,
    /// Node image.
    Image,
    /// System overlay.
    System,
    /// Runtime overlay.
    Runtime,
    /// Anything else.
    File,
}

impl Part {
    /// Its word, lower case.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Loader => "loader",
            Self::Script => "script",
            Self::Kernel => "kernel",
            Self::Initramfs => "initramfs",
            Self::Image => "image",
            Self::System => "system",
            Self::Runtime => "runtime",
            Self::File => "file",
        }
    }
}

/// Which server carries a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proto {
    /// TFTP.
    Tftp,
    /// HTTP.
    Http,
}

/// A step in the life of a transfer. Progress between the steps is sampled from counters and is no event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The first byte is about to go; `size` if known. `offset` > 0 for a resumed range.
    Started {
        /// Bytes that will be sent.
        size: Option<u64>,
        /// Where in the file they start.
        offset: u64,
    },
    /// Everything was sent (TFTP: and acknowledged).
    Finished {
        /// Bytes sent.
        sent: u64,
        /// Milliseconds it took.
        ms: u64,
    },
    /// It ended before its time.
    Broken {
        /// Bytes sent.
        sent: u64,
        /// Why, as "client aborted: User aborted the transfer", "no acknowledgement for 15 s".
        why: Arc<str>,
    },
    /// It was refused: nothing was sent.
    Refused {
        /// HTTP status, or the TFTP error code.
        status: u16,
        /// Why, in a sentence that an administrator can act on.
        why: Arc<str>,
    },
}

/// Something about one file for one client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransferEvent {
    /// Which transfer.
    pub id: TransferId,
    /// Over which protocol.
    pub proto: Proto,
    /// What the file is for.
    pub part: Part,
    /// Path as asked, sanitised.
    pub path: Arc<str>,
    /// Client's address.
    pub peer: IpAddr,
    /// What happened.
    pub step: Step,
}

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Beacon {
    /// The iPXE script is about to start the kernel.
    KernelStart,
    /// `/init` runs.
    InitStarted,
    /// The root file system is ready.
    RootReady,
    /// The node is up.
    Up,
    /// Something on the node failed; in its own words.
    Failed(Arc<str>),
    /// Anything else worth a line.
    Note(Arc<str>),
    /// The agent of a running node tells how it is.
    Refresh(Box<Refresh>),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A DHCP message in or out.
    Dhcp(DhcpEvent),
    /// Another DHCP server answers on our network.
    Rival {
        /// Its address.
        server: Ipv4Addr,
        /// Interface it was heard on.
        via: Arc<str>,
        /// What it did, as "offered 10.0.0.17 to 52:54:…".
        what: Arc<str>,
    },
    /// A file on its way.
    Transfer(TransferEvent),
    /// A node's own word. `Event::at` is when it happened on the node; `queued_ms` how long it waited for the network.
    Beacon {
        /// Which.
        beacon: Beacon,
        /// Milliseconds between its happening and its arrival.
        queued_ms: u64,
    },
    /// The registry changed.
    Change {
        /// New revision.
        revision: u64,
        /// Who did it.
        by: Arc<str>,
        /// What, in words.
        text: Arc<str>,
    },
    /// An overlay was changed.
    Overlay {
        /// The number of the change in the log of overlays.
        number: u64,
        /// Who did it.
        by: Arc<str>,
        /// What, in words.
        text: Arc<str>,
    },
    /// A fault appeared in a source file.
    Fault(Fault),
    /// A server of ours started, stopped or failed.
    Service {
        /// `dhcp`, `tftp`, `http`, …
        name: Arc<str>,
        /// How it is.
        level: Level,
        /// In words.
        text: Arc<str>,
    },
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Stamp,
    /// To whom.
    pub who: Who,
    /// In which boot.
    pub boot: Option<BootId>,
    /// What.
    pub what: What,
}
