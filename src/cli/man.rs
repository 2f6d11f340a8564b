//! Man pages: one for every verb, made from what may be typed, and one for each file, made from the field table.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;

use super::args::Args;
use super::entry::several;
use super::failure::Failure;
use super::help::{shape, whose};
use crate::model::field::{Field, Kind, NODE, Owner, SERVER};

/// Writes the pages below a folder, into `man1` and `man5`, and gives how many they are.
///
/// # Errors
/// A folder that cannot be written.
pub fn write(dir: &Path) -> Result<usize, Failure> {
    let pages = pages().map_err(Failure::Unwritten)?;
    let cannot = |e: io::Error| {
        Failure::Refused(format!(
            "man pages cannot be written to {}: {e}",
            dir.display()
        ))
    };
    for section in ["man1", "man5"] {
        fs::create_dir_all(dir.join(section)).map_err(cannot)?;
    }
    for (name, text) in &pages {
        fs::write(dir.join(name), text).map_err(cannot)?;
    }
    Ok(pages.len())
}

/// Every page: its path below a folder of man pages, and its text in the language of man(7).
///
/// # Errors
/// Whatever writing into memory gives.
pub fn pages() -> io::Result<Vec<(String, String)>> {
    let mut tree = Args::tree();
    tree.build();
    let mut pages = Vec::new();
    of_verb(&tree, None, &mut pages)?;
    pages.push(("man5/muster-nodes.5".into(), of_nodes()));
    pages.push(("man5/muster.conf.5".into(), of_server()));
    Ok(pages)
}

fn of_verb(
    command: &Command,
    parent: Option<&str>,
    pages: &mut Vec<(String, String)>,
) -> io::Result<()> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name());
    let man = Man::new(command.clone());
    let mut middle = Vec::new();
    man.render_name_section(&mut middle)?;
    man.render_synopsis_section(&mut middle)?;
    man.render_description_section(&mut middle)?;
    man.render_options_section(&mut middle)?;
    let visible = || {
        command
            .get_subcommands()
            .filter(|inner| !inner.is_hide_set())
    };
    if visible().next().is_some() {
        man.render_subcommands_section(&mut middle)?;
    }
    let mut text = head(name, "1");
    text.push_str(&String::from_utf8_lossy(&middle));
    if let Some(notes) = command.get_after_long_help().filter(|_| parent.is_some()) {
        text.push_str(".SH NOTES\n");
        for (at, paragraph) in notes.to_string().split("\n\n").enumerate() {
            let between = if at > 0 { ".PP\n" } else { "" };
            let _ = writeln!(text, "{between}{}", escape(paragraph.trim()));
        }
    }
    text.push_str(EXIT_STATUS);
    if parent.is_none() {
        text.push_str(FILES);
    }
    let mut others: Vec<String> = visible()
        .map(|inner| format!("{name}-{}(1)", inner.get_name()))
        .collect();
    others.extend(parent.map(|parent| format!("{parent}(1)")));
    others.extend(["muster.conf(5)".to_owned(), "muster-nodes(5)".to_owned()]);
    let _ = write!(text, ".SH SEE ALSO\n{}\n", escape(&others.join(", ")));
    pages.push((format!("man1/{name}.1"), tidy(&text)));
    for inner in visible() {
        of_verb(inner, Some(name), pages)?;
    }
    Ok(())
}

const EXIT_STATUS: &str = "\
.SH EXIT STATUS
.TP
.B 0
It was done; there may have been nothing to do.
.TP
.B 1
It was refused and nothing was changed: a name that is nobody's, a value that cannot be, a fault in the files; or a command failed on some node.
.TP
.B 2
The arguments make no sense, or not together.
.TP
.B 3
A running muster is needed and was not reached, or it ended.
";

const FILES: &str = "\
.SH FILES
.TP
.I /etc/muster/muster.conf
The server's settings, see muster.conf(5).
.TP
.I /etc/muster/nodes.conf
Nodes and profiles, see muster\\-nodes(5).
.TP
.I /var/lib/muster
Images, overlays of the site, the journal.
.TP
.I /run/muster/control.sock
Where a running muster listens to its console and to these verbs.
.PP
Whoever is not root has these below XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_RUNTIME_DIR.
.SH ENVIRONMENT
.TP
.B VISUAL\\fR, \\fBEDITOR
The editor of the verbs named edit.
.TP
.B NO_COLOR
Set to anything, no colours are printed.
.TP
.B TZ
The zone in which times are printed.
";

fn head(name: &str, section: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        ".TH {} {section} \"\" \"muster {version}\" \"muster\"\n",
        escape(&name.to_uppercase())
    )
}

/// The page about `nodes.conf`.
fn of_nodes() -> String {
    let mut text = head("muster-nodes", "5");
    text.push_str(
        ".SH NAME\nmuster\\-nodes \\- nodes.conf, the nodes and profiles of muster\n.SH DESCRIPTION\n\
         .I /etc/muster/nodes.conf\nis YAML with two sections, \n.B nodes\nand\n.BR nodeprofiles ,\n\
         each with entries by name. It may be edited by hand at any time, also while muster runs: what is wrong in an entry leaves \
         that entry as it was and is told with its line. A value is a node's own, or comes from its profiles, the later one before \
         the earlier; lists of all layers follow each other.\n\
         .PP\nThe keys below stand in a node or a profile; NAME stands for a name of your choice. The dotted form is the one that \
         muster's own lists print and \n.B muster help field\ntakes.\n",
    );
    text.push_str(
        ".SH EXAMPLE\n.nf\nnodeprofiles:\n  default:\n    image name: rocky9\n    network devices:\n      default:\n        \
         netmask: 255.255.252.0\nnodes:\n  n001:\n    profiles: [default]\n    network devices:\n      default:\n        \
         hwaddr: 52:54:00:12:34:56\n        ipaddr: 10.0.0.1\n.fi\n",
    );
    let mut groups: Vec<&str> = NODE.iter().map(Field::group).collect();
    let mut seen = BTreeSet::new();
    groups.retain(|group| seen.insert(*group));
    for group in groups {
        let _ = writeln!(text, ".SH {}", escape(&group.to_uppercase()));
        for field in NODE.iter().filter(|field| field.group() == group) {
            entry(&mut text, field);
        }
    }
    text.push_str(
        ".SH SEE ALSO\nmuster(1), muster\\-node(1), muster\\-profile(1), muster.conf(5)\n",
    );
    tidy(&text)
}

/// The page about `muster.conf`.
fn of_server() -> String {
    let mut text = head("muster.conf", "5");
    text.push_str(
        ".SH NAME\nmuster.conf \\- the settings of muster's servers\n.SH DESCRIPTION\n.I /etc/muster/muster.conf\nis YAML. A \
         section may be called \n.B warewulf\nwhere this page says \n.BR server .\n\
         .SH SETTINGS\n",
    );
    for field in SERVER {
        entry(&mut text, field);
    }
    text.push_str(".SH SEE ALSO\nmuster(1), muster\\-config(1), muster\\-nodes(5)\n");
    tidy(&text)
}

fn entry(text: &mut String, field: &Field) {
    let _ = write!(text, ".TP\n.B {}\n", escape(&field.place()));
    let mut says = vec![
        format!("{}.", field.doc),
        format!("Values: {}.", field.kind.word()),
    ];
    let plain = matches!(field.kind, Kind::Switch | Kind::Bool | Kind::Choice(_));
    if !field.words().is_empty() && !plain {
        says.push(format!("As {}.", field.words().join(", ")));
    }
    if let Some(more) = several(field) {
        says.push(format!("On the command line it {more}."));
    }
    if !field.default.is_empty() {
        says.push(format!("Default: {}.", field.default));
    }
    says.push(format!("Effective: {}.", field.effect.word()));
    if field.owner == Owner::Node {
        says.push(format!("Only {} have it.", whose(field)));
    }
    if field.owner == Owner::Any && !field.inherited {
        says.push("It is not inherited.".into());
    }
    if field.secret {
        says.push("It is a secret and shown only with --secrets.".into());
    }
    if !field.acted_on {
        says.push("Not acted on yet.".into());
    }
    let says: Vec<String> = says.iter().map(|says| escape(says)).collect();
    let _ = writeln!(text, "{}", says.join("\n"));
    if field.owner != Owner::Server {
        let mut spelled = vec![escape(&shape(field))];
        if !field.flag.is_empty() {
            spelled.push(format!("\\fB{}\\fR", escape(&format!("--{}", field.flag))));
        }
        spelled.extend(field.short.map(|short| format!("\\fB\\-{short}\\fR")));
        let _ = writeln!(text, "({})", spelled.join(", "));
    }
}

/// A text in the language of man(7).
fn escape(text: &str) -> String {
    let mut out = String::new();
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        if line.starts_with(['.', '\'']) {
            out.push_str("\\&");
        }
        for letter in line.chars() {
            match letter {
                '\\' => out.push_str("\\e"),
                '-' => out.push_str("\\-"),
                '\'' => out.push_str("\\(aq"),
                '`' => out.push_str("\\(ga"),
                other => out.push(other),
            }
        }
    }
    out
}

/// Without blanks at the ends of lines, and without empty lines, which would be paragraphs of their own.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(str::trim_end);
    let lines = lines.filter(|line| !line.is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}
