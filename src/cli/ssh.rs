//! `muster ssh`: one command on many nodes at a time, their output told apart.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::desk::Desk;
use super::failure::Failure;
use super::fanout::{End, FanOut};
use super::paper::{Hue, Paper};
use super::targets::Targets;
use crate::api::Mirror;
use crate::kit::{hostlist, text};

/// What is to be run, and how.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Ssh {
    /// Which nodes, in one word (`n[01-08]`, `@gpu`, `rack:r07`, "rack:r07 state:up"), then the command, as the shell of the node
    /// reads it; with -w the command alone
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_names = ["TARGETS", "COMMAND"],
        num_args = 1..
    )]
    pub words: Vec<String>,
    /// Which nodes, as in pdsh and clush; what follows is then the command
    #[arg(long = "nodes", short = 'w', value_name = "TARGETS")]
    pub nodes: Option<String>,
    /// How many nodes at a time
    #[arg(long, short, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub fanout: u16,
    /// Seconds between one start and the next
    #[arg(long, short, default_value_t = 0.0, value_name = "SECONDS", value_parser = seconds)]
    pub sleep: f64,
    /// Seconds after which a node that has not finished is given up; 0 = never
    #[arg(long, short, default_value_t = 0.0, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: f64,
    /// Gather what nodes say, and tell what is the same once, under the names of who said it
    #[arg(long, short, short_alias = 'b')]
    pub gather: bool,
    /// Print what would be run, and run nothing
    #[arg(long = "dry-run", short = 'n')]
    pub dry: bool,
    /// The program that reaches a node, with its arguments
    #[arg(
        long,
        default_value = "ssh -o BatchMode=yes -o ConnectTimeout=10",
        value_name = "PROGRAM"
    )]
    pub rsh: String,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "it is no number of seconds".to_owned())?;
    let sensible = (0.0..=3600.0).contains(&number);
    if sensible {
        Ok(number)
    } else {
        Err("it is not between 0 and 3600".into())
    }
}

/// A node and where it is reached.
#[derive(Debug, Clone)]
struct Host {
    name: String,
    address: String,
}

impl Ssh {
    /// Who is meant, and what is to be run there.
    fn parts(&self) -> Result<(&str, Vec<&str>), Failure> {
        let mut words = self.words.iter().map(String::as_str);
        let targets = self.nodes.as_deref().or_else(|| words.next());
        let targets = targets.unwrap_or_default();
        let command: Vec<&str> = words.collect();
        match command.first() {
            Some(flag) if flag.starts_with('-') => Err(Failure::Usage(format!(
                "`{flag}` is no command; flags stand before the nodes, as in `muster ssh {flag} {targets} uptime`"
            ))),
            Some(_) => Ok((targets, command)),
            None => Err(Failure::Usage(format!(
                "there is no command to run: `muster ssh {targets} uptime`"
            ))),
        }
    }
}

/// Runs a command on every node that is meant.
///
/// # Errors
/// Targets that name nothing; nodes on which it failed.
pub fn run(desk: &mut Desk<'_, '_>, ssh: &Ssh) -> Result<(), Failure> {
    let (targets, words) = ssh.parts()?;
    let targets = Targets::read(desk.engine, &[targets.to_owned()])?;
    let mirror = desk.mirror()?;
    let hosts = hosts(&mirror, &targets)?;
    let program: Vec<&str> = ssh.rsh.split_whitespace().collect();
    let [program, arguments @ ..] = program.as_slice() else {
        return Err(Failure::Usage("--rsh is empty".into()));
    };
    if ssh.dry {
        for host in &hosts {
            let line = arguments.iter().copied().chain([host.address.as_str()]);
            let line: Vec<&str> = line.chain(words.iter().copied()).collect();
            let line = format!("{}: {program} {}", host.name, line.join(" "));
            writeln!(desk.paper, "{}", text::sanitise(&line))?;
        }
        return Ok(());
    }
    // No shell in between: every word reaches the program as it is.
    let commands = hosts.iter().map(|host| {
        let mut command = Command::new(program);
        command.args(arguments).arg(&host.address).args(&words);
        command.stdin(Stdio::null());
        command
    });
    let mut fanout = FanOut::new(commands.collect(), usize::from(ssh.fanout));
    fanout.pause = Duration::from_secs_f64(ssh.sleep);
    fanout.limit = (ssh.timeout > 0.0).then(|| Duration::from_secs_f64(ssh.timeout));
    let mut gathered = vec![Gathered::default(); if ssh.gather { hosts.len() } else { 0 }];
    let ends = fanout.run(&mut |from, complains, line| match gathered.get_mut(from) {
        Some(all) => {
            all.take(complains, line);
            Ok(())
        }
        None => tell(desk, &hosts[from].name, complains, line),
    })?;
    if ssh.gather {
        together(desk.paper, &hosts, &gathered)?;
    }
    verdict(&hosts, &ends, ssh.timeout)
}

/// The nodes that are meant. One that never had an address is reached by its name.
fn hosts(mirror: &Mirror, targets: &Targets) -> Result<Vec<Host>, Failure> {
    let rows = targets.among(mirror);
    targets.check(mirror, rows.len())?;
    let host = |(row, status): &(&crate::api::NodeRow, &crate::fleet::Status)| {
        let address = status.ip.or(row.ip).map(|ip| ip.to_string());
        Host {
            name: row.name.to_string(),
            address: address.unwrap_or_else(|| row.name.to_string()),
        }
    };
    let hosts: Vec<Host> = rows.iter().map(host).collect();
    if hosts.is_empty() {
        return Err(Failure::Refused("there is no node yet".into()));
    }
    Ok(hosts)
}

fn tell(desk: &mut Desk<'_, '_>, name: &str, complains: bool, line: &str) -> io::Result<()> {
    let line = format!("{name}: {}", text::sanitise(line));
    if complains {
        return writeln!(desk.err, "{line}");
    }
    writeln!(desk.paper, "{line}")?;
    desk.paper.flush()
}

/// How much of one node's output is gathered.
const GATHERED: usize = 4 << 20;

/// What a node has said, and what it has complained of: which came first is chance.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Gathered {
    said: String,
    complained: String,
    cut: bool,
}

impl Gathered {
    fn take(&mut self, complains: bool, line: &str) {
        if self.said.len() + self.complained.len() + line.len() >= GATHERED {
            self.cut = true;
            return;
        }
        let text = if complains {
            &mut self.complained
        } else {
            &mut self.said
        };
        text.push_str(line);
        text.push('\n');
    }
}

/// Texts that are the same, once, under the names of who said them; first what most nodes said.
fn together(paper: &mut Paper<'_>, hosts: &[Host], gathered: &[Gathered]) -> io::Result<()> {
    let mut groups: BTreeMap<&Gathered, Vec<&str>> = BTreeMap::new();
    for (host, said) in hosts.iter().zip(gathered) {
        groups.entry(said).or_default().push(&host.name);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    for (all, names) in groups {
        let head = format!("{} ({})", hostlist::compress(&names), names.len());
        writeln!(paper, "{}", paper.paint(Some(Hue::Moving), &head))?;
        for (text, hue) in [(&all.said, None), (&all.complained, Some(Hue::Bad))] {
            for line in text.lines() {
                let line = text::sanitise(line);
                writeln!(paper, "  {}", paper.paint(hue, &line))?;
            }
        }
        let silent = all.said.is_empty() && all.complained.is_empty();
        let remark = match (all.cut, silent) {
            (true, _) => "… and more: 4 MiB of a node are gathered",
            (false, true) => "nothing was said",
            (false, false) => continue,
        };
        writeln!(paper, "  {}", paper.paint(Some(Hue::Faint), remark))?;
    }
    Ok(())
}

/// Tells on which nodes it failed, and how.
fn verdict(hosts: &[Host], ends: &[End], limit: f64) -> Result<(), Failure> {
    let mut failed: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (host, end) in hosts.iter().zip(ends) {
        let how = match end {
            End::Ended(status) if status.success() => continue,
            End::Ended(status) => status.to_string(),
            End::Unstarted(why) => format!("cannot be started: {why}"),
            End::GivenUp => format!("not finished after {limit} s"),
            End::Unknown(why) => format!("nobody knows how it ended: {why}"),
        };
        failed.entry(how).or_default().push(&host.name);
    }
    if failed.is_empty() {
        return Ok(());
    }
    let count: usize = failed.values().map(Vec::len).sum();
    let groups: Vec<String> = failed
        .iter()
        .map(|(how, names)| format!("{} ({how})", hostlist::compress(names)))
        .collect();
    Err(Failure::Refused(format!(
        "it failed on {count} of {}: {}",
        hosts.len(),
        groups.join("; ")
    )))
}
