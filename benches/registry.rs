//! How long ten thousand nodes take to load and resolve, and how much memory they hold. Prints figures; asserts nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::PathBuf;
use std::time::Instant;

use muster::model::{Edit, Paths, Place, Value};
use muster::registry::{Registry, Tip, apply, back, between};

#[path = "site.rs"]
mod site;

fn main() {
    let count = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .next()
        .unwrap_or(10_000);
    let text = site::text(count);
    println!("{count} nodes, {:.2} MB of YAML", text.len() as f64 / 1e6);
    let path = || PathBuf::from("/nowhere");
    let paths = Paths {
        conf: path(),
        state: path(),
        run: path(),
        cache: path(),
    };
    let before = resident();
    let mut registry = Registry::new(paths, "bench");
    for round in ["first load", "same text again", "same text again"] {
        let (began, cpu) = (Instant::now(), cpu());
        let loaded = registry.load(Some("ipaddr: 10.0.0.1/8\n"), Some(&text));
        let (ms, cpu) = (began.elapsed().as_secs_f64() * 1e3, self::cpu() - cpu);
        println!(
            "{round}: {ms:.0} ms ({cpu:.0} ms CPU), {} nodes, {} faults, changed {}",
            loaded.view.nodes.len(),
            loaded.view.faults.len(),
            loaded.changed
        );
    }
    println!(
        "resident: {:.1} MB more than before, peak {:.1} MB",
        resident() - before,
        status("VmHWM:")
    );
    let edited = text.replacen("10.2.0.10\n", "10.2.255.10\n", 1);
    let began = Instant::now();
    let loaded = registry.load(Some("ipaddr: 10.0.0.1/8\n"), Some(&edited));
    println!(
        "one edit: {:.0} ms, changed {}",
        began.elapsed().as_secs_f64() * 1e3,
        loaded.changed
    );
    let broken = text.replacen("comment: node", "comment: \"node", 1);
    let began = Instant::now();
    let loaded = registry.load(Some("ipaddr: 10.0.0.1/8\n"), Some(&broken));
    println!(
        "one broken quote: {:.0} ms, {} faults",
        began.elapsed().as_secs_f64() * 1e3,
        loaded.view.faults.len()
    );
    registry.load(Some("ipaddr: 10.0.0.1/8\n"), Some(&text));
    resolving(&mut registry);
    edits(&mut registry, &text, count);
    for lists in [10, 300, count] {
        conflicts(count, lists);
    }
}

/// A change of the settings resolves every node anew, and reads none of their text: the median of several. At most 100 ms are wanted.
fn resolving(registry: &mut Registry) {
    let edits = [Edit::Set {
        place: Place::settings(),
        key: "cluster".into(),
        value: Value::Text("alder".into()),
    }];
    let mut rounds: Vec<f64> = (0..9)
        .map(|_| {
            let began = Instant::now();
            let conf = "ipaddr: 10.0.0.1/8\n";
            registry
                .draft(muster::model::File::Conf, conf, &edits)
                .unwrap();
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!("every node resolved, nothing read: {:.0} ms", rounds[4]);
}

/// Three hundred profiles of which each says five things of its own; the nodes list three of them, in so many different lists.
fn conflicts(count: usize, lists: usize) {
    let mut text = String::from("nodeprofiles:\n");
    for at in 0..300 {
        text.push_str(&format!(
            "  p{at}: {{image name: i{at}, init: /i{at}, root: r{at}, tags: {{a: \"{at}\", b: \"{at}\"}}}}\n"
        ));
    }
    text.push_str("nodes:\n");
    for at in 0..count {
        let list = at % lists;
        let (a, b, c) = (
            list % 300,
            (list / 300 + list + 1) % 300,
            (list * 7 + 2) % 300,
        );
        text.push_str(&format!("  n{at}: {{profiles: [p{a}, p{b}, p{c}]}}\n"));
    }
    let path = || PathBuf::from("/nowhere");
    let paths = Paths {
        conf: path(),
        state: path(),
        run: path(),
        cache: path(),
    };
    let mut registry = Registry::new(paths, "bench");
    registry.load(Some("ipaddr: 10.0.0.1/8\n"), Some(&text));
    let began = Instant::now();
    let found = registry.conflicts().len();
    println!(
        "conflicts of {count} nodes with {lists} lists of 300 profiles: {:.1} ms, {found} of them",
        began.elapsed().as_secs_f64() * 1e3
    );
}

/// What changes cost before they are saved: of one node, of all, and of what is written by hand.
fn edits(registry: &mut Registry, text: &str, count: usize) {
    let set = |at: usize, key: &str, value: &str| Edit::Set {
        place: Place::node(&format!("n{at:05}")),
        key: key.into(),
        value: Value::Text(value.into()),
    };
    let mut text: std::sync::Arc<str> = text.into();
    let all: Vec<Edit> = (0..count).map(|at| set(at, "image", "rocky10")).collect();
    let some = |value: &str| vec![set(count / 2, "comment", value)];
    for (what, edits) in [
        ("one node", some("x")),
        ("one node", some("y")),
        ("every node", all),
        ("one node", some("z")),
    ] {
        let (began, cpu) = (Instant::now(), cpu());
        let draft = registry
            .draft(muster::model::File::Nodes, &text, &edits)
            .unwrap();
        let drafted = began.elapsed().as_secs_f64() * 1e3;
        let (old, new, hunks) = (text, draft.text.clone(), draft.hunks.clone());
        registry.commit(Tip::of(draft)).unwrap();
        let (ms, cpu) = (began.elapsed().as_secs_f64() * 1e3, self::cpu() - cpu);
        println!(
            "set on {what}: {ms:.0} ms ({cpu:.0} ms CPU), of that the draft {drafted:.0} ms, {} hunks",
            hunks.len()
        );
        let began = Instant::now();
        assert_eq!(apply(&new, &back(&hunks)).as_deref(), Some(&*old));
        let undone = began.elapsed().as_secs_f64() * 1e3;
        let began = Instant::now();
        let found = between(&old, &new).len();
        println!(
            "  back by hunks: {undone:.0} ms; found again by comparing: {:.0} ms, {found} hunks",
            began.elapsed().as_secs_f64() * 1e3
        );
        text = new;
    }
}

/// Processor time of this process so far in ms; with others on the machine it says more than the clock.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let ns = text
        .split_whitespace()
        .next()
        .and_then(|ns| ns.parse::<f64>().ok());
    ns.unwrap_or_default() / 1e6
}

/// Resident memory in MB.
fn resident() -> f64 {
    status("VmRSS:")
}

fn status(word: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text
        .lines()
        .find(|line| line.starts_with(word))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse::<f64>().ok())
        .unwrap_or_default()
        / 1e3
}
