//! Columns of the list of nodes: what they show and how they order.

use std::cmp::Ordering;

use crate::api::NodeRow;
use crate::console::ages::Ages;
use crate::console::look::{mark, state_word};
use crate::fleet::{Stage, Status};
use crate::kit::{natural, units};

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Name.
    Node,
    /// Condition, or how far in a word.
    State,
    /// Stage and progress, or the remark.
    Stage,
    /// Since when.
    Age,
    /// Address.
    Ip,
    /// Rack.
    Rack,
    /// Profiles.
    Profiles,
    /// Image.
    Image,
    /// Kernel.
    Kernel,
    /// Boot network.
    Network,
    /// Hardware address.
    Mac,
    /// Tags.
    Tags,
    /// Comment.
    Comment,
    /// Whether a reboot would change it.
    Drift,
}

/// What a cell is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The whole node.
    Node,
    /// The field of this key.
    Field(&'static str),
    /// This word of the device whose address stands for the node.
    Device(&'static str),
    /// Its tags, one by one.
    Tags,
    /// What is heard of it, which is no setting; what to do instead.
    Fleet(&'static str),
}

impl Column {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 14] = [
        Self::Node,
        Self::State,
        Self::Stage,
        Self::Age,
        Self::Drift,
        Self::Ip,
        Self::Rack,
        Self::Profiles,
        Self::Image,
        Self::Kernel,
        Self::Network,
        Self::Mac,
        Self::Tags,
        Self::Comment,
    ];

    /// Its heading.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Node => "NODE",
            Self::State => "STATE",
            Self::Stage => "STAGE",
            Self::Age => "AGE",
            Self::Ip => "IP",
            Self::Rack => "RACK",
            Self::Profiles => "PROFILES",
            Self::Image => "IMAGE",
            Self::Kernel => "KERNEL",
            Self::Network => "NETWORK",
            Self::Mac => "MAC",
            Self::Tags => "TAGS",
            Self::Comment => "COMMENT",
            Self::Drift => "DRIFT",
        }
    }

    /// Cells it takes, and whether it can use more.
    #[must_use]
    pub const fn width(self) -> (u16, bool) {
        match self {
            Self::Node => (10, false),
            Self::State => (10, false),
            Self::Stage => (20, true),
            Self::Age => (5, false),
            Self::Ip => (15, false),
            Self::Rack => (6, false),
            Self::Profiles => (12, false),
            Self::Image => (12, false),
            Self::Kernel => (12, false),
            Self::Network => (9, false),
            Self::Mac => (17, false),
            Self::Tags => (16, true),
            Self::Comment => (18, true),
            Self::Drift => (9, false),
        }
    }

    /// What editing one of its cells would edit.
    #[must_use]
    pub const fn about(self) -> About {
        match self {
            Self::Node => About::Node,
            Self::State | Self::Stage | Self::Age => {
                About::Fleet("it tells what the node does; x explains it")
            }
            Self::Drift => {
                About::Fleet("it tells whether a reboot would change the node; d shows by what")
            }
            Self::Network => About::Fleet("it follows from the address: edit that one"),
            Self::Ip => About::Device("ipaddr"),
            Self::Mac => About::Device("hwaddr"),
            Self::Rack => About::Field("tags.rack"),
            Self::Profiles => About::Field("profiles"),
            Self::Image => About::Field("image"),
            Self::Kernel => About::Field("kernel.version"),
            Self::Comment => About::Field("comment"),
            Self::Tags => About::Tags,
        }
    }

    /// What it shows of a node.
    #[must_use]
    pub fn cell(self, row: &NodeRow, status: &Status, ages: &Ages) -> String {
        let or_dash = |text: Option<&str>| text.unwrap_or("—").to_owned();
        match self {
            Self::Node => row.name.to_string(),
            Self::State => format!(
                "{} {}",
                mark(status.stage, status.condition),
                state_word(status)
            ),
            Self::Stage => stage_text(status),
            Self::Age if status.heard.is_none() && status.stage == Stage::Off => "—".into(),
            Self::Age => ages.since(status.since),
            Self::Ip => row
                .ip
                .or(status.ip)
                .map_or_else(|| "—".into(), |ip| ip.to_string()),
            Self::Rack => row.rack.to_string(),
            Self::Profiles => row.profiles.join(","),
            Self::Image => or_dash(row.image.as_deref()),
            Self::Kernel => or_dash(row.kernel.as_deref()),
            Self::Network => or_dash(row.network.as_deref()),
            Self::Mac => row.mac.map_or_else(|| "—".into(), |mac| mac.to_string()),
            Self::Tags => row.tags.join(" "),
            Self::Comment => or_dash(row.comment.as_deref()),
            Self::Drift => status.drift.to_string(),
        }
    }

    /// How it orders two nodes; the grave and the newest first where that is what one looks for.
    #[must_use]
    pub fn order(self, a: (&NodeRow, &Status), b: (&NodeRow, &Status)) -> Ordering {
        let ((row_a, status_a), (row_b, status_b)) = (a, b);
        match self {
            // Nodes come in the engine's listing order, which is that of their names.
            Self::Node => Ordering::Equal,
            Self::State => {
                (status_b.condition, status_b.stage).cmp(&(status_a.condition, status_a.stage))
            }
            Self::Stage => status_a.stage.cmp(&status_b.stage),
            Self::Age => status_b.since.cmp(&status_a.since),
            Self::Ip => row_a.ip.or(status_a.ip).cmp(&row_b.ip.or(status_b.ip)),
            Self::Rack => natural::compare(&row_a.rack, &row_b.rack),
            Self::Profiles => row_a.profiles.cmp(&row_b.profiles),
            Self::Image => row_a.image.cmp(&row_b.image),
            Self::Kernel => row_a.kernel.cmp(&row_b.kernel),
            Self::Network => row_a.network.cmp(&row_b.network),
            Self::Mac => row_a.mac.cmp(&row_b.mac),
            Self::Tags => row_a.tags.cmp(&row_b.tags),
            Self::Comment => row_a.comment.cmp(&row_b.comment),
            Self::Drift => status_b.drift.cmp(&status_a.drift),
        }
    }
}

/// The stage with its progress: `image 74 %`; a bad node's remark: `image 404 rocky9.img`.
#[must_use]
pub fn stage_text(status: &Status) -> String {
    if let Some(note) = &status.note {
        // Many remarks begin with the stage themselves.
        let stage = status.stage.word();
        let told = note.split_whitespace().next() == Some(stage);
        return if told {
            note.to_string()
        } else {
            format!("{stage} {note}")
        };
    }
    match (&status.progress, status.stage) {
        (_, Stage::Off | Stage::Up) => "—".into(),
        (Some(progress), stage) => match progress.of.filter(|of| *of > 0) {
            Some(of) => format!("{stage} {} %", progress.sent.min(of) * 100 / of),
            None => format!("{stage} {}", units::size(progress.sent)),
        },
        (None, stage) => stage.to_string(),
    }
}
