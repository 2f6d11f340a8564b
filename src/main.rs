//! The program: parses arguments and joins the floors.

#[path = "main/demo.rs"]
mod demo;
#[path = "main/screen.rs"]
mod screen;

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Parser;
use muster::api::{Command, Reply};
use muster::cli::{self, Args, Ask, ImageVerb, Paper, Verb};
use muster::daemon;
use muster::link::{self, Link, Trouble};
use muster::model::Paths;

/// How long a daemon that was told to stop may take; transfers under way are finished first.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let args = Args::parse();
    let paths = paths(&args);
    let result = match (&args.verb, args.serve, args.demo) {
        (Some(Verb::Image(verb)), ..) => image(verb, &paths),
        (Some(verb), ..) => {
            let (mut paper, mut err) = (Paper::found(), io::stderr());
            // What the files say is all that a check wants to know.
            let quiet = matches!(verb, Verb::Check { .. });
            let reach = Reach {
                paths: &paths,
                quiet,
            };
            return cli::run(verb, &reach, &mut paper, &mut err);
        }
        (None, true, _) => serve(&args, paths),
        (None, _, true) => demo::play(&args),
        (None, ..) => screen::open(&args, &paths),
    };
    result.unwrap_or_else(|error| {
        complain(&format!("muster: {error:#}"));
        ExitCode::FAILURE
    })
}

/// A line on standard error. Without a place for complaints the exit code has to do.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Where this muster's files are: below `--root`; else the system's for root, and for everybody else while one runs there; else the
/// user's own.
fn paths(args: &Args) -> Paths {
    let uid = nix::unistd::geteuid();
    match &args.root {
        Some(root) => Paths::under(&std::path::absolute(root).unwrap_or_else(|_| root.clone())),
        // Under systemd an unprivileged muster is given its folders; there the system's places are meant too.
        None if uid.is_root() || args.serve || Paths::system().socket().exists() => Paths::system(),
        None => Paths::user(&|name| std::env::var_os(name), uid.as_raw()),
    }
}

/// How verbs reach an engine: the daemon if one runs, else the files.
struct Reach<'a> {
    paths: &'a Paths,
    /// Whether it is left unsaid that no daemon runs.
    quiet: bool,
}

impl Ask for Reach<'_> {
    fn ask(&self, command: Command) -> Result<Reply, String> {
        match link::ask(&self.paths.socket(), &command) {
            Ok(reply) => Ok(reply),
            Err(absent @ Trouble::Absent { .. }) => match command {
                Command::Reload | Command::Stop => Err(absent.to_string()),
                command => {
                    if !self.quiet
                        && matches!(
                            command,
                            Command::Snapshot | Command::Why { .. } | Command::Node { .. }
                        )
                    {
                        complain("muster: no daemon runs here; this is what the files say");
                    }
                    daemon::offline::ask(self.paths, command)
                }
            },
            Err(trouble) => Err(trouble.to_string()),
        }
    }

    fn attach(&self) -> Result<Link, String> {
        link::attach(self.paths.socket()).map_err(|e| e.to_string())
    }

    fn stop(&self) -> Result<(), String> {
        let process = daemon::lock::holder(&self.paths.state);
        self.ask(Command::Stop)?;
        let began = Instant::now();
        while process.is_some_and(daemon::lock::lives) {
            if began.elapsed() > STOP_PATIENCE {
                return Err(
                    "muster was told to stop and has not stopped yet; its log says why".into(),
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// `muster --serve`.
fn serve(args: &Args, paths: Paths) -> anyhow::Result<ExitCode> {
    daemon::log::start();
    if args.linger || args.tethered {
        // Started by a console: its own session, so that what ends the terminal does not end the boots.
        let _ = nix::unistd::setsid();
    }
    if args.tethered {
        nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGTERM)?;
    }
    daemon::run::run(&daemon::run::Options {
        paths,
        linger: args.linger,
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A job on an image as its terminal sees it: a line that moves, and ctrl-C.
struct ImageJob {
    interrupt: daemon::images::Interrupt,
    meter: cli::Meter<io::Stderr>,
}

impl ImageJob {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: daemon::images::Interrupt::listen()?,
            meter: cli::Meter::new(io::stderr()),
        })
    }

    fn tell(&mut self, at: daemon::images::Progress) -> ControlFlow<()> {
        let word = match at.work {
            daemon::images::Work::Copy => "copying",
            daemon::images::Work::Pack => "packing",
        };
        self.meter.show(word, at.files, at.bytes, at.of);
        if self.interrupt.asked() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// `muster image …`: work on files, a word to the daemon if one runs, and the image as it is then.
fn image(verb: &ImageVerb, paths: &Paths) -> anyhow::Result<ExitCode> {
    let mut paper = Paper::found();
    let changed = match verb {
        ImageVerb::Import { dir, name, force } => {
            let mut job = ImageJob::new()?;
            let imported =
                daemon::images::import(dir, name, &paths.state, *force, &mut |at| job.tell(at));
            job.meter.clear();
            for warning in imported?.warnings {
                complain(&format!("muster: {warning}"));
            }
            Some((name, ""))
        }
        ImageVerb::Build { name } => {
            let mut job = ImageJob::new()?;
            let built = daemon::images::build(name, &paths.state, &mut |at| job.tell(at));
            job.meter.clear();
            Some((name, if built?.unchanged { "unchanged, " } else { "" }))
        }
        ImageVerb::List { .. } => None,
    };
    if changed.is_some() {
        match link::ask(&paths.socket(), &Command::Reload) {
            Ok(_) | Err(Trouble::Absent { .. }) => {}
            Err(trouble) => complain(&format!("muster: {trouble}; tell it with `muster reload`")),
        }
    }
    let Reply::Images(images) = (Reach { paths, quiet: true })
        .ask(Command::Images)
        .map_err(anyhow::Error::msg)?
    else {
        bail!("the engine did not answer with its images");
    };
    match (verb, changed) {
        (_, Some((name, note))) => {
            for image in images.iter().filter(|image| *image.name == **name) {
                writeln!(paper, "{name}: {note}{}", cli::describe(image))?;
            }
        }
        (ImageVerb::List { json }, None) => cli::list_images(&mut paper, &images, *json)?,
        (_, None) => {}
    }
    paper.flush()?;
    Ok(ExitCode::SUCCESS)
}
