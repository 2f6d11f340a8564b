//! Names of loaders: what they stand for, and what is refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use muster::boot::loaders::{self, Refusal, candidates, clean, missing, optional, part};
use muster::daemon::loaders as hands;
use muster::fleet::Part;
use muster::model::Level;

use crate::support::shared::settings;

#[test]
fn names_are_cleaned_or_refused() {
    let good = [
        ("snponly.efi", "snponly.efi"),
        ("/snponly.efi", "snponly.efi"),
        ("//snponly.efi", "snponly.efi"),
        ("warewulf/snponly.efi", "snponly.efi"),
        (
            "/warewulf//./arm64-efi/snponly.efi",
            "arm64-efi/snponly.efi",
        ),
        ("warewulf", "warewulf"),
        ("/dev/zero", "dev/zero"),
        ("grub/grub.cfg", "grub/grub.cfg"),
        ("a name with spaces", "a name with spaces"),
    ];
    for (asked, wanted) in good {
        assert_eq!(clean(asked).as_deref(), Ok(wanted), "{asked}");
    }
    let long = "a".repeat(300);
    let bad = [
        "",
        "/",
        ".",
        "..",
        "../etc/shadow",
        "a/../../b",
        "..\\boot",
        "boot\\x64\\wdsmgfw.efi",
        "C:\\boot",
        "%2e%2e/etc/shadow",
        "%00",
        "a\0b",
        "a\nb",
        "a\u{1b}[2J",
        "\u{fffd}",
        "sn\u{202e}ponly.efi",
        ".ssh/id_rsa",
        "a/.hidden",
        "warewulf/..",
        "warewulf/",
        &long,
    ];
    for asked in bad {
        if asked == "warewulf/" {
            assert_eq!(clean(asked).as_deref(), Ok("warewulf"));
            continue;
        }
        let refusal = clean(asked).unwrap_err();
        assert!(matches!(refusal, Refusal::Name { .. }), "{asked}");
        assert_eq!((refusal.tftp(), refusal.http()), (2, 403));
    }
}

#[test]
fn a_name_stands_for_its_family_and_the_site_comes_first() {
    let settings = settings(Path::new("/r"));
    let relative = |name: &str| -> Vec<String> {
        candidates(&settings, name)
            .unwrap()
            .iter()
            .map(|path| path.strip_prefix("/r").unwrap().display().to_string())
            .collect()
    };
    let plain = relative("pxelinux.0");
    assert_eq!(
        plain,
        [
            "tftp/pxelinux.0",
            "tftp/warewulf/pxelinux.0",
            "lib/ipxe/pxelinux.0",
            "lib/grub/pxelinux.0"
        ]
    );
    let aliases = [
        ("ipxe-snponly-x86_64.efi", "lib/ipxe/snponly.efi"),
        ("snponly-x86_64.efi", "lib/ipxe/snponly.efi"),
        ("snponly.efi", "tftp/warewulf/ipxe-snponly-x86_64.efi"),
        ("undionly.kpxe", "lib/ipxe/undionly.kkpxe"),
        ("arm64-efi/snponly.efi", "lib/ipxe/snponly-arm64.efi"),
        ("shim.efi", "lib/ipxe/shimx64.efi.signed"),
        (
            "grubx64.efi",
            "lib/grub/x86_64-efi-signed/grubnetx64.efi.signed",
        ),
    ];
    for (asked, found) in aliases {
        let list = relative(asked);
        assert_eq!(
            list[0],
            format!("tftp/{asked}"),
            "the name asked for is wanted most"
        );
        assert!(list.contains(&found.to_owned()), "{asked}: {list:?}");
        let site = list
            .iter()
            .rposition(|path| path.starts_with("tftp/"))
            .unwrap();
        let shipped = list
            .iter()
            .position(|path| path.starts_with("lib/"))
            .unwrap();
        assert!(site < shipped, "{asked}: {list:?}");
    }
    // A program of one architecture never stands in for that of another.
    assert!(
        !relative("arm64-efi/snponly.efi")
            .iter()
            .any(|path| path.ends_with("ipxe/snponly.efi"))
    );
}

#[test]
fn missing_loaders_are_complaints_with_a_remedy() {
    let mut settings = settings(Path::new("/r"));
    settings.listing = [("tftp.ipxe.00:0B".into(), String::new(), true)].into();
    let have = |paths: &[&str]| {
        let have: BTreeSet<PathBuf> = paths
            .iter()
            .map(|path| Path::new("/r").join(path))
            .collect();
        missing(&settings, &move |path| have.contains(path))
    };
    let all = have(&[
        "lib/ipxe/undionly.kpxe",
        "lib/ipxe/snponly.efi",
        "tftp/arm64-efi/snponly.efi",
    ]);
    assert_eq!(all, []);

    let arm = have(&["lib/ipxe/undionly.kpxe", "lib/ipxe/snponly.efi"]);
    assert_eq!(arm.len(), 1);
    let text = arm[0].to_string();
    assert_eq!(arm[0].level, Level::Warning);
    for word in [
        "UEFI arm64",
        "/r/tftp, /r/lib/ipxe, /r/lib/grub",
        "ipxe-bootimgs-aarch64",
        "apt install",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }

    let none = have(&[]);
    assert_eq!(
        none.len(),
        3,
        "one for each file, not for each architecture"
    );
    assert!(none.iter().all(|fault| fault.level == Level::Error));
}

#[test]
fn built_in_loaders_for_arm64_are_not_missed_where_nobody_chose_them() {
    let settings = settings(Path::new("/r"));
    let x86 = |path: &Path| path.ends_with("undionly.kpxe") || path.ends_with("ipxe/snponly.efi");
    assert_eq!(missing(&settings, &x86), []);
    assert_eq!(missing(&settings, &|_| false).len(), 2);
}

#[test]
fn shim_is_missed_together_with_the_grub_that_it_starts() {
    let mut settings = settings(Path::new("/r"));
    settings.tftp.ipxe = [(7, "shimx64.efi".into()), (11, "shimaa64.efi".into())].into();
    let have = |paths: &[&str]| {
        let paths: Vec<PathBuf> = paths.iter().map(|p| Path::new("/r").join(p)).collect();
        missing(&settings, &move |path| {
            paths.iter().any(|have| have == path)
        })
    };
    let whole = have(&[
        "lib/ipxe/shimx64.efi.signed",
        "lib/grub/grubnetx64.efi.signed",
    ]);
    assert_eq!(whole, []);
    let alone = have(&["lib/ipxe/shimx64.efi.signed"]);
    let text = alone[0].to_string();
    assert_eq!((alone.len(), alone[0].level), (1, Level::Warning), "{text}");
    for word in ["grubx64.efi", "grub-efi-amd64-signed", "grub2-efi-x64"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let none = have(&[]);
    assert_eq!(none.len(), 2, "{none:?}");
    assert!(none.iter().all(|fault| fault.level == Level::Error));
    assert_eq!(
        have(&["tftp/rocky/shimx64.efi", "tftp/rocky/grubx64.efi"]),
        []
    );
}

#[test]
fn habits_and_parts() {
    for name in [
        "autoexec.ipxe",
        "/autoexec.ipxe",
        "revocations_sku.efi",
        "shim_certificate_0.efi",
        "x86_64-efi/fs.lst",
        "/grub/x86_64-efi/http.mod",
        "grub/fonts/unicode.pf2",
        "grub/grub.cfg-01-52-54-00-00-00-01",
    ] {
        assert!(optional(name), "{name}");
    }
    for name in ["snponly.efi", "grub/grub.cfg", "boot.ipxe", "shimx64.efi"] {
        assert!(!optional(name), "{name}");
    }
    for (name, what) in [
        ("snponly.efi", Part::Loader),
        ("undionly.kpxe", Part::Loader),
        ("pxelinux.0", Part::Loader),
        ("shimx64.efi.signed", Part::Loader),
        ("grub/grub.cfg", Part::Script),
        ("/grub/grub.cfg-01-52-54-00-00-00-01", Part::Script),
        ("/kernel/52-54-00-00-00-01", Part::Kernel),
        ("image/52-54-00-00-00-01", Part::Image),
        ("/runtime/52-54-00-00-00-01?compress=gz", Part::Runtime),
        ("kernel", Part::File),
        ("menu.IPXE", Part::Script),
        ("vmlinuz", Part::File),
    ] {
        assert_eq!(part(name), what, "{name}");
    }
}

#[test]
fn only_regular_files_inside_the_folders_are_opened() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let settings = settings(root);
    for folder in ["tftp/warewulf/sub", "lib/ipxe", "outside"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    std::fs::write(root.join("lib/ipxe/snponly.efi"), b"loader").unwrap();
    std::fs::write(root.join("tftp/warewulf/own.efi"), b"own").unwrap();
    std::fs::write(root.join("outside/secret"), b"secret").unwrap();
    let link = std::os::unix::fs::symlink::<PathBuf, PathBuf>;
    link(
        root.join("lib/ipxe/snponly.efi"),
        root.join("tftp/linked.efi"),
    )
    .unwrap();
    link(root.join("outside/secret"), root.join("tftp/leak.efi")).unwrap();
    link(root.join("outside"), root.join("tftp/dir")).unwrap();
    link("/dev/zero".into(), root.join("tftp/zero")).unwrap();
    link("nowhere".into(), root.join("tftp/dangling")).unwrap();
    nix::unistd::mkfifo(&root.join("tftp/fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();

    for (asked, size) in [
        ("ipxe-snponly-x86_64.efi", 6),
        ("warewulf/own.efi", 3),
        ("own.efi", 3),
        ("linked.efi", 6),
    ] {
        assert_eq!(hands::open(&settings, asked).unwrap().size, size, "{asked}");
    }
    for asked in ["leak.efi", "dir/secret", "zero", "fifo", "sub", "warewulf"] {
        let refusal = hands::open(&settings, asked).unwrap_err();
        assert!(
            matches!(refusal, Refusal::Forbidden { .. }),
            "{asked}: {refusal}"
        );
        assert!(
            !refusal.told().contains('/'),
            "a client is not told of paths"
        );
    }
    for asked in ["nothing.efi", "dangling", "own.efi/x", "dev/zero"] {
        let refusal = hands::open(&settings, asked).unwrap_err();
        assert_eq!(refusal.http(), 404, "{asked}: {refusal}");
        assert!(refusal.to_string().contains("lib/ipxe"), "{refusal}");
    }
    assert!(missing(&settings, &hands::exists).len() == 1);
    assert_eq!(loaders::folders(&settings).count(), 3);
}
