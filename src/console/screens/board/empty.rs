//! What the Board says while there is nothing to show.

use ratatui::layout::Rect;

use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::console::screens::World;
use crate::kit::text;

/// Draws a first-run page if there is nothing else to show; whether the Board is to be drawn.
pub fn draw(world: &World<'_>, frame: &mut Frame<'_>, body: Rect) -> bool {
    let head = &world.mirror.head;
    let lines: Vec<(String, Role)> = if !world.heard {
        waiting(world)
    } else if head.nodes.is_empty() && head.strangers.is_empty() && head.faults.is_empty() {
        nothing_yet(world)
    } else {
        return true;
    };
    let mut y = body.y + body.height / 4;
    let wide = body.width.saturating_sub(8).min(76);
    let x = body.x + (body.width.saturating_sub(wide)) / 2;
    for (line, role) in lines {
        for part in text::wrap(&line, usize::from(wide)) {
            if y < body.bottom() {
                frame.put(x, y, wide, &part, role);
            }
            y += 1;
        }
    }
    false
}

/// Before the first news: whom we wait for, and what is known of it.
fn waiting(world: &World<'_>) -> Vec<(String, Role)> {
    let mut lines = vec![(format!("reaching {} …", world.link), Role::Title)];
    if let Some(why) = world.lost {
        lines.push((String::new(), Role::Text));
        lines.push((why.to_owned(), Role::Text));
    }
    lines
}

fn nothing_yet(world: &World<'_>) -> Vec<(String, Role)> {
    let mut lines = vec![
        ("No nodes yet.".to_owned(), Role::Title),
        (String::new(), Role::Text),
        (
            "Power on a machine that is set to boot from the network: it appears here as soon as it asks for an address. \
             Enter adopts it, and it boots."
                .to_owned(),
            Role::Text,
        ),
        (String::new(), Role::Text),
        (
            "Or write nodes.conf: it is read as soon as it is saved, and what is wrong in it is named here with its line."
                .to_owned(),
            Role::Dim,
        ),
        (String::new(), Role::Text),
    ];
    for service in &world.mirror.head.services {
        let role = super::side::service_role(service.state);
        lines.push((format!("{}: {}", service.name, service.text), role));
    }
    if world.mirror.head.services.is_empty() {
        lines.push((
            "No boot server runs: see the server's log, or `muster status`.".to_owned(),
            Role::Failed,
        ));
    }
    lines
}
