//! Templates that would never end, or fill the memory, or go down with the stack.

use proptest::prelude::*;

use muster::overlay::go::{BUILTINS, Budget, Halt, Host, Library, Template, Value};

use super::super::world::{World, node};
use super::fault;

#[test]
fn endless_work_is_stopped_wherever_it_hides() {
    let steps = [
        "{{range 90000}}{{range 90000}}{{end}}{{end}}",
        "{{range until 90000}}{{range until 90000}}{{end}}{{end}}",
        "{{$l := until 900000}}{{range 900000}}{{$_ := len (concat $l $l)}}{{end}}",
        "{{$l := list 1}}{{range 60}}{{$l = concat $l $l}}{{end}}",
        "{{$l := until 3000}}{{$_ := uniq $l}}{{range 90000}}{{$_ := uniq $l}}{{end}}",
        "{{range 9000000}}{{end}}",
        "{{$s := repeat 16000000 \"x\"}}{{range 90000}}{{$_ := contains \"y\" $s}}{{end}}",
        "{{$s := repeat 1000000 \"x\"}}{{range 90000}}{{$_ := regexMatch \"y\" $s}}{{end}}",
        "{{define \"a\"}}{{range 10}}{{template \"b\"}}{{end}}{{end}}{{define \"b\"}}{{range 900000}}{{end}}{{end}}{{template \"a\"}}",
        "{{$d := dict}}{{range $i := 90000}}{{$_ := set $d (toString $i) (until 500)}}{{end}}",
        "{{range 90000}}{{$_ := printf \"%v\" (until 900)}}{{end}}",
    ];
    for template in steps {
        let fault = fault(template);
        let stopped = fault.what.contains("goes through more than 5000000 things");
        assert!(
            stopped || fault.what.contains("million"),
            "{template}: {fault}"
        );
    }
}

#[test]
fn texts_do_not_grow_for_ever() {
    let cases = [
        "{{$s := \"x\"}}{{range 60}}{{$s = print $s $s}}{{end}}",
        "{{repeat 999999999999 \"x\"}}",
        "{{printf \"%1000000d\" 1 | repeat 100}}",
        "{{$s := repeat 1000000 \"x\"}}{{replace \"x\" $s $s}}",
        "{{$s := repeat 1000000 \"x\"}}{{regexReplaceAll \"x\" $s $s}}",
        "{{$l := list 1}}{{range 40}}{{$l = list $l $l}}{{end}}{{$l}}",
        "{{$l := list 1}}{{range 40}}{{$l = list $l $l}}{{end}}{{toJson $l}}",
        "{{indent 9999 (repeat 100000 \"\\n\")}}",
        "{{join (repeat 10000 \"x\") (until 100000)}}",
        "{{until 99999999999}}",
        "{{seq 99999999999}}",
    ];
    for template in cases {
        let fault = fault(template);
        let told = ["16 MiB", "million", "deep", "5000000"];
        assert!(
            told.iter().any(|part| fault.what.contains(part)),
            "{template}: {fault}"
        );
    }
    let fault = fault("{{$s := repeat 1000000 \"x\"}}{{range 90000}}{{$s}}{{end}}");
    assert!(fault.what.contains("64 MiB"), "{fault}");
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    let deep = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(20_000), close.repeat(20_000))
    };
    let cases = [
        format!("{{{{{}}}}}", deep("(", "1", ")")),
        deep("{{if 1}}", "x", "{{end}}"),
        deep("{{range list 1}}", "x", "{{end}}"),
        format!("{{{{if 1}}}}{}{{{{end}}}}", "{{else if 1}}".repeat(20_000)),
        "{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}".into(),
        "{{define \"a\"}}{{with 1}}{{template \"b\"}}{{end}}{{end}}{{define \"b\"}}{{template \"a\"}}{{end}}{{template \"a\"}}".into(),
        "{{$l := list}}{{range 100000}}{{$l = list $l}}{{end}}{{$l}}".into(),
        "{{$l := list}}{{range 100000}}{{$l = list $l}}{{end}}{{toJson $l}}".into(),
        "{{$l := list}}{{range 100000}}{{$l = list $l}}{{end}}{{deepCopy $l}}".into(),
        "{{$l := list}}{{range 100000}}{{$l = list $l}}{{end}}{{deepEqual $l $l}}".into(),
    ];
    for template in cases {
        let fault = fault(&template);
        let shown: String = template.chars().take(60).collect();
        assert!(fault.what.contains("deep"), "{shown}: {fault}");
    }
}

/// A chain of a hundred thousand lists is let go of without going down with the stack, and a dict cannot hold itself.
#[test]
fn what_is_nested_is_let_go_of() {
    assert_eq!(
        super::render("{{$l := list}}{{range 100000}}{{$l = list $l}}{{end}}ok"),
        "ok"
    );
    assert_eq!(
        super::render("{{$d := dict}}{{range 100000}}{{$d = dict \"a\" $d}}{{end}}ok"),
        "ok"
    );
    assert!(
        fault("{{$d := dict}}{{$_ := set $d \"a\" $d}}{{$d}}")
            .what
            .contains("hold itself")
    );
    assert!(
        fault("{{$d := dict}}{{$e := dict \"d\" (list $d)}}{{$_ := set $d \"a\" $e}}")
            .what
            .contains("hold itself")
    );
    assert!(
        fault("{{$d := dict}}{{$e := dict \"d\" $d}}{{$_ := merge $d (dict \"x\" $e)}}")
            .what
            .contains("hold itself")
    );
}

#[test]
fn patterns_do_not_blow_up() {
    assert_eq!(
        super::render("{{regexMatch \"(a*)*b\" (repeat 50000 \"a\")}}"),
        "false"
    );
    let fault = fault("{{mustRegexMatch \"((a{0,100}){0,100}){0,100}\" \"a\"}}");
    assert!(fault.what.contains("is no pattern"), "{fault}");
}

/// Ten thousand nodes in `/etc/hosts` fit into what a template may do.
#[test]
fn a_list_of_many_nodes_is_no_loop_without_end() {
    let nodes = (1..=10_000).map(|at| node(at, &format!("n{at}"), &["site"]));
    let world = World::new(nodes.collect());
    let hosts = "{{range $n := .AllNodes}}{{range $name, $dev := $n.NetDevs}}{{if $dev.Ipaddr}}{{$dev.Ipaddr}} {{if $dev.Primary}}{{$n.Id}}{{end}} {{$n.Id}}-{{$name}} {{with $dev.Device}}{{$n.Id}}-{{.}}{{end}}\n{{end}}{{end}}{{end}}";
    world.write("overlays/site/rootfs/etc/hosts.ww", hosts);
    let layout = world.lay(0).unwrap();
    let text = super::super::world::text(&layout, "etc/hosts");
    assert_eq!(text.lines().count(), 10_000);
    assert!(
        text.starts_with("10.0.1.1 n1 n1-default n1-eth0\n"),
        "{}",
        &text[..60]
    );
}

struct Page {
    out: Vec<u8>,
    budget: Budget,
}

impl Host for Page {
    fn write(&mut self, data: &[u8]) -> Result<(), Halt> {
        self.out.extend_from_slice(data);
        if self.out.len() > 1 << 20 {
            Err(Halt::Done)
        } else {
            Ok(())
        }
    }

    fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    fn call(&mut self, _: &'static str, _: &[Value]) -> Result<Value, Halt> {
        Err(Halt::Done)
    }
}

/// Any text is a template, or is refused; what it writes is text, or it is refused. Nothing panics.
fn survives(text: &str) {
    let library = Library::new(&[&BUILTINS]);
    if let Ok(template) = Template::parse(text, &library) {
        let data = Value::map(
            [(
                "a".into(),
                Value::list(vec![Value::text("é"), Value::int(3), Value::Nil]),
            )]
            .into(),
        );
        let mut page = Page {
            out: Vec::new(),
            budget: Budget::default(),
        };
        let _ = template.render(&data, &mut page);
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        survives(&text);
        survives(&format!("{{{{{text}}}}}"));
    }

    #[test]
    fn any_words_of_the_language_are_survived(words in prop::collection::vec(prop::sample::select(vec![
        "{{", "}}", "{{-", "-}}", " ", "\n", "if", "else", "end", "range", "with", "define", "template", "block", "break", "continue",
        "$", "$x", ":=", "=", ",", ".", ".a", "\"s\"", "'c'", "`r`", "1", "-2.5", "1e9", "nil", "true", "(", ")", "|", "print", "printf",
        "\"%v%5.2f%*d%[3]q%\"", "index", "slice", "len", "and", "or", "eq", "lt", "html", "js", "/*", "*/", "\\", "é", "\u{0}", "99999999999999999999", "0x", "'",
    ]), 0..40)) {
        survives(&words.concat());
        survives(&words.join(" "));
    }

    #[test]
    fn any_format_is_survived(format in "[%+#0 .*\\[\\]0-9a-zA-Z!-]{0,24}") {
        let quoted = format!("{{{{printf {format:?} 5 \"é\" 2.5 nil .a true}}}}");
        survives(&quoted);
    }
}
