//! Stages and conditions as glyph, letter, word and role.

use super::Role;
use crate::fleet::{Condition, Stage, Status};

/// The role of a stage.
#[must_use]
pub const fn stage_role(stage: Stage) -> Role {
    match stage {
        Stage::Off => Role::Off,
        Stage::Dhcp => Role::Dhcp,
        Stage::Loader => Role::Loader,
        Stage::Kernel => Role::Kernel,
        Stage::Image => Role::Image,
        Stage::Overlay => Role::Overlay,
        Stage::Init => Role::Init,
        Stage::Up => Role::Up,
    }
}

/// The role of a node's state: its condition if that is bad, else its stage.
#[must_use]
pub const fn bar_role(stage: Stage, condition: Condition) -> Role {
    match condition {
        Condition::Failed => Role::Failed,
        Condition::Stalled => Role::Stalled,
        Condition::Fine => stage_role(stage),
    }
}

/// One cell for a node among many: its own letter for each stage, so that it reads without colour.
#[must_use]
pub const fn stage_letter(stage: Stage, condition: Condition) -> &'static str {
    match (condition, stage) {
        (Condition::Failed, _) => "✗",
        (Condition::Stalled, _) => "!",
        (_, Stage::Off) => "·",
        (_, Stage::Dhcp) => "d",
        (_, Stage::Loader) => "l",
        (_, Stage::Kernel) => "k",
        (_, Stage::Image) => "i",
        (_, Stage::Overlay) => "o",
        (_, Stage::Init) => "n",
        (_, Stage::Up) => "█",
    }
}

/// One cell of a bar of many nodes: the higher, the further; no two stages alike.
#[must_use]
pub const fn bar_glyph(stage: Stage, condition: Condition) -> &'static str {
    match (condition, stage) {
        (Condition::Failed, _) => "✗",
        (Condition::Stalled, _) => "!",
        (_, Stage::Off) => "·",
        (_, Stage::Dhcp) => "▁",
        (_, Stage::Loader) => "▂",
        (_, Stage::Kernel) => "▃",
        (_, Stage::Image) => "▅",
        (_, Stage::Overlay) => "▆",
        (_, Stage::Init) => "▇",
        (_, Stage::Up) => "█",
    }
}

/// The mark in front of a node's state.
#[must_use]
pub const fn mark(stage: Stage, condition: Condition) -> &'static str {
    match (condition, stage) {
        (Condition::Failed, _) => "✗",
        (Condition::Stalled, _) => "!",
        (_, Stage::Off) => "·",
        (_, Stage::Up) => "●",
        _ => "▶",
    }
}

/// The word for a node's state: `failed`, `stalled`, `off`, `up`, `booting`.
#[must_use]
pub const fn state_word(status: &Status) -> &'static str {
    match (status.condition, status.stage) {
        (Condition::Failed, _) => "failed",
        (Condition::Stalled, _) => "stalled",
        (_, Stage::Off) => "off",
        (_, Stage::Up) => "up",
        _ => "booting",
    }
}
