//! The program: parses arguments and joins the floors.

use std::cell::Cell;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use muster::api::{Command, Reply};
use muster::cli::{self, Args, Ask, ColorDepth, ImageVerb, Paper, Typist, Verb};
use muster::console::look::Depth;
use muster::link::{self, Link, Trouble};
use muster::model::Paths;
use muster::{console, daemon, rehearse};

/// How long a daemon that we start may take to answer.
const START_PATIENCE: Duration = Duration::from_secs(15);
/// How long one that was told to stop may take; transfers under way are finished first.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// Every demo plays the same story.
const DEMO_SEED: u64 = 7;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    match cli::answer(&words, quiet) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(_) => return ExitCode::FAILURE,
    }
    let args = match Args::read(words) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
    let paths = paths(args.root.as_deref(), args.serve);
    let result = match (&args.verb, args.serve, args.demo) {
        (Some(Verb::Image(verb)), ..) => image(verb, &paths),
        (Some(verb), ..) => {
            let (mut paper, mut err) = (Paper::found(), io::stderr());
            let reach = Reach::new(&paths);
            return cli::run(verb, &reach, &mut paper, &mut err, &mut Typist::default());
        }
        (None, true, _) => serve(&args, paths),
        (None, _, true) => demo(&args),
        (None, ..) => open_console(&args, &paths, false),
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
fn paths(root: Option<&Path>, serve: bool) -> Paths {
    let uid = nix::unistd::geteuid();
    match root {
        Some(root) => Paths::under(&std::path::absolute(root).unwrap_or_else(|_| root.into())),
        // Under systemd an unprivileged muster is given its folders; there the system's places are meant too.
        None if uid.is_root() || serve || Paths::system().socket().exists() => Paths::system(),
        None => Paths::user(&|name| std::env::var_os(name), uid.as_raw()),
    }
}

/// How verbs reach an engine: the daemon if one runs, else the files.
struct Reach<'a> {
    paths: &'a Paths,
    /// Whether it was said that no daemon answers.
    said: Cell<bool>,
}

impl<'a> Reach<'a> {
    const fn new(paths: &'a Paths) -> Self {
        Self {
            paths,
            said: Cell::new(false),
        }
    }
}

/// The engine for a shell that completes words: it complains of nothing.
fn quiet(root: Option<OsString>) -> cli::Quiet {
    let paths = paths(root.as_deref().map(Path::new), false);
    Arc::new(move |command| match link::ask(&paths.socket(), &command) {
        Ok(reply) => Some(reply),
        Err(Trouble::Absent { .. }) => daemon::offline::ask(&paths, command).ok(),
        Err(_) => None,
    })
}

impl Ask for Reach<'_> {
    fn ask(&self, command: Command) -> Result<Reply, String> {
        match link::ask(&self.paths.socket(), &command) {
            Ok(reply) => Ok(reply),
            Err(absent @ Trouble::Absent { .. }) => match command {
                Command::Reload | Command::Stop => Err(absent.to_string()),
                command => {
                    let tells = matches!(
                        command,
                        Command::Snapshot | Command::Why { .. } | Command::Node { .. }
                    );
                    if tells && !self.said.replace(true) {
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

/// `muster`: attach to the running daemon, or start one and attach to that. `demo` says that the servers end with the screen anyway.
fn open_console(args: &Args, paths: &Paths, demo: bool) -> anyhow::Result<ExitCode> {
    let mut hint = None;
    if let Err(Trouble::Absent { .. }) = link::ask(&paths.socket(), &Command::Settings) {
        start_daemon(args.root.as_deref(), paths, false)?;
        hint = (!demo).then(|| {
            "the boot servers that this console started go on; they end by themselves once nothing has booted for ten minutes".to_owned()
        });
    }
    let link = link::attach(paths.socket())
        .context("the thread that talks to the daemon cannot be started")?;
    let uid = nix::unistd::geteuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    let options = console::Options {
        theme: args.theme.clone(),
        depth: args.color.map(|depth| match depth {
            ColorDepth::True => Depth::True,
            ColorDepth::C256 => Depth::Indexed,
            ColorDepth::C16 => Depth::Sixteen,
            ColorDepth::None => Depth::None,
        }),
        ascii: args.ascii,
        user: user.map_or_else(|| "somebody".into(), |user| user.name.into()),
        detach_hint: hint,
        crash_dir: Some(paths.run.clone()),
        prefs: Some(
            Paths::user(&|name| std::env::var_os(name), uid.as_raw())
                .conf
                .join("console.yaml"),
        ),
        ..console::Options::default()
    };
    console::run(link, options)?;
    Ok(ExitCode::SUCCESS)
}

/// Starts a daemon as a detached child and waits until it answers. A tethered one ends when this process ends, however that ends.
fn start_daemon(root: Option<&Path>, paths: &Paths, tethered: bool) -> anyhow::Result<Child> {
    fs::create_dir_all(&paths.run)
        .with_context(|| format!("{} cannot be made", paths.run.display()))?;
    let log = paths.run.join("muster.log");
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&log);
    let file = file.with_context(|| format!("{} cannot be written", log.display()))?;
    let mut process = std::process::Command::new(std::env::current_exe()?);
    if let Some(root) = root {
        process.arg("--root").arg(root);
    }
    process
        .args(["--serve", if tethered { "--tethered" } else { "--linger" }])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file);
    let mut child = process
        .spawn()
        .context("the boot servers cannot be started")?;
    let began = Instant::now();
    while began.elapsed() < START_PATIENCE {
        if link::ask(&paths.socket(), &Command::Settings).is_ok() {
            return Ok(child);
        }
        if let Some(status) = child.try_wait()? {
            let said = fs::read_to_string(&log).unwrap_or_default();
            bail!(
                "the boot servers did not start ({status}): {}",
                said.trim_end().rsplit('\n').next().unwrap_or_default()
            );
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!(
        "the boot servers do not answer; their log is {}",
        log.display()
    );
}

/// `muster --demo`: a throw-away root, real servers on loopback, simulated nodes that really boot.
fn demo(args: &Args) -> anyhow::Result<ExitCode> {
    let root = Scratch::new()?;
    complain("muster: making a cluster of simulated nodes …");
    let demo = rehearse::demo(&root.path, args.nodes as usize, DEMO_SEED)?;
    let paths = Paths::under(&demo.root);
    for (name, _) in &demo.images {
        daemon::images::build(name, &paths.state, &mut daemon::images::quiet)?;
    }
    let mut child = start_daemon(Some(&demo.root), &paths, true)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let actors = std::thread::Builder::new()
        .name("actors".into())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let played = runtime
                .and_then(|runtime| runtime.block_on(rehearse::run(demo.rehearsal, stopped)));
            if let Err(error) = played {
                complain(&format!(
                    "muster: the simulated nodes cannot ask for addresses: {error}"
                ));
            }
        });
    let result = actors
        .context("the simulated nodes cannot be started")
        .and_then(|actors| {
            let result = if args.headless {
                wait_for_end()
            } else {
                open_console(args, &paths, true)
            };
            stop.send_replace(true);
            // A thread of actors that panicked has nothing more to say.
            let _ = actors.join();
            result
        });
    // Whatever became of the screen, nothing of the demo stays behind.
    let _ = link::ask(&paths.socket(), &Command::Stop);
    let began = Instant::now();
    while child.try_wait()?.is_none() {
        if began.elapsed() > START_PATIENCE {
            child.kill()?;
            child.wait()?;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    result
}

/// Without a screen the demo runs until it is interrupted.
fn wait_for_end() -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut signals = daemon::signals::listen()?;
        while signals.next().await != daemon::signals::Signal::Stop {}
        Ok(ExitCode::SUCCESS)
    })
}

/// A folder of this process alone that goes when it goes.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("muster-demo-{}", std::process::id()));
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            complain(&format!(
                "muster: {} cannot be removed: {error}",
                self.path.display()
            ));
        }
    }
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
    let Reply::Images(images) = Reach::new(paths)
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
