//! Where images come from, as people write it.

use muster::image::source::{Reference, Source};

fn reads(text: &str) -> String {
    match Source::parse(text) {
        Ok(Source::Path(path)) => format!("path {}", path.display()),
        Ok(source) => source.to_string(),
        Err(what) => format!("refused: {what}"),
    }
}

#[test]
fn every_form_is_read_and_told_in_full() {
    let cases = [
        (
            "docker://debian",
            "docker://docker.io/library/debian:latest",
        ),
        (
            "docker://ghcr.io/hpc/rocky:9.4",
            "docker://ghcr.io/hpc/rocky:9.4",
        ),
        ("docker://localhost/x:y", "docker://localhost/x:y"),
        (
            "docker://127.0.0.1:5000/a/b_c",
            "docker://127.0.0.1:5000/a/b_c:latest",
        ),
        ("docker-daemon://rocky9:gpu", "docker-daemon://rocky9:gpu"),
        ("docker-daemon:rocky9:gpu", "docker-daemon://rocky9:gpu"),
        (
            "podman://localhost/rocky9",
            "podman://localhost/rocky9:latest",
        ),
        (
            "docker-archive:/a/b.tar:debian:12",
            "docker-archive:/a/b.tar:debian:12",
        ),
        ("oci:/a/layout:v1", "oci:/a/layout:v1"),
        ("oci:layout", "oci:layout"),
        ("oci-archive:a.tar", "oci-archive:a.tar"),
        ("tar:/x.tar.zst", "tar:/x.tar.zst"),
        ("dir:/srv/root", "dir:/srv/root"),
        ("sif:/x.sif", "sif:/x.sif"),
        ("/srv/root", "path /srv/root"),
        ("./a:b", "path ./a:b"),
        ("file:///srv/x.tar", "path /srv/x.tar"),
    ];
    for (text, told) in cases {
        assert_eq!(reads(text), told, "{text}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_to_write() {
    let cases = [
        (
            "dokcer://debian",
            "`dokcer://` is no kind of source; did you mean `docker`?",
        ),
        (
            "docker://Debian",
            "`Debian` has capitals in its name, which no registry takes",
        ),
        (
            "docker://a//b",
            "`a//b` is no name of an image, as debian:12 or host:5000/group/name",
        ),
        (
            "docker://a/../b",
            "`a/../b` is no name of an image, as debian:12 or host:5000/group/name",
        ),
        (
            "docker://x:..",
            "`x:..` has a tag of other than letters, digits and `_.-`",
        ),
        (
            "docker://x@sha256:12",
            "`x@sha256:12` has a digest that is no `sha256:` with 64 hex digits",
        ),
        ("oci:", "`oci:` names no file"),
        ("", "`` names no file"),
    ];
    for (text, says) in cases {
        assert_eq!(reads(text), format!("refused: {says}"), "{text}");
    }
}

#[test]
fn a_digest_takes_the_place_of_the_tag() {
    let digest = format!("sha256:{}", "a1".repeat(32));
    let pinned = Reference::parse(&format!("debian@{digest}")).unwrap();
    assert_eq!(pinned.tag, None);
    assert_eq!(pinned.version(), digest);
    assert_eq!(pinned.host(), "registry-1.docker.io");
    let both = Reference::parse(&format!("quay.io/x/y:v1@{digest}")).unwrap();
    assert_eq!(both.version(), digest);
    assert_eq!(both.to_string(), format!("quay.io/x/y:v1@{digest}"));
    assert_eq!(both.host(), "quay.io");
    assert_eq!(
        Reference::parse("debian:12").unwrap().familiar(),
        "debian:12"
    );
}
