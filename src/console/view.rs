//! Draws the application into a buffer: screen, head and foot, then the layers bottom-up.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ages::Ages;
use super::app::{App, Place};
use super::chrome;
use super::column::Column;
use super::frame::{Frame, Hit};
use super::layer::{
    Layer, draw_ask, draw_columns, draw_form, draw_name, draw_names, draw_prose, draw_question,
    draw_section, draw_sort, draw_writing, writing_place,
};
use super::look::{Role, to_ascii};
use crate::fleet::Stage;
use crate::kit::{Stamp, units};

/// Below this nothing can be laid out.
const LEAST: (u16, u16) = (60, 15);

/// What drawing has found out, for [`App::drawn`].
#[derive(Debug, Default)]
pub struct Drawn {
    /// What can be clicked.
    pub hits: Vec<(Rect, Hit)>,
    /// When an age on the screen changes first, in the engine's time.
    pub next_age: Option<Stamp>,
}

/// Draws the application.
pub fn view(app: &App, buf: &mut Buffer) -> Drawn {
    let ages = Ages::new(app.now(), app.start.zone.clone());
    let mut frame = Frame::new(buf, &app.start.look, &ages);
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        small(app, &mut frame);
    } else {
        whole(app, &mut frame);
    }
    let hits = frame.hits;
    if app.start.look.ascii {
        to_ascii(buf);
    }
    Drawn {
        hits,
        next_age: ages.next(),
    }
}

fn whole(app: &App, frame: &mut Frame<'_>) {
    let world = app.world();
    let body = app.body();
    match &app.place {
        // There is nothing yet that any screen could show.
        _ if !app.heard => app.board.draw(&world, frame, body),
        Place::Board => app.board.draw(&world, frame, body),
        Place::Nodes => {
            let (list, below) = app.nodes.parts(body);
            app.nodes.draw(&world, frame, list);
            if let Some(below) = below {
                app.node.draw_below(&world, frame, below, app.nodes.inside);
            }
        }
        Place::Node(_) => app.node.draw(&world, frame, body),
        Place::Profiles => app.profiles.draw(frame, body),
        Place::Overlays => app.overlays.draw(frame, body),
        Place::Events => app.events.draw(&world, frame, body),
        Place::Settings => app.settings.draw(&world, frame, body),
    }
    chrome::head(app, frame);
    if app.context() != app.screen() {
        // What lies under a layer cannot be clicked.
        frame.hits.clear();
    }
    chrome::foot(app, frame);
    for layer in &app.layers {
        draw_layer(app, frame, body, layer);
    }
}

fn draw_layer(app: &App, frame: &mut Frame<'_>, body: Rect, layer: &Layer) {
    match layer {
        // The foot shows it.
        Layer::Filter(_) => {}
        Layer::Palette(palette) => palette.draw(frame, &app.start.keymap, |act| app.off(act)),
        Layer::Help(help) => help.draw(frame, &app.start.keymap, |act| app.off(act)),
        Layer::Why(pane) => pane.draw(frame),
        Layer::Told(told) => told.draw(frame),
        Layer::Replay(replay) => replay.draw(frame, body),
        Layer::Confirm(question) => draw_question(frame, question),
        Layer::Columns(list) => {
            draw_columns(frame, list, &app.nodes.choice(), app.nodes.columns.len());
        }
        Layer::Sort(list) => {
            let sorted = app.order.sort.unwrap_or(Column::Node);
            draw_sort(frame, list, sorted, app.order.reverse);
        }
        Layer::Name(input, stranger) => draw_name(frame, input, stranger),
        Layer::Names(names) => {
            let taken = app.taken(names.table());
            draw_names(frame, body, names, |name| taken.contains(name));
        }
        Layer::Fields(fields) => fields.draw(frame),
        Layer::Form(form) => {
            draw_form(frame, body, form, app.known(), &app.mirror, app.spot());
        }
        Layer::Copy(copies) => copies.draw(frame, |act| {
            let keys = app.start.keymap.keys(act);
            keys.first().map(ToString::to_string).unwrap_or_default()
        }),
        Layer::Section(section) => draw_section(frame, body, section),
        Layer::Prose(prose) => draw_prose(frame, body, prose),
        Layer::Diff(pane) => pane.draw(frame, body, |act| app.off(act)),
        Layer::Log(pane) => pane.draw(frame, body),
        Layer::Pick(pick) => pick.draw(frame),
        Layer::Lineup(lineup) => lineup.draw(frame, body),
        Layer::Compare(pane) => pane.draw(frame, body),
        Layer::Contrast(pane) => pane.draw(frame, body),
        Layer::Tried(pane) => pane.draw(frame, body),
        Layer::History(pane) => pane.draw(frame, body),
        // What it makes is looked at for a moment, where there is no room for both.
        Layer::Writing(writing) if writing.peeks => {}
        Layer::Writing(writing) => {
            let area = writing_place(body, &app.overlays.parts(body));
            draw_writing(frame, area, writing, &app.overlays.faults());
        }
        Layer::Ask(ask) => draw_ask(frame, body, ask),
        Layer::Make(makes) => makes.draw(frame, |act| {
            let keys = app.start.keymap.keys(act);
            keys.first().map(ToString::to_string).unwrap_or_default()
        }),
        Layer::Drift(pane) => pane.draw(frame, body),
    }
}

/// One line, when there is room for no more.
fn small(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    let tally = &app.mirror.tally;
    let (up, all) = (tally.stages[Stage::Up.index()], app.mirror.head.nodes.len());
    let state = format!(
        "{} of {} up, ✗{} !{}",
        units::count(up as usize),
        units::count(all),
        tally.failed,
        tally.stalled
    );
    let y = area.y + area.height / 2;
    let x = frame.put(area.x, y, area.width, &state, Role::Text);
    let size = format!(" · needs {}x{}", LEAST.0, LEAST.1);
    frame.put(x, y, area.right().saturating_sub(x), &size, Role::Dim);
}
