//! What is said of an image before any node boots it: nothing of a good one, and of a bad one what will go wrong.

use muster::image::{Facts, Kernel, preflight};

const CONFIG: &str =
    "CONFIG_64BIT=y\nCONFIG_BLK_DEV_INITRD=y\nCONFIG_RD_GZIP=y\nCONFIG_DEVTMPFS=y\n";

#[test]
fn only_what_will_go_wrong_is_told() {
    let kernel = Kernel {
        version: "6.1.0-56-cloud-amd64".into(),
        path: "/images/i/rootfs/boot/vmlinuz-6.1.0-56-cloud-amd64".into(),
    };
    let modules = [String::from("6.1.0-56-cloud-amd64")];
    let other = [String::from("6.1.0-40-amd64")];
    let good = Facts {
        name: "i",
        kernel: Some(&kernel),
        readable: true,
        config: Some(CONFIG),
        modules: &modules,
        init: true,
        shell: true,
        kernels_changed: false,
    };
    let without = CONFIG.replace("CONFIG_RD_GZIP=y\n", "");
    let cases: [(Facts<'_>, Option<&str>); 12] = [
        (good.clone(), None),
        (
            Facts {
                config: None,
                ..good.clone()
            },
            None,
        ),
        (
            Facts {
                modules: &[],
                ..good.clone()
            },
            None,
        ),
        // Half a file proves nothing.
        (
            Facts {
                config: Some("CONFIG_X=y\n"),
                ..good.clone()
            },
            None,
        ),
        (
            Facts {
                kernel: None,
                ..good.clone()
            },
            Some("no kernel"),
        ),
        (
            Facts {
                readable: false,
                ..good.clone()
            },
            Some("may not read its kernel"),
        ),
        (
            Facts {
                modules: &other,
                ..good.clone()
            },
            Some("no modules for its kernel 6.1.0-56-cloud-amd64"),
        ),
        (
            Facts {
                config: Some(&without),
                ..good.clone()
            },
            Some("without CONFIG_RD_GZIP"),
        ),
        (
            Facts {
                config: Some("# CONFIG_DEVTMPFS is not set\n"),
                ..good.clone()
            },
            Some("without CONFIG_DEVTMPFS"),
        ),
        (
            Facts {
                init: false,
                ..good.clone()
            },
            Some("no init"),
        ),
        (
            Facts {
                shell: false,
                ..good.clone()
            },
            Some("no /bin/sh"),
        ),
        (
            Facts {
                kernels_changed: true,
                ..good.clone()
            },
            Some("image build i"),
        ),
    ];
    for (facts, expected) in cases {
        let said: Vec<String> = preflight(&facts).iter().map(ToString::to_string).collect();
        match expected {
            None => assert!(said.is_empty(), "{said:?} of {facts:?}"),
            Some(text) => assert!(
                said.len() == 1 && said[0].contains(text),
                "{said:?}, not {text}"
            ),
        }
    }
}
