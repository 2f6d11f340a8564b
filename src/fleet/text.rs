//! One line of words for every event, as timelines, logs and verdicts show it.

use std::fmt::Write as _;
use std::time::Duration;

use super::event::{
    Beacon, DhcpEvent, DhcpStep, Event, Form, Part, Proto, Step, TransferEvent, What,
};
use crate::kit::units;
use crate::model::Level;

/// Longest foreign text shown, in characters.
const LONGEST: usize = 240;

impl Event {
    /// What kind of line it is: `dhcp`, `tftp`, `http`, `beacon`, `edit`, `fault`, `service`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.what {
            What::Dhcp(_) | What::Rival { .. } => "dhcp",
            What::Transfer(transfer) => match transfer.proto {
                Proto::Tftp => "tftp",
                Proto::Http => "http",
            },
            What::Beacon { .. } => "beacon",
            What::Change { .. } | What::Overlay { .. } => "edit",
            What::Fault(_) => "fault",
            What::Service { .. } => "service",
        }
    }

    /// How much it matters.
    #[must_use]
    pub fn level(&self) -> Level {
        match &self.what {
            What::Dhcp(dhcp) => dhcp_level(dhcp),
            What::Rival { .. } => Level::Warning,
            What::Transfer(transfer) => transfer_level(transfer),
            What::Beacon { beacon, .. } => match beacon {
                Beacon::Failed(_) => Level::Error,
                // It speaks every minute.
                Beacon::Refresh(refresh) if refresh.again => Level::Debug,
                Beacon::Refresh(refresh) if refresh.fault.is_some() => Level::Error,
                _ => Level::Info,
            },
            What::Change { .. } | What::Overlay { .. } => Level::Info,
            What::Fault(fault) => fault.level,
            What::Service { level, .. } => *level,
        }
    }

    /// One line of words. Control and direction characters of foreign text are replaced, its length is limited.
    #[must_use]
    pub fn text(&self) -> String {
        self.text_with(None)
    }

    /// The same for who knows which image the node boots, which no request names.
    #[must_use]
    pub(super) fn text_with(&self, image: Option<&str>) -> String {
        let line = match &self.what {
            What::Dhcp(dhcp) => dhcp_text(dhcp),
            What::Rival { server, via, what } => {
                format!("another DHCP server, {server} on {via}: {what}")
            }
            What::Transfer(transfer) => transfer_text(transfer, image),
            What::Beacon { beacon, queued_ms } => beacon_text(beacon, *queued_ms),
            What::Change { revision, by, text } => format!("r{revision} by {by}: {text}"),
            What::Overlay { number, by, text } => format!("overlay #{number} by {by}: {text}"),
            What::Fault(fault) => fault.to_string(),
            What::Service { name, text, .. } => format!("{name}: {text}"),
        };
        clean(&line)
    }
}

/// Whether a file is one that loaders ask for on the off chance: iPXE its autoexec script, shim its revocation lists. That it
/// is missing means nothing.
#[must_use]
pub(super) fn is_probe(path: &str) -> bool {
    const PROBES: [&str; 4] = ["autoexec.ipxe", "revocations", "shim_certificate", ".sig"];
    let name = base(path);
    PROBES
        .iter()
        .any(|probe| name.starts_with(probe) || name.ends_with(probe))
}

/// Whether a transfer was broken off by firmware that only wanted to know the size (OVMF asks with `tsize`, then aborts).
#[must_use]
pub(super) fn is_size_probe(transfer: &TransferEvent) -> bool {
    matches!(&transfer.step, Step::Broken { sent, why }
        if transfer.proto == Proto::Tftp && *sent == 0 && why.to_ascii_lowercase().contains("abort"))
}

/// Last part of a path.
#[must_use]
pub(super) fn base(path: &str) -> &str {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(path)
}

/// Foreign text made safe for a terminal and a log: one line, no control, direction or zero-width characters, limited length.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST * 4));
    for (at, c) in text.chars().enumerate() {
        if at >= LONGEST {
            out.push('…');
            break;
        }
        let hidden = c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{061c}' | '\u{00ad}');
        out.push(if hidden { '·' } else { c });
    }
    out
}

/// `1st`, `2nd`, `3rd`, `4th`, `11th`.
#[must_use]
pub(super) fn ordinal(n: u32) -> String {
    let tail = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{tail}")
}

/// A span as `0.4 s`, `38 s`, `2m10`.
#[must_use]
pub(super) fn span(span: Duration) -> String {
    let ms = span.as_millis();
    if ms < 9_950 {
        format!("{:.1} s", ms as f64 / 1000.0)
    } else if span.as_secs() < 60 {
        format!("{} s", span.as_secs())
    } else {
        units::age(span)
    }
}

/// What the client asks is only half of an exchange, and an operating system's lease is no boot.
fn dhcp_level(dhcp: &DhcpEvent) -> Level {
    match dhcp.step {
        DhcpStep::Unanswered if dhcp.form == Form::Os => Level::Debug,
        DhcpStep::Unanswered | DhcpStep::Nak | DhcpStep::Decline => Level::Warning,
        DhcpStep::Request if dhcp.note.is_some() => Level::Warning,
        DhcpStep::Ack if dhcp.form == Form::Os => Level::Debug,
        DhcpStep::NoLoader => Level::Error,
        DhcpStep::Ack | DhcpStep::Proxy => Level::Info,
        DhcpStep::Discover
        | DhcpStep::Offer
        | DhcpStep::Request
        | DhcpStep::Release
        | DhcpStep::Inform => Level::Debug,
    }
}

fn transfer_level(transfer: &TransferEvent) -> Level {
    match &transfer.step {
        Step::Started { .. } => Level::Debug,
        // Scripts are small, and runtime overlays come again all day.
        Step::Finished { .. } => match transfer.part {
            Part::Script | Part::Runtime | Part::File => Level::Debug,
            _ => Level::Info,
        },
        Step::Broken { .. } if is_size_probe(transfer) => Level::Debug,
        Step::Broken { .. } => Level::Warning,
        Step::Refused { .. } if is_probe(&transfer.path) => Level::Debug,
        Step::Refused { .. } if transfer.part == Part::File => Level::Warning,
        Step::Refused { .. } => Level::Error,
    }
}

impl DhcpEvent {
    /// Whether our answer named something to load. Where there was nothing to name, the note is a sentence that says why.
    #[must_use]
    pub(super) fn names_file(&self) -> bool {
        self.note.as_deref().is_some_and(|note| !note.contains(' '))
    }
}

fn dhcp_text(dhcp: &DhcpEvent) -> String {
    let word = match dhcp.step {
        DhcpStep::Discover => "DISCOVER",
        DhcpStep::Offer => "OFFER",
        DhcpStep::Request => "REQUEST",
        DhcpStep::Ack => "ACK",
        DhcpStep::Nak => "NAK",
        DhcpStep::Decline => "DECLINE",
        DhcpStep::Release => "RELEASE",
        DhcpStep::Inform => "INFORM",
        DhcpStep::Unanswered => "not answered",
        DhcpStep::Proxy => "PROXY boot information",
        DhcpStep::NoLoader => "nothing to boot",
    };
    let mut line = word.to_owned();
    if let Some(ip) = dhcp.ip {
        let _ = write!(line, " {ip}");
    }
    if !dhcp.via.is_empty() {
        let _ = write!(line, " via {}", dhcp.via);
    }
    if dhcp.step == DhcpStep::Discover {
        let form = match dhcp.form {
            Form::Pxe => "PXE",
            Form::HttpBoot => "HTTP boot",
            Form::Ipxe => "iPXE",
            Form::Os => "operating system",
        };
        let _ = match dhcp.arch {
            Some(arch) => write!(line, " ({form}, {})", arch.word()),
            None => write!(line, " ({form})"),
        };
    }
    if dhcp.step == DhcpStep::Decline && dhcp.note.is_none() {
        line.push_str(": the client found the address in use");
    }
    if let Some(note) = &dhcp.note {
        let says_why = matches!(
            dhcp.step,
            DhcpStep::Unanswered
                | DhcpStep::Nak
                | DhcpStep::Decline
                | DhcpStep::Request
                | DhcpStep::NoLoader
        );
        let _ = match script_from(dhcp.form, note) {
            Some(server) => write!(line, " · script from {server}"),
            None => write!(line, "{}{note}", if says_why { ": " } else { " · " }),
        };
    }
    line
}

/// Server and port of a script's URL, the rest of which is the node's MAC and what iPXE fills in.
fn script_from(form: Form, note: &str) -> Option<&str> {
    let (server, _) = note.strip_prefix("http://")?.split_once('/')?;
    (form == Form::Ipxe).then_some(server)
}

/// What is on its way, in words: the path of a node's part holds nothing but its MAC.
fn thing(transfer: &TransferEvent, image: Option<&str>) -> String {
    match (transfer.part, image) {
        (Part::Image, Some(image)) => format!("image {image}"),
        (Part::Loader, _) => format!("loader {}", base(&transfer.path)),
        (Part::System | Part::Runtime, _) => format!("{} overlay", transfer.part.word()),
        (Part::File, _) => transfer.path.to_string(),
        (part, _) => part.word().to_owned(),
    }
}

fn transfer_text(transfer: &TransferEvent, image: Option<&str>) -> String {
    let thing = thing(transfer, image);
    match &transfer.step {
        Step::Started { size, offset } => {
            let mut line = format!("{thing} begins");
            if let Some(size) = size {
                let _ = write!(line, " · {}", units::size(*size));
            }
            if *offset > 0 {
                let _ = write!(line, " from {}", units::size(*offset));
            }
            line
        }
        Step::Finished { sent, ms } => {
            let mut line = format!("{thing} done · {}", units::size(*sent));
            // The rate of what is gone in a moment says nothing.
            if *ms >= 100 {
                let rate = sent.saturating_mul(1000) / *ms;
                let took = span(Duration::from_millis(*ms));
                let _ = write!(line, " in {took} · {}", units::rate(rate));
            }
            line
        }
        Step::Broken { .. } if is_size_probe(transfer) => format!("{thing}: asked for its size"),
        Step::Broken { sent, why } => {
            format!("{thing} broke off after {}: {why}", units::size(*sent))
        }
        Step::Refused { status, why } => match transfer.proto {
            Proto::Http => format!("{thing} refused: {status} {why}"),
            Proto::Tftp => format!("{thing} refused: TFTP error {status} {why}"),
        },
    }
}

fn beacon_text(beacon: &Beacon, queued_ms: u64) -> String {
    let mut line = match beacon {
        Beacon::KernelStart => "kernel started".to_owned(),
        Beacon::InitStarted => "init started".to_owned(),
        Beacon::RootReady => "root ready".to_owned(),
        Beacon::Up => "up".to_owned(),
        Beacon::Failed(why) => format!("failed: {why}"),
        Beacon::Note(note) => note.to_string(),
        Beacon::Refresh(refresh) => refresh.text(),
    };
    if queued_ms >= 1000 {
        let late = span(Duration::from_millis(queued_ms));
        let _ = write!(line, " (reported {late} later)");
    }
    line
}
