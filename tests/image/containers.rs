//! Container images on the disk, imported as images of nodes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use muster::daemon::images::{Wanted, import_from, quiet};
use muster::image::source::Source;
use sha2::{Digest, Sha256};
use tar::{Builder, Header};

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A tar archive of these files.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, data) in files {
        let mut header = Header::new_gnu();
        header.set_mode(0o755);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1_700_000_000);
        header.set_size(data.len() as u64);
        builder.append_data(&mut header, path, *data).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// An image of two layers: the second hides a file of the first and brings another.
struct Image {
    config: Vec<u8>,
    layers: [Vec<u8>; 2],
}

impl Image {
    fn new(machine: &str) -> Self {
        let layers = [
            tar(&[
                ("bin/sh", b"#!"),
                ("etc/old", b"old"),
                ("etc/kept", b"kept"),
            ]),
            tar(&[("etc/.wh.old", b""), ("etc/new", b"new")]),
        ];
        let [one, two] = layers.each_ref().map(|layer| hex(layer));
        let config = format!(
            r#"{{"architecture": "{machine}", "os": "linux",
                "rootfs": {{"type": "layers", "diff_ids": ["sha256:{one}", "sha256:{two}"]}}}}"#
        );
        Self {
            config: config.into_bytes(),
            layers,
        }
    }

    /// Its files in an OCI layout, under the name `v1`.
    fn layout(&self) -> Vec<(String, Vec<u8>)> {
        let blobs = self.layers.each_ref().map(|layer| gzip(layer));
        let about = |kind: &str, blob: &[u8]| {
            let (digest, size) = (hex(blob), blob.len());
            format!(r#"{{"mediaType": "{kind}", "digest": "sha256:{digest}", "size": {size}"#)
        };
        let layer = "application/vnd.oci.image.layer.v1.tar+gzip";
        let manifest = format!(
            r#"{{"schemaVersion": 2, "config": {}}}, "layers": [{}}}, {}}}]}}"#,
            about("application/vnd.oci.image.config.v1+json", &self.config),
            about(layer, &blobs[0]),
            about(layer, &blobs[1]),
        );
        let index = format!(
            r#"{{"schemaVersion": 2, "manifests": [{}, "annotations": {{"org.opencontainers.image.ref.name": "v1"}}}}]}}"#,
            about(
                "application/vnd.oci.image.manifest.v1+json",
                manifest.as_bytes()
            )
        );
        let place = |blob: &[u8]| format!("blobs/sha256/{}", hex(blob));
        let mut files = vec![
            (
                "oci-layout".to_owned(),
                br#"{"imageLayoutVersion": "1.0.0"}"#.to_vec(),
            ),
            ("index.json".to_owned(), index.into_bytes()),
            (place(manifest.as_bytes()), manifest.into_bytes()),
            (place(&self.config), self.config.clone()),
        ];
        files.extend(blobs.map(|blob| (place(&blob), blob)));
        files
    }

    /// What `docker save` writes of it.
    fn saved(&self) -> Vec<u8> {
        let table = br#"[{"Config": "c.json", "RepoTags": ["site/node:9"], "Layers": ["1/layer.tar", "2/layer.tar"]}]"#;
        tar(&[
            ("1/layer.tar", &self.layers[0]),
            ("2/layer.tar", &self.layers[1]),
            ("c.json", &self.config),
            ("manifest.json", table),
        ])
    }
}

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("state/images")).unwrap();
        Self { folder }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn layout(&self, files: &[(String, Vec<u8>)]) -> PathBuf {
        let path = self.folder.path().join("layout");
        for (name, bytes) in files {
            let at = path.join(name);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, bytes).unwrap();
        }
        path
    }

    fn import(&self, source: &str, name: &str) -> Result<Vec<String>, String> {
        let source = Source::parse(source).unwrap();
        let wanted = Wanted {
            platform: "linux/amd64".parse().unwrap(),
        };
        let state = self.folder.path().join("state");
        let done = import_from(&source, &wanted, name, &state, false, &mut quiet);
        done.map(|done| done.warnings)
            .map_err(|error| error.to_string())
    }

    fn image(&self, name: &str) -> PathBuf {
        self.folder.path().join("state/images").join(name)
    }

    /// What an image is to be, and that nothing is left of how it came to be.
    fn holds(&self, name: &str) {
        let etc = self.image(name).join("rootfs/etc");
        assert_eq!(fs::read_to_string(etc.join("kept")).unwrap(), "kept");
        assert_eq!(fs::read_to_string(etc.join("new")).unwrap(), "new");
        assert!(!etc.join("old").exists());
        assert!(
            self.image(name).join("current.json").exists(),
            "it was built"
        );
        let mut names: Vec<_> = names(&self.image(name));
        names.retain(|name| !matches!(&**name, "rootfs" | "versions" | "current.json"));
        assert_eq!(names, Vec::<String>::new());
    }

    fn nothing_came_of(&self, name: &str) {
        assert!(!self.image(name).exists());
        let left = names(&self.folder.path().join("state/images"));
        assert!(
            !left.iter().any(|name| name.ends_with(".import")),
            "{left:?}"
        );
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn an_image_comes_from_a_layout_an_archive_or_docker_alike() {
    let desk = Desk::new();
    let image = Image::new("amd64");
    let files = image.layout();
    let layout = desk.layout(&files);
    let listed: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, data)| (&**name, &**data))
        .collect();
    let archive = desk.file("oci.tar", &tar(&listed));
    let packed = desk.file("oci.tar.gz", &gzip(&tar(&listed)));
    let saved = desk.file("saved.tar", &image.saved());
    let packed_saved = desk.file(
        "saved.tar.zst",
        &zstd::encode_all(&image.saved()[..], 1).unwrap(),
    );
    let sources = [
        layout.display().to_string(),
        format!("oci:{}", layout.display()),
        format!("oci:{}:v1", layout.display()),
        archive.display().to_string(),
        format!("oci-archive:{}:v1", packed.display()),
        saved.display().to_string(),
        format!("docker-archive:{}:site/node:9", saved.display()),
        packed_saved.display().to_string(),
    ];
    for (number, source) in sources.iter().enumerate() {
        let name = format!("image{number}");
        desk.import(source, &name)
            .unwrap_or_else(|error| panic!("{source}: {error}"));
        desk.holds(&name);
    }
}

#[test]
fn a_root_file_system_in_an_archive_is_an_image_of_one_layer() {
    let desk = Desk::new();
    let root = tar(&[
        ("./bin/sh", b"#!"),
        ("./etc/kept", b"kept"),
        ("./etc/new", b"new"),
    ]);
    for (number, bytes) in [root.clone(), gzip(&root)].iter().enumerate() {
        let path = desk.file(&format!("root{number}.tar"), bytes);
        let name = format!("image{number}");
        desk.import(&path.display().to_string(), &name).unwrap();
        desk.holds(&name);
    }
    let empty = desk.file("no-root.tar", &tar(&[("etc/a", b"a")]));
    let says = desk.import(&empty.display().to_string(), "x").unwrap_err();
    assert!(says.contains("has no /bin/sh"), "{says}");
    desk.nothing_came_of("x");
}

#[test]
fn what_is_not_what_its_digest_says_is_refused_and_leaves_nothing() {
    let image = Image::new("amd64");
    let files = image.layout();
    // Every blob in turn, and then a layer that is what the manifest says and not what the configuration says.
    for at in 2..files.len() {
        let desk = Desk::new();
        let mut bent = files.clone();
        let end = bent[at].1.len() - 1;
        bent[at].1[end] ^= 0x20;
        let layout = desk.layout(&bent);
        let says = desk.import(&layout.display().to_string(), "x").unwrap_err();
        let known = ["has the digest", "cannot be read", "is refused"];
        assert!(known.iter().any(|word| says.contains(word)), "{at}: {says}");
        desk.nothing_came_of("x");
    }
    let mut lying = Image::new("amd64");
    lying.layers[1] = tar(&[("etc/new", b"evil")]);
    let desk = Desk::new();
    let saved = desk.file("saved.tar", &lying.saved());
    let says = desk.import(&saved.display().to_string(), "x").unwrap_err();
    assert!(
        says.starts_with("layer 2 of 2 is refused: its content has the digest "),
        "{says}"
    );
    desk.nothing_came_of("x");
}

#[test]
fn names_machines_and_kinds_that_are_not_there_are_told() {
    let desk = Desk::new();
    let layout = desk.layout(&Image::new("arm64").layout());
    let warnings = desk.import(&layout.display().to_string(), "arm").unwrap();
    assert_eq!(
        warnings,
        ["the image is for linux/arm64, not for linux/amd64"]
    );
    let says = desk
        .import(&format!("oci:{}:v2", layout.display()), "x")
        .unwrap_err();
    assert_eq!(says, "there is no image `v2`; there are v1");
    let mut sif = vec![0; 600];
    sif[32..41].copy_from_slice(b"SIF_MAGIC");
    let sif = desk.file("a.sif", &sif);
    let says = desk.import(&sif.display().to_string(), "x").unwrap_err();
    assert!(says.contains("is an Apptainer image"), "{says}");
    let text = desk.file("a.txt", b"hello");
    let says = desk.import(&text.display().to_string(), "x").unwrap_err();
    assert!(
        says.contains("is no tar archive that can be read") || says.contains("is empty"),
        "{says}"
    );
    let taken = desk
        .import(&layout.display().to_string(), "arm")
        .unwrap_err();
    assert!(taken.contains("there is an image arm already"), "{taken}");
}
