//! The program that runs on nodes: arguments to [`muster::agent`].

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use muster::agent::{Options, run};

/// What `--help` says.
const HELP: &str = "\
muster-agent keeps this node's runtime overlay as the muster server has it.

usage: muster-agent [OPTIONS]

  --once          refresh once and end
  --now           do not wait before the first refresh
  --root DIR      refresh the tree at DIR instead of /
  --config FILE   where MUSTER_SERVER and MUSTER_MAC are [/warewulf/config]
  --cmdline FILE  the kernel's command line, which wins [/proc/cmdline]
  --state DIR     what is remembered until the next boot [/run/muster/agent]
  --version       print the version and end

SIGHUP refreshes at once; SIGTERM and SIGINT end.
";

fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let done = match options(std::env::args_os().skip(1)) {
        Err(text) => Err(text),
        Ok(Asked::Text(text)) => out.write_all(text.as_bytes()).map_err(|e| e.to_string()),
        Ok(Asked::Run(options)) => run(&options, &mut err),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            // Without a place for complaints the exit code has to do.
            let _ = writeln!(err, "muster-agent: {text}");
            ExitCode::FAILURE
        }
    }
}

enum Asked {
    Text(String),
    Run(Options),
}

fn options(mut words: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let mut options = Options::default();
    while let Some(word) = words.next() {
        let name = word.to_string_lossy().into_owned();
        let place = match name.as_str() {
            "--once" => {
                options.once = true;
                continue;
            }
            "--now" => {
                options.now = true;
                continue;
            }
            "--help" | "-h" => return Ok(Asked::Text(HELP.into())),
            "--version" | "-V" => {
                let version = concat!("muster-agent ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(Asked::Text(version.into()));
            }
            "--root" => &mut options.root,
            "--config" => &mut options.config,
            "--cmdline" => &mut options.cmdline,
            "--state" => &mut options.state,
            other => {
                return Err(format!(
                    "there is no option `{other}`; see muster-agent --help"
                ));
            }
        };
        let value = words.next();
        *place = value.ok_or_else(|| format!("{name} needs a path"))?.into();
    }
    Ok(Asked::Run(options))
}
