//! The console on a real terminal: a pty whose other end is a test. The console runs in a child, which is this test program
//! again with one test chosen.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use muster::api::{Command as Ask, Reply, Update};
use muster::console::{Exit, Options, run};
use muster::link::{Link, Message};
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::world::{snapshot, verdict};

const CHILD: &str = "MUSTER_TEST_CONSOLE";
/// Where it puts its crash files.
const CRASHES: &str = "MUSTER_TEST_CRASHES";

/// A link and the engine's end of it.
fn canned() -> (
    Link,
    tokio::sync::mpsc::Receiver<(u64, Ask)>,
    std::sync::mpsc::Sender<Message>,
) {
    let (commands, asked) = tokio::sync::mpsc::channel(16);
    let (to, updates) = channel();
    to.send(Message::Update(Update::Snapshot(Box::new(snapshot(1_024)))))
        .unwrap();
    let link = Link {
        commands,
        updates,
        name: "a canned engine".into(),
    };
    (link, asked, to)
}

/// Not a test by itself: what the child runs. Without the variable it has nothing to do.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let (link, mut asked, to) = canned();
    std::thread::spawn(move || {
        while let Some((ticket, command)) = asked.blocking_recv() {
            match command {
                Ask::Why { .. } => {
                    let _gone = to.send(Message::Reply(ticket, Reply::Why(Box::new(verdict()))));
                }
                // As a fault of ours would end any thread beside the console's own.
                Ask::Settings => panic!("the canned engine knows no settings"),
                _ => {}
            }
        }
    });
    let options = Options {
        user: "ana".into(),
        crash_dir: std::env::var_os(CRASHES).map(Into::into),
        ..Options::default()
    };
    let code = match run(link, options) {
        Ok(Exit::Left) => 10,
        Ok(Exit::Ended) => 11,
        Ok(Exit::Gone) => 12,
        Ok(Exit::Unreached) => 14,
        Err(_) => 13,
    };
    std::process::exit(code);
}

struct Sitting {
    child: Child,
    keyboard: Option<File>,
    hung_up: Arc<AtomicBool>,
    seen: Receiver<Vec<u8>>,
    terminal: vt100::Parser,
    bytes: Vec<u8>,
    path: String,
    crashes: tempfile::TempDir,
}

/// Both ends of a new pty of 120x36. Neither is inherited by what other tests start meanwhile, or it would never hang up.
fn pty() -> (File, File, String) {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname_r(&master).unwrap();
    let slave = File::options()
        .read(true)
        .write(true)
        .custom_flags(OFlag::O_NOCTTY.bits())
        .open(&path)
        .unwrap();
    size(&path, 36, 120);
    (File::from(OwnedFd::from(master)), slave, path)
}

/// Gives a terminal a size; who reads it is told by SIGWINCH.
fn size(path: &str, rows: u16, cols: u16) {
    let (rows, cols) = (rows.to_string(), cols.to_string());
    let sized = Command::new("stty")
        .args(["-F", path, "rows", &rows, "cols", &cols])
        .status()
        .unwrap();
    assert!(sized.success());
}

impl Sitting {
    fn new() -> Self {
        let (master, slave, path) = pty();
        let crashes = tempfile::tempdir().unwrap();
        let end = || Stdio::from(slave.try_clone().unwrap());
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "console::pty::child",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(CHILD, "1")
            .env(CRASHES, crashes.path())
            .env("TERM", "xterm-256color")
            .env_remove("TMUX")
            .stdin(end())
            .stdout(end())
            .stderr(Stdio::null())
            // A group of its own: ctrl-z stops the whole group, as a shell's job.
            .process_group(0)
            .spawn()
            .unwrap();
        drop(slave);
        let mut from = master.try_clone().unwrap();
        let (to, seen) = channel();
        let hung_up = Arc::new(AtomicBool::new(false));
        let stop = hung_up.clone();
        // It looks up now and then, so that the test can close this end altogether.
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while !stop.load(Ordering::SeqCst) {
                let mut fds = [PollFd::new(from.as_fd(), PollFlags::POLLIN)];
                if poll(&mut fds, PollTimeout::from(50u8)).unwrap() == 0 {
                    continue;
                }
                let Ok(read @ 1..) = from.read(&mut buffer) else {
                    return;
                };
                if to.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keyboard: Some(master),
            hung_up,
            seen,
            terminal: vt100::Parser::new(36, 120, 0),
            bytes: Vec::new(),
            path,
            crashes,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard
            .as_mut()
            .unwrap()
            .write_all(keys.as_bytes())
            .unwrap();
    }

    /// A signal to the child, by its own id.
    fn signal(&self, signal: Signal) {
        kill(
            Pid::from_raw(i32::try_from(self.child.id()).unwrap()),
            signal,
        )
        .unwrap();
    }

    /// Takes in what comes for a while; whether anything came.
    fn listen(&mut self, span: Duration) -> bool {
        let Ok(bytes) = self.seen.recv_timeout(span) else {
            return false;
        };
        self.terminal.process(&bytes);
        self.bytes.extend(bytes);
        true
    }

    fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.terminal.screen().contents().contains(text) {
            assert!(
                Instant::now() < end,
                "no `{text}` on:\n{}",
                self.terminal.screen().contents()
            );
            self.listen(Duration::from_millis(100));
        }
    }

    /// How the child ended.
    fn end(&mut self) -> i32 {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // Until the reader is at the end of the terminal: on a busy machine it may be late.
                while self.listen(Duration::from_secs(5)) {}
                return status.code().unwrap_or(-1);
            }
            if Instant::now() > end {
                self.child.kill().unwrap();
                panic!("the console did not end");
            }
            self.listen(Duration::from_millis(50));
        }
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        // By its own id; it has usually ended long before.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn ends_with_the_terminal_given_back(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("\u{1b}[?1049h") && text.rfind("\u{1b}[?1049l") > text.rfind("\u{1b}[?1049h")
}

#[test]
fn somebody_sits_down_and_leaves() {
    let mut sitting = Sitting::new();
    sitting.wait_for("needs you 8");
    sitting.press("\tx");
    sitting.wait_for("muster image build rocky9-gpu");
    sitting.press("q2");
    sitting.wait_for("PROFILES");
    sitting.press("q");
    assert_eq!(sitting.end(), 10);
    assert!(ends_with_the_terminal_given_back(&sitting.bytes));
}

#[test]
fn no_key_is_lost_that_comes_with_a_change_of_size() {
    let mut sitting = Sitting::new();
    sitting.wait_for("needs you 8");
    sitting.press("/");
    sitting.wait_for("drops it");
    let mut typed = String::new();
    for letter in "abcdefghijklmnop".chars() {
        typed.push(letter);
        // Wide and narrow in turns; the key is on its way at the same moment. The pty is nobody's controlling terminal, so
        // the signal is ours to send.
        let even = typed.len().is_multiple_of(2);
        size(&sitting.path, 36, if even { 120 } else { 119 });
        sitting.signal(Signal::SIGWINCH);
        sitting.press(&letter.to_string());
        sitting.wait_for(&typed);
    }
    sitting.press("\u{1b}");
    sitting.wait_for("needs you 8");
    sitting.press("q");
    assert_eq!(sitting.end(), 10);
}

#[test]
fn a_crash_gives_the_terminal_back_and_is_written_down() {
    let mut sitting = Sitting::new();
    sitting.wait_for("needs you 8");
    sitting.press("8");
    assert_eq!(sitting.end(), 11);
    assert!(ends_with_the_terminal_given_back(&sitting.bytes));
    let files: Vec<_> = std::fs::read_dir(sitting.crashes.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [file] = files.as_slice() else {
        panic!("{files:?}");
    };
    let text = std::fs::read_to_string(file).unwrap();
    assert!(
        text.contains("the canned engine knows no settings"),
        "{text}"
    );
}

#[test]
fn a_terminal_that_dies_ends_the_console() {
    let mut sitting = Sitting::new();
    sitting.wait_for("needs you 8");
    sitting.hung_up.store(true, Ordering::SeqCst);
    sitting.keyboard = None;
    assert_eq!(sitting.end(), 12);
}

#[test]
fn a_hang_up_signal_ends_the_console() {
    let mut sitting = Sitting::new();
    sitting.wait_for("needs you 8");
    sitting.signal(Signal::SIGHUP);
    assert_eq!(sitting.end(), 12);
}

#[test]
fn a_request_to_end_gives_the_terminal_back() {
    let mut sitting = Sitting::new();
    sitting.wait_for("needs you 8");
    sitting.signal(Signal::SIGTERM);
    assert_eq!(sitting.end(), 11);
    assert!(ends_with_the_terminal_given_back(&sitting.bytes));
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_again() {
    let mut sitting = Sitting::new();
    sitting.wait_for("needs you 8");
    sitting.press("\u{1a}");
    let stat = format!("/proc/{}/stat", sitting.child.id());
    let stopped = || {
        let stat = std::fs::read_to_string(&stat).unwrap();
        stat.rsplit(") ").next().unwrap().starts_with('T')
    };
    let end = Instant::now() + Duration::from_secs(20);
    while !stopped() || !ends_with_the_terminal_given_back(&sitting.bytes) {
        assert!(Instant::now() < end, "ctrl-z does not stop it");
        sitting.listen(Duration::from_millis(50));
    }
    // The shell writes over the screen; everything must be drawn again.
    sitting.terminal = vt100::Parser::new(36, 120, 0);
    sitting.signal(Signal::SIGCONT);
    sitting.wait_for("needs you 8");
    sitting.press("q");
    assert_eq!(sitting.end(), 10);
}
