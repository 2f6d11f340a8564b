//! The list of nodes: cells, ranges, order, columns, and the detail below it.

use muster::api::Command;
use muster::console::app::{Effect, Mouse, Msg, Place};
use muster::console::column::Column;
use muster::console::frame::Hit;
use muster::model::{Edit, Table, Value};

use super::world::Desk;

fn answer(desk: &mut Desk) -> Vec<Command> {
    super::answers::answer(desk, &[])
}

fn nodes(size: (u16, u16)) -> Desk {
    let mut desk = Desk::new(size);
    desk.press("2");
    answer(&mut desk);
    desk
}

/// In which column a heading was drawn.
fn at(desk: &mut Desk, wanted: &Hit) -> (u16, u16) {
    let (_, drawn) = desk.draw();
    let (area, _) = drawn
        .hits
        .iter()
        .rev()
        .find(|(_, hit)| hit == wanted)
        .unwrap();
    (area.x, area.y)
}

fn click(desk: &mut Desk, wanted: &Hit) {
    let (x, y) = at(desk, wanted);
    desk.send(Msg::Mouse(Mouse::Click(x, y)));
}

#[test]
fn a_cell_becomes_an_input_where_it_stands() {
    let mut desk = nodes((120, 36));
    desk.press("j l l l l l l l");
    assert_eq!(desk.app.nodes.column(), Column::Image);
    desk.press("e");
    answer(&mut desk);
    assert!(desk.text().contains("image of n0002"));
    desk.press("ctrl-u \"suse15\"");
    let row = desk.text();
    let row = row.lines().find(|line| line.contains("n0002")).unwrap();
    assert!(row.contains("▸suse15"), "{row}");
    desk.press("enter");
    match &answer(&mut desk)[..] {
        [
            Command::Change {
                edits, dry: true, ..
            },
        ] => {
            let [Edit::Set { place, key, value }] = &edits[..] else {
                panic!("{edits:?}");
            };
            assert_eq!((&*place.name, &**key), ("n0002", "image"));
            assert_eq!(*value, Value::Text("suse15".into()));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_address_is_that_of_the_nodes_own_device() {
    let mut desk = nodes((120, 36));
    desk.press("l l l l");
    assert_eq!(desk.app.nodes.column(), Column::Ip);
    desk.press("e");
    answer(&mut desk);
    assert!(desk.text().contains("net.eno1.ipaddr of n0001"));
    // Several cannot share one, and what is only heard of a node is no setting: both say so.
    desk.press("esc a e");
    assert!(answer(&mut desk).is_empty() && desk.app.layers.is_empty());
    assert!(desk.text().contains("each node has its own"));
    desk.press("esc h h h e");
    assert!(desk.text().contains("STATE: it tells what the node does"));
}

#[test]
fn a_cell_of_marked_nodes_is_that_of_all_of_them() {
    let mut desk = nodes((120, 36));
    desk.press("l l l l l l l space space e");
    let asked = answer(&mut desk);
    match &asked[..] {
        [
            Command::Change {
                edits, dry: true, ..
            },
        ] => assert!(
            edits.len() == 2 && matches!(&edits[0], Edit::Unset { key, .. } if **key == *"image")
        ),
        other => panic!("{other:?}"),
    }
    assert!(desk.text().contains("image of 2 nodes n[0001-0002]"));
}

#[test]
fn a_range_follows_the_cursor_until_it_ends() {
    let mut desk = nodes((120, 36));
    desk.press("space v j j j");
    assert_eq!(desk.app.marks.len(), 5);
    desk.press("k k");
    assert_eq!(
        desk.app.marks.len(),
        3,
        "what it left is not marked any more"
    );
    assert!(desk.text().contains("3 marked · v ends"));
    desk.press("v j j");
    assert_eq!(desk.app.marks.len(), 3, "it has ended");
    desk.press("v G esc");
    assert_eq!(desk.app.marks.len(), 3, "Esc takes back only the range");
    desk.press("g v j j j j j space");
    assert_eq!(desk.app.marks.len(), 6, "space ends a range and keeps it");
    desk.press("v 1 2 j");
    assert_eq!(desk.app.marks.len(), 6, "another screen ends it");
}

#[test]
fn the_order_is_chosen_or_clicked() {
    let mut desk = nodes((120, 36));
    desk.press("o");
    assert!(desk.text().contains("sort by"));
    desk.press("o j enter");
    assert_eq!(desk.app.order.sort, Some(Column::Stage));
    desk.press("O");
    assert!(desk.app.order.reverse && desk.text().contains("STAGE▼"));
    desk.press("o esc");
    assert_eq!(desk.app.order.sort, Some(Column::Stage));
    let ip = desk
        .app
        .nodes
        .columns
        .iter()
        .position(|column| *column == Column::Ip);
    click(&mut desk, &Hit::Heading(ip.unwrap()));
    assert!(desk.text().contains("IP▲") && !desk.app.order.reverse);
    click(&mut desk, &Hit::Heading(ip.unwrap()));
    assert!(desk.text().contains("IP▼"));
}

#[test]
fn columns_are_shown_hidden_and_moved_while_the_list_is_seen() {
    let mut desk = nodes((120, 36));
    desk.press("C j space");
    assert!(!desk.app.nodes.columns.contains(&Column::State));
    // The cursor stays on what it was done to; shown again it comes last, and goes where it is wanted.
    desk.press("space K K");
    let columns = &desk.app.nodes.columns;
    assert_eq!(
        columns.iter().position(|column| *column == Column::State),
        Some(columns.len() - 3)
    );
    desk.press("g space J");
    assert_eq!(
        desk.app.nodes.columns[0],
        Column::Node,
        "the name stays the first"
    );
    assert_eq!(desk.app.nodes.columns.len(), 11);
    desk.press("enter");
    assert!(desk.app.layers.is_empty());
}

#[test]
fn a_column_out_of_sight_comes_into_it() {
    let mut desk = nodes((80, 24));
    assert!(!desk.text().contains("COMMENT"));
    desk.press("l l l l l l l l l l");
    assert_eq!(desk.app.nodes.column(), Column::Comment);
    let text = desk.text();
    assert!(text.contains("COMMENT") && text.contains("NODE▲") && !text.contains("STAGE"));
}

#[test]
fn the_detail_below_follows_the_cursor_and_one_question_is_under_way() {
    let mut desk = nodes((120, 36));
    assert!(desk.text().contains("─ n0001 ─ Fields 7"));
    desk.press("j j j");
    let asked = desk
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Send(_, Command::Node { .. })));
    assert_eq!(asked.count(), 1, "who passes many nodes asks for few");
    answer(&mut desk);
    assert!(desk.text().contains("─ n0004 ─ Fields 7"));
}

#[test]
fn tab_goes_through_the_pages_below_and_back_to_the_list() {
    let mut desk = nodes((120, 36));
    desk.press("tab j j j");
    assert_eq!(desk.app.node.key().as_deref(), Some("kernel.version"));
    desk.press("e");
    answer(&mut desk);
    assert!(desk.text().contains("kernel.version of n0001"));
    assert!(desk.text().contains("▸6.12.1"), "in place in the detail");
    desk.press("esc tab tab");
    assert!(desk.text().contains("WHEN     OVERLAY"));
    assert!(desk.text().contains("1  system   wwinit"));
    desk.press("tab tab j");
    assert!(!desk.app.nodes.inside, "after the last page comes the list");
    // Esc leaves the detail too, and drops no mark with it.
    desk.press("space tab esc");
    assert!(!desk.app.nodes.inside && desk.app.marks.len() == 1);
}

#[test]
fn the_detail_is_hidden_shown_and_shown_alone() {
    let mut desk = nodes((120, 36));
    desk.press("-");
    assert!(!desk.text().contains("Boots 1"));
    desk.press("+");
    assert!(desk.text().contains("Boots 1"));
    desk.press("tab tab +");
    assert_eq!(desk.app.place, Place::Node("n0001".into()));
    answer(&mut desk);
    assert!(desk.text().contains("HOW IT ENDED"), "the same page");
    desk.press("-");
    assert_eq!(desk.app.place, Place::Nodes);
    // On a small screen there is no room below.
    let mut desk = nodes((80, 24));
    assert!(!desk.text().contains("Overlays"));
    desk.press("tab");
    assert!(desk.text().contains("no detail below the list"));
}

#[test]
fn enter_on_a_value_goes_to_the_layer_that_it_comes_from_and_to_its_key() {
    let mut desk = nodes((120, 36));
    desk.press("tab j j enter");
    assert_eq!(desk.app.place, Place::Profiles);
    let asked = desk.effects.iter().any(|effect| {
        matches!(
            effect,
            Effect::Send(
                _,
                Command::Entries {
                    table: Table::Profiles,
                    ..
                }
            )
        )
    });
    assert!(!asked, "what is known of this revision is not asked again");
}

#[test]
fn a_click_puts_the_cursor_on_a_cell_and_a_second_one_opens_it() {
    let mut desk = nodes((120, 36));
    let hit = Hit::Cell { row: 3, column: 7 };
    click(&mut desk, &hit);
    assert_eq!(desk.app.nodes.column(), Column::Image);
    assert_eq!(desk.app.place, Place::Nodes);
    answer(&mut desk);
    click(&mut desk, &Hit::Page(2));
    assert!(desk.app.nodes.inside && desk.text().contains("WHEN     OVERLAY"));
    click(&mut desk, &hit);
    assert!(!desk.app.nodes.inside);
    click(&mut desk, &hit);
    assert_eq!(desk.app.place, Place::Node("n0004".into()));
}
