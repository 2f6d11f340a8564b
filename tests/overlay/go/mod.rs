//! Go templates: the language, its functions, Warewulf's data, and what is said of templates that are wrong.

mod data;
mod faults;
mod hostile;
mod language;
mod library;
mod oracle;
mod outputs;
mod printing;
mod stock;

use std::sync::Arc;

use muster::model::{Fault, Key, Node, Value};

use super::world::{World, node, text};

/// A world of one node with a template of a site overlay.
pub fn world(template: &str) -> World {
    of(node(1, "n1", &["site"]), template)
}

/// The same for a node.
pub fn of(node: Node, template: &str) -> World {
    let world = World::new(vec![node]);
    world.write("overlays/site/rootfs/etc/conf.ww", template);
    world
}

/// What a template writes.
pub fn render(template: &str) -> String {
    match world(template).lay(0) {
        Ok(layout) => text(&layout, "etc/conf"),
        Err(faults) => panic!("{template}: {}", faults[0]),
    }
}

/// What is wrong with a template.
pub fn fault(template: &str) -> Fault {
    match world(template).lay(0) {
        Ok(layout) => panic!("{template}: {}", text(&layout, "etc/conf")),
        Err(faults) => faults[0].clone(),
    }
}

/// Sets values of a node as `nodes.conf` would: dotted keys, texts.
pub fn set(node: &mut Node, pairs: &[(&str, &str)]) {
    let old = std::mem::take(&mut node.values);
    let old = old.iter().map(|(key, value)| (key.clone(), value.clone()));
    let new = pairs.iter().map(|(key, value)| {
        let value = match value.strip_prefix("yaml:") {
            Some(yaml) => Value::Yaml(Box::new(serde_yaml::from_str(yaml).unwrap())),
            None => Value::Text((*value).into()),
        };
        (Key::parse(key).unwrap(), Arc::new(value))
    });
    let values = old.chain(new).collect();
    node.values = values;
}

/// A table of templates and what they write.
pub fn table(cases: &[(&str, &str)]) {
    for (template, wanted) in cases {
        assert_eq!(render(template), *wanted, "{template}");
    }
}
