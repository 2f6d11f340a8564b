//! An engine with somebody at the desk: feeds inputs, does the saves, collects what comes out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use muster::api::{BootRow, Command, Mirror, Reply, Snapshot, Update};
use muster::engine::{
    ClientId, Compare, Engine, Input, Output, Revision, SaveError, Seen, Text, Ticket,
};
use muster::fleet::{
    Arch, DhcpEvent, DhcpStep, Event, Form, Part, Proto, Step, TransferEvent, TransferId, What, Who,
};
use muster::kit::{Mac, Stamp};
use muster::model::{File, Paths, View};
use muster::registry::Registry;

pub const CONF: &str = "\
ipaddr: 10.7.0.1
netmask: 255.255.0.0
dhcp:
  range start: 10.7.9.1
  range end: 10.7.9.99
naming: n[001-099]
";

pub struct Desk {
    pub engine: Engine,
    pub now: Stamp,
    /// What `nodes.conf` holds on the imagined disk.
    pub disk: Text,
    /// What `muster.conf` holds there.
    pub conf: Text,
    /// What the disk says to the next save, if not yes.
    pub trouble: Option<SaveError>,
    /// Whether the disk takes its time: a save waits until [`Desk::disk_answers`].
    pub slow: bool,
    waiting: Option<(Ticket, File, Text, Arc<str>)>,
    pub replies: Vec<(Ticket, Reply)>,
    pub view: Arc<View>,
    pub mirror: Mirror,
    pub deltas: usize,
    pub saves: usize,
    /// What the journal holds on the imagined disk.
    pub journal: BTreeMap<u64, Revision>,
    /// What was kept for the next start, by name.
    pub kept: BTreeMap<&'static str, Arc<str>>,
    /// Whether nobody looks what nodes would boot, or not yet.
    pub blind: bool,
    /// Files that somebody is to compare.
    pub compares: Vec<(Ticket, Compare)>,
    tickets: u64,
}

impl Desk {
    pub fn new(nodes: &str) -> Self {
        Self::over(Text::Content(CONF.into()), nodes)
    }

    /// The same over another `muster.conf`.
    pub fn over(conf: Text, nodes: &str) -> Self {
        let engine = Engine::new(Registry::new(Paths::under("/srv".as_ref()), "alder"), "1.0");
        let mut desk = Self {
            view: engine.view().clone(),
            engine,
            now: Stamp(1_700_000_000_000),
            disk: Text::Content(nodes.into()),
            conf,
            trouble: None,
            slow: false,
            waiting: None,
            replies: Vec::new(),
            mirror: Mirror::default(),
            deltas: 0,
            saves: 0,
            journal: BTreeMap::new(),
            kept: BTreeMap::new(),
            blind: false,
            compares: Vec::new(),
            tickets: 0,
        };
        desk.reread();
        desk.feed(Input::History {
            boots: Vec::new(),
            events: Vec::new(),
        });
        desk
    }

    /// Another run over the same disk.
    pub fn restart(&mut self) {
        self.restart_after(Vec::new());
    }

    /// The same, with boots that the history holds, newest first.
    pub fn restart_after(&mut self, boots: Vec<BootRow>) {
        self.engine = Engine::new(Registry::new(Paths::under("/srv".as_ref()), "alder"), "1.0");
        let text = |name: &str| {
            self.kept
                .get(name)
                .map_or(Text::Absent, |text| Text::Content(text.clone()))
        };
        let revision = self
            .kept
            .get("revision")
            .map_or(0, |text| text.parse().unwrap());
        let (conf, nodes) = (text("muster.conf"), text("nodes.conf"));
        self.feed(Input::LastGood {
            conf,
            nodes,
            revision,
        });
        self.feed(Input::Journal(self.journal.values().cloned().collect()));
        self.reread();
        self.feed(Input::History {
            boots,
            events: Vec::new(),
        });
    }

    pub fn reread(&mut self) {
        let (conf, nodes) = (self.conf.clone(), self.disk.clone());
        self.feed(Input::Files { conf, nodes });
    }

    pub fn feed(&mut self, input: Input) {
        let outputs = self.engine.handle(input, self.now);
        for output in outputs {
            match output {
                Output::Swap(view) => self.view = view,
                Output::Save {
                    ticket,
                    file,
                    old,
                    new,
                    ..
                } => {
                    self.saves += 1;
                    self.waiting = Some((ticket, file, old, new));
                    if !self.slow {
                        self.disk_answers();
                    }
                }
                Output::Reply(ticket, reply) => self.replies.push((ticket, *reply)),
                Output::Snapshot(ClientId(1), snapshot) => {
                    self.mirror.absorb(Update::Snapshot(snapshot))
                }
                Output::Publish(delta) => {
                    self.deltas += 1;
                    // What travels is JSON: nothing may be lost on the way.
                    let text = serde_json::to_string(&*delta).unwrap();
                    self.mirror.absorb(Update::Delta(Box::new(
                        serde_json::from_str(&text).unwrap(),
                    )));
                }
                Output::Keep { name, text } => {
                    self.kept.insert(name, text);
                }
                Output::Journal(revision) => {
                    // What is kept is JSON.
                    let text = serde_json::to_string(&*revision).unwrap();
                    let revision: Revision = serde_json::from_str(&text).unwrap();
                    self.journal.insert(revision.seq, revision);
                }
                // Whoever looks is done at once.
                Output::Look(_) if self.blind => {}
                Output::Look(serial) => self.feed(Input::Drift(Seen::Looked(serial))),
                Output::Compare(ticket, asked) => self.compares.push((ticket, *asked)),
                // Nobody can be told.
                Output::Refresh(ticket, nodes) => {
                    let nodes: Vec<_> = nodes.iter().collect();
                    let text = muster::boot::poke::answer(0, &nodes);
                    self.replies.push((ticket, Reply::Done(text.into())));
                }
                Output::Reread => self.reread(),
                Output::Snapshot(..) | Output::Record { .. } | Output::WakeAt(_) | Output::Stop => {
                }
            }
        }
    }

    /// Does the save that waits; whether there was one.
    pub fn disk_answers(&mut self) -> bool {
        let Some((ticket, file, old, new)) = self.waiting.take() else {
            return false;
        };
        let disk = match file {
            File::Conf => &mut self.conf,
            File::Nodes => &mut self.disk,
        };
        let result = match self.trouble.take() {
            Some(error) => Err(error),
            None if old != *disk => Err(SaveError::Changed(disk.clone())),
            None => {
                *disk = Text::Content(new);
                Ok(())
            }
        };
        self.feed(Input::Saved { ticket, result });
        true
    }

    /// Asks and does not wait for the answer, which comes under this ticket.
    pub fn wish(&mut self, command: Command) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.feed(Input::Command { ticket, command });
        ticket
    }

    /// The answer to a wish, if it was given.
    pub fn answer(&mut self, ticket: Ticket) -> Option<Reply> {
        let at = self.replies.iter().position(|(of, _)| *of == ticket)?;
        Some(self.replies.swap_remove(at).1)
    }

    pub fn ask(&mut self, command: Command) -> Reply {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.feed(Input::Command { ticket, command });
        let at = self
            .replies
            .iter()
            .position(|(of, _)| *of == ticket)
            .expect("every command is answered");
        self.replies.remove(at).1
    }

    pub fn snapshot(&mut self) -> Snapshot {
        match self.ask(Command::Snapshot) {
            Reply::Snapshot(snapshot) => *snapshot,
            other => panic!("not a snapshot: {other:?}"),
        }
    }

    pub fn attach(&mut self) {
        self.feed(Input::Attach(ClientId(1)));
    }

    pub fn later(&mut self, span: Duration) {
        self.now = self.now + span;
        self.feed(Input::Tick);
    }

    pub fn stranger_asks(&mut self, mac: Mac) {
        let dhcp = DhcpEvent {
            step: DhcpStep::Discover,
            form: Form::Ipxe,
            arch: Some(Arch(0)),
            ip: None,
            via: "eno1".into(),
            uuid: None,
            note: None,
        };
        self.event(Who::Stranger(mac), What::Dhcp(dhcp));
    }

    pub fn stranger_fetches_script(&mut self, mac: Mac) {
        let transfer = TransferEvent {
            id: TransferId(7),
            proto: Proto::Http,
            part: Part::Script,
            path: "/ipxe/x".into(),
            peer: [10, 7, 9, 1].into(),
            step: Step::Started {
                size: Some(300),
                offset: 0,
            },
        };
        self.event(Who::Stranger(mac), What::Transfer(transfer));
    }

    pub fn event(&mut self, who: Who, what: What) {
        let event = Event {
            at: self.now,
            who,
            boot: None,
            what,
        };
        self.feed(Input::Event(event));
    }
}
