//! HTTP against nginx with sendfile: GB/s, CPU-seconds of the server process per GB, and small requests a second.
//!
//! Both servers run as child processes on core 0, the client on core 1, in turns; the table shows medians of the turns and their
//! ratios. Needs nginx and, for small requests, wrk. `cargo bench --bench http [-- ROUNDS [SECONDS]]`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod http_load;
mod http_peer;
#[allow(dead_code)]
#[path = "../tests/boot/http_world.rs"]
mod http_world;

use http_load::Load;
use http_peer::Peer;

/// What a run yields: GB/s and CPU-seconds per GB, or requests a second and CPU-microseconds per request.
type Run = (f64, f64);

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    if let [role, folder] = args.as_slice()
        && role == "serve"
    {
        return http_peer::serve(std::path::Path::new(folder));
    }
    let number =
        |at: usize, default: u64| args.get(at).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (rounds, seconds) = (number(0, 5), number(1, 2));
    let folder = http_peer::folder();
    let caching = Peer::nginx(folder.path(), true);
    let peers = [
        Peer::muster(folder.path()),
        Peer::nginx(folder.path(), false),
    ];
    http_load::pin(1);
    println!("{:<32} {:>9} {:>9} {:>7}", "", "muster", "nginx", "ratio");
    for connections in [1, 8, 64] {
        let mut runs: [Vec<Run>; 2] = Default::default();
        for _ in 0..rounds {
            for (peer, runs) in peers.iter().zip(&mut runs) {
                runs.push(bulk(peer, connections, seconds));
            }
        }
        row(
            &format!("{connections} connections GB/s"),
            pick(&runs, |run| run.0),
        );
        row(
            &format!("{connections} connections s/GB"),
            pick(&runs, |run| run.1),
        );
    }
    let [muster, nginx] = &peers;
    let targets = [
        ("4 KiB file", (muster, muster.small()), nginx),
        ("4 KiB, nginx caching", (muster, muster.small()), &caching),
        // nginx has no scripts to make: its static file is the measure.
        ("boot script", (muster, muster.script()), nginx),
    ];
    for (what, ours, peer) in targets {
        let pair = [ours, (peer, peer.small())];
        let mut runs: [Vec<Run>; 2] = Default::default();
        for _ in 0..rounds {
            for ((peer, url), runs) in pair.iter().zip(&mut runs) {
                let before = peer.cpu();
                if let Some((rate, count)) = http_peer::wrk(url, seconds) {
                    runs.push((rate, (peer.cpu() - before) * 1e6 / count));
                }
            }
        }
        if runs.iter().all(|runs| !runs.is_empty()) {
            row(&format!("{what} requests/s"), pick(&runs, |run| run.0));
            row(&format!("{what} us/request"), pick(&runs, |run| run.1));
        } else {
            println!("{what}: SKIPPED, wrk is not installed");
        }
    }
}

/// The medians of one figure for both servers.
fn pick(runs: &[Vec<Run>; 2], which: fn(&Run) -> f64) -> [f64; 2] {
    runs.each_ref().map(|runs| median(runs.iter().map(which)))
}

fn bulk(peer: &Peer, connections: usize, seconds: u64) -> Run {
    let before = peer.cpu();
    let bytes = Load::new(peer.at, &peer.big, connections).run(seconds);
    let gigabytes = bytes as f64 / 1e9;
    (
        gigabytes / seconds as f64,
        (peer.cpu() - before) / gigabytes,
    )
}

fn row(what: &str, values: [f64; 2]) {
    let [muster, nginx] = values;
    println!(
        "{what:<32} {muster:>9.3} {nginx:>9.3} {:>7.2}",
        muster / nginx
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
