//! The documents of container images.

use muster::image::oci::{Config, Manifest, Platform, Saved, pick};

fn digest(byte: &str) -> String {
    format!("sha256:{}", byte.repeat(32))
}

#[test]
fn a_manifest_names_configuration_and_layers() {
    let text = format!(
        r#"{{"schemaVersion": 2, "config": {{"mediaType": "x", "digest": "{}", "size": 7}}, "layers": [
            {{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": "{}", "size": 3}},
            {{"mediaType": "application/vnd.oci.image.layer.v1.tar+zstd", "digest": "{}", "size": 4}}]}}"#,
        digest("00"),
        digest("aa"),
        digest("bb")
    );
    let Manifest::Image(image) = Manifest::parse(text.as_bytes()).unwrap() else {
        panic!("it is an image");
    };
    assert_eq!(image.config.hex(), "00".repeat(32));
    let layers: Vec<_> = image
        .layers
        .iter()
        .map(|layer| (layer.digest.clone(), layer.size))
        .collect();
    assert_eq!(layers, [(digest("aa"), 3), (digest("bb"), 4)]);
}

#[test]
fn of_several_machines_the_right_image_is_picked() {
    let entry = |byte: &str, platform: &str| {
        format!(
            r#"{{"mediaType": "m", "digest": "{}", "size": 1, "platform": {platform}}}"#,
            digest(byte)
        )
    };
    let text = format!(
        r#"{{"schemaVersion": 2, "manifests": [{}, {}, {}]}}"#,
        entry("01", r#"{"os": "linux", "architecture": "amd64"}"#),
        entry(
            "02",
            r#"{"os": "linux", "architecture": "arm64", "variant": "v8"}"#
        ),
        entry("03", r#"{"os": "unknown", "architecture": "unknown"}"#),
    );
    let Manifest::Index(entries) = Manifest::parse(text.as_bytes()).unwrap() else {
        panic!("it is an index");
    };
    let of = |machine: &str| {
        pick(&entries, &Platform::of_machine(machine), None).map(|blob| blob.digest)
    };
    assert_eq!(of("x86_64"), Ok(digest("01")));
    assert_eq!(of("aarch64"), Ok(digest("02")));
    assert_eq!(
        of("ppc64le"),
        Err("there is no image for linux/ppc64le; there are linux/amd64 linux/arm64/v8".into())
    );
    let named = pick(&entries, &Platform::of_machine("x86_64"), Some("v1"));
    assert_eq!(
        named,
        Err("there is no image `v1`, and no other has a name".into())
    );
}

#[test]
fn platforms_are_written_in_either_spelling() {
    let read = |text: &str| {
        text.parse::<Platform>()
            .map(|platform| platform.to_string())
    };
    assert_eq!(read("linux/amd64").unwrap(), "linux/amd64");
    assert_eq!(read("x86_64").unwrap(), "linux/amd64");
    assert_eq!(read("linux/aarch64/v8").unwrap(), "linux/arm64/v8");
    for text in ["", "linux/", "a/b/c/d", "linux/amd 64"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn documents_that_cannot_be_trusted_are_refused() {
    let layer = |kind: &str, digest: &str| {
        format!(
            r#"{{"schemaVersion": 2, "config": {{"digest": "{}", "size": 1}},
               "layers": [{{"mediaType": "{kind}", "digest": "{digest}", "size": 1}}]}}"#,
            self::digest("00")
        )
    };
    let says = |text: &str| Manifest::parse(text.as_bytes()).unwrap_err();
    assert!(says("{").starts_with("the manifest is not understood: "));
    assert!(
        says(r#"{"schemaVersion": 1, "fsLayers": []}"#).starts_with("the manifest is of version 1")
    );
    assert_eq!(
        says(r#"{"schemaVersion": 2}"#),
        "the manifest has neither layers nor other manifests"
    );
    assert_eq!(
        says(&layer("x.tar", "sha512:ab")),
        "`sha512:ab` is no digest that muster checks"
    );
    assert_eq!(
        says(&layer("x.tar", "sha256:../../etc/passwd")),
        "`sha256:../../etc/passwd` is no digest that muster checks"
    );
    assert_eq!(
        says(&layer("application/vnd.cncf.helm.chart", &digest("aa"))),
        "a layer is `application/vnd.cncf.helm.chart`, which is no tar archive: this is no image of a system"
    );
    let encrypted = layer(
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
        &digest("aa"),
    );
    assert!(says(&encrypted).ends_with("is encrypted"));
}

#[test]
fn a_configuration_gives_platform_and_layers() {
    let text = format!(
        r#"{{"architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z", "config": {{"Cmd": ["sh"]}},
            "rootfs": {{"type": "layers", "diff_ids": ["{}"]}}}}"#,
        digest("cd")
    );
    let config = Config::parse(text.as_bytes()).unwrap();
    assert_eq!(config.platform, Platform::of_machine("x86_64"));
    assert_eq!(config.layers, ["cd".repeat(32)]);
}

#[test]
fn an_archive_of_docker_is_searched_by_name() {
    let text = br#"[{"Config": "a.json", "RepoTags": ["debian:12", "x:latest"], "Layers": ["1/layer.tar"]},
                    {"Config": "b.json", "RepoTags": null, "Layers": []}]"#;
    let config = |name| Saved::find(text, name).map(|saved| saved.config);
    assert_eq!(config(Some("debian:12")), Ok("a.json".into()));
    assert_eq!(config(Some("x")), Ok("a.json".into()));
    assert_eq!(
        config(Some("y")),
        Err("it holds no image `y`; there are debian:12 x:latest".into())
    );
    assert_eq!(
        config(None),
        Err("it holds several images; name one of debian:12 x:latest".into())
    );
}
