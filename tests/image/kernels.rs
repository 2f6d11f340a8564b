//! Which kernel an image boots.

use std::path::{Path, PathBuf};

use muster::image::{Image, initramfs, kernels};

fn image(paths: &[&str]) -> Image {
    let paths: Vec<(String, PathBuf)> = paths
        .iter()
        .map(|path| {
            (
                (*path).to_owned(),
                Path::new("/img").join(path.trim_start_matches('/')),
            )
        })
        .collect();
    Image {
        name: "i".into(),
        root: "/img".into(),
        kernels: kernels(&paths),
        initramfs: initramfs(&paths),
        archive: None,
        faults: vec![],
    }
}

const MANY: [&str; 9] = [
    "/boot/vmlinuz-5.14.0-427.13.1.el9_4.x86_64",
    "/boot/vmlinuz-5.14.0-427.9.1.el9_4.x86_64",
    "/boot/vmlinuz-5.14.0-503.1.1.el9.x86_64+debug",
    "/boot/vmlinuz-0-rescue-4f2d",
    "/lib/modules/6.1.0-9-amd64/vmlinuz",
    "/lib/modules/6.1.0-56-cloud-amd64/vmlinuz",
    "/boot/config-9.9.9",
    "/boot/initramfs-5.14.0-427.13.1.el9_4.x86_64.img",
    "/boot/initrd.img-6.1.0-56-cloud-amd64",
];

#[test]
fn the_highest_plain_kernel_is_the_default() {
    let image = image(&MANY);
    let versions: Vec<&str> = image
        .kernels
        .iter()
        .map(|kernel| kernel.version.as_ref())
        .collect();
    let expected = [
        "6.1.0-56-cloud-amd64",
        "6.1.0-9-amd64",
        "5.14.0-427.13.1.el9_4.x86_64",
        "5.14.0-427.9.1.el9_4.x86_64",
        "5.14.0-503.1.1.el9.x86_64+debug",
        "0-rescue-4f2d",
    ];
    assert_eq!(versions, expected);
    assert_eq!(&*image.kernel_for(None).unwrap().version, expected[0]);
    assert_eq!(&*image.kernel_for(Some("")).unwrap().version, expected[0]);
}

#[test]
fn a_wanted_version_or_path_finds_its_kernel() {
    let image = image(&MANY);
    let cases = [
        ("6.1.0-9", Some("6.1.0-9-amd64")),
        ("5.14", Some("5.14.0-427.13.1.el9_4.x86_64")),
        ("/boot/vmlinuz-0-rescue-4f2d", Some("0-rescue-4f2d")),
        ("5.14.0-503", Some("5.14.0-503.1.1.el9.x86_64+debug")),
        ("7.0", None),
        ("../../etc/shadow", None),
    ];
    for (wanted, expected) in cases {
        let found = image
            .kernel_for(Some(wanted))
            .map(|kernel| kernel.version.as_ref());
        assert_eq!(found, expected, "{wanted}");
    }
}

#[test]
fn the_initramfs_goes_with_the_kernel() {
    let image = image(&MANY);
    let of = |wanted| image.initramfs_for(image.kernel_for(Some(wanted)).unwrap());
    assert_eq!(&*of("6.1.0-56").unwrap().version, "6.1.0-56-cloud-amd64");
    assert_eq!(
        &*of("5.14.0-427.13").unwrap().version,
        "5.14.0-427.13.1.el9_4.x86_64"
    );
    assert_eq!(of("5.14.0-427.9"), None);
}

#[test]
fn an_image_without_kernels_has_none() {
    assert_eq!(
        image(&["/boot/grub", "/boot/vmlinuz-"]).kernel_for(None),
        None
    );
}
