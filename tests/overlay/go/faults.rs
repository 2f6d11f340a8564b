//! What is said of templates that are wrong: where, what, and what to do.

use super::{fault, world};

#[test]
fn every_fault_has_its_place_and_advice() {
    let cases = [
        (
            "a\n  {{.Idd}}",
            2,
            5,
            "no field or method `Idd`",
            "did you mean `Id`?",
        ),
        (
            "{{.NetDevs.default.Ipadr}}",
            1,
            19,
            "node.NetDev has no field or method `Ipadr`",
            "did you mean `Ipaddr`?",
        ),
        (
            "{{.Kernel.Foobar}}",
            1,
            10,
            "no field or method `Foobar`",
            "there is: Version, Args",
        ),
        (
            "{{ flie \"x\" }}",
            1,
            4,
            "there is no function `flie`",
            "did you mean `file`?",
        ),
        (
            "{{\n toJsonn .}}",
            2,
            2,
            "there is no function `toJsonn`",
            "did you mean `toJson`?",
        ),
        ("{{if .Id}}x", 1, 3, "if has no {{end}}", ""),
        ("{{end}}", 1, 3, "{{end}} belongs to nothing", ""),
        ("{{else}}", 1, 3, "{{else}} belongs to nothing", ""),
        (
            "x {{ .Id",
            1,
            3,
            "the action is not closed",
            "end it with }}",
        ),
        ("{{\"abc}}", 1, 3, "not closed in its line", ""),
        ("{{/* c", 1, 1, "the comment is not closed", ""),
        (
            "{{$x}}",
            1,
            3,
            "there is no variable $x here",
            "declared by $x :=",
        ),
        (
            "{{$long := 1}}{{$lnog}}",
            1,
            17,
            "$lnog",
            "did you mean `$long`?",
        ),
        (
            "{{.Tags.a-b}}",
            1,
            10,
            "`-` cannot stand in a name",
            "index . \"a-b\"",
        ),
        ("{{break}}", 1, 3, "{{break}} stands outside of range", ""),
        (
            "{{template \"x\"}}",
            1,
            12,
            "no template \"x\" is defined",
            "",
        ),
        (
            "{{define \"one\"}}{{end}}{{template \"oen\"}}",
            1,
            35,
            "no template \"oen\"",
            "did you mean `one`?",
        ),
        (
            "{{lower 5}}",
            1,
            3,
            "lower: argument 1 must be a text, not 5 (int)",
            "it is given 5 (int)",
        ),
        (
            "{{lower .Tags.none}}",
            1,
            3,
            "lower: argument 1 must be a text, not nothing",
            "key",
        ),
        ("{{eq 1 \"1\"}}", 1, 3, "different types", "\"1\""),
        (
            "{{index .Profiles 7}}",
            1,
            3,
            "7 is out of range: there are 1",
            "",
        ),
        (
            "{{trunc \"abc\"}}",
            1,
            3,
            "trunc wants 2 arguments, and is given 1",
            "",
        ),
        ("{{.Id | .Tags}}", 1, 9, "`.Tags` is no method", ""),
        (
            "{{range .Hostname}}{{end}}",
            1,
            9,
            "range goes through lists and maps, not \"n1\"",
            "",
        ),
        ("{{fail \"no rack set\"}}", 1, 3, "no rack set", ""),
        ("{{file \"../../x\"}}", 1, 3, "leads out of the overlay", ""),
        (
            "{{Include \"/etc/shadow\"}}",
            1,
            3,
            "may not include /etc/shadow",
            "overlays: read:",
        ),
        (
            "{{readlink \"/none/such\"}}",
            1,
            3,
            "/none/such leads nowhere",
            "",
        ),
        ("{{1x}}", 1, 3, "`1x` is no number", ""),
        ("{{(1}}", 1, 5, "a parenthesis is not closed", ""),
        ("{{nil}}", 1, 3, "nil does nothing by itself", ""),
        ("é{{.Idd}}", 1, 4, "Idd", ""),
        (
            "{{range list 1 2}}\n{{lower .}}{{end}}",
            2,
            3,
            "lower",
            "1 (int)",
        ),
    ];
    let mut wrong = Vec::new();
    for (template, line, column, what, hint) in cases {
        let fault = fault(template);
        let spot = fault.spot.clone().unwrap();
        assert!(spot.file.ends_with("overlays/site/rootfs/etc/conf.ww"));
        assert_eq!(fault.about.as_deref(), Some("node n1"));
        let advice = fault.hint.clone().unwrap_or_default();
        let fits = (spot.line, spot.column) == (line, column);
        if !fits || !fault.what.contains(what) || !advice.contains(hint) {
            wrong.push(format!(
                "{template}: {line}:{column} {what} ({hint})\n   is {fault}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_broken_template_of_an_overlay_is_told() {
    let world = world("{{if}}");
    world.write("overlays/site/rootfs/etc/two.ww", "{{.Nope}}");
    world.write("overlays/site/rootfs/etc/three.tera", "{% if %}");
    world.write("overlays/site/rootfs/etc/good.ww", "{{.Id}}");
    let faults = world.lay(0).unwrap_err();
    assert!(!faults.is_empty());
    std::fs::remove_file(world.dir.path().join("overlays/site/rootfs/etc/three.tera")).unwrap();
    assert_eq!(world.lay(0).unwrap_err().len(), 2);
}

#[test]
fn a_template_must_be_text() {
    let world = world("");
    std::fs::write(
        world.dir.path().join("overlays/site/rootfs/etc/conf.ww"),
        b"\xff{{.Id}}",
    )
    .unwrap();
    assert!(world.lay(0).unwrap_err()[0].what.contains("UTF-8"));
}
