//! What is around every screen: head, tabs, status row, hints.

use ratatui::layout::Rect;

use super::app::{App, Place};
use super::frame::{Frame, Hit};
use super::keys::{self, ACTIONS, Act, Context};
use super::layer::Layer;
use super::look::Role;
use crate::api::{ServiceRow, ServiceState};
use crate::console::layer::draw_input;
use crate::kit::units;

/// The rows between the head, with its `alarms` rows of alarm, and the foot.
#[must_use]
pub fn body(area: Rect, alarms: u16) -> Rect {
    Rect::new(
        area.x,
        area.y + 2 + alarms,
        area.width,
        area.height.saturating_sub(4 + alarms),
    )
}

/// Services without which nothing boots and that do not answer.
pub fn down(app: &App) -> impl Iterator<Item = &ServiceRow> {
    let services = app.mirror.head.services.iter();
    services.filter(|service| service.state == ServiceState::Down)
}

/// A row across the screen for each service that is down: on every screen, under the tabs.
fn draw_down(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    for (y, service) in (area.y + 2..area.bottom()).zip(down(app)) {
        let blank = " ".repeat(usize::from(area.width));
        frame.put(area.x, y, area.width, &blank, Role::Banner);
        let text = format!(" ✗ {} is down: {}", service.name, service.text);
        frame.put(area.x, y, area.width.saturating_sub(1), &text, Role::Banner);
    }
}

/// The screens that there are: digit, word, action.
const TABS: [(&str, &str, Act, Context); 6] = [
    ("1", "Board", Act::Board, Context::Board),
    ("2", "Nodes", Act::Nodes, Context::Nodes),
    ("3", "Profiles", Act::Profiles, Context::Profiles),
    ("4", "Overlays", Act::Overlays, Context::Overlays),
    ("7", "Events", Act::Events, Context::Events),
    ("8", "Settings", Act::Settings, Context::Settings),
];

/// The two rows at the top.
pub fn head(app: &App, frame: &mut Frame<'_>) {
    draw_down(app, frame);
    let area = frame.area();
    let narrow = area.width < 100;
    let place = match &app.place {
        Place::Board => "Board".to_owned(),
        Place::Nodes => "Nodes".to_owned(),
        Place::Node(name) => format!("Nodes ▸ {name}"),
        Place::Profiles => "Profiles".to_owned(),
        Place::Overlays => "Overlays".to_owned(),
        Place::Events => "Events".to_owned(),
        Place::Settings => "Settings".to_owned(),
    };
    let after = frame.pieces(
        area.x + 1,
        area.y,
        area.width / 2,
        &[
            ("muster", Role::Title),
            (" ▸ ", Role::Line),
            (&place, Role::Title),
        ],
    );
    if narrow {
        alarms(app, frame, after + 1, area.y);
    } else {
        situation(app, frame, after + 2, area.y);
    }
    let mut x = area.x + 1;
    for (digit, word, act, context) in TABS {
        let here =
            app.screen() == context || (context == Context::Nodes && app.screen() == Context::Node);
        let from = x;
        let role = if here { Role::Tab } else { Role::Dim };
        let room = area.right().saturating_sub(x);
        x = if narrow && !here {
            frame.put(x, area.y + 1, room, digit, Role::Key)
        } else {
            let pieces = [(digit, Role::Key), (" ", Role::Dim), (word, role)];
            frame.pieces(x, area.y + 1, room, &pieces)
        };
        frame.hit(Rect::new(from, area.y + 1, x - from, 1), Hit::Act(act));
        x += 2;
    }
    if narrow {
        situation(app, frame, x + 1, area.y + 1);
    } else {
        alarms(app, frame, x + 1, area.y + 1);
    }
}

/// Cluster, nodes, link, services, lock, who: as much from the right as fits.
fn situation(app: &App, frame: &mut Frame<'_>, from: u16, y: u16) {
    let pieces = situation_pieces(app);
    let width = |pieces: &[(String, Role)]| {
        pieces
            .iter()
            .map(|(text, _)| crate::kit::text::width(text))
            .sum::<usize>()
    };
    let end = frame.area().right().saturating_sub(1);
    let room = usize::from(end.saturating_sub(from));
    // The lock and the link matter most: what stands left of them goes first.
    let mut start = 0;
    while start < pieces.len() && width(&pieces[start..]) > room {
        start += 1;
    }
    // A row does not begin with what parts two things.
    while pieces
        .get(start)
        .is_some_and(|(text, _)| text.trim() == "·")
    {
        start += 1;
    }
    let shown = &pieces[start..];
    let mut x = end.saturating_sub(u16::try_from(width(shown)).unwrap_or(0));
    for (text, role) in shown {
        x = frame.put(x, y, end.saturating_sub(x), text, *role);
    }
}

fn situation_pieces(app: &App) -> Vec<(String, Role)> {
    let head = &app.mirror.head;
    let mut pieces: Vec<(String, Role)> = Vec::new();
    let dot = || (" · ".to_owned(), Role::Line);
    if !head.cluster.is_empty() {
        pieces.push((head.cluster.to_string(), Role::Title));
        pieces.push(dot());
    }
    if app.heard {
        let nodes = format!("{} nodes", units::count(head.nodes.len()));
        pieces.push((nodes, Role::Bar));
        pieces.push(dot());
    }
    pieces.push(match (app.heard, app.lost.is_some()) {
        (false, _) => ("reaching".to_owned(), Role::Stalled),
        (true, true) => ("✗ lost".to_owned(), Role::Failed),
        (true, false) => ("attached".to_owned(), Role::Bar),
    });
    pieces.push(dot());
    // Of servers that cannot be asked nothing is known.
    for service in head.services.iter().filter(|_| app.lost.is_none()) {
        let (sign, role) = match service.state {
            ServiceState::Up => ("●", Role::Up),
            ServiceState::Warned => ("!", Role::Stalled),
            ServiceState::Down => ("✗", Role::Failed),
            ServiceState::Disabled => ("—", Role::Dim),
        };
        let name = if role == Role::Failed {
            role
        } else {
            Role::Bar
        };
        pieces.push((service.name.to_string(), name));
        pieces.push((format!("{sign} "), role));
    }
    pieces.push(if app.safe {
        ("SAFE".to_owned(), Role::Safe)
    } else {
        ("LIVE".to_owned(), Role::Live)
    });
    let others = head.clients.saturating_sub(1);
    let user = match others {
        0 => format!(" · {}", app.start.user),
        more => format!(" · {} +{more}", app.start.user),
    };
    pieces.push((user, Role::Bar));
    pieces
}

fn alarms(app: &App, frame: &mut Frame<'_>, from: u16, y: u16) {
    let tally = &app.mirror.tally;
    let head = &app.mirror.head;
    let mut pieces: Vec<(String, Role)> = Vec::new();
    let mut add = |sign: &str, count: usize, role| {
        if count > 0 {
            pieces.push((format!("{sign}{}  ", units::count(count)), role));
        }
    };
    add("✗", tally.failed as usize, Role::Failed);
    add("!", tally.stalled as usize, Role::Stalled);
    add("?", head.strangers.len(), Role::Stranger);
    add("faults ", head.faults.len(), Role::Failed);
    let wide: usize = pieces
        .iter()
        .map(|(text, _)| crate::kit::text::width(text))
        .sum();
    let end = frame.area().right();
    let mut x = end
        .saturating_sub(u16::try_from(wide).unwrap_or(0))
        .max(from);
    for (text, role) in &pieces {
        x = frame.put(x, y, end.saturating_sub(x), text, *role);
    }
}

/// The two rows at the bottom.
pub fn foot(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    let y = area.bottom().saturating_sub(2);
    if let Some(Layer::Filter(line)) = app.layers.last() {
        let x = frame.put(area.x + 1, y, area.width, "/ ", Role::Key);
        let half = (area.width / 3).max(24);
        draw_input(frame, (x, y), half, &line.input);
        let after = x + half + 1;
        let room = area.right().saturating_sub(after + 1);
        match &line.error {
            Some(error) => frame.put(after, y, room, error, Role::Failed),
            None => {
                let shown = format!("{} shown   ", units::count(app.found()));
                let offers = match line.offers.as_slice() {
                    [] => "⏎ keeps it   Esc drops it".to_owned(),
                    offers => format!("Tab: {}", offers.join(" ")),
                };
                frame.pieces(
                    after,
                    y,
                    room,
                    &[(&shown, Role::Text), (&offers, Role::Dim)],
                )
            }
        };
    } else {
        status(app, frame, y);
    }
    hints(app, frame, area.bottom().saturating_sub(1));
}

fn status(app: &App, frame: &mut Frame<'_>, y: u16) {
    let area = frame.area();
    let mut right: Vec<(String, Role)> = Vec::new();
    if let Some(held) = &app.held {
        right.push((
            format!("frozen, {} held back · f follows", held.len()),
            Role::Stalled,
        ));
    }
    if !app.marks.is_empty() {
        right.push((format!("{} marked", app.marks.len()), Role::Mark));
    }
    if !app.order.filter.is_empty() {
        right.push((format!("/ {}", app.order.filter), Role::Match));
    }
    let (shown, all) = (app.index.shown.len(), app.mirror.head.nodes.len());
    // How many nodes are shown, where nodes are shown.
    if app.heard && matches!(app.place, Place::Board | Place::Nodes) {
        let text = format!("{} of {}", units::count(shown), units::count(all));
        right.push((text, Role::Dim));
    }
    let mut end = area.right().saturating_sub(1);
    for (text, role) in right.iter().rev() {
        end = frame
            .put_right(area.x + 1, end, y, text, *role)
            .saturating_sub(3);
    }
    let room = end.saturating_sub(area.x + 1);
    if let Some(why) = app.lost.as_ref().filter(|_| app.heard) {
        lost(app, frame, (area.x, y, room), why);
    } else if let Some(toast) = &app.toast {
        frame.put(area.x + 1, y, room, &toast.text, toast.role);
    } else if app.place == Place::Overlays
        && let Some((text, role)) = app.overlays.trouble()
    {
        frame.put(area.x + 1, y, room, &text, role);
    }
}

/// Why the engine cannot be reached, and since when. Before the first news the screen itself says it.
fn lost(app: &App, frame: &mut Frame<'_>, at: (u16, u16, u16), why: &str) {
    let (x, y, room) = at;
    let ago = frame.ages.since(app.lost_at);
    let text = format!(" ✗ {why}, {ago} ago · trying again ");
    let end = frame.put(x, y, room, &text, Role::Banner);
    let more = "· what you see is from then ";
    if usize::from((x + room).saturating_sub(end)) >= crate::kit::text::width(more) {
        frame.put(end, y, room, more, Role::Banner);
    }
}

/// Keys that work here, most wanted first; all of them are in help.
fn hints(app: &App, frame: &mut Frame<'_>, y: u16) {
    let area = frame.area();
    let context = app.context();
    let keymap = &app.start.keymap;
    let most = if area.width < 100 { 5 } else { 11 };
    let mut x = area.x + 1;
    let mouse = if app.start.mouse {
        "mouse on M"
    } else {
        "mouse off M"
    };
    let end = area
        .right()
        .saturating_sub(if area.width < 100 { 7 } else { 22 });
    let rows = ACTIONS
        .iter()
        .filter(|row| row.heard_in(context) && !row.hint.is_empty());
    for row in rows.filter(|row| row.id != Act::Help).take(most) {
        let Some(key) = keymap.keys(row.id).first().map(ToString::to_string) else {
            continue;
        };
        let key = frame.plain(&key).into_owned();
        let wide = crate::kit::text::width(&key) + 1 + crate::kit::text::width(row.hint);
        if usize::from(x) + wide > usize::from(end) {
            break;
        }
        let role = if app.off(row.id).is_some() {
            Role::Line
        } else {
            Role::Bar
        };
        let from = x;
        x = frame.pieces(
            x,
            y,
            end - x,
            &[(&key, Role::Key), (" ", role), (row.hint, role)],
        );
        frame.hit(Rect::new(from, y, x - from, 1), Hit::Act(row.id));
        x += 2;
    }
    if keys::Action::of(Act::Help).heard_in(context)
        && usize::from(x) + 6 < usize::from(area.right())
    {
        let from = x;
        let help = match (context.types(), area.width < 100) {
            (true, _) => "F1 keys",
            (false, true) => "? more",
            (false, false) => "? keys",
        };
        x = frame.put(x, y, 7, help, Role::Key);
        frame.hit(Rect::new(from, y, x - from, 1), Hit::Act(Act::Help));
    }
    if area.width >= 100 {
        let from = frame.put_right(x + 1, area.right().saturating_sub(1), y, mouse, Role::Dim);
        frame.hit(
            Rect::new(from, y, area.right().saturating_sub(from), 1),
            Hit::Act(Act::Mouse),
        );
    }
}
