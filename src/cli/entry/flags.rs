//! Flags of the verbs that change nodes and profiles, made from the field table: one loop, so that parsing, help, completion and man
//! pages are always about the same fields.

use clap::{Arg, ArgAction, Command};

use super::series::{counts, is_of_each};
use super::typed::{entry_name, pair, typed};
use crate::model::field::{Field, Kind, NODE, Owner};

/// A flag that says which entry of a section the others are about.
#[derive(Debug)]
pub struct Scope {
    /// The flag, and its id.
    pub flag: &'static str,
    /// The flag of `set` that takes the whole entry away, and its id.
    pub delete: &'static str,
    /// Way to the entry; its last step is its name.
    pub section: &'static [&'static str],
    /// What it names.
    pub what: &'static str,
    /// Placeholder of its value.
    pub value: &'static str,
}

/// Every scope; a longer way after the shorter one that it begins with.
pub static SCOPES: [Scope; 4] = [
    Scope {
        flag: "netname",
        delete: "netdel",
        section: &["network devices", "*"],
        what: "network device",
        value: "NAME",
    },
    Scope {
        flag: "diskname",
        delete: "diskdel",
        section: &["disks", "*"],
        what: "disk",
        value: "DEVICE",
    },
    Scope {
        flag: "partname",
        delete: "partdel",
        section: &["disks", "*", "partitions", "*"],
        what: "partition",
        value: "LABEL",
    },
    Scope {
        flag: "fsname",
        delete: "fsdel",
        section: &["filesystems", "*"],
        what: "file system",
        value: "DEVICE",
    },
];

/// Fields whose entries are set as `KEY=VALUE`: id, the flag of `unset` that names a key, the flag of `set` that takes one away.
pub static TAGS: [(&str, &str, &str); 3] = [
    ("tags", "tag", "tagdel"),
    ("net.tags", "nettag", "nettagdel"),
    ("ipmi.tags", "ipmitag", "ipmitagdel"),
];

/// The scopes that a field lies in, outermost first.
pub fn scopes(field: &Field) -> impl Iterator<Item = &'static Scope> {
    let path = field.path;
    SCOPES
        .iter()
        .filter(move |scope| path.starts_with(scope.section))
}

/// The fields that `whose` verbs know flags for.
pub fn fields(whose: Owner) -> impl Iterator<Item = &'static Field> {
    NODE.iter().filter(move |field| {
        !field.flag.is_empty() && (field.owner == Owner::Any || field.owner == whose)
    })
}

/// Adds the flags of `add` and `set`.
pub fn with_values(mut command: Command, whose: Owner) -> Command {
    for field in fields(whose) {
        command = command.arg(value_flag(field));
        if let Some((_, _, delete)) = TAGS.iter().find(|(id, ..)| *id == field.id) {
            let doc = format!("Take the {} KEY away", field.called());
            command = command.arg(named(delete, "KEY", doc, field.group()));
        }
    }
    for scope in &SCOPES {
        let doc = match scope.flag {
            "netname" => "Which network device the flags are about; none = the only or primary one, else `default`".into(),
            "fsname" => "Which file system the flags are about: a device, or the name of --partname".into(),
            _ => format!("Which {} the flags are about", scope.what),
        };
        let which = scope_flag(scope, doc);
        let delete = named(
            scope.delete,
            scope.value,
            format!("Take the whole {} away", scope.what),
            group(scope),
        );
        let delete = if scope.delete == "partdel" {
            delete.requires("diskname")
        } else {
            delete
        };
        command = command.arg(which).arg(delete);
    }
    command
}

/// Adds the flags of `unset`.
pub fn without_values(mut command: Command, whose: Owner) -> Command {
    for field in fields(whose) {
        command = command.arg(match TAGS.iter().find(|(id, ..)| *id == field.id) {
            Some((id, flag, _)) => {
                let doc = format!("Take the {} KEY away", field.called());
                named(id, "KEY", doc, field.group()).long(*flag)
            }
            None => {
                let inner = scopes(field).last().filter(|scope| scope.flag != "netname");
                let arg = flag(field).action(ArgAction::SetTrue);
                inner.map_or(arg.clone(), |scope| arg.requires(scope.flag))
            }
        });
    }
    for scope in &SCOPES {
        let doc = format!("Which {}; without another flag, all of it", scope.what);
        command = command.arg(scope_flag(scope, doc));
    }
    command
}

/// The title under which a scope's flags stand.
fn group(scope: &Scope) -> &'static str {
    let inside = NODE.iter().find(|field| {
        field.path.starts_with(scope.section) && field.path.len() == scope.section.len() + 1
    });
    inside.map_or("General", Field::group)
}

fn scope_flag(scope: &'static Scope, doc: String) -> Arg {
    Arg::new(scope.flag)
        .long(scope.flag)
        .value_name(scope.value)
        .help(doc)
        .help_heading(group(scope))
        .value_parser(entry_name)
}

/// A flag that takes the name of an entry, several times if need be.
fn named(id: &'static str, value: &'static str, doc: String, heading: &'static str) -> Arg {
    Arg::new(id)
        .long(id)
        .value_name(value)
        .help(doc)
        .help_heading(heading)
        .action(ArgAction::Append)
        .value_delimiter(',')
        .value_parser(entry_name)
}

/// A field's flag, without its value.
fn flag(field: &'static Field) -> Arg {
    Arg::new(field.id)
        .long(field.flag)
        .short(field.short)
        .aliases(field.aliases)
        .help(field.doc)
        .help_heading(field.group())
}

fn value_flag(field: &'static Field) -> Arg {
    let arg = flag(field);
    let inner = scopes(field).filter(|scope| scope.flag != "netname");
    let arg = inner.fold(arg, |arg, scope| arg.requires(scope.flag));
    if TAGS.iter().any(|(id, ..)| *id == field.id) {
        return arg
            .value_name("KEY=VALUE")
            .action(ArgAction::Append)
            .value_parser(move |text: &str| pair(field, text));
    }
    let arg = match several(field) {
        Some(more) => arg.help(format!("{}; {more}", field.doc)),
        // What stands on a command line is seen by every user of the machine.
        None if field.secret => arg.help(format!(
            "{}; `-` asks for it, or reads a line of standard input",
            field.doc
        )),
        None => arg,
    };
    let arg = arg
        .value_name(placeholder(field.kind))
        .value_parser(move |text: &str| typed(field, text));
    match field.kind {
        // As elsewhere, a switch may stand alone and means yes then.
        Kind::Switch | Kind::Bool => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        // Options of mkfs begin with a dash.
        Kind::Words if field.id == "filesystems.options" => {
            arg.action(ArgAction::Append).allow_hyphen_values(true)
        }
        kind if kind.is_list() => arg.action(ArgAction::Append),
        _ => arg,
    }
}

/// What becomes of a value that is given to several targets, if they do not all get the same.
pub fn several(field: &Field) -> Option<&'static str> {
    match (counts(field), is_of_each(field)) {
        (true, _) => Some(
            "counts up from target to target; several with commas or brackets, as 10.0.0.[1-9], are one for each",
        ),
        (_, true) => Some("one for each target, with commas between"),
        _ => None,
    }
}

/// What stands for a value in help.
const fn placeholder(kind: Kind) -> &'static str {
    match kind {
        Kind::Name => "NAME",
        Kind::Names => "NAME,…",
        Kind::Words => "WORDS",
        Kind::Switch | Kind::Bool => "YES|NO",
        Kind::Number(..) => "N",
        Kind::Mac => "MAC",
        Kind::Ip4 | Kind::Ip4Cidr => "IP",
        Kind::Ip6 | Kind::Ip6Cidr => "IP6",
        Kind::Netmask => "MASK",
        Kind::Path => "PATH",
        _ => "TEXT",
    }
}
