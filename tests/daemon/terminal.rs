//! A terminal for a program under test: a pty, what the program drew on it, and how many bytes that took.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};

use super::world::until;

/// A program on a terminal of 120 columns and 36 lines.
pub struct Terminal {
    master: Option<Arc<File>>,
    reader: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    seen: Arc<Seen>,
    child: Child,
}

struct Seen {
    screen: Mutex<vt100::Parser>,
    raw: Mutex<Vec<u8>>,
    bytes: AtomicU64,
}

impl Terminal {
    /// Runs `command` as the leader of a session whose controlling terminal this is.
    pub fn run(command: &Command) -> Self {
        // Closed on exec from the start: a master that leaked into some program would keep the line up for ever.
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname_r(&master).unwrap();
        let sized = Command::new("stty")
            .args(["-F", &name, "rows", "36", "cols", "120"])
            .status()
            .unwrap();
        assert!(sized.success(), "{name} takes no size");
        let slave = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlag::O_NOCTTY.bits())
            .open(&name)
            .unwrap();
        // setsid(1) makes the session without any unsafe code here; it becomes the program, with the same process id.
        let mut leader = Command::new("setsid");
        leader
            .arg("--ctty")
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(slave.try_clone().unwrap())
            .stdout(slave.try_clone().unwrap())
            .stderr(slave);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => leader.env(name, value),
                None => leader.env_remove(name),
            };
        }
        leader.env("TERM", "xterm-256color");
        Self::watch(File::from(OwnedFd::from(master)), leader)
    }

    fn watch(master: File, mut leader: Command) -> Self {
        let child = leader.spawn().unwrap();
        // The slave's last copies in this process close here, so that the program's end is the terminal's end.
        drop(leader);
        let master = Arc::new(master);
        let seen = Arc::new(Seen {
            screen: Mutex::new(vt100::Parser::new(36, 120, 0)),
            raw: Mutex::default(),
            bytes: AtomicU64::new(0),
        });
        let stop = Arc::new(AtomicBool::new(false));
        let reader = {
            let (master, seen, stop) = (master.clone(), seen.clone(), stop.clone());
            thread::spawn(move || read_all(&master, &seen, &stop))
        };
        Self {
            master: Some(master),
            reader: Some(reader),
            stop,
            seen,
            child,
        }
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.seen.screen.lock().unwrap().screen().contents()
    }

    /// Everything the program ever wrote.
    pub fn raw(&self) -> Vec<u8> {
        self.seen.raw.lock().unwrap().clone()
    }

    /// How many bytes that were.
    pub fn bytes(&self) -> u64 {
        self.seen.bytes.load(Ordering::SeqCst)
    }

    pub fn press(&self, keys: &str) {
        let mut master: &File = self.master.as_ref().unwrap();
        master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the screen shows `text`.
    pub fn shows(&self, limit: Duration, text: &str) {
        let began = Instant::now();
        while !self.screen().contains(text) {
            assert!(
                began.elapsed() < limit,
                "`{text}` is not on the screen after {limit:?}:\n{}",
                self.screen()
            );
            sleep(Duration::from_millis(50));
        }
    }

    /// Waits until nothing was written for `quiet`.
    pub fn settles(&self, quiet: Duration, limit: Duration) {
        let began = Instant::now();
        let (mut last, mut since) = (self.bytes(), Instant::now());
        while since.elapsed() < quiet {
            assert!(
                began.elapsed() < limit,
                "it never stops drawing:\n{}",
                self.screen()
            );
            sleep(Duration::from_millis(50));
            if self.bytes() != last {
                (last, since) = (self.bytes(), Instant::now());
            }
        }
    }

    /// The line drops: the far end of the terminal is closed.
    pub fn hang_up(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.master = None;
    }

    /// How the program ended.
    pub fn ended(&mut self, limit: Duration) -> ExitStatus {
        let mut status = None;
        let screen = self.screen();
        until(
            limit,
            &format!("the program ends; on its screen:\n{screen}"),
            || {
                status = self.child.try_wait().unwrap();
                status.is_some()
            },
        );
        status.unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.hang_up();
    }
}

fn read_all(master: &File, seen: &Seen, stop: &AtomicBool) {
    let mut buffer = [0; 65_536];
    while !stop.load(Ordering::SeqCst) {
        let mut waiting = [PollFd::new(master.as_fd(), PollFlags::POLLIN)];
        if poll(&mut waiting, PollTimeout::from(50u16)).unwrap_or(0) == 0 {
            continue;
        }
        let mut source = master;
        match source.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => {
                seen.screen.lock().unwrap().process(&buffer[..n]);
                seen.raw.lock().unwrap().extend_from_slice(&buffer[..n]);
                seen.bytes.fetch_add(n as u64, Ordering::SeqCst);
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            // EIO: the program's side is closed.
            Err(_) => return,
        }
    }
}

/// A program that is no console proves the terminal itself.
#[test]
fn a_terminal_shows_what_is_written_and_hangs_up() {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "tty; echo over here; read key; echo \"got $key\"; read key",
    ]);
    command.stdin(Stdio::null());
    let mut terminal = Terminal::run(&command);
    terminal.shows(Duration::from_secs(5), "/dev/pts/");
    terminal.shows(Duration::from_secs(5), "over here");
    terminal.press("x\n");
    terminal.shows(Duration::from_secs(5), "got x");
    let before = terminal.bytes();
    assert!(before > 20, "{before} bytes counted");
    terminal.hang_up();
    assert!(!terminal.ended(Duration::from_secs(5)).success());
}
