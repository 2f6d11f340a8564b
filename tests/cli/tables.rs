//! Entries as comma-separated values, there and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use muster::cli::entry::{cells, rows, text, to_edits};
use muster::model::{Edit, Fault, Table, Value};
use proptest::prelude::*;

type Entry = Vec<(Arc<str>, Value)>;

fn entry(values: &[(&str, Value)]) -> Entry {
    values
        .iter()
        .map(|(key, value)| (Arc::from(*key), value.clone()))
        .collect()
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Arc::from(*item)).collect())
}

fn written(entries: &BTreeMap<String, Entry>) -> String {
    let all: Vec<_> = entries
        .iter()
        .map(|(name, values)| {
            (
                name.as_str(),
                values.iter().map(|(key, value)| (&**key, value)).collect(),
            )
        })
        .collect();
    text(&cells(Table::Nodes, &all))
}

/// What entries say after a table was read into them.
fn taken(
    text: &str,
    before: &BTreeMap<String, Entry>,
    exact: bool,
) -> Result<BTreeMap<String, Entry>, String> {
    let told = |faults: Vec<Fault>| {
        let place = |fault: &Fault| fault.spot.as_ref().map(|spot| (spot.line, spot.column));
        let line = |fault: &Fault| {
            let (line, column) = place(fault).unwrap_or_default();
            format!("{line}:{column}: {}", fault.what)
        };
        faults.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let rows = rows(text).map_err(|fault| told(vec![fault]))?;
    let edits = to_edits(
        Table::Nodes,
        &rows,
        &|name| before.get(name).map(Vec::as_slice),
        exact,
    )
    .map_err(told)?;
    let mut after = before.clone();
    for edit in edits {
        let name = edit.place().name.to_string();
        match edit {
            Edit::Add { .. } => assert!(after.insert(name, Vec::new()).is_none()),
            Edit::Set { key, value, .. } => {
                let entry = after.get_mut(&name).unwrap();
                entry.retain(|(known, _)| *known != key);
                entry.push((key, value));
            }
            Edit::Unset { key, .. } => after
                .get_mut(&name)
                .unwrap()
                .retain(|(known, _)| *known != key),
            other => panic!("{other:?}"),
        }
    }
    Ok(after)
}

#[test]
fn a_table_has_a_column_for_each_key_and_says_where_it_is_wrong() {
    let entries = BTreeMap::from([
        (
            "n1".to_owned(),
            entry(&[
                ("profiles", list(&["default", "gpu"])),
                ("kernel.args", list(&["quiet", "a b"])),
                ("net.eno1.ipaddr", Value::Text("10.0.0.1".into())),
                ("net.eno1.hwaddr", Value::Text("52:54:00:00:00:01".into())),
                ("net.eno2.ipaddr", Value::Text("10.1.0.1".into())),
            ]),
        ),
        (
            "n2".to_owned(),
            entry(&[("comment", Value::Text("says \"no\", twice".into()))]),
        ),
    ]);
    let text = written(&entries);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "node,profiles,comment,kernel.args,net.eno1.hwaddr,net.eno1.ipaddr,net.eno2.ipaddr"
    );
    assert_eq!(
        lines[1],
        r#"n1,default gpu,,"[""quiet"",""a b""]",52:54:00:00:00:01,10.0.0.1,10.1.0.1"#
    );
    assert_eq!(lines[2], r#"n2,,"says ""no"", twice",,,,"#);
    assert_eq!(
        taken(&text, &entries, true).unwrap(),
        entries,
        "nothing differs"
    );

    for (text, wanted) in [
        ("", "0:0: there is no line in it"),
        (
            "host,image\n",
            "1:1: the first column is `host`; it has to be `node`",
        ),
        (
            "node;image\nn1;a\n",
            "1:1: the cells are not separated by commas",
        ),
        ("node,imge\n", "1:6: there is no setting `imge`"),
        ("node, image,x\n", "1:13: there is no setting `x`"),
        (
            "node,image,image\n",
            "1:12: the column `image` is there twice",
        ),
        ("node,image\nn1,a,b\n", "2:6: 3 cells, but 2 columns"),
        ("node,image\nn1,a\nn1,b\n", "3:1: `n1` is there twice"),
        ("node,image\n../n,a\n", "2:1: `../n`"),
        ("node,image\n,a\n", "2:1: ``: the name is empty"),
        (
            "node,comment\nn1,\"a\nb\n",
            "2:4: the quote that begins here is not closed",
        ),
        (
            "node,comment\nn1,a\"b\n",
            "2:5: a quote stands in the middle",
        ),
        (
            "node,comment\nn1,\"a\" b\n",
            "2:8: something follows a closing quote",
        ),
        (
            "node,kernel.args\nn1,[a\n",
            "2:4: `kernel.args`: no JSON array",
        ),
        (
            "node,profiles\nn1,\"a ../b\"\n",
            "2:4: `profiles`: `../b` contains",
        ),
        (
            "node,comment,net.eno1.ipaddr\n\nn1,\"two\nlines\",10.0\nn2,x,fd00::1\n",
            "4:8: `net.eno1.ipaddr`: `10.0` is not an IPv4 address, as 10.0.0.1\n5:6: `net.eno1.ipaddr`: `fd00::1` is an IPv6",
        ),
        (
            "node,ipmi.password\nn1,\"a\tb\"\n",
            "2:4: `ipmi.password`: it contains the invisible",
        ),
    ] {
        let said = taken(text, &BTreeMap::new(), false).unwrap_err();
        assert!(said.contains(wanted), "{text:?}: {said}");
    }
}

#[test]
fn an_empty_cell_says_nothing_unless_it_is_to_be_exact() {
    let before = BTreeMap::from([(
        "n1".to_owned(),
        entry(&[
            ("image", Value::Text("a".into())),
            ("init", Value::Text("/sbin/init".into())),
        ]),
    )]);
    let text = "\u{feff}name,image\r\nn1,\r\n\r\nn2,b\r\n";
    let after = taken(text, &before, false).unwrap();
    assert_eq!(after["n1"], before["n1"]);
    assert_eq!(after["n2"], entry(&[("image", Value::Text("b".into()))]));
    assert_eq!(taken(text, &before, true).unwrap()["n1"], Vec::new());
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_back(
        comments in proptest::collection::vec("[ -~\n\"',äß]{1,12}", 1..4),
        items in proptest::collection::vec("[ -~äß]{1,8}", 1..5),
    ) {
        let mut entries = BTreeMap::new();
        for (at, comment) in comments.iter().enumerate() {
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            let values = entry(&[("comment", Value::Text(comment.as_str().into())), ("kernel.args", list(&items))]);
            entries.insert(format!("n{at}"), values);
        }
        let text = written(&entries);
        prop_assert_eq!(taken(&text, &BTreeMap::new(), false).unwrap(), entries);
    }
}
