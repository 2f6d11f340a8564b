//! The language, as the documentation of text/template has it; every row was compared with Go's own.

use super::{render, table};

#[test]
fn text_and_blanks() {
    table(&[
        ("plain", "plain"),
        ("a {{- \"b\" -}} c", "abc"),
        ("a\n\n  {{- \"b\" }}\n", "ab\n"),
        ("a {{/* comment */}} b", "a  b"),
        ("a {{- /* comment */ -}} b", "ab"),
        ("{{-3}}", "-3"),
        ("{{3 -}} b", "3b"),
        ("{{ \"{{\" }}", "{{"),
        ("{{ `a\\n` }}", "a\\n"),
        ("{{printf\n\"%s\"\n\"x\"}}", "x"),
        ("}}", "}}"),
    ]);
}

#[test]
fn constants() {
    table(&[
        (
            "{{1}} {{-5}} {{+5}} {{1_000}} {{0x1F}} {{0b101}} {{0o17}} {{017}}",
            "1 -5 5 1000 31 5 15 15",
        ),
        (
            "{{1.5}} {{.5}} {{1.}} {{1e3}} {{0x1p4}} {{1e21}} {{1000000.0}} {{0.00001}}",
            "1.5 0.5 1 1000 16 1e+21 1e+06 1e-05",
        ),
        ("{{'a'}} {{'\\n'}} {{'\\''}} {{'é'}}", "97 10 39 233"),
        ("{{\"\\u00e9\\x41\\101\\\"\"}}", "éAA\""),
        ("{{true}} {{false}}", "true false"),
    ]);
}

#[test]
fn conditions() {
    table(&[
        ("{{if true}}a{{else}}b{{end}}", "a"),
        (
            "{{if 0}}a{{else if \"\"}}b{{else if 1}}c{{else}}d{{end}}",
            "c",
        ),
        ("{{if and 1 \"\"}}a{{else}}b{{end}}", "b"),
        ("{{with \"x\"}}{{.}}{{else}}none{{end}}", "x"),
        ("{{with \"\"}}{{.}}{{else}}none{{end}}", "none"),
        ("{{with \"\"}}a{{else with \"b\"}}{{.}}{{end}}", "b"),
        ("{{with $x := 5}}{{$x}}{{end}}", "5"),
        ("{{if .Tags.nothing}}a{{else}}b{{end}}", "b"),
    ]);
}

#[test]
fn loops() {
    table(&[
        ("{{range list 1 2 3}}<{{.}}>{{end}}", "<1><2><3>"),
        (
            "{{range $i, $x := list \"a\" \"b\"}}{{$i}}{{$x}}{{end}}",
            "0a1b",
        ),
        ("{{range $x := list}}a{{else}}none{{end}}", "none"),
        (
            "{{range $k, $v := dict \"b\" 1 \"a\" 2}}{{$k}}{{$v}} {{end}}",
            "a2 b1 ",
        ),
        (
            "{{range list 1 2 3 4}}{{if eq . 2}}{{continue}}{{end}}{{if eq . 4}}{{break}}{{end}}{{.}}{{end}}",
            "13",
        ),
        ("{{range 3}}{{.}}{{end}}", "012"),
        ("{{range $i := 2}}{{$i}}{{end}}", "01"),
        ("{{range list nil | first}}a{{else}}b{{end}}", "b"),
        ("{{range .Tags.nothing}}a{{else}}b{{end}}", "b"),
    ]);
}

#[test]
fn variables() {
    table(&[
        ("{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}", "12"),
        ("{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"),
        ("{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"),
        (
            "{{$x := 0}}{{range list 1 2 3}}{{$x = add $x .}}{{end}}{{$x}}",
            "6",
        ),
        ("{{with \"a\"}}{{$.Id}}{{.}}{{end}}", "n1a"),
    ]);
}

#[test]
fn templates_within() {
    table(&[
        (
            "{{define \"a\"}}[{{.}}]{{end}}{{template \"a\" 1}}{{template \"a\"}}",
            "[1][<no value>]",
        ),
        ("{{block \"b\" 7}}({{.}}){{end}}", "(7)"),
        (
            "{{define \"d\"}}{{if gt . 0}}{{.}}{{template \"d\" (sub . 1)}}{{end}}{{end}}{{template \"d\" 3}}",
            "321",
        ),
        (
            "{{define \"a\"}}x{{end}}{{define \"a\"}} {{end}}{{template \"a\"}}",
            "x",
        ),
        ("{{if false}}{{template \"none\"}}{{end}}ok", "ok"),
        (
            "{{define \"t\"}}{{$}}{{end}}{{with 1}}{{template \"t\" 2}}{{end}}",
            "2",
        ),
    ]);
}

#[test]
fn pipelines() {
    table(&[
        ("{{\"a\" | printf \"%s-%s\" \"b\"}}", "b-a"),
        ("{{(print \"a\" \"b\") | len}}", "2"),
        ("{{(dict \"a\" (dict \"b\" 1)).a.b}}", "1"),
        ("{{((1))}}", "1"),
        ("{{.Id | upper | printf \"%q\"}}", "\"N1\""),
    ]);
}

/// `and` and `or` leave what they need not look at alone.
#[test]
fn built_in_functions() {
    table(&[
        (
            "{{and 1 0 (index (list) 9)}} {{or 0 \"x\" (index (list) 9)}} {{and 1 2}} {{or 0 \"\"}}",
            "0 x 2 ",
        ),
        ("{{not 0}} {{not 1}}", "true false"),
        (
            "{{eq 1 1}} {{eq 1 2 3 1}} {{eq \"a\" \"b\"}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1.5 2.5}}",
            "true true false true true true true false",
        ),
        (
            "{{eq (add 1 2) 3}} {{eq .Tags.none \"x\"}} {{ne .Tags.none \"x\"}}",
            "true false true",
        ),
        (
            "{{len \"héllo\"}} {{len (list 1 2)}} {{len (dict \"a\" 1)}}",
            "6 2 1",
        ),
        (
            "{{index (list \"a\" \"b\") 1}} {{index (dict \"a\" (list 5)) \"a\" 0}} {{index \"abc\" 1}}",
            "b 5 98",
        ),
        (
            "[{{index .Tags \"none\"}}] {{.Tags.none}} {{.Tags.none.deeper}}",
            "[] <no value> <no value>",
        ),
        (
            "{{slice \"abcdef\" 1 3}} {{slice (list 1 2 3) 1}}",
            "bc [2 3]",
        ),
        (
            "{{print \"a\" 1 2 \"b\" 3.5 nil true}}|{{println \"a\" 1}}",
            "a1 2b3.5 <nil> true|a 1\n",
        ),
        (
            "{{html \"<a href='x'>\"}} {{js \"it's <b>\"}} {{urlquery \"a b&c=d/e~f\"}}",
            "&lt;a href=&#39;x&#39;&gt; it\\'s \\u003Cb\\u003E a+b%26c%3Dd%2Fe~f",
        ),
    ]);
}

/// What a rendering writes is bytes, as in Go: half a letter stays half a letter.
#[test]
fn texts_are_bytes() {
    let world = super::world("{{slice \"ü\" 0 1}}");
    let layout = world.lay(0).unwrap();
    let muster::overlay::Body::File(data) = &super::super::world::item(&layout, "etc/conf").body
    else {
        panic!("no file");
    };
    assert_eq!(&data[..], [0xc3]);
    assert_eq!(render("{{printf \"%q\" (slice \"ü\" 0 1)}}"), "\"\\xc3\"");
}
