//! The file of nodes and profiles: whole if it can be read, in pieces if not.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::Event;

use super::entry::{Entries, Entry};
use super::findings::{Findings, quoted};
use super::intern::Interner;
use super::layout::{Layout, Met};
use super::pieces::{self, Piece};
use super::schema::Walk;
use super::steps::Whose;
use super::tree::{Broken, Mark, Reader, Tree};
use crate::kit::suggest;
use crate::model::{Fault, Spot, Table as Part, field};

/// The largest text that is read.
pub(super) const LIMIT: usize = 100 << 20;

/// In which older files count their format.
pub(super) const COUNTER: &str = "WW_INTERNAL";

const SECTIONS: [&str; 2] = ["nodeprofiles", "nodes"];

/// One table of a file.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Names in order of the file; no entry where it could not be taken.
    pub entries: Vec<(Arc<str>, Option<Entry>)>,
    /// Whether names may be missing because their lines could not be told apart.
    pub unsure: bool,
    index: HashMap<Arc<str>, usize>,
}

/// Both tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub nodes: Table,
    pub profiles: Table,
    /// Whether the text is broken somewhere and was read in pieces.
    pub cut: bool,
    /// Where everything stands.
    pub layout: Layout,
}

/// What is in force while a text is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last<'a> {
    pub nodes: &'a Entries,
    pub profiles: &'a Entries,
}

/// Why a text as a whole cannot be read; none if it can be tried.
pub(super) fn unreadable(text: &str) -> Option<&'static str> {
    if text.len() > LIMIT {
        Some("is larger than 100 MB")
    } else if text.contains('\0') {
        Some("contains NUL bytes; it is no text")
    } else {
        None
    }
}

/// Reads the lines of one entry. None if they hold anything but one entry that stands on lines of its own; the findings say
/// what is wrong with what it says.
pub(super) fn read_entry(
    piece: &Piece<'_>,
    file: &Arc<str>,
    last: Last<'_>,
    interner: &mut Interner,
) -> Option<(Arc<str>, Option<Entry>, Findings)> {
    let mut scan = Scan::new(file, last, interner);
    scan.entries_of(piece).ok()?;
    let Tables {
        mut nodes,
        mut profiles,
        ..
    } = scan.tables;
    let (name, entry) = nodes.entries.pop().or_else(|| profiles.entries.pop())?;
    let alone = nodes.entries.is_empty() && profiles.entries.is_empty();
    alone.then_some((name, entry, scan.findings))
}

/// Reads the text of `nodes.conf`. None when nothing of it can be used; the findings say why.
pub(super) fn read(
    text: &str,
    file: &Arc<str>,
    last: Last<'_>,
    interner: &mut Interner,
    findings: &mut Findings,
) -> Option<Tables> {
    let written = text;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let spot = |at: Mark| Spot {
        file: file.clone(),
        line: at.line.max(1),
        column: at.column.max(1),
    };
    if let Some(why) = unreadable(text) {
        findings
            .faults
            .push(Fault::error(format!("the file {why}")).at(spot(Mark::default())));
        return None;
    }
    let mut first = Scan::new(file, last, interner);
    let Err(broken) = first.whole(text) else {
        let (found, mut tables) = (first.findings, first.tables);
        tables.layout = Layout::of_whole(written, &first.met);
        *findings = found;
        return Some(tables);
    };
    let mut second = Scan::new(file, last, interner);
    let pieces = pieces::cut(text, &SECTIONS);
    // Every piece is read, also behind a broken one.
    let bad = pieces.iter().filter(|piece| !second.piece(piece)).count();
    let (found, mut tables) = (second.findings, second.tables);
    *findings = found;
    // What is no YAML is told by its piece; what only the whole has too much of is told here.
    if bad == 0 || !broken.is_syntax() {
        let hint = if pieces.is_empty() {
            "nothing of it is taken"
        } else if bad == 0 {
            "its entries are taken all the same"
        } else {
            "its entries are taken one by one, without each other's anchors"
        };
        let fault = Fault::error(format!("the file {}", broken.what));
        findings.faults.push(fault.at(spot(broken.at)).hint(hint));
    }
    tables.cut = true;
    tables.layout = Layout::of_pieces(written, &pieces);
    if !pieces.iter().any(|piece| piece.holds(broken.at.line)) {
        // Broken between the entries: some of them may have been taken for something else.
        tables.nodes.unsure = true;
        tables.profiles.unsure = true;
    }
    (!pieces.is_empty()).then_some(tables)
}

struct Scan<'a> {
    file: &'a Arc<str>,
    last: Last<'a>,
    interner: &'a mut Interner,
    findings: Findings,
    tables: Tables,
    met: Met,
}

impl<'a> Scan<'a> {
    fn new(file: &'a Arc<str>, last: Last<'a>, interner: &'a mut Interner) -> Self {
        Self {
            file,
            last,
            interner,
            findings: Findings::default(),
            tables: Tables::default(),
            met: Met::default(),
        }
    }

    fn spot(&self, at: Mark) -> Spot {
        Spot {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
        }
    }

    fn whole(&mut self, text: &str) -> Result<(), Broken> {
        let mut reader = Reader::new(text, 0);
        let Some((event, at)) = root(&mut reader)? else {
            return Ok(());
        };
        if !matches!(event, Event::MappingStart(..)) {
            let tree = reader.tree(event, at)?;
            if tree.is_null() {
                return Ok(());
            }
            let what = format!(
                "is {}; `nodeprofiles:` and `nodes:` are wanted",
                tree.shape()
            );
            return Err(Broken { at, what });
        }
        let mut seen: Vec<String> = Vec::new();
        while let Some(key) = next_key(&mut reader)? {
            let name = key.text().unwrap_or_default().to_owned();
            let section = SECTIONS.into_iter().find(|known| *known == name);
            if seen.contains(&name) {
                let fault =
                    Fault::error(format!("the section `{name}` occurs twice; both are read"));
                self.findings.faults.push(fault.at(self.spot(key.at)));
            }
            match section {
                Some(section) => self.section(section, key.at, &mut reader)?,
                None => {
                    self.met.tops.push((None, key.at, key.at));
                    reader.next_tree()?;
                    self.stray(&name, key.at);
                }
            }
            seen.push(name);
        }
        self.rest(&mut reader)
    }

    /// A section that is none of ours. Older files count their format in one of them.
    fn stray(&mut self, name: &str, at: Mark) {
        if name == COUNTER {
            return;
        }
        let shown = quoted(name);
        let mut fault =
            Fault::warning(format!("unknown section `{shown}`, ignored")).at(self.spot(at));
        fault.hint = suggest::hint(name, SECTIONS);
        if fault.hint.is_some() {
            // A slip in the name of a section must not empty it.
            fault.level = crate::model::Level::Error;
            self.tables.nodes.unsure = true;
            self.tables.profiles.unsure = true;
        }
        self.findings.faults.push(fault);
    }

    fn rest(&mut self, reader: &mut Reader<'_>) -> Result<(), Broken> {
        while let Some((event, at)) = reader.next()? {
            if matches!(event, Event::DocumentStart(_)) {
                let fault = Fault::warning("only the first document of the file is read");
                self.findings.faults.push(fault.at(self.spot(at)));
                break;
            }
        }
        Ok(())
    }

    fn section(&mut self, section: &str, key: Mark, reader: &mut Reader<'_>) -> Result<(), Broken> {
        let Some((event, at)) = reader.next()? else {
            return Ok(());
        };
        let part = if section == "nodes" {
            Part::Nodes
        } else {
            Part::Profiles
        };
        self.met.tops.push((Some(part), key, at));
        let top = self.met.tops.len() - 1;
        if matches!(event, Event::MappingStart(..)) {
            while let Some(key) = next_key(reader)? {
                let value = reader.next_tree()?;
                let name = self.interner.name(key.text().unwrap_or_default());
                self.met.entries.push((top, name, key.at));
                self.entry(section, &key, &value);
            }
            return Ok(());
        }
        let tree = reader.tree(event, at)?;
        if !tree.is_null() {
            let what = format!("`{section}` is {}, not a section of names", tree.shape());
            self.findings
                .faults
                .push(Fault::error(what).at(self.spot(at)));
            self.table(section).unsure = true;
        }
        Ok(())
    }

    fn table(&mut self, section: &str) -> &mut Table {
        if section == "nodes" {
            &mut self.tables.nodes
        } else {
            &mut self.tables.profiles
        }
    }

    fn entry(&mut self, section: &str, key: &Tree<'_>, value: &Tree<'_>) {
        let (whose, word) = match section {
            "nodes" => (Whose::Node, "node"),
            _ => (Whose::Profile, "profile"),
        };
        let bad = match key.text() {
            Some(name) => field::bad_name(name).or_else(|| blank(whose, name)),
            None => Some("is not one text".into()),
        };
        if let Some(why) = bad {
            let shown: String = key.text().unwrap_or_default().chars().take(60).collect();
            let fault = Fault::error(format!("the name {shown:?} {why}; left out"));
            self.findings.faults.push(fault.at(self.spot(key.at)));
            return;
        }
        let name = self.interner.name(key.text().unwrap_or_default());
        if value.is_null() {
            let spot = self.spot(key.at);
            self.findings
                .remark(spot, format!("a {word} has no value; write `{{}}`"));
        }
        let mut walk = Walk {
            file: self.file,
            about: format!("{word} {name}"),
            whose,
            interner: self.interner,
            findings: &mut self.findings,
            read: Vec::with_capacity(16),
            bad: Vec::new(),
            failed: false,
            names: Vec::new(),
        };
        walk.entry(value);
        let (read, failed) = (walk.read, walk.failed);
        let last = if whose == Whose::Node {
            self.last.nodes
        } else {
            self.last.profiles
        };
        let entry = (!failed)
            .then(|| Entry::new(name.clone(), key.at, read, self.interner).like(last.get(&name)));
        self.keep(section, name, entry, key.at);
    }

    fn keep(&mut self, section: &str, name: Arc<str>, entry: Option<Entry>, at: Mark) {
        let spot = self.spot(at);
        let table = self.table(section);
        if let Some(&before) = table.index.get(&name) {
            if let Some((_, entry)) = table.entries.get_mut(before) {
                *entry = None;
            }
            let fault = Fault::error("the name occurs twice")
                .about(name.to_string())
                .at(spot);
            self.findings
                .faults
                .push(fault.hint("rename or remove one of the two"));
            return;
        }
        table.index.insert(name.clone(), table.entries.len());
        table.entries.push((name, entry));
    }

    /// Reads one piece; false if it is broken, which is then told.
    fn piece(&mut self, piece: &Piece<'_>) -> bool {
        let result = self.entries_of(piece);
        let Err(broken) = result else {
            return true;
        };
        let elsewhere = broken.what.contains("unknown anchor");
        let mut fault = Fault::error(broken.what).at(self.spot(broken.at));
        if elsewhere {
            fault = fault
                .hint("an anchor of another entry is not known while the file is broken elsewhere");
        }
        if piece.name.is_empty() || field::bad_name(piece.name).is_some() {
            self.table(piece.section).unsure = true;
        } else {
            let word = if piece.section == "nodes" {
                "node"
            } else {
                "profile"
            };
            fault = fault.about(format!("{word} {}", piece.name));
            let name = self.interner.name(piece.name);
            if !self.table(piece.section).index.contains_key(&name) {
                self.keep(piece.section, name, None, broken.at);
            }
        }
        self.findings.faults.push(fault);
        false
    }

    fn entries_of(&mut self, piece: &Piece<'_>) -> Result<(), Broken> {
        let mut reader = Reader::new(piece.text, piece.skipped);
        let mut entries = Vec::new();
        let Some((event, at)) = root(&mut reader)? else {
            return Ok(());
        };
        if !matches!(event, Event::MappingStart(..)) {
            return Err(Broken {
                at,
                what: "is no entry of the form `name:`".into(),
            });
        }
        while let Some(key) = next_key(&mut reader)? {
            let value = reader.next_tree()?;
            entries.push((key, value));
        }
        while reader.next()?.is_some() {}
        for (key, value) in entries {
            self.entry(piece.section, &key, &value);
        }
        Ok(())
    }
}

/// Blanks are left to profiles; a node's name is its host name.
fn blank(whose: Whose, name: &str) -> Option<String> {
    (whose == Whose::Node && name.contains(char::is_whitespace)).then(|| "contains a blank".into())
}

/// The event that begins the first document's root.
pub(super) fn root<'t>(reader: &mut Reader<'t>) -> Result<Option<(Event<'t>, Mark)>, Broken> {
    loop {
        match reader.next()? {
            Some((Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _)) => {}
            None | Some((Event::StreamEnd | Event::DocumentEnd, _)) => return Ok(None),
            Some(found) => return Ok(Some(found)),
        }
    }
}

/// The next key of the map that is being read; none at its end.
fn next_key<'t>(reader: &mut Reader<'t>) -> Result<Option<Tree<'t>>, Broken> {
    match reader.next()? {
        None | Some((Event::MappingEnd, _)) => Ok(None),
        Some((event, at)) => reader.tree(event, at).map(Some),
    }
}
