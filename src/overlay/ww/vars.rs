//! Every name that a Go template may use, for listings.

use super::boot::BOOT;
use super::disk::{DISK, FILE_SYSTEM, PARTITION};
use super::functions::{FUNCTIONS, library};
use super::node::{DEVICE, IPMI, KERNEL, ROWS};
use super::root::AROUND;
use super::server::{DHCP, EXPORT, NFS, PATHS, SSH, TFTP, WAREWULF};
use super::thing::Row;

/// A name and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Var {
    /// Behind what it stands: nothing, or as `.NetDevs.NAME`.
    pub of: &'static str,
    /// The name.
    pub name: &'static str,
    /// What it is, in one line.
    pub doc: &'static str,
}

/// Every name of the data, by what it belongs to. `script` = of boot scripts.
#[must_use]
pub fn vars(script: bool) -> Vec<Var> {
    let mut all = Vec::new();
    if script {
        add(&mut all, "", BOOT.rows);
    } else {
        add(&mut all, "", &AROUND);
        add(&mut all, "", &ROWS);
        add(&mut all, ".Disks.NAME", DISK.rows);
        add(&mut all, ".Disks.NAME.Partitions.NAME", PARTITION.rows);
        add(&mut all, ".FileSystems.NAME", FILE_SYSTEM.rows);
        add(&mut all, ".Kernel", KERNEL.rows);
        add(&mut all, ".Ipmi", IPMI.rows);
        add(&mut all, ".Warewulf", WAREWULF.rows);
        add(&mut all, ".Dhcp", DHCP.rows);
        add(&mut all, ".Tftp", TFTP.rows);
        add(&mut all, ".Nfs", NFS.rows);
        add(&mut all, ".Nfs.ExportsExtended", EXPORT.rows);
        add(&mut all, ".Ssh", SSH.rows);
        add(&mut all, ".Paths", PATHS.rows);
    }
    add(&mut all, ".NetDevs.NAME", DEVICE.rows);
    all
}

fn add<T>(all: &mut Vec<Var>, of: &'static str, rows: &'static [Row<T>]) {
    let var = |row: &'static Row<T>| Var {
        of,
        name: row.name,
        doc: row.doc,
    };
    all.extend(rows.iter().map(var));
}

/// Names of the functions that a template, or a boot script, may call, sorted, each with a line if it is Warewulf's own.
#[must_use]
pub fn functions(script: bool) -> Vec<(&'static str, Option<&'static str>)> {
    let own = |name: &str| {
        FUNCTIONS
            .iter()
            .find(|(function, _)| function.name == name)
            .map(|(_, doc)| *doc)
    };
    let mut names: Vec<&'static str> = library(script).names().collect();
    names.sort_unstable();
    names.into_iter().map(|name| (name, own(name))).collect()
}
