//! Names in a change that name nothing: images and overlays that there are not (yet).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::engine::Engine;
use crate::kit::{hostlist, suggest, units};
use crate::model::{Fault, Table, Value};
use crate::registry::{Difference, Draft};

impl Engine {
    /// Names that entries would say anew and that name nothing, each once, with the nearest that does.
    pub(super) fn dangling(&self, draft: &Draft) -> Vec<Fault> {
        let mut strange: BTreeMap<(bool, &str), Vec<&Difference>> = BTreeMap::new();
        for one in &draft.differences {
            match (&*one.key, &one.after, &self.overlays) {
                ("image", Some(Value::Text(name)), _) if !self.images.images.contains_key(name) => {
                    strange.entry((false, name)).or_default().push(one);
                }
                ("system_overlay" | "runtime_overlay", Some(Value::List(items)), Some(known)) => {
                    let before = match &one.before {
                        Some(Value::List(items)) => items.as_slice(),
                        _ => &[],
                    };
                    for item in items.iter().filter(|item| !before.contains(item)) {
                        let name = item.strip_prefix('~').unwrap_or(item);
                        if !known.iter().any(|known| **known == *name) {
                            strange.entry((true, name)).or_default().push(one);
                        }
                    }
                }
                _ => {}
            }
        }
        let told = |((overlay, name), whose): ((bool, &str), Vec<&Difference>)| {
            let (what, known, else_): (_, Vec<&Arc<str>>, _) = if overlay {
                let known = self.overlays.iter().flatten().collect();
                ("overlay", known, "overlays are those that muster ships and the folders of the site below `overlays`".to_owned())
            } else {
                let known = self.images.images.keys().collect();
                (
                    "image",
                    known,
                    "`muster image list` shows those that there are".to_owned(),
                )
            };
            let near = suggest::hint(name, known.iter().map(|name| &***name));
            let fault = Fault::warning(format!("there is no {what} `{name}` yet"));
            fault.about(whom(&whose)).hint(near.unwrap_or(else_))
        };
        strange.into_iter().map(told).collect()
    }
}

/// Whose these differences are, in short.
fn whom(whose: &[&Difference]) -> String {
    let words = [Table::Profiles, Table::Nodes]
        .into_iter()
        .filter_map(|table| {
            let mine = whose.iter().filter(|one| one.table == table);
            let names: Vec<&Arc<str>> = mine.flat_map(|one| &one.names).collect();
            match names.as_slice() {
                [] => None,
                [name] => Some(format!("{} {name}", table.one())),
                many => Some(format!(
                    "{} {} {}",
                    units::count(many.len()),
                    table.many(),
                    hostlist::compress(many)
                )),
            }
        });
    words.collect::<Vec<_>>().join(", ")
}
