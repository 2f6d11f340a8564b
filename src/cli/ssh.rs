//! `muster ssh`: one command on many nodes at a time, their output told apart.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::desk::Desk;
use super::failure::Failure;
use super::paper::{Hue, Paper};
use super::targets::Targets;
use crate::api::Mirror;
use crate::kit::{hostlist, text};

/// The longest line that is passed on whole.
const LINE: u64 = 64 << 10;
/// How much of one node's output is gathered.
const GATHERED: usize = 4 << 20;

/// What is to be run, and how.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Ssh {
    /// Which nodes, in one word: `n[01-08]`, `rack:r07`, "rack:r07 state:up"
    pub targets: String,
    /// The command, as the shell of the node reads it
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub command: Vec<String>,
    /// How many nodes at a time
    #[arg(long, short, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub fanout: u16,
    /// Seconds between one start and the next
    #[arg(long, short, default_value_t = 0.0, value_name = "SECONDS", value_parser = seconds)]
    pub sleep: f64,
    /// Gather what nodes say, and tell what is the same once
    #[arg(long, short)]
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

/// What comes from a node.
enum Said {
    Line {
        from: usize,
        complains: bool,
        line: String,
    },
    Ended {
        from: usize,
        how: io::Result<ExitStatus>,
    },
}

/// Runs a command on every node that is meant.
///
/// # Errors
/// Targets that name nothing; nodes on which it failed.
pub fn run(desk: &mut Desk<'_, '_>, ssh: &Ssh) -> Result<(), Failure> {
    let mirror = desk.mirror()?;
    let targets = Targets::read(desk.engine, std::slice::from_ref(&ssh.targets))?;
    let hosts = hosts(&mirror, &targets)?;
    let program: Vec<&str> = ssh.rsh.split_whitespace().collect();
    let [program, arguments @ ..] = program.as_slice() else {
        return Err(Failure::Usage("--rsh is empty".into()));
    };
    let command = |host: &Host| {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg(&host.address)
            .args(&ssh.command);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    };
    if ssh.dry {
        for host in &hosts {
            let words = arguments.iter().copied().chain([host.address.as_str()]);
            let words: Vec<&str> = words
                .chain(ssh.command.iter().map(String::as_str))
                .collect();
            writeln!(desk.paper, "{}: {program} {}", host.name, words.join(" "))?;
        }
        return Ok(());
    }
    let ends = fan_out(desk, &hosts, ssh, &command)?;
    verdict(&hosts, ends)
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

/// How each node ended, in the order of `hosts`.
type Ends = Vec<Option<io::Result<ExitStatus>>>;

/// Runs the command everywhere, so many at a time, and tells what comes.
fn fan_out(
    desk: &mut Desk<'_, '_>,
    hosts: &[Host],
    ssh: &Ssh,
    command: &dyn Fn(&Host) -> Command,
) -> Result<Ends, Failure> {
    let (sender, receiver) = channel();
    let mut waiting: VecDeque<usize> = (0..hosts.len()).collect();
    let mut ends: Ends = hosts.iter().map(|_| None).collect();
    let mut gathered: Vec<String> = vec![String::new(); if ssh.gather { hosts.len() } else { 0 }];
    let mut busy = 0;
    while busy > 0 || !waiting.is_empty() {
        if busy < usize::from(ssh.fanout)
            && let Some(from) = waiting.pop_front()
        {
            match command(&hosts[from]).spawn() {
                Ok(child) => {
                    follow(from, child, &sender)?;
                    busy += 1;
                }
                Err(error) => ends[from] = Some(Err(error)),
            }
            if ssh.sleep > 0.0 && !waiting.is_empty() {
                thread::sleep(Duration::from_secs_f64(ssh.sleep));
            }
            continue;
        }
        match next(&receiver)? {
            Said::Line {
                from,
                complains,
                line,
            } => match gathered.get_mut(from) {
                Some(all) if all.len() < GATHERED => all.push_str(&format!("{line}\n")),
                Some(_) => {}
                None => tell(desk, &hosts[from].name, complains, &line)?,
            },
            Said::Ended { from, how } => {
                ends[from] = Some(how);
                busy -= 1;
            }
        }
    }
    if ssh.gather {
        together(desk.paper, hosts, &gathered)?;
    }
    Ok(ends)
}

fn next(receiver: &Receiver<Said>) -> Result<Said, Failure> {
    receiver
        .recv()
        .map_err(|_| Failure::Refused("what the nodes say cannot be read".into()))
}

fn tell(desk: &mut Desk<'_, '_>, name: &str, complains: bool, line: &str) -> io::Result<()> {
    let line = format!("{name}: {}", text::sanitise(line));
    if complains {
        return writeln!(desk.err, "{line}");
    }
    writeln!(desk.paper, "{line}")?;
    desk.paper.flush()
}

/// Texts that are the same, once, under the names of who said them.
fn together(paper: &mut Paper<'_>, hosts: &[Host], gathered: &[String]) -> io::Result<()> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (host, said) in hosts.iter().zip(gathered) {
        groups.entry(said).or_default().push(&host.name);
    }
    let mut groups: Vec<(&str, Vec<&str>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    for (said, names) in groups {
        let head = format!("{} ({})", hostlist::compress(&names), names.len());
        writeln!(paper, "{}", paper.paint(Some(Hue::Moving), &head))?;
        for line in said.lines() {
            writeln!(paper, "  {}", text::sanitise(line))?;
        }
    }
    Ok(())
}

/// Passes on what a process says, and how it ends once it has said all.
fn follow(from: usize, mut child: Child, sender: &Sender<Said>) -> io::Result<()> {
    let out = child.stdout.take();
    let err = child.stderr.take();
    let sender = sender.clone();
    let listen = move || {
        let complaints = sender.clone();
        let other = err
            .map(|err| thread::Builder::new().spawn(move || lines(from, true, err, &complaints)));
        if let Some(out) = out {
            lines(from, false, out, &sender);
        }
        if let Some(Ok(other)) = other {
            // A listener that panicked has nothing more to pass on.
            let _ = other.join();
        }
        // Whoever has stopped listening does not need the end either.
        let _ = sender.send(Said::Ended {
            from,
            how: child.wait(),
        });
    };
    thread::Builder::new()
        .name("ssh".into())
        .spawn(listen)
        .map(|_| ())
}

fn lines(from: usize, complains: bool, source: impl Read, sender: &Sender<Said>) {
    let mut source = BufReader::new(source);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match (&mut source).take(LINE).read_until(b'\n', &mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let line = String::from_utf8_lossy(&bytes);
                let line = line.trim_end_matches(['\n', '\r']).to_owned();
                if sender
                    .send(Said::Line {
                        from,
                        complains,
                        line,
                    })
                    .is_err()
                {
                    return;
                }
            }
        }
    }
}

/// Tells on which nodes it failed, and how.
fn verdict(hosts: &[Host], ends: Ends) -> Result<(), Failure> {
    let mut failed: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (host, end) in hosts.iter().zip(ends) {
        let how = match end {
            Some(Ok(status)) if status.success() => continue,
            Some(Ok(status)) => status.to_string(),
            Some(Err(error)) => format!("cannot be started: {error}"),
            None => "was not started".into(),
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
