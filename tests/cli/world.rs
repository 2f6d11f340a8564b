//! Somebody who types verbs at an engine in this process, whose disk is a text.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;

use muster::api::{Command, Reply};
use muster::cli::{self, Args, Ask, Paper, Person};
use muster::engine::{Engine, Input, Output, SaveError, Text, Ticket};
use muster::kit::Stamp;
use muster::link::Link;
use muster::model::{File, Paths};
use muster::registry::Registry;

pub const CONF: &str = "ipaddr: 10.7.0.1\nnetmask: 255.255.0.0\n";

/// What a verb printed, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// Whether it went well.
    pub well: bool,
    /// The exit code.
    pub code: u8,
    pub out: String,
    pub err: String,
}

impl Said {
    /// What was printed by a verb that went well.
    pub fn good(self) -> String {
        assert!(self.well, "{self:?}");
        self.out
    }

    /// What was complained by one that did not.
    pub fn bad(self) -> String {
        assert!(!self.well, "{self:?}");
        self.err
    }
}

/// What somebody makes of a text.
type Stroke = Box<dyn FnOnce(&str) -> String>;

/// Whoever sits there.
#[derive(Default)]
pub struct Someone {
    /// Whether they can be asked.
    pub there: bool,
    /// What they say, one after the other.
    pub answers: VecDeque<bool>,
    /// What they were asked.
    pub questions: Vec<String>,
    /// The secret that they type.
    pub secret: Option<String>,
    /// What they make of a text, time after time.
    pub edits: VecDeque<Stroke>,
    /// Texts as they saw them, and at which line.
    pub seen: Vec<(String, u32)>,
}

impl Person for Someone {
    fn there(&self) -> bool {
        self.there
    }

    fn agrees(&mut self, question: &str) -> bool {
        self.questions.push(question.into());
        self.answers
            .pop_front()
            .expect("nobody expected a question")
    }

    fn secret(&mut self, what: &str) -> Result<String, String> {
        self.questions.push(what.into());
        self.secret.take().ok_or_else(|| format!("no {what}"))
    }

    fn edits(&mut self, text: &str, line: u32) -> Result<String, String> {
        self.seen.push((text.into(), line));
        let edit = self.edits.pop_front().ok_or("the editor does not start")?;
        Ok(edit(text))
    }

    fn keeps(&mut self) -> Option<PathBuf> {
        Some("/tmp/kept.yaml".into())
    }
}

pub struct World {
    engine: RefCell<Engine>,
    disk: RefCell<Text>,
    conf: RefCell<Text>,
    now: Stamp,
    pub someone: Someone,
}

impl World {
    pub fn new(nodes: &str) -> Self {
        let engine = Engine::new(Registry::new(Paths::under("/srv".as_ref()), "alder"), "1.0");
        let world = Self {
            engine: RefCell::new(engine),
            disk: RefCell::new(Text::Content(nodes.into())),
            conf: RefCell::new(Text::Content(CONF.into())),
            now: Stamp(1_700_000_000_000),
            someone: Someone::default(),
        };
        let (conf, nodes) = (world.conf.borrow().clone(), world.disk.borrow().clone());
        world.feed(Input::Files { conf, nodes });
        world.feed(Input::History {
            boots: Vec::new(),
            events: Vec::new(),
        });
        world
    }

    /// What `nodes.conf` holds.
    pub fn file(&self) -> String {
        self.disk.borrow().content().unwrap().to_owned()
    }

    /// What `muster.conf` holds.
    pub fn conf(&self) -> String {
        self.conf.borrow().content().unwrap().to_owned()
    }

    fn feed(&self, input: Input) -> Option<Reply> {
        let outputs = self.engine.borrow_mut().handle(input, self.now);
        let mut reply = None;
        for output in outputs {
            match output {
                Output::Save {
                    ticket,
                    file,
                    old,
                    new,
                    ..
                } => {
                    let disk = match file {
                        File::Conf => &self.conf,
                        File::Nodes => &self.disk,
                    };
                    let now = disk.borrow().clone();
                    let result = if old == now {
                        Ok(())
                    } else {
                        Err(SaveError::Changed(now))
                    };
                    if result.is_ok() {
                        *disk.borrow_mut() = Text::Content(new);
                    }
                    reply = reply.or(self.feed(Input::Saved { ticket, result }));
                }
                Output::Reply(_, answer) => reply = Some(*answer),
                _ => {}
            }
        }
        reply
    }

    /// Types a line; blanks separate words.
    pub fn types(&mut self, line: &str) -> Said {
        self.words(&line.split(' ').collect::<Vec<_>>())
    }

    /// Types words.
    pub fn words(&mut self, words: &[&str]) -> Said {
        let all = std::iter::once("muster").chain(words.iter().copied());
        let args = match Args::read(all.map(OsString::from)) {
            Ok(args) => args,
            Err(error) => {
                return Said {
                    well: false,
                    code: 2,
                    out: String::new(),
                    err: error.to_string(),
                };
            }
        };
        let mut someone = std::mem::take(&mut self.someone);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = {
            let mut paper = Paper::plain(&mut out);
            cli::run(
                &args.verb.unwrap(),
                &*self,
                &mut paper,
                &mut err,
                &mut someone,
            )
        };
        self.someone = someone;
        Said {
            well: code == std::process::ExitCode::SUCCESS,
            code: (0..=3)
                .find(|known| code == std::process::ExitCode::from(*known))
                .unwrap(),
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
        }
    }
}

impl Ask for World {
    /// Everything travels as it does over the control socket.
    fn ask(&self, command: Command) -> Result<Reply, String> {
        let route = command.route();
        let body = route.body.clone().unwrap_or_default();
        let command = Command::from_request(route.method, &route.target, body.as_bytes(), "ana")
            .map_err(|refusal| format!("{route:?}: {refusal:?}"))?;
        let ticket = Ticket(1);
        let reply = self
            .feed(Input::Command { ticket, command })
            .expect("every command is answered");
        let text = serde_json::to_string(&reply).unwrap();
        Ok(serde_json::from_str(&text).unwrap())
    }

    fn attach(&self) -> Result<Link, String> {
        Err("there is nothing to attach to".into())
    }

    fn stop(&self) -> Result<(), String> {
        Ok(())
    }
}
