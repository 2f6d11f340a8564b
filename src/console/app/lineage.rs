//! Profiles moved below others and put in another order, and the names that are offered for that.

use std::sync::Arc;

use super::{App, Effect, Place};
use crate::console::form::{Guard, Known, What};
use crate::console::keys::Act;
use crate::console::layer::{Layer, Lineup, Offer, Pick, Task};
use crate::console::look::Role;
use crate::kit::{natural, units};
use crate::model::{Edit, Place as Entry, Table, Value};

impl App {
    /// The actions of this kind.
    pub(super) fn perform_lineage(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::MarkProfile => self.profiles.turn_mark(),
            Act::MoveBelow => return self.move_below(),
            Act::ListLater => self.reorder(1),
            Act::ListEarlier => self.reorder(-1),
            Act::Compare | Act::CompareNodes => return self.compare(),
            Act::ViewAs => self.view_as(),
            Act::Common => {
                if let Some(Layer::Compare(pane)) = self.layers.last_mut() {
                    pane.turn();
                }
            }
            _ => return self.perform_overlay(act),
        }
        Vec::new()
    }

    /// Why such an action cannot be done now; none if it can.
    pub(super) fn no_lineage(&self, act: Act) -> Option<String> {
        match act {
            Act::MarkProfile | Act::MoveBelow | Act::ViewAs if self.profiles.here().is_none() => {
                Some("there is no profile here".into())
            }
            Act::ViewAs if self.mirror.head.nodes.is_empty() => Some("there are no nodes".into()),
            Act::ListLater | Act::ListEarlier => self.no_order(),
            Act::Compare | Act::CompareNodes => self.no_pair(),
            _ => None,
        }
    }

    fn no_order(&self) -> Option<String> {
        if matches!(self.layers.last(), Some(Layer::Lineup(_))) {
            return None;
        }
        let Some((place, list)) = self.listed() else {
            return Some("put the cursor on one node or profile first".into());
        };
        match list.as_slice() {
            [] => Some(format!("{place} lists no profile")),
            [only] => Some(format!(
                "{place} lists only {only}: there is no order to change"
            )),
            _ => None,
        }
    }

    fn no_pair(&self) -> Option<String> {
        match self.place {
            Place::Profiles if self.profiles.here().is_none() => {
                Some("there is no profile here".into())
            }
            Place::Nodes if self.marks.len() > 2 => Some(format!(
                "two are compared, and {} are marked",
                units::count(self.marks.len())
            )),
            Place::Nodes | Place::Node(_) if self.subject().is_none() => {
                Some("put the cursor on a node first".into())
            }
            _ => None,
        }
    }

    /// Whose list of profiles is put in order here, and what it holds: that of the node through whose eyes one looks, else that
    /// of what the cursor is on.
    fn listed(&self) -> Option<(Entry, Vec<Arc<str>>)> {
        let of_node = |name: &Arc<str>| {
            let mut rows = self.mirror.head.nodes.iter();
            let row = rows.find(|row| row.name == *name)?;
            Some((Entry::node(name), row.profiles.clone()))
        };
        if let (Place::Profiles, Some(node)) = (&self.place, self.profiles.guest()) {
            return of_node(node);
        }
        let subject = self.subject()?;
        let name = subject.only()?;
        match subject.table {
            Table::Nodes => of_node(name),
            Table::Profiles => Some((Entry::profile(name), self.known().items(name, "profiles"))),
            Table::Settings => None,
        }
    }

    /// `J` and `K`: opens the list, or moves what the cursor is on in it.
    fn reorder(&mut self, by: isize) {
        if let Some(Layer::Lineup(lineup)) = self.layers.last_mut() {
            return lineup.shift(by);
        }
        let Some((place, items)) = self.listed() else {
            return;
        };
        let here = self
            .profiles
            .here()
            .filter(|_| self.place == Place::Profiles);
        let here = here.filter(|here| items.contains(here)).cloned();
        let base = self.mirror.head.revision;
        let mut lineup = Lineup::new(place, base, items, here.as_deref());
        if here.is_some() {
            lineup.shift(by);
        }
        self.layers.push(Layer::Lineup(lineup));
    }

    /// Enter on the list: what its order would do.
    pub(super) fn lineup_done(&mut self) -> Vec<Effect> {
        let Some(Layer::Lineup(lineup)) = self.layers.last() else {
            return Vec::new();
        };
        if !lineup.changed() {
            self.layers.pop();
            self.say("the order is as it was", Role::Dim);
            return Vec::new();
        }
        let (place, items, base) = (lineup.place.clone(), lineup.items.clone(), lineup.base);
        self.list_anew(place, items, base, "reorder the profiles of")
    }

    /// Proposes another list of profiles.
    fn list_anew(
        &mut self,
        place: Entry,
        items: Vec<Arc<str>>,
        base: u64,
        verb: &str,
    ) -> Vec<Effect> {
        let title = format!("{verb} {}", place.name);
        let key = "profiles".into();
        let edit = if items.is_empty() {
            Edit::Unset { place, key }
        } else {
            let value = Value::List(items);
            Edit::Set { place, key, value }
        };
        self.propose(What::Edits(vec![edit]), title, Guard::Enter, Some(base))
    }

    /// `m`: the choice of what a profile is to be built on.
    fn move_below(&mut self) -> Vec<Effect> {
        let Some(profile) = self.profiles.here().cloned() else {
            return Vec::new();
        };
        let nothing = Offer {
            name: None,
            about: "it inherits from no profile any more".into(),
            off: None,
        };
        let mut offers = self.profiles_but(&profile, |known, name| {
            known
                .reaches(name, &profile)
                .then(|| format!("it inherits from {profile}"))
        });
        if self.parent(&profile).is_some() {
            offers.insert(0, nothing);
        }
        self.layers
            .push(Layer::Pick(Pick::new(Task::Parent(profile), offers)));
        self.learn()
    }

    /// The profile that one hangs from in the tree.
    fn parent(&self, profile: &str) -> Option<Arc<str>> {
        let list = self.known().items(profile, "profiles");
        list.into_iter()
            .find(|name| self.known().profile(name).is_some())
    }

    /// Every other profile, with who uses it, and why it cannot be chosen.
    pub(super) fn profiles_but(
        &self,
        out: &str,
        off: impl Fn(&Known, &str) -> Option<String>,
    ) -> Vec<Offer> {
        let used = self.profiles.used();
        let entries = self.known().profiles.iter().flatten();
        let others = entries.filter(|entry| *entry.name != *out);
        let offer = |name: &Arc<str>| Offer {
            about: format!(
                "{} nodes use it",
                units::count(used.get(&**name).copied().unwrap_or(0) as usize)
            ),
            off: off(self.known(), name),
            name: Some(name.clone()),
        };
        let mut offers: Vec<Offer> = others.map(|entry| offer(&entry.name)).collect();
        let name = |offer: &Offer| offer.name.clone().unwrap_or_default();
        offers.sort_by(|a, b| natural::compare(&name(a), &name(b)));
        offers
    }

    /// Every other node with the profiles that it lists; those that list `first` come first.
    pub(super) fn nodes_but(&self, out: Option<&Arc<str>>, first: Option<&Arc<str>>) -> Vec<Offer> {
        let rows = self.mirror.head.nodes.iter();
        let rows = rows.filter(|row| Some(&row.name) != out);
        let lists =
            |row: &&crate::api::NodeRow| first.is_some_and(|first| row.profiles.contains(first));
        let (mut near, far): (Vec<_>, Vec<_>) = rows.partition(lists);
        near.extend(far);
        let offer = |row: &crate::api::NodeRow| Offer {
            name: Some(row.name.clone()),
            about: row.profiles.join(", "),
            off: None,
        };
        near.into_iter().map(offer).collect()
    }

    /// Enter on a name.
    pub(super) fn picked(&mut self) -> Vec<Effect> {
        let Some(Layer::Pick(pick)) = self.layers.last() else {
            return Vec::new();
        };
        let Some(offer) = pick.chosen().cloned() else {
            self.say("there is nothing of that name", Role::Failed);
            return Vec::new();
        };
        if let Some(why) = offer.off {
            self.say(format!("✗ {why}"), Role::Failed);
            return Vec::new();
        }
        let task = pick.task.clone();
        self.layers.pop();
        match (task, offer.name) {
            (Task::Parent(profile), below) => self.moved(&profile, below),
            (Task::Compare(table, one), Some(other)) => self.side_by_side(table, [one, other]),
            (Task::Guest, Some(node)) => {
                self.profiles.look_as(Some(node));
                self.ask_guest()
            }
            (Task::Against(_), Some(other)) => self.contrast_with(&other),
            (Task::Cast, Some(node)) => {
                self.overlays.cast_as(node);
                Vec::new()
            }
            (_, None) => Vec::new(),
        }
    }

    /// Proposes that a profile hangs from another one instead of the one that it hangs from now.
    fn moved(&mut self, profile: &Arc<str>, below: Option<Arc<str>>) -> Vec<Effect> {
        let before = self.known().items(profile, "profiles");
        let old = self.parent(profile);
        let stays = |item: &&Arc<str>| Some(*item) != old.as_ref() && Some(*item) != below.as_ref();
        let mut items: Vec<Arc<str>> = before.iter().filter(stays).cloned().collect();
        let above = before.iter().take_while(|item| Some(*item) != old.as_ref());
        let at = if old.is_some() {
            above.filter(stays).count()
        } else {
            0
        };
        if let Some(below) = &below {
            items.insert(at, below.clone());
        }
        if items == before {
            self.say(format!("{profile} is built on that already"), Role::Dim);
            return Vec::new();
        }
        let base = self.mirror.head.revision;
        self.list_anew(Entry::profile(profile), items, base, "move")
    }
}
