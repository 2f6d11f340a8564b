//! The language against Go's own `text/template`, where Go is installed: templates made by chance, the same each time.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use muster::overlay::go::{BUILTINS, Budget, Entries, Halt, Host, Int, Library, Template, Value};

const PROGRAM: &str = r#"package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"text/template"
)

func main() {
	data := map[string]interface{}{
		"s": "hello", "e": "", "n": 5, "z": 0, "f": 2.5, "t": true, "nil": nil, "u": "héllo",
		"l": []interface{}{"a", "b"}, "m": map[string]interface{}{"b": 1, "a": "x", "c": []interface{}{1, "z"}},
		"mix": []interface{}{1, "two", 3.5, nil, true},
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		text, _ := hex.DecodeString(in.Text())
		var out bytes.Buffer
		t, err := template.New("x").Parse(string(text))
		if err == nil {
			err = t.Execute(&out, data)
		}
		fmt.Printf("%v %x\n", err == nil, out.Bytes())
	}
}
"#;

struct Page {
    out: Vec<u8>,
    budget: Budget,
}

impl Host for Page {
    fn write(&mut self, data: &[u8]) -> Result<(), Halt> {
        self.out.extend_from_slice(data);
        Ok(())
    }

    fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    fn call(&mut self, _: &'static str, _: &[Value]) -> Result<Value, Halt> {
        Err(Halt::Done)
    }
}

fn data() -> Value {
    let int = |number: i128| Value::Int(number, Int::Int);
    let map = |pairs: Vec<(&'static str, Value)>| {
        Value::map(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect::<Entries>(),
        )
    };
    let text = Value::text;
    map(vec![
        ("s", text("hello")),
        ("e", text("")),
        ("n", int(5)),
        ("z", int(0)),
        ("f", Value::Float(2.5)),
        ("t", Value::Bool(true)),
        ("nil", Value::Nil),
        ("u", text("héllo")),
        ("l", Value::list(vec![text("a"), text("b")])),
        (
            "m",
            map(vec![
                ("b", int(1)),
                ("a", text("x")),
                ("c", Value::list(vec![int(1), text("z")])),
            ]),
        ),
        (
            "mix",
            Value::list(vec![
                int(1),
                text("two"),
                Value::Float(3.5),
                Value::Nil,
                Value::Bool(true),
            ]),
        ),
    ])
}

/// Chance that is the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.roll(of.len())]
    }

    fn value(&mut self, depth: usize) -> String {
        if depth > 0 && self.roll(2) == 0 {
            return format!("({})", self.expression(depth - 1));
        }
        self.pick(&[
            "0",
            "1",
            "-3",
            "3.5",
            "1e3",
            "'a'",
            "\"a\"",
            "\"\"",
            "`x y`",
            "\"é\\n\"",
            ".s",
            ".e",
            ".n",
            ".z",
            ".f",
            ".t",
            ".nil",
            ".u",
            ".l",
            ".m",
            ".mix",
            ".nope",
            ".m.a",
            ".m.c",
            ".nope.x",
            "true",
            "false",
            "$",
            ".",
        ])
        .to_owned()
    }

    fn expression(&mut self, depth: usize) -> String {
        let values = |dice: &mut Self, most: usize| {
            let count = dice.roll(most + 1);
            (0..count)
                .map(|_| dice.value(depth))
                .collect::<Vec<_>>()
                .join(" ")
        };
        match self.roll(12) {
            0 => format!("print {}", values(self, 3)),
            1 => format!("println {}", values(self, 3)),
            2..=4 => {
                let mut format = String::new();
                for _ in 0..=self.roll(2) {
                    let flag = self.pick(&["", "", "", "+", "-", " ", "0"]);
                    let width = self.pick(&["", "", "5", "12"]);
                    let precision = self.pick(&["", "", ".2", ".0"]);
                    let verb = self.pick(&[
                        "v", "v", "s", "d", "q", "c", "t", "T", "e", "f", "g", "o", "z",
                    ]);
                    let _ = write!(format, "|%{flag}{width}{precision}{verb}");
                }
                format!("printf {format:?} {}", values(self, 3))
            }
            5 => format!("len {}", self.value(depth)),
            6 => format!("index {} {}", self.value(depth), self.value(depth)),
            7 => format!(
                "{} {}",
                self.pick(&["html", "js", "urlquery"]),
                self.value(depth)
            ),
            8 => format!(
                "{} {} {}",
                self.pick(&["eq", "ne", "lt", "ge"]),
                self.value(depth),
                self.value(depth)
            ),
            9 => format!(
                "{} {} {}",
                self.pick(&["and", "or"]),
                self.value(depth),
                self.value(depth)
            ),
            10 => format!(
                "{} | {}",
                self.value(depth),
                self.pick(&["print", "len", "not", "html", "printf \"%q %v\" 1"])
            ),
            _ => self.value(depth),
        }
    }

    fn body(&mut self, depth: usize) -> String {
        let mut out = String::new();
        for _ in 0..=self.roll(3) {
            let open = self.pick(&["{{", "{{- ", "{{ "]);
            let close = self.pick(&["}}", " -}}", " }}"]);
            out.push_str(self.pick(&["", " a ", "\n"]));
            let expression = self.expression(2);
            let inner = if depth > 0 {
                self.body(depth - 1)
            } else {
                "x".into()
            };
            out.push_str(&match self.roll(if depth > 0 { 9 } else { 4 }) {
                0..=3 => format!("{open}{expression}{close}"),
                4 => format!("{open}if {expression}{close}{inner}{{{{else}}}}no{open}end{close}"),
                5 => format!("{open}with {expression}{close}{inner}{open}end{close}"),
                6 => format!("{open}range $i, $v := {expression}{close}{{{{$i}}}}{inner}{{{{else}}}}none{open}end{close}"),
                7 => format!("{open}$x := {expression}{close}{{{{$x}}}}{{{{if $x}}}}{{{{$x = 1}}}}{{{{end}}}}{{{{$x}}}}"),
                _ => format!("{{{{define \"d{}\"}}}}{inner}{{{{end}}}}", self.roll(9)).replace("{{define", "{{/* define").replace("\"}}", " */}}").replace("{{end}}", ""),
            });
        }
        out
    }
}

fn ours(text: &str, library: &Library) -> (bool, Vec<u8>) {
    let mut page = Page {
        out: Vec::new(),
        budget: Budget::default(),
    };
    let done =
        Template::parse(text, library).and_then(|template| template.render(&data(), &mut page));
    (done.is_ok(), page.out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
#[allow(clippy::print_stderr)]
fn thousands_of_templates_write_what_go_writes() {
    if Command::new("go")
        .arg("version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        eprintln!("SKIPPED: Go is not installed, so there is nothing to compare with");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.go"), PROGRAM).unwrap();
    let mut go = Command::new("go");
    go.args(["run", "main.go"]).current_dir(dir.path());
    go.env("GO111MODULE", "off")
        .env("GOFLAGS", "")
        .env("GOCACHE", dir.path().join("cache"));
    let mut go = go
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut dice = Dice(7);
    let templates: Vec<String> = (0..3000).map(|_| dice.body(2)).collect();
    let lines: String = templates
        .iter()
        .map(|text| hex(text.as_bytes()) + "\n")
        .collect();
    let mut pipe = go.stdin.take().unwrap();
    let writer = std::thread::spawn(move || pipe.write_all(lines.as_bytes()));
    let said = go.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let library = Library::new(&[&BUILTINS]);
    let (mut same, mut wrong) = (0, Vec::new());
    for (text, line) in templates.iter().zip(said.lines()) {
        let (done, out) = line.split_once(' ').unwrap();
        let (ok, bytes) = ours(text, &library);
        // A newer Go goes through whole numbers, an older one does not; we do.
        let newer = ok && done == "false" && text.contains("range");
        match (done == "true") == ok && (!ok || hex(&bytes) == out) {
            true => same += 1,
            false if newer => {}
            false => wrong.push(format!(
                "{text:?}: Go {done} {out}, here {ok} {}",
                hex(&bytes)
            )),
        }
    }
    assert_eq!(said.lines().count(), templates.len());
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        same,
        wrong[..wrong.len().min(5)].join("\n")
    );
}
