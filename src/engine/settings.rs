//! The server's settings as clients show them: what the file says, what the servers run with, and who said so.

use std::sync::Arc;

use super::engine::Engine;
use crate::api::{LastSet, SettingRow};
use crate::model::field::{self, Field};
use crate::model::{Fault, Key, Place, Settings, Spot, Table, Value};

impl Engine {
    /// Every setting, in the order of the table; then those of each network.
    pub(super) fn settings(&self) -> Vec<SettingRow> {
        let touched = self.journal.touched_since(0);
        let defaults = self.registry.default_settings();
        let name = Place::settings().name;
        let row = |(key, value, set): &(Arc<str>, String, bool)| {
            let parsed = Key::parse_in(Table::Settings, key).ok()?;
            let field = field::of_server(parsed.field)?;
            let spot = self.registry.setting_spot(&parsed);
            let last = touched.get(&(Table::Settings, &*name, &**key));
            let own = self.registry.own(&Place::settings(), key);
            let masked = |text: &str| masked(field, text);
            Some(SettingRow {
                section: section(field, &parsed),
                value: masked(value),
                set: *set,
                own: own.map(|own| match field.secret {
                    true => Value::Text(field::MASK.into()),
                    false => own,
                }),
                default: masked(listed(&defaults, key).unwrap_or(field.default)),
                line: spot.as_ref().map(|spot| spot.line),
                doc: field.doc.into(),
                kind: field.kind.word().into(),
                list: field.kind.is_list(),
                choices: field.words().iter().map(|word| (*word).into()).collect(),
                example: example(field).into(),
                secret: field.secret,
                acted_on: field.acted_on,
                effect: field.effect.word().into(),
                running: self.runs_with(field, key, value),
                last: last.map(|step| LastSet {
                    revision: step.revision,
                    by: step.by.clone(),
                    at: step.at,
                }),
                faults: self.at_setting(&parsed, spot.as_ref()),
                key: key.clone(),
            })
        };
        self.view.settings.listing.iter().filter_map(row).collect()
    }

    /// What the servers run with, where that is not what the file says.
    fn runs_with(&self, field: &Field, key: &str, value: &str) -> Option<Arc<str>> {
        let running = self.running.as_ref().filter(|_| field.waits())?;
        let old = listed(running, key)?;
        (old != value).then(|| masked(field, old))
    }

    /// What is wrong with a setting: what was found at its place, what names it, and what is said of its network.
    fn at_setting(&self, key: &Key, spot: Option<&Spot>) -> Vec<Fault> {
        let named = format!("`{key}`");
        let network = key.names.first().filter(|_| key.field == "networks.subnet");
        let network = network.map(|name| format!("network {name} "));
        let of_network = |fault: &Fault| {
            let about = fault.about.as_deref().unwrap_or_default();
            let whole = format!("{about} {} ", fault.what);
            network
                .as_ref()
                .is_some_and(|network| whole.contains(&**network))
        };
        let file = self.view.settings.paths.muster_conf();
        let ours = |fault: &&Fault| match &fault.spot {
            Some(at) => {
                let here = std::path::Path::new(&*at.file) == file;
                here && (Some(at) == spot || fault.what.starts_with(&named))
            }
            None => fault.what.starts_with(&named) || of_network(fault),
        };
        self.known_faults.iter().filter(ours).cloned().collect()
    }
}

fn section(field: &Field, key: &Key) -> Arc<str> {
    match key
        .names
        .first()
        .filter(|_| field.id.starts_with("networks."))
    {
        Some(name) => format!("Network {name}").into(),
        None => field.group().into(),
    }
}

fn listed<'s>(settings: &'s Settings, key: &str) -> Option<&'s str> {
    let mut rows = settings.listing.iter();
    let found = rows.find(|(other, ..)| &**other == key);
    found.map(|(_, value, _)| value.as_str())
}

fn masked(field: &Field, text: &str) -> Arc<str> {
    if field.secret && !text.is_empty() {
        field::MASK.into()
    } else {
        text.into()
    }
}

/// A value that would be taken.
fn example(field: &Field) -> &'static str {
    if field.default.is_empty() {
        field.kind.example()
    } else {
        field.default
    }
}
