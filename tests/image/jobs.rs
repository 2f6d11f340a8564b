//! Importing and building on a real disk.

use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use muster::daemon::images::{build, import, quiet, scan};
use muster::model::Level;
use nix::sys::stat::{Mode, SFlag, makedev, mknod};

struct Lab {
    dir: tempfile::TempDir,
}

impl Lab {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn tree(&self) -> PathBuf {
        self.dir.path().join("tree")
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn write(&self, path: &str, text: &str, mode: u32) {
        let path = self.tree().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A small merged-/usr system.
    fn system(self) -> Self {
        self.write("usr/bin/sh", "#!", 0o755);
        self.write("usr/sbin/init", "#!", 0o755);
        self.write("usr/bin/su", "su", 0o4755);
        self.write("boot/vmlinuz-6.1.0-56-cloud-amd64", "kernel", 0o644);
        self.write("etc/shadow", "root:!", 0o600);
        for name in ["bin", "sbin"] {
            symlink(format!("usr/{name}"), self.tree().join(name)).unwrap();
        }
        self
    }

    fn import(&self, name: &str) -> Result<(), String> {
        let done = import(&self.tree(), name, &self.state(), false, &mut quiet);
        done.map(|_| ()).map_err(|error| error.to_string())
    }
}

fn stat(path: &Path) -> fs::Metadata {
    fs::symlink_metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn names(image: &muster::image::Image) -> Vec<String> {
    let mut plain = Vec::new();
    let file = fs::File::open(&image.archive.as_ref().unwrap().path).unwrap();
    flate2::read::GzDecoder::new(file)
        .read_to_end(&mut plain)
        .unwrap();
    assert_eq!(plain.len() as u64, image.archive.as_ref().unwrap().unpacked);
    let (mut from, mut names) = (&plain[..], Vec::new());
    loop {
        let reader = cpio::newc::Reader::new(from).unwrap();
        if reader.entry().is_trailer() {
            return names;
        }
        names.push(reader.entry().name().to_owned());
        from = reader.finish().unwrap();
    }
}

#[test]
fn a_tree_is_imported_as_it_is() {
    let lab = Lab::new().system();
    let tree = lab.tree();
    fs::hard_link(tree.join("usr/bin/su"), tree.join("usr/bin/su2")).unwrap();
    symlink("/etc/shadow", tree.join("etc/absolute")).unwrap();
    symlink("../../../../etc/passwd", tree.join("etc/up")).unwrap();
    for odd in [
        b"etc/new\nline".as_slice(),
        b"etc/\xff\xfe",
        b"etc/-rf",
        b"etc/a;b$(c)",
    ] {
        fs::write(tree.join(std::ffi::OsStr::from_bytes(odd)), "odd").unwrap();
    }
    nix::unistd::mkfifo(&tree.join("etc/pipe"), Mode::S_IRUSR).unwrap();
    let root = nix::unistd::geteuid().is_root();
    if root {
        mknod(
            &tree.join("etc/null"),
            SFlag::S_IFCHR,
            Mode::from_bits_truncate(0o666),
            makedev(1, 3),
        )
        .unwrap();
        std::os::unix::fs::lchown(tree.join("etc/up"), Some(1000), Some(1001)).unwrap();
        std::os::unix::fs::chown(tree.join("usr/bin/su"), Some(0), Some(42)).unwrap();
        fs::set_permissions(tree.join("usr/bin/su"), fs::Permissions::from_mode(0o4755)).unwrap();
    }
    let _socket = std::os::unix::net::UnixListener::bind(tree.join("etc/socket")).unwrap();
    fs::set_permissions(tree.join("usr/sbin"), fs::Permissions::from_mode(0o711)).unwrap();
    lab.import("debian").unwrap();

    let to = lab.state().join("images/debian/rootfs");
    let same = |path: &str| {
        let (a, b) = (stat(&tree.join(path)), stat(&to.join(path)));
        assert_eq!(
            (a.mode(), a.uid(), a.gid(), a.rdev()),
            (b.mode(), b.uid(), b.gid(), b.rdev()),
            "{path}"
        );
    };
    for path in [
        "usr/bin/su",
        "usr/sbin",
        "etc/shadow",
        "bin",
        "etc/up",
        "etc/pipe",
        "etc/-rf",
    ] {
        same(path);
    }
    if root {
        same("etc/null");
    }
    assert_eq!(
        stat(&to.join("usr/bin/su")).ino(),
        stat(&to.join("usr/bin/su2")).ino()
    );
    assert_eq!(
        stat(&to.join("etc/shadow")).mtime(),
        stat(&tree.join("etc/shadow")).mtime()
    );
    assert_eq!(
        fs::read_link(to.join("etc/absolute")).unwrap(),
        Path::new("/etc/shadow")
    );
    assert!(!to.join("etc/socket").exists());
    assert_eq!(
        fs::read_dir(to.join("etc")).unwrap().count(),
        fs::read_dir(tree.join("etc")).unwrap().count() - 1
    );
}

#[test]
fn what_cannot_be_imported_leaves_nothing_behind() {
    let lab = Lab::new();
    lab.write("etc/hosts", "", 0o644);
    assert!(lab.import("x").unwrap_err().contains("no /bin/sh"));
    symlink("/bin/sh", lab.tree().join("etc/sh")).unwrap();
    assert!(lab.import("x").unwrap_err().contains("no /bin/sh"));
    let lab = lab.system();
    for name in [
        "",
        "..",
        "a/b",
        "-x",
        ".hid",
        "a b",
        "a\u{202e}",
        "${x}",
        &"n".repeat(129),
    ] {
        assert!(
            lab.import(name).unwrap_err().contains("cannot be the name"),
            "{name}"
        );
    }
    let mut deep = lab.tree().join("deep");
    for _ in 0..210 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    assert!(lab.import("x").unwrap_err().contains("200 folders deep"));
    fs::remove_dir_all(lab.tree().join("deep")).unwrap();
    let left: Vec<_> = fs::read_dir(lab.state().join("images"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, [".x.lock"]);
    lab.import("x").unwrap();
    assert!(lab.import("x").unwrap_err().contains("already"));
    let inside = import(
        &lab.dir.path().join("state/images/x/rootfs/../../../.."),
        "y",
        &lab.state(),
        false,
        &mut quiet,
    );
    assert!(inside.is_err());
}

#[test]
fn building_gives_an_archive_named_by_its_content() {
    let lab = Lab::new().system();
    lab.write(
        "etc/warewulf/excludes",
        "# not needed\n/usr/share/*\n",
        0o644,
    );
    lab.write("usr/share/doc/big", "doc", 0o644);
    lab.import("debian").unwrap();
    fs::remove_file(lab.state().join("images/debian/current.json")).unwrap();
    let before = scan(&lab.state()).unwrap();
    let image = &before.images["debian"];
    assert!(image.archive.is_none());
    assert!(
        image
            .faults
            .iter()
            .any(|fault| fault.what.contains("not been built"))
    );
    let built = build("debian", &lab.state(), &mut quiet).unwrap();
    assert!(!built.unchanged);
    let archive = built.archive;
    let catalog = scan(&lab.state()).unwrap();
    let image = &catalog.images["debian"];
    assert_eq!(image.archive.as_ref(), Some(&archive));
    assert_eq!(image.faults, []);
    assert_eq!(&*image.kernels[0].version, "6.1.0-56-cloud-amd64");
    assert_eq!(archive.size % 4, 0);
    assert_eq!(stat(&archive.path).mode() & 0o777, 0o640);
    assert!(
        archive
            .path
            .ends_with(format!("versions/{}.img.gz", archive.digest))
    );
    let names = names(image);
    let expected = [
        "bin",
        "boot",
        "boot/vmlinuz-6.1.0-56-cloud-amd64",
        "etc",
        "etc/shadow",
        "etc/warewulf",
        "etc/warewulf/excludes",
        "sbin",
        "usr",
        "usr/bin",
        "usr/bin/sh",
        "usr/bin/su",
        "usr/sbin",
        "usr/sbin/init",
        "usr/share",
    ];
    assert_eq!(names, expected);
    let again = build("debian", &lab.state(), &mut quiet).unwrap();
    assert_eq!((again.archive, again.unchanged), (archive, true));
}

#[test]
fn old_versions_are_kept_and_then_swept() {
    let lab = Lab::new().system();
    lab.import("i").unwrap();
    let root = lab.state().join("images/i/rootfs");
    for at in 0..5 {
        fs::write(root.join("etc/version"), at.to_string()).unwrap();
        let built = build("i", &lab.state(), &mut quiet).unwrap();
        assert!(built.archive.path.exists() && !built.unchanged);
    }
    let versions = fs::read_dir(lab.state().join("images/i/versions"))
        .unwrap()
        .count();
    assert_eq!(versions, 3);
}

#[test]
fn a_build_that_fails_leaves_the_current_archive_in_force() {
    let lab = Lab::new().system();
    lab.import("i").unwrap();
    let good = build("i", &lab.state(), &mut quiet).unwrap();
    let big = fs::File::create(lab.state().join("images/i/rootfs/etc/big")).unwrap();
    big.set_len((1 << 32) + 5).unwrap();
    let error = build("i", &lab.state(), &mut quiet)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("etc/big") && error.contains("4 GiB"),
        "{error}"
    );
    let catalog = scan(&lab.state()).unwrap();
    assert_eq!(catalog.images["i"].archive.as_ref(), Some(&good.archive));
    assert_eq!(
        fs::read_dir(lab.state().join("images/i/versions"))
            .unwrap()
            .count(),
        1
    );
}

#[test]
fn a_kernel_that_is_a_link_never_leads_out_of_the_image() {
    let lab = Lab::new().system();
    lab.import("i").unwrap();
    let boot = lab.state().join("images/i/rootfs/boot");
    symlink("/etc/hostname", boot.join("vmlinuz-9.9.9")).unwrap();
    symlink(
        "../../../../../../../../etc/passwd",
        boot.join("vmlinuz-9.9.8"),
    )
    .unwrap();
    symlink("loop", boot.join("loop")).unwrap();
    symlink("loop", boot.join("vmlinuz-9.9.7")).unwrap();
    symlink(
        "/boot/vmlinuz-6.1.0-56-cloud-amd64",
        boot.join("vmlinuz-6.2.0"),
    )
    .unwrap();
    let catalog = scan(&lab.state()).unwrap();
    let image = &catalog.images["i"];
    for kernel in &image.kernels {
        assert_eq!(fs::read(&kernel.path).unwrap(), b"kernel", "{kernel:?}");
    }
    assert!(
        image
            .kernels
            .iter()
            .any(|kernel| &*kernel.version == "6.1.0-56-cloud-amd64")
    );
}

#[test]
fn damage_is_told_and_local() {
    let lab = Lab::new().system();
    for name in ["a", "b", "c"] {
        lab.import(name).unwrap();
    }
    let archive = build("a", &lab.state(), &mut quiet).unwrap().archive;
    fs::write(&archive.path, "short").unwrap();
    fs::write(lab.state().join("images/b/current.json"), "{").unwrap();
    fs::remove_dir_all(lab.state().join("images/c/rootfs/boot")).unwrap();
    fs::remove_file(lab.state().join("images/c/rootfs/usr/sbin/init")).unwrap();
    fs::create_dir_all(lab.state().join("images/not an image/rootfs")).unwrap();
    let catalog = scan(&lab.state()).unwrap();
    assert_eq!(catalog.images.len(), 3);
    let said = |name: &str| -> String {
        catalog.images[name]
            .faults
            .iter()
            .map(|fault| format!("{fault}\n"))
            .collect()
    };
    assert!(
        said("a").contains("has 5 bytes instead of"),
        "{}",
        said("a")
    );
    assert!(said("b").contains("is damaged"), "{}", said("b"));
    assert!(
        said("c").contains("no kernel") && said("c").contains("no init"),
        "{}",
        said("c")
    );
    assert!(
        catalog.images["a"]
            .faults
            .iter()
            .any(|fault| fault.level == Level::Error)
    );
    assert_eq!(
        scan(&lab.dir.path().join("nowhere")).unwrap().images.len(),
        0
    );
}
