//! `muster`: the console, on a daemon that runs or that is started for it.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use muster::api::Command;
use muster::cli::{Args, ColorDepth};
use muster::console::look::Depth;
use muster::console::{self, Exit};
use muster::link::{self, Link, Trouble};
use muster::model::Paths;

/// How long a daemon that we start may take to answer.
const START_PATIENCE: Duration = Duration::from_secs(15);

/// Attaches to the running daemon, or starts one and attaches to that; the screen is there meanwhile.
pub fn open(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    console::at_a_terminal()?;
    let absent = matches!(
        link::ask(&paths.socket(), &Command::Settings),
        Err(Trouble::Absent { .. })
    );
    if !absent {
        let link = link::attach(paths.socket())
            .context("the thread that talks to the daemon cannot be started")?;
        show(args, paths, link, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let hint = "the boot servers that this console started go on; they end by themselves once nothing has booted for ten minutes";
    let name = paths.socket().display().to_string().into();
    let (root, places) = (args.root.clone(), paths.clone());
    let (link, started) = link::later(name, move |tell| {
        tell.say("starting the boot servers");
        start_daemon(root.as_deref(), &places, false, &|| false)?;
        Ok::<_, anyhow::Error>(places.socket())
    })?;
    if show(args, paths, link, Some(hint))? == Exit::Unreached {
        started
            .join()
            .map_err(|_| anyhow!("the thread that starts the boot servers has panicked"))??;
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the console on a link. `hint` says what becomes of the servers after it.
pub fn show(args: &Args, paths: &Paths, link: Link, hint: Option<&str>) -> anyhow::Result<Exit> {
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
        detach_hint: hint.map(str::to_owned),
        crash_dir: Some(paths.run.clone()),
        prefs: Some(
            Paths::user(&|name| std::env::var_os(name), uid.as_raw())
                .conf
                .join("console.yaml"),
        ),
        drafts: Some(
            Paths::user(&|name| std::env::var_os(name), uid.as_raw())
                .state
                .join("drafts"),
        ),
        zone: jiff::tz::TimeZone::system().into(),
        ..console::Options::default()
    };
    console::run(link, options)
}

/// Starts a daemon as a detached child and waits until it answers, or until `enough` holds. A tethered one ends when the thread
/// that started it ends, however that ends.
pub fn start_daemon(
    root: Option<&Path>,
    paths: &Paths,
    tethered: bool,
    enough: &dyn Fn() -> bool,
) -> anyhow::Result<Child> {
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
    while began.elapsed() < START_PATIENCE && !enough() {
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
    if tethered {
        child.kill()?;
        child.wait()?;
    }
    bail!(
        "the boot servers do not answer; their log is {}",
        log.display()
    );
}
