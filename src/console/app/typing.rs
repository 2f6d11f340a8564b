//! Keys: to the top layer, as a letter or as an action.

use std::collections::BTreeSet;

use super::{App, Effect, Matter, Sent};
use crate::api::{Command, Mirror, NodeLine};
use crate::console::column::Column;
use crate::console::filter::Filter;
use crate::console::form;
use crate::console::index::status_of;
use crate::console::keys::{Act, Chord};
use crate::console::layer::{Entry, Layer, Stock};
use crate::console::look::{Look, Role, Theme};
use crate::console::widgets::Input;
use crate::fleet::STAGES;
use crate::kit::natural;
use crate::model::query::{Completion, Row as _, Word, complete};

impl App {
    pub(super) fn key(&mut self, chord: Chord) -> Vec<Effect> {
        let writes = matches!(self.layers.last(), Some(Layer::Writing(_)));
        if writes && self.peeked() {
            return Vec::new();
        }
        // Only there shift means something on a key that moves.
        let chord = if writes { chord } else { chord.unshifted() };
        if let Some(act) = self.start.keymap.route(self.context(), chord) {
            return self.perform(act);
        }
        if let Some(Layer::Form(form)) = self.layers.last_mut() {
            let locked = matches!(form.row, form::Row::Locked(_));
            if !form.key(chord) && locked {
                self.say(
                    "what is inherited is locked here: ctrl-x leaves it out",
                    Role::Stalled,
                );
            }
            self.form_changed();
            return Vec::new();
        }
        if let Some(prose) = self.prose() {
            prose.leaving = false;
            prose.area.key(chord);
            return Vec::new();
        }
        if writes {
            self.write_key(chord);
            return Vec::new();
        }
        if self.typed(|input| input.key(chord)) {
            self.line_changed();
        }
        Vec::new()
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        if let Some(Layer::Form(form)) = self.layers.last_mut() {
            form.paste(text);
            self.form_changed();
            return Vec::new();
        }
        if let Some(prose) = self.prose() {
            prose.leaving = false;
            prose.area.insert(text);
            return Vec::new();
        }
        if let Some(writing) = self.writing() {
            writing.paste(text);
            self.tell_draft();
            return Vec::new();
        }
        let pasted = self.typed(|input| {
            input.insert(text);
            true
        });
        if pasted {
            self.line_changed();
        } else {
            // Outside of a line a paste would be a storm of commands.
            self.say("pasted text is ignored here: open / or : first", Role::Dim);
        }
        Vec::new()
    }

    fn typed(&mut self, with: impl FnOnce(&mut Input) -> bool) -> bool {
        match self.layers.last_mut() {
            Some(Layer::Filter(line)) => with(&mut line.input),
            Some(Layer::Palette(palette)) => with(&mut palette.input),
            Some(Layer::Name(input, _)) => with(input),
            Some(Layer::Names(names)) => with(&mut names.input),
            Some(Layer::Fields(fields)) => with(&mut fields.input),
            Some(Layer::Section(section)) => with(section.input()),
            Some(Layer::Pick(pick)) => with(&mut pick.input),
            Some(Layer::Ask(ask)) => with(ask.input()),
            Some(Layer::Diff(pane)) if pane.word().is_some() => with(&mut pane.typed),
            _ => false,
        }
    }

    fn line_changed(&mut self) {
        match self.layers.last_mut() {
            Some(Layer::Filter(line)) => match Filter::parse(line.input.text()) {
                Ok(filter) => {
                    line.error = None;
                    // What can be said of nodes makes no sense of anything else.
                    line.offers = match self.matter {
                        Matter::Nodes => completion(&self.mirror, line.input.halves().0).items,
                        _ => Vec::new(),
                    };
                    self.order.filter = filter;
                }
                // While it is wrong, the last right one stays in force.
                Err(error) => line.error = Some(error.to_string()),
            },
            Some(Layer::Palette(palette)) => {
                palette.search(Stock {
                    mirror: &self.mirror,
                    settings: self.settings.rows.as_deref().unwrap_or_default(),
                    overlays: self.overlays.items(),
                });
            }
            Some(Layer::Fields(fields)) => fields.search(),
            Some(Layer::Section(_)) => self.section_changed(),
            Some(Layer::Pick(pick)) => pick.search(),
            _ => {}
        }
    }

    /// Esc on a line.
    pub(super) fn cancel(&mut self) -> Vec<Effect> {
        match self.layers.last() {
            Some(Layer::Prose(_)) => self.prose_left(),
            Some(Layer::Writing(_)) => return self.write_left(),
            _ => {
                if let Some(Layer::Filter(line)) = self.layers.pop() {
                    self.order.filter = line.before;
                }
            }
        }
        Vec::new()
    }

    /// Enter on a layer.
    pub(super) fn accept(&mut self) -> Vec<Effect> {
        match self.layers.last() {
            Some(Layer::Form(_)) => return self.form_done(),
            Some(Layer::Names(_)) => return self.names_done(),
            Some(Layer::Fields(_)) => return self.field_chosen(),
            Some(Layer::Section(_)) => return self.section_done(),
            Some(Layer::Log(_)) => return self.perform(Act::Revision),
            Some(Layer::Drift(_)) => return self.perform(Act::FileLines),
            Some(Layer::Copy(_)) => return self.copied(Act::Accept),
            Some(Layer::Pick(_)) => return self.picked(),
            Some(Layer::Lineup(_)) => return self.lineup_done(),
            Some(Layer::Tried(_)) => return self.follow_tried(),
            Some(Layer::History(_)) => return self.show_change(),
            Some(Layer::Ask(_)) => return self.asked(),
            _ => {}
        }
        match self.layers.pop() {
            Some(Layer::Filter(line)) => {
                if let Some(error) = line.error.clone() {
                    self.say(error, Role::Failed);
                    self.layers.push(Layer::Filter(line));
                }
                Vec::new()
            }
            Some(Layer::Palette(palette)) => match palette.chosen().cloned() {
                Some(Entry::Act(act)) => self.perform(act),
                Some(Entry::Node(name)) => self.open_node(name),
                Some(Entry::Overlay(name)) => self.show_overlay(&name, None),
                Some(Entry::Theme(name)) => self.use_theme(name),
                Some(Entry::Setting(key)) => {
                    self.settings.seek(&key);
                    self.perform(Act::Settings)
                }
                None => Vec::new(),
            },
            Some(Layer::Sort(list)) => {
                let column = Column::ALL.get(list.within(Column::ALL.len()));
                self.sort_by(column.copied().unwrap_or(Column::Node));
                Vec::new()
            }
            Some(Layer::Help(help)) => help.chosen().map_or_else(Vec::new, |act| self.perform(act)),
            Some(Layer::Confirm(question)) if question.enter_is_yes => self.answered(question.yes),
            Some(Layer::Name(input, stranger)) => {
                let name = input.text().trim();
                let command = Command::Adopt {
                    mac: stranger.mac,
                    name: (!name.is_empty()).then(|| name.into()),
                    by: self.start.user.clone(),
                };
                self.send(command, Sent::Say)
            }
            _ => Vec::new(),
        }
    }

    /// Tab on the filter line: as far as all that can stand there agrees; the first of them if they agree on nothing more.
    pub(super) fn complete(&mut self) {
        match self.layers.last_mut() {
            Some(Layer::Form(form)) => {
                form.complete();
                return self.form_changed();
            }
            Some(Layer::Fields(fields)) => return fields.complete(),
            Some(Layer::Ask(ask)) => return ask.complete(),
            Some(Layer::Section(section)) => {
                section.complete();
                return self.section_changed();
            }
            _ => {}
        }
        let Some(Layer::Filter(line)) = self.layers.last_mut() else {
            return;
        };
        if self.matter != Matter::Nodes {
            return;
        }
        let before = line.input.halves().0;
        let found = completion(&self.mirror, before);
        let Some(first) = found.items.first() else {
            return;
        };
        let shared = found.items.iter().fold(first.len(), |shared, other| {
            let same = first.chars().zip(other.chars()).take_while(|(a, b)| a == b);
            shared.min(same.map(|(a, _)| a.len_utf8()).sum())
        });
        let typed = before.len() - found.start;
        let whole = if shared > typed { shared } else { first.len() };
        let more = first.get(typed..whole).unwrap_or_default().to_owned();
        line.input.insert(&more);
        self.line_changed();
    }

    pub(super) fn use_theme(&mut self, name: &str) -> Vec<Effect> {
        let look = &self.start.look;
        match Theme::named(name, &self.start.themes) {
            Ok(theme) => {
                self.start.look = Look::new(theme, look.depth, look.ascii);
                self.say(format!("theme {name}"), Role::Good);
            }
            Err(error) => self.say(error.to_string(), Role::Failed),
        }
        vec![Effect::Redraw]
    }

    /// The word that the palette and hints show for an action that is off.
    pub(super) fn refuse(&mut self, act: Act, why: &str) {
        let name = crate::console::keys::Action::of(act).name;
        self.say(format!("{name}: {why}"), Role::Stalled);
    }
}

/// What can stand at the end of `before`, from the nodes there are.
pub(super) fn completion(mirror: &Mirror, before: &str) -> Completion {
    complete(before, &|word| {
        let mut known: Vec<String> = match word {
            Word::State => ["bad", "booting", "failed", "off", "stalled", "up"]
                .map(str::to_owned)
                .to_vec(),
            Word::Drift => {
                let words = [
                    "args", "fails", "files", "image", "kernel", "looking", "no", "unknown", "yes",
                ];
                words.map(str::to_owned).to_vec()
            }
            Word::Stage => STAGES.iter().map(|stage| stage.word().to_owned()).collect(),
            Word::Name | Word::Ip | Word::Mac | Word::Comment => Vec::new(),
            _ => values(mirror, word),
        };
        known.sort_by(|a, b| natural::compare(a, b));
        known.dedup();
        known
    })
}

/// Every value of a word, once each.
fn values(mirror: &Mirror, word: Word) -> Vec<String> {
    let mut known = BTreeSet::new();
    for row in &mirror.head.nodes {
        let line = NodeLine {
            row,
            status: status_of(mirror, row),
            now: mirror.head.now,
        };
        line.any(word, &mut |value| {
            if !known.contains(value) {
                known.insert(value.to_owned());
            }
            false
        });
    }
    known.into_iter().collect()
}
