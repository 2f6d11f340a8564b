//! `muster node …` and `muster profile …` as they are typed: which verbs there are, and what they take.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, Command};

use super::flags::{with_values, without_values};
use crate::model::Table;
use crate::model::field::Owner;

/// The verbs about one table.
pub fn verbs(table: Table, owner: Owner) -> Vec<Command> {
    let only = (table == Table::Nodes).then(refresh);
    let all = vec![
        add(table, owner),
        set(table, owner),
        unset(table, owner),
        remove(table),
        rename(table),
        copy(table, owner),
        list(table),
        show(table),
        diff(table),
        conflicts(table),
        edit(table),
        import(table),
        export(table),
    ];
    all.into_iter().chain(only).collect()
}

fn refresh() -> Command {
    let command =
        Command::new("refresh").about("Have running nodes refresh their runtime overlays at once");
    targets(command, Table::Nodes, true)
}

fn add(table: Table, owner: Owner) -> Command {
    let command = Command::new("add")
        .visible_aliases(["new", "create"])
        .about(format!("Add {}", table.many()))
        .arg(names(table, "names"));
    changing(with_values(command, owner))
}

fn set(table: Table, owner: Owner) -> Command {
    let command = Command::new("set")
        .visible_alias("modify")
        .about(format!("Change fields of {}", table.many()));
    changing(with_values(targets(command, table, true), owner))
}

fn unset(table: Table, owner: Owner) -> Command {
    let about = format!(
        "Take fields of {} away, so that they are inherited again",
        table.many()
    );
    changing(without_values(
        targets(Command::new("unset").about(about), table, true),
        owner,
    ))
}

fn remove(table: Table) -> Command {
    let command = Command::new("rm")
        .visible_aliases(["delete", "remove", "del"])
        .about(format!("Remove {}", table.many()));
    changing(targets(command, table, true))
}

fn rename(table: Table) -> Command {
    let command = Command::new("rename")
        .visible_alias("mv")
        .about(format!("Give a {} another name", table.one()))
        .arg(name(table))
        .arg(
            Arg::new("to")
                .value_name("NEW")
                .help("Its new name")
                .required(true),
        );
    changing(command)
}

fn copy(table: Table, owner: Owner) -> Command {
    let command = Command::new("copy")
        .visible_alias("cp")
        .about(format!(
            "Add {} like another one; addresses are not copied",
            table.many()
        ))
        .arg(name(table))
        .arg(names(table, "names"));
    changing(with_values(command, owner))
}

fn list(table: Table) -> Command {
    let command = Command::new("list")
        .visible_alias("ls")
        .about(format!("List {}", table.many()));
    let command = targets(command, table, false)
        .arg(flag("own", "Every value that the entry says itself"))
        .arg(flag("merged", "Every value, the inherited ones too"))
        .arg(
            flag(
                "sources",
                "Every value, where it comes from, and what it hides",
            )
            .short('a'),
        )
        .arg(
            Arg::new("fields")
                .long("fields")
                .short('f')
                .value_name("FIELD,…")
                .help("These fields; `*` stands for any name, as in net.*.ipaddr")
                .value_delimiter(','),
        )
        .group(ArgGroup::new("columns").args(["own", "merged", "sources", "fields"]));
    secrets(forms(command))
}

fn show(table: Table) -> Command {
    Command::new("show")
        .about(format!(
            "Every field of a {}, its value, where that comes from and what it hides",
            table.one()
        ))
        .arg(name(table))
        .arg(flag("json", "As JSON"))
        .arg(flag("secrets", "Show passwords and keys"))
}

fn diff(table: Table) -> Command {
    Command::new("diff")
        .visible_alias("compare")
        .about(format!(
            "How two {} differ, with everything that they inherit",
            table.many()
        ))
        .arg(name(table))
        .arg(
            Arg::new("other")
                .value_name("OTHER")
                .help("The one that it is compared with")
                .required(true),
        )
        .arg(flag("every", "What they have in common too").long("all"))
        .arg(flag("json", "As JSON"))
}

fn conflicts(table: Table) -> Command {
    let about = match table {
        Table::Nodes => {
            "Fields in which the profiles of these nodes disagree, and which of them wins"
        }
        Table::Profiles | Table::Settings => {
            "Fields in which profiles of one list disagree, which of them wins, and who feels it"
        }
    };
    let command = Command::new("conflicts").about(about).long_about(format!(
        "{about}. Of two profiles that do not inherit from one another the one that is listed later wins; who inherits from a \
         profile overrides it on purpose, which is no conflict. Lists append, so nobody loses there."
    ));
    targets(command, table, false).arg(flag("json", "As JSON"))
}

fn edit(table: Table) -> Command {
    let command = Command::new("edit")
        .about(format!("Change {} as text in $EDITOR", table.many()))
        .long_about(format!(
            "Change {} as text in $VISUAL or $EDITOR. An entry that is taken out goes, one that is written in is new. What is \
             wrong is told above the text, with the editor at its line, until it is right or nothing is changed any more.",
            table.many()
        ));
    changing(secrets(targets(command, table, false)))
}

fn import(table: Table) -> Command {
    let command = Command::new("import")
        .about(format!(
            "Add and change {} from a file that `export` or Warewulf wrote",
            table.many()
        ))
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .help("YAML or CSV; `-` reads standard input")
                .required(true)
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .arg(flag(
            "exact",
            "What the file does not say of an entry that it names goes",
        ))
        .arg(flag("csv", "It is CSV, whatever its name").conflicts_with("yaml"))
        .arg(flag("yaml", "It is YAML, whatever its name"));
    changing(command)
}

fn export(table: Table) -> Command {
    let command = Command::new("export")
        .about(format!("Print what {} say themselves, for a file; `import` reads it back", table.many()))
        .long_about(format!(
            "Print what {} say themselves, for a file: YAML with its comments, as in nodes.conf, or CSV with a column for each field. \
             Importing it again changes nothing. Secrets are left out unless --secrets is given.",
            table.many()
        ));
    secrets(targets(command, table, false))
        .arg(flag("csv", "A column for each field").conflicts_with("json"))
        .arg(flag("json", "As JSON"))
        .arg(flag("yaml", "As YAML (the usual)").conflicts_with_all(["csv", "json"]))
}

/// What every verb that changes something takes.
fn changing(command: Command) -> Command {
    command
        .arg(flag("yes", "Ask nothing").short('y'))
        .arg(flag(
            "dry-run",
            "Print what would change, and change nothing",
        ))
        .arg(
            Arg::new("note")
                .long("note")
                .value_name("TEXT")
                .help("Why; `muster log` shows it"),
        )
        .arg(flag("json", "Print the outcome as JSON"))
}

fn forms(command: Command) -> Command {
    command
        .arg(flag("json", "As JSON"))
        .arg(flag("yaml", "As YAML"))
        .arg(flag("csv", "As comma-separated values"))
        .group(ArgGroup::new("form").args(["json", "yaml", "csv"]))
}

fn secrets(command: Command) -> Command {
    command.arg(flag("secrets", "Show passwords and keys"))
}

fn targets(command: Command, table: Table, needed: bool) -> Command {
    let (help, example) = match table {
        Table::Nodes => (
            "Which nodes: names (`n1`, `n[01-08]`, `gpu*`, `@profile`) add up, conditions (`rack:r07`, `!tag:login`) narrow",
            "NODES",
        ),
        Table::Profiles | Table::Settings => {
            ("Which profiles: names and patterns (`gpu*`)", "PROFILES")
        }
    };
    let targets = Arg::new("targets")
        .value_name(example)
        .num_args(1..)
        .help(help);
    let all = flag("all", "All of them").conflicts_with("targets");
    let all = if needed {
        all.short('a')
    } else {
        all.hide(true)
    };
    let targets = if needed {
        targets.required_unless_present("all")
    } else {
        targets
    };
    command.arg(targets).arg(all)
}

fn names(table: Table, id: &'static str) -> Arg {
    let help = match table {
        Table::Nodes => "Names of the new nodes, as n[01-16]",
        Table::Profiles | Table::Settings => "Names of the new profiles",
    };
    Arg::new(id)
        .value_name("NAMES")
        .help(help)
        .required(true)
        .num_args(1..)
}

fn name(table: Table) -> Arg {
    Arg::new("name")
        .value_name("NAME")
        .help(format!("The {}", table.one()))
        .required(true)
}

fn flag(id: &'static str, help: &'static str) -> Arg {
    Arg::new(id).long(id).help(help).action(ArgAction::SetTrue)
}
