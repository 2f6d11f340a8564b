//! `y`: the name, the value, the row, or the command line that does the same.

use muster::api::Reply;
use muster::console::app::{Effect, Msg};
use muster::link::Message;

use super::answers::{answer, on_field, text};
use super::world::{Desk, settings};

fn copied(desk: &Desk) -> &str {
    match desk.effects.last() {
        Some(Effect::Copy(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn of_a_node_its_name_cell_row_and_command() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 l l l l");
    answer(&mut desk, &[]);
    desk.press("y");
    let shown = desk.text();
    for line in [
        "⏎ n name     n0001",
        "v value    10.4.1.0",
        "c command  muster node show n0001",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert_eq!(copied(desk.press("enter")), "n0001");
    assert_eq!(copied(desk.press("y v")), "10.4.1.0");
    assert!(copied(desk.press("y r")).starts_with("n0001\t● up\t"));
    // Marked ones are a host list.
    assert_eq!(copied(desk.press("space space space y y")), "n[0001-0003]");
    assert_eq!(copied(desk.press("y c")), "muster node show 'n[0001-0003]'");
    let before = desk.effects.len();
    desk.press("y esc");
    assert!(desk.app.layers.is_empty(), "{:?}", desk.app.layers);
    assert_eq!(desk.effects.len(), before);
}

#[test]
fn of_a_field_the_command_that_sets_it() {
    for (key, wanted) in [
        ("image", "muster node set n0417 --image=rocky9-gpu"),
        (
            "kernel.args",
            "muster node set n0417 --kernelargs=console=ttyS1,quiet",
        ),
        (
            "net.eno1.ipaddr",
            "muster node set n0417 --netname eno1 --ipaddr=10.4.2.160",
        ),
        (
            "system_overlay",
            "muster node set n0417 --system-overlays=wwinit,gpu,slurm",
        ),
    ] {
        let mut desk = on_field((120, 36), key, &[]);
        assert_eq!(copied(desk.press("y c")), wanted);
    }
    let mut desk = on_field((120, 36), "image", &[]);
    assert_eq!(
        copied(desk.press("y enter")),
        "rocky9-gpu",
        "the value first"
    );
    assert_eq!(copied(desk.press("y n")), "image");
}

#[test]
fn of_a_change_what_it_comes_to_or_the_command_that_does_it() {
    let own = [("comment", text("a100"))];
    let mut desk = on_field((120, 36), "comment", &own);
    desk.press("e");
    answer(&mut desk, &own);
    desk.press("ctrl-u \"it's\" space \"new\" enter");
    desk.press("y");
    assert_eq!(
        copied(desk.press("c")),
        "muster node set n0417 --comment='it'\\''s new'"
    );
    desk.press("esc ctrl-u enter");
    assert_eq!(
        copied(desk.press("y c")),
        "muster node unset n0417 --comment"
    );
}

#[test]
fn of_a_setting_the_line_for_a_runbook() {
    let mut desk = Desk::new((120, 36));
    desk.press("8");
    let (ticket, _) = desk.asked();
    desk.send(Msg::Link(Message::Reply(
        ticket,
        Reply::Settings(settings()),
    )));
    desk.press(": \"dhcp.lease\" enter y");
    assert_eq!(copied(desk.press("c")), "muster config set dhcp.lease=600");
    assert_eq!(copied(desk.press("y r")), "dhcp.lease: 600");
}
