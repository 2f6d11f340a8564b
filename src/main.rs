//! The program: parses arguments and joins the floors.

#[path = "main/demo.rs"]
mod demo;
#[path = "main/migrate.rs"]
mod migrate;
#[path = "main/reach.rs"]
mod reach;
#[path = "main/screen.rs"]
mod screen;

use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use muster::api::{Command, Reply};
use muster::cli::{self, Args, Ask, ImageVerb, Paper, Typist, Verb};
use muster::daemon;
use muster::daemon::images::Wanted;
use muster::image::source::Source;
use muster::link::{self, Trouble};
use muster::model::Paths;
use reach::Reach;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    match cli::answer(&words, reach::quiet) {
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
        (Some(Verb::Migrate(verb)), ..) => migrate::run(verb, &paths),
        (Some(verb), ..) => {
            let (mut paper, mut err) = (Paper::found(), io::stderr());
            let mut person = Typist::default();
            let reach = Reach::new(&paths, verb.is_about_files());
            return cli::run(verb, &reach, &mut paper, &mut err, &mut person);
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
fn paths(root: Option<&Path>, serve: bool) -> Paths {
    let uid = nix::unistd::geteuid();
    match root {
        Some(root) => Paths::under(&std::path::absolute(root).unwrap_or_else(|_| root.into())),
        // Under systemd an unprivileged muster is given its folders; there the system's places are meant too.
        None if uid.is_root() || serve || Paths::system().socket().exists() => Paths::system(),
        None => Paths::user(&|name| std::env::var_os(name), uid.as_raw()),
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
        ImageVerb::Import {
            source,
            name,
            platform,
            force,
        } => {
            let source = Source::parse(source).map_err(anyhow::Error::msg)?;
            let mut wanted = Wanted::here();
            if let Some(platform) = platform {
                wanted.platform = platform.parse().map_err(anyhow::Error::msg)?;
            }
            let mut job = ImageJob::new()?;
            let told = &mut |at| job.tell(at);
            let imported =
                daemon::images::import_from(&source, &wanted, name, &paths.state, *force, told);
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
    let Reply::Images(images) = Reach::new(paths, true)
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
