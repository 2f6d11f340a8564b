//! How the node is, from what the kernel shows.

use std::fs;
use std::path::Path;

use crate::wire::report::Report;

/// Where the chassis asset tag and the machine's UUID are.
const ASSET: &str = "/sys/class/dmi/id/chassis_asset_tag";
const UUID: &str = "/sys/class/dmi/id/product_uuid";
/// Where a machine without SMBIOS has its number.
const SERIAL: &str = "/proc/device-tree/serial-number";

/// Fills in uptime, load and memory.
pub fn fill(report: &mut Report) {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let uptime = read("/proc/uptime");
    let seconds = uptime.split(['.', ' ']).next();
    report.uptime = seconds.and_then(|text| text.parse().ok()).unwrap_or(0);
    report.load = hundredths(read("/proc/loadavg").split(' ').next().unwrap_or_default());
    report.memory = memory(&read("/proc/meminfo"));
}

/// `1.25` as 125.
fn hundredths(text: &str) -> u32 {
    let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
    let part = part.get(..2).unwrap_or("00");
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    number(whole)
        .saturating_mul(100)
        .saturating_add(number(part))
}

fn memory(text: &str) -> Option<(u64, u64)> {
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    let all = of("MemTotal:")?;
    // Kernels before 3.14 tell no better.
    let free = of("MemAvailable:").or_else(|| of("MemFree:"))?;
    Some((free.min(all), all))
}

/// Asset key and UUID of the machine, as Warewulf's client tells them; empty where there are none.
#[must_use]
pub fn machine() -> (String, String) {
    let read = |path: &str| {
        let path = Path::new(path);
        let text = fs::read_to_string(path).unwrap_or_default();
        text.trim_matches(|c: char| c.is_whitespace() || c == '\0')
            .to_owned()
    };
    let mut asset = read(ASSET).replace(' ', "_");
    if asset.is_empty() {
        asset = read(SERIAL);
    }
    (asset, read(UUID))
}
