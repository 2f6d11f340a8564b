//! What templates may call besides Sprig: Warewulf's own functions.

use std::path::Path;

use bytes::Bytes;

use super::super::budget::Budget;
use super::super::files::Files;
use super::super::go::{BUILTINS, Function, Halt, Host, Int, Library, Run, Value, Yield};
use super::super::output::{Output, Sheets};
use super::super::sprig::{TABLES, Time, base, string, text_of, whole};
use super::super::template::Press;
use super::super::tree::{LIMIT, Tree};
use super::ignition::ignition;
use super::lines;
use super::node::Seen;

const fn host(name: &'static str, count: usize) -> Function {
    Function {
        name,
        args: (count, count),
        run: Run::Host,
    }
}

/// The functions, and what they do.
pub static FUNCTIONS: [(Function, &str); 17] = [
    (
        host("Include", 1),
        "text of a server file; relative to the folder of nodes.conf; nothing if it is not there",
    ),
    (
        host("IncludeFrom", 2),
        "text of a file in an image: IncludeFrom \"image\" \"/path\"",
    ),
    (
        host("IncludeBlock", 2),
        "lines of a server file before the first that holds a text, and that text",
    ),
    (
        host("file", 1),
        "what follows goes to this file; relative to the template's folder, or absolute on the node",
    ),
    (
        host("softlink", 1),
        "the current file becomes a symbolic link to this",
    ),
    (
        host("ImportLink", 1),
        "the same, to where a path of the server leads",
    ),
    (
        host("readlink", 1),
        "where a path of the server leads, links followed",
    ),
    (host("abort", 0), "nothing of this template is written"),
    (
        host("nobackup", 0),
        "what another overlay has in the place is not kept",
    ),
    (
        host("IgnitionJson", 0),
        "Ignition's configuration of disks and file systems; nothing without any",
    ),
    (host("now", 0), "time of the overlay's newest file"),
    (
        Function::pure("basename", 1, 1, basename),
        "last part of a path",
    ),
    (Function::pure("inc", 1, 1, inc), "one more"),
    (Function::pure("dec", 1, 1, dec), "one less"),
    (
        Function::pure("UniqueField", 3, 3, unique_field),
        "UniqueField \":\" 0 text: lines whose field came before are left out",
    ),
    (
        Function::pure("SystemdEscape", 1, 1, systemd_escape),
        "a text as part of the name of a systemd unit",
    ),
    (
        Function::pure("SystemdEscapePath", 1, 1, systemd_escape_path),
        "a path as the name of a systemd unit",
    ),
];

static OWN: std::sync::OnceLock<Vec<Function>> = std::sync::OnceLock::new();
static LIBRARIES: std::sync::OnceLock<[Library; 2]> = std::sync::OnceLock::new();

/// The functions that templates of overlays may call, or, for boot scripts, only the language's and Sprig's.
pub fn library(script: bool) -> &'static Library {
    let [overlays, scripts] = LIBRARIES.get_or_init(|| {
        let own = OWN.get_or_init(|| FUNCTIONS.iter().map(|(function, _)| *function).collect());
        let mut tables: Vec<&'static [Function]> = vec![&BUILTINS];
        tables.extend(TABLES);
        let scripts = Library::new(&tables);
        tables.push(own);
        [Library::new(&tables), scripts]
    });
    if script { scripts } else { overlays }
}

fn basename(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::text(base(&string(args, 0)?)))
}

fn inc(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Int(
        i128::from(whole(args, 0)?.wrapping_add(1)),
        Int::Int,
    ))
}

fn dec(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Int(
        i128::from(whole(args, 0)?.wrapping_sub(1)),
        Int::Int,
    ))
}

fn unique_field(_: &mut Budget, args: &[Value]) -> Yield {
    let at = usize::try_from(whole(args, 1)?).map_err(|_| "the number of the field is negative")?;
    Ok(Value::text(&lines::unique(
        &string(args, 0)?,
        at,
        &string(args, 2)?,
    )))
}

fn systemd_escape(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::text(&lines::unit(&string(args, 0)?)))
}

fn systemd_escape_path(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::text(&lines::unit_of_path(&string(args, 0)?)))
}

/// What a template is rendered with: where its text goes, and the road to files.
pub struct Caller<'a, 'p> {
    /// The press.
    pub press: &'a mut Press<'p>,
    /// The overlay.
    pub tree: &'a Tree,
    /// The template.
    pub path: &'a str,
    /// The node.
    pub seen: Seen,
    /// When the overlay's newest file was changed.
    pub built: i64,
    sheets: Sheets,
    budget: Budget,
    written: u64,
    aborted: bool,
    backup: bool,
}

impl<'a, 'p> Caller<'a, 'p> {
    /// Nothing written yet.
    pub fn new(press: &'a mut Press<'p>, tree: &'a Tree, path: &'a str, seen: Seen) -> Self {
        Self {
            press,
            tree,
            path,
            seen,
            built: tree.newest,
            sheets: Sheets::new(path),
            budget: Budget::default(),
            written: 0,
            aborted: false,
            backup: true,
        }
    }

    /// The files that the template made; none if it called `abort`.
    pub fn finish(self) -> Vec<Output> {
        if self.aborted {
            return Vec::new();
        }
        let mut outputs = self.sheets.finish();
        for output in &mut outputs {
            output.backup = self.backup;
        }
        outputs
    }

    fn include(&mut self, path: &str) -> Result<Option<Bytes>, Halt> {
        let conf = &self.press.view.settings.paths.conf;
        let path = conf.join(path);
        self.press
            .bytes(self.tree, self.path, &path)
            .map_err(|fault| Halt::Fault(fault.what, fault.hint))
    }

    fn include_from(&mut self, image: &str, path: &str) -> Result<Bytes, Halt> {
        let found = self.press.bytes_of_image(self.tree, self.path, image, path);
        found.map_err(|fault| Halt::Fault(fault.what, fault.hint))
    }

    /// Where a path of the server leads.
    fn real(&mut self, path: &str) -> Result<String, Halt> {
        let path = self.press.view.settings.paths.conf.join(path);
        match self.press.files.real(Path::new(&path)) {
            Ok(real) => Ok(real.to_string_lossy().into_owned()),
            Err(error) => Err(format!("{} leads nowhere: {error}", path.display()).into()),
        }
    }
}

/// Without one newline at its end.
fn trimmed(text: &Bytes) -> Bytes {
    text.slice(..text.strip_suffix(b"\n").map_or(text.len(), <[u8]>::len))
}

impl Host for Caller<'_, '_> {
    fn write(&mut self, data: &[u8]) -> Result<(), Halt> {
        self.written += data.len() as u64;
        if self.written > LIMIT {
            return Err("writes more than 64 MiB".to_owned().into());
        }
        self.sheets.text(data);
        Ok(())
    }

    fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    fn call(&mut self, name: &'static str, args: &[Value]) -> Result<Value, Halt> {
        let silent = Ok(Value::text(""));
        match name {
            "Include" => {
                let text = self.include(&string(args, 0)?)?;
                Ok(Value::Text(trimmed(&text.unwrap_or_default())))
            }
            "IncludeFrom" => {
                let text = self.include_from(&string(args, 0)?, &string(args, 1)?)?;
                Ok(Value::Text(trimmed(&text)))
            }
            "IncludeBlock" => {
                let stop = text_of(args, 1)?;
                let text = self.include(&string(args, 0)?)?.unwrap_or_default();
                Ok(Value::Text(lines::block(&text, &stop).into()))
            }
            "file" => {
                self.sheets.file(&string(args, 0)?, None)?;
                silent
            }
            "softlink" => {
                self.sheets.symlink(&string(args, 0)?)?;
                silent
            }
            "ImportLink" => {
                let real = self.real(&string(args, 0)?)?;
                self.sheets.symlink(&real)?;
                silent
            }
            "readlink" => Ok(Value::text(&self.real(&string(args, 0)?)?)),
            "abort" => {
                self.aborted = true;
                Err(Halt::Done)
            }
            "nobackup" => {
                self.backup = false;
                silent
            }
            "IgnitionJson" => {
                let json = ignition(&self.seen).map(|json| json.to_string());
                Ok(Value::text(&json.unwrap_or_default()))
            }
            "now" => {
                let time = jiff::Timestamp::from_second(self.built).unwrap_or_default();
                Ok(Value::object(Time(time)))
            }
            _ => Err(format!("{name} cannot be called here").into()),
        }
    }
}
