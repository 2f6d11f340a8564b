//! Patterns of what an image leaves out.

use muster::image::Excludes;

#[test]
fn patterns_match_as_in_go() {
    let cases = [
        ("/usr/share/doc/", "usr/share/doc", true),
        ("usr/share/doc", "usr/share/doc/a", false),
        ("usr/share/*", "usr/share/doc", true),
        ("usr/share/*", "usr/share/doc/a", false),
        ("usr/*/doc", "usr/share/doc", true),
        ("usr/*/doc", "usr/a/b/doc", false),
        ("*", "etc", true),
        ("*", "etc/a", false),
        ("var/log/*.log", "var/log/a.log.log", true),
        ("var/log/*.log", "var/log/a.log.gz", false),
        ("a?c", "abc", true),
        ("a?c", "a/c", false),
        ("a[b-d]c", "acc", true),
        ("a[^b-d]c", "acc", false),
        ("a[^b-d]c", "a/c", false),
        ("a\\*c", "a*c", true),
        ("a\\*c", "abc", false),
        ("a[b", "ab", false),
        ("# comment", "# comment", false),
        ("boot", "boot", true),
        ("", "x", false),
        ("a*b*c*d", "axbxcxd", true),
        ("a*b*c*d", "axbxcx", false),
    ];
    for (pattern, path, expected) in cases {
        let excludes = Excludes::parse(pattern.as_bytes());
        assert_eq!(
            excludes.matches(path.as_bytes()),
            expected,
            "{pattern} on {path}"
        );
    }
}

#[test]
fn many_stars_end_in_time() {
    let pattern = format!("{}b", "*a".repeat(2000));
    let excludes = Excludes::parse(pattern.as_bytes());
    assert!(!excludes.matches("a".repeat(8000).as_bytes()));
}
