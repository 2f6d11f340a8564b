//! Every node boots at once, through the engine in memory: events a second, and what clients are told.

use std::time::{Duration, Instant};

use muster::api::{Mirror, Update};
use muster::engine::{ClientId, Engine, Input, Output, Text};
use muster::fleet::{Event, Stage};
use muster::kit::Stamp;
use muster::model::Paths;
use muster::registry::Registry;

use crate::{site, world};

/// What came out of the engine.
#[derive(Default)]
struct Told {
    outputs: usize,
    records: usize,
    deltas: usize,
    bytes: usize,
    largest: usize,
    absorbing: Duration,
    slowest: Duration,
}

pub fn run(count: u32) {
    let registry = Registry::new(Paths::under("/nowhere".as_ref()), "bench");
    let mut engine = Engine::new(registry, "0");
    let text = |text: String| Text::Content(text.into());
    let mut now = Stamp(world::START);
    engine.handle(
        Input::Files {
            conf: text("ipaddr: 10.0.0.1/8\n".into()),
            nodes: text(site::text(count as usize)),
        },
        now,
    );
    engine.handle(
        Input::History {
            boots: Vec::new(),
            events: Vec::new(),
        },
        now,
    );
    let mut story: Vec<Event> = (0..count)
        .flat_map(|n| world::Voice::new(n, u64::from(n) + 1).boots(u64::from(n % 9973) * 3))
        .collect();
    story.sort_by_key(|event| event.at);
    for watched in [false, true] {
        let mut mirror = Mirror::default();
        if watched {
            for output in engine.handle(Input::Attach(ClientId(1)), now) {
                if let Output::Snapshot(_, snapshot) = output {
                    mirror.absorb(Update::Snapshot(snapshot));
                }
            }
        }
        let shift = Duration::from_secs(if watched { 600 } else { 0 });
        let base = u64::from(count) * u64::from(watched);
        let mut told = Told::default();
        let mut engine_time = Duration::ZERO;
        for event in &story {
            let mut event = event.clone();
            event.at = event.at + shift;
            event.boot = event.boot.map(|id| muster::fleet::BootId(id.0 + base));
            now = now.max(event.at);
            let began = Instant::now();
            let outputs = engine.handle(Input::Event(event), now);
            engine_time += began.elapsed();
            told.take(outputs, &mut mirror);
        }
        now = now + Duration::from_secs(1);
        let outputs = engine.handle(Input::Tick, now);
        told.take(outputs, &mut mirror);
        told.print(story.len(), engine_time, watched);
        if watched {
            println!(
                "  at the end {} of {count} are up in the mirror",
                mirror.tally.stages[Stage::Up.index()]
            );
        }
    }
}

impl Told {
    fn take(&mut self, outputs: Vec<Output>, mirror: &mut Mirror) {
        self.outputs += outputs.len();
        for output in outputs {
            match output {
                Output::Record { boots, events } => self.records += boots.len() + events.len(),
                Output::Publish(delta) => {
                    let bytes = serde_json::to_vec(&*delta).unwrap().len();
                    self.deltas += 1;
                    self.bytes += bytes;
                    self.largest = self.largest.max(bytes);
                    let began = Instant::now();
                    mirror.absorb(Update::Delta(Box::new((*delta).clone())));
                    let took = began.elapsed();
                    self.absorbing += took;
                    self.slowest = self.slowest.max(took);
                }
                _ => {}
            }
        }
    }

    fn print(&self, events: usize, took: Duration, watched: bool) {
        println!(
            "storm, {}: {events} events in {:.2} s of engine, {:.0} a second; {} outputs, {} records",
            if watched {
                "one client attached"
            } else {
                "nobody attached"
            },
            took.as_secs_f64(),
            events as f64 / took.as_secs_f64(),
            self.outputs,
            self.records
        );
        if self.deltas > 0 {
            println!(
                "  {} deltas, {:.0} kB on average, largest {:.0} kB; absorbed in {:.2} ms on average, {:.2} ms at most",
                self.deltas,
                self.bytes as f64 / self.deltas as f64 / 1e3,
                self.largest as f64 / 1e3,
                self.absorbing.as_secs_f64() * 1e3 / self.deltas as f64,
                self.slowest.as_secs_f64() * 1e3
            );
        }
    }
}
