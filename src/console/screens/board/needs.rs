//! What needs somebody: a service that does not answer, nodes that failed or stalled, faults in files.

use ratatui::layout::Rect;

use super::side::{heading, service_role};
use super::{Board, Pane};
use crate::api::{ServiceRow, ServiceState};
use crate::console::column::stage_text;
use crate::console::frame::{Frame, Hit};
use crate::console::look::{Role, bar_role, mark};
use crate::console::screens::{Wish, World, overlay_of};
use crate::kit::text;
use crate::model::{Fault, Level, NodeId};

/// Most lines that one of them takes where there is room for all.
const LINES: usize = 3;

/// One thing that needs somebody.
enum Need<'a> {
    Service(&'a ServiceRow),
    Node(u32),
    Fault(&'a Fault),
}

fn down<'a>(world: &World<'a>) -> impl Iterator<Item = &'a ServiceRow> {
    let bad =
        |service: &&ServiceRow| matches!(service.state, ServiceState::Down | ServiceState::Warned);
    world.mirror.head.services.iter().filter(bad)
}

/// How many there are.
pub fn len(world: &World<'_>) -> usize {
    down(world).count() + world.index.problems.len() + world.mirror.head.faults.len()
}

fn need<'a>(world: &World<'a>, at: usize) -> Option<Need<'a>> {
    let services = down(world).count();
    if at < services {
        return down(world).nth(at).map(Need::Service);
    }
    let at = at - services;
    let nodes = world.index.problems.len();
    if at < nodes {
        return Some(Need::Node(world.index.problems[at]));
    }
    world.mirror.head.faults.get(at - nodes).map(Need::Fault)
}

/// The node that needs somebody there.
pub fn node(world: &World<'_>, at: usize) -> Option<NodeId> {
    match need(world, at)? {
        Need::Node(at) => world.at(at).map(|(row, _)| row.id),
        Need::Service(_) | Need::Fault(_) => None,
    }
}

/// Enter on one of them.
pub fn open(world: &World<'_>, at: usize) -> Wish {
    match need(world, at) {
        Some(Need::Node(at)) => match world.at(at) {
            Some((row, _)) => Wish::Open(row.name.clone()),
            None => Wish::None,
        },
        Some(Need::Fault(fault)) if overlay_of(fault).is_some() => {
            Wish::Fault(Box::new(fault.clone()))
        }
        Some(Need::Fault(fault)) => fault_in_full(fault),
        Some(Need::Service(service)) => Wish::Tell {
            title: format!("{} does not answer", service.name),
            lines: vec![
                (service.text.to_string(), service_role(service.state)),
                (
                    "No node can boot without it. What is changed in muster.conf is read by `muster reload` or :reload; a port \
                     that another program held is tried again when the servers start."
                        .to_owned(),
                    Role::Text,
                ),
            ],
        },
        None => Wish::None,
    }
}

/// A fault with its place, its sentence and its advice.
fn fault_in_full(fault: &Fault) -> Wish {
    let (_, role) = level_sign(fault.level);
    let mut lines = Vec::new();
    if let Some(spot) = &fault.spot {
        lines.push((spot.to_string(), Role::Title));
    }
    if let Some(about) = &fault.about {
        lines.push((format!("about {about}"), Role::Dim));
    }
    lines.push((fault.what.clone(), role));
    if let Some(hint) = &fault.hint {
        lines.push((format!("try: {hint}"), Role::Text));
    }
    if fault.spot.is_some() && fault.level == Level::Error {
        let kept = "Until that is mended, what was right before stays in force. The file is read as soon as it is saved.";
        lines.push((kept.to_owned(), Role::Dim));
    }
    let title = match fault.level {
        Level::Error => "fault",
        Level::Warning => "warning",
        Level::Debug | Level::Info => "remark",
    };
    Wish::Tell {
        title: title.to_owned(),
        lines,
    }
}

const fn level_sign(level: Level) -> (&'static str, Role) {
    match level {
        Level::Error => ("✗", Role::Failed),
        Level::Warning => ("!", Role::Stalled),
        Level::Debug | Level::Info => ("·", Role::Dim),
    }
}

/// One of them as it is drawn.
struct Told {
    sign: &'static str,
    role: Role,
    who: String,
    what: String,
    age: String,
}

fn told(world: &World<'_>, frame: &Frame<'_>, at: usize) -> Option<Told> {
    Some(match need(world, at)? {
        Need::Node(at) => {
            let (row, status) = world.at(at)?;
            Told {
                sign: mark(status.stage, status.condition),
                role: bar_role(status.stage, status.condition),
                who: row.name.to_string(),
                what: stage_text(status),
                age: frame.ages.since(status.since),
            }
        }
        Need::Fault(fault) => {
            let (sign, role) = level_sign(fault.level);
            let who = match (&fault.spot, &fault.about) {
                (Some(spot), _) => {
                    let file = spot.file.rsplit('/').next().unwrap_or_default();
                    format!("{file}:{}", spot.line)
                }
                (None, about) => about.clone().unwrap_or_default(),
            };
            Told {
                sign,
                role,
                who,
                what: fault.what.clone(),
                age: String::new(),
            }
        }
        Need::Service(service) => Told {
            sign: "✗",
            role: service_role(service.state),
            who: service.name.to_string(),
            what: service.text.to_string(),
            age: String::new(),
        },
    })
}

/// Lines of one of them at a width: the words wrapped, room for the age kept on each.
fn wrapped(told: &Told, who_cells: usize, width: u16) -> Vec<String> {
    let front = 2 + who_cells.max(text::width(&told.who)) + 1;
    let age = if told.age.is_empty() { 1 } else { 5 };
    let room = usize::from(width).saturating_sub(front + age).max(8);
    let mut lines = text::wrap(&told.what, room);
    if lines.len() > LINES {
        let rest = lines.split_off(LINES - 1).join(" ");
        lines.push(text::clip(&rest, room));
    }
    lines
}

fn name_cells(world: &World<'_>) -> usize {
    let nodes = world.index.problems.iter().take(50);
    let names = nodes
        .filter_map(|at| world.at(*at))
        .map(|(row, _)| text::width(&row.name));
    names.max().unwrap_or(0).clamp(5, 14)
}

/// Rows that all of them take when wrapped; where that is more than `most`, one row each.
pub fn rows(world: &World<'_>, frame: &Frame<'_>, width: u16, most: usize) -> usize {
    let len = len(world);
    if len >= most {
        return len;
    }
    let cells = name_cells(world);
    let all: usize = (0..len)
        .filter_map(|at| told(world, frame, at))
        .map(|told| wrapped(&told, cells, width).len())
        .sum();
    if all <= most { all } else { len }
}

/// Draws them.
pub fn draw(board: &Board, world: &World<'_>, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let len = len(world);
    heading(frame, area, "needs you", len, "what · since");
    if len == 0 {
        frame.put(area.x, area.y + 1, area.width, "nobody", Role::Dim);
        return;
    }
    let height = usize::from(area.height) - 1;
    let cells = name_cells(world);
    let wrap = rows(world, frame, area.width, height) > len;
    let cursor = board.needs.within(len);
    let first = board.needs.first(cursor, len, height);
    let mut y = area.y + 1;
    for at in first..len {
        let Some(told) = told(world, frame, at) else {
            continue;
        };
        let lines = if wrap {
            wrapped(&told, cells, area.width)
        } else {
            vec![told.what.clone()]
        };
        let rows = u16::try_from(lines.len()).unwrap_or(1);
        if y + rows > area.bottom() {
            break;
        }
        let row = Rect::new(area.x, y, area.width, rows);
        draw_one(frame, row, &told, cells, &lines);
        if board.pane == Pane::Needs && at == cursor {
            frame.tint(row, Role::Cursor);
        }
        frame.hit(row, Hit::Row { pane: 1, row: at });
        y += rows;
    }
}

fn draw_one(frame: &mut Frame<'_>, row: Rect, told: &Told, cells: usize, lines: &[String]) {
    let end = row.right().saturating_sub(1);
    let until = frame.put_right(row.x, end, row.y, &told.age, Role::Dim);
    let until = until.saturating_sub(u16::from(!told.age.is_empty()));
    let who = text::pad(&told.who, cells.max(text::width(&told.who)));
    let pieces = [
        (told.sign, told.role),
        (" ", told.role),
        (&who, Role::Text),
        (" ", told.role),
    ];
    let x = frame.pieces(row.x, row.y, until.saturating_sub(row.x), &pieces);
    for (y, line) in (row.y..row.bottom()).zip(lines) {
        frame.put(x, y, until.saturating_sub(x), line, told.role);
    }
}
