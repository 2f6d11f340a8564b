//! A pipeline from plain bytes to one gzip member: blocks are compressed side by side and written in order.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use flate2::Crc;
use sha2::{Digest, Sha256};

use crate::wire::gzip::{BLOCK, Block, HEADER, footer, squeeze};

/// What came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    /// Bytes written.
    pub size: u64,
    /// Bytes before compression.
    pub plain: u64,
    /// SHA-256 of what was written, lower-case hex.
    pub digest: String,
}

type Numbered<T> = (u64, T);

/// Runs `fill`, which writes the plain bytes, and writes the gzip member of them to `to`, on `threads` threads besides.
///
/// # Errors
/// What `fill` or writing yields.
pub fn pack<W: Write>(
    to: W,
    level: u32,
    threads: usize,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send,
) -> io::Result<Packed> {
    let threads = threads.max(1);
    // Bounded on both ways: a slow disk slows the reading down instead of filling the memory.
    let (jobs, job) = sync_channel::<Numbered<Vec<u8>>>(threads * 2);
    let (results, done) = sync_channel::<Numbered<Result<Block, String>>>(threads * 2);
    let job = Mutex::new(job);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (job, results, stop) = (&job, results.clone(), &stop);
            scope.spawn(move || work(job, &results, stop, level));
        }
        drop(results);
        let stop = &stop;
        let filling = scope.spawn(move || {
            let mut blocks = Blocks {
                jobs,
                stop,
                number: 0,
                plain: Vec::with_capacity(BLOCK),
            };
            fill(&mut blocks).and_then(|()| blocks.send())
        });
        let written = write(to, &done);
        // When writing failed, the others must not wait for room that never comes.
        drop(done);
        let filled = filling
            .join()
            .map_err(|_| io::Error::other("reading the tree failed"))?;
        match (filled, written) {
            // A failed write closes the channels, so the reader's complaint is only its echo.
            (_, Err(error)) | (Err(error), Ok(_)) => Err(error),
            (Ok(()), Ok(packed)) => Ok(packed),
        }
    })
}

fn work(
    jobs: &Mutex<Receiver<Numbered<Vec<u8>>>>,
    results: &SyncSender<Numbered<Result<Block, String>>>,
    stop: &AtomicBool,
    level: u32,
) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, plain)) = job else {
            return;
        };
        // After a failed write the rest is only drained, so that nobody waits for room.
        if !stop.load(Ordering::Relaxed) && results.send((number, squeeze(&plain, level))).is_err()
        {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

fn write<W: Write>(
    mut to: W,
    done: &Receiver<Numbered<Result<Block, String>>>,
) -> io::Result<Packed> {
    let (mut hash, mut size, mut plain) = (Sha256::new(), 0u64, 0u64);
    let mut put = |to: &mut W, bytes: &[u8]| {
        hash.update(bytes);
        size += bytes.len() as u64;
        to.write_all(bytes).map(|()| size)
    };
    let mut crc = Crc::new();
    let mut early = BTreeMap::new();
    let mut next = 0;
    let mut so_far = put(&mut to, &HEADER)?;
    for (number, block) in done {
        early.insert(number, block.map_err(io::Error::other)?);
        while let Some(block) = early.remove(&next) {
            so_far = put(&mut to, &block.bytes)?;
            plain += u64::from(block.crc.amount());
            crc.combine(&block.crc);
            next += 1;
        }
    }
    let size = put(&mut to, &footer(&crc, plain, so_far))?;
    to.flush()?;
    let digest = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Packed {
        size,
        plain,
        digest,
    })
}

/// Cuts what is written into blocks and hands them out.
struct Blocks<'a> {
    jobs: SyncSender<Numbered<Vec<u8>>>,
    stop: &'a AtomicBool,
    number: u64,
    plain: Vec<u8>,
}

impl Blocks<'_> {
    fn send(&mut self) -> io::Result<()> {
        if self.plain.is_empty() {
            return Ok(());
        }
        let gone = || io::Error::other("the archive could not be written");
        if self.stop.load(Ordering::Relaxed) {
            return Err(gone());
        }
        let block = std::mem::replace(&mut self.plain, Vec::with_capacity(BLOCK));
        self.number += 1;
        self.jobs.send((self.number - 1, block)).map_err(|_| gone())
    }
}

impl Write for Blocks<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let room = (BLOCK - self.plain.len()).min(data.len());
        self.plain.extend_from_slice(&data[..room]);
        if self.plain.len() == BLOCK {
            self.send()?;
        }
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
