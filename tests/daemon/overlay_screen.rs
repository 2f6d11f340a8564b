//! The screen of the overlays on a real terminal, attached to a real daemon: files change on the disk, and the screen shows it.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;

use super::terminal::Terminal;
use super::world::{World, secs};

/// A world of three nodes that get the overlay `site`, with a template of it.
fn world() -> (World, PathBuf) {
    let world = World::new(3);
    let text = fs::read_to_string(world.conf("nodes.conf")).unwrap();
    world.write_registry(&text.replace(
        "{image name: small}",
        "{image name: small, runtime overlay: [site]}",
    ));
    let template = world.conf("../../var/lib/muster/overlays/site/rootfs/etc/motd.tera");
    fs::create_dir_all(template.parent().unwrap()).unwrap();
    fs::write(&template, "Hello\nThis is {{ node.name }}.\n").unwrap();
    (world, template)
}

/// On the template.
fn on_template(world: &World) -> Terminal {
    let terminal = Terminal::run(&world.muster(&[]));
    terminal.shows(secs(20), "n3");
    terminal.press("4");
    terminal.shows(secs(20), "NetworkManager");
    terminal.press("/site");
    terminal.shows(secs(20), "who lists it".to_uppercase().as_str());
    terminal.press("\r\r");
    terminal.shows(secs(20), "motd.tera");
    terminal.press("jj");
    terminal.shows(secs(20), "This is n1.");
    terminal
}

#[test]
fn a_template_is_followed_while_it_is_edited_elsewhere() {
    let (world, template) = world();
    let _daemon = world.serve();
    let terminal = on_template(&world);
    assert!(terminal.screen().contains("This is {{ node.name }}."));
    terminal.press("]");
    terminal.shows(secs(20), "This is n2.");
    fs::write(&template, "Good morning\nThis is {{ node.name }}.\n").unwrap();
    terminal.shows(secs(20), "Good morning");
    // Its fault is told at its line, with whom it breaks; then it is mended.
    fs::write(&template, "Good morning\nThis is {{ node.nam }}.\n").unwrap();
    terminal.shows(secs(20), "1 error, breaks 3 of 3 nodes: line 2");
    terminal.shows(secs(20), "did you mean");
    fs::write(&template, "Good evening\nThis is {{ node.name }}.\n").unwrap();
    terminal.shows(secs(20), "Good evening");
    terminal.shows(secs(20), "This is n2.");
    assert!(
        !terminal.screen().contains("1 error"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn nodes_are_compared_and_it_is_tried_on_all_of_them() {
    let (world, template) = world();
    let _daemon = world.serve();
    let terminal = on_template(&world);
    terminal.press("d");
    terminal.shows(secs(20), "the node after this one");
    terminal.press("n3\r");
    terminal.shows(secs(20), "+ This is n3.");
    assert!(
        terminal.screen().contains("- This is n1."),
        "{}",
        terminal.screen()
    );
    terminal.press("q");
    terminal.press("T");
    terminal.shows(secs(20), "1 template rendered for 3 nodes: nothing fails");
    terminal.press("q");
    let bad = "{% if node.name == 'n2' %}\n{{ node.nam }}\n{% endif %}\n";
    fs::write(&template, bad).unwrap();
    terminal.shows(secs(20), "node.nam }}");
    terminal.press("T");
    terminal.shows(secs(20), "fails for 1 of 3 nodes");
    terminal.press("\r");
    terminal.shows(secs(20), "AS n2");
    terminal.shows(secs(20), "did you mean");
}

#[test]
fn it_writes_nothing_while_nothing_happens() {
    let (world, _) = world();
    let _daemon = world.serve();
    let terminal = on_template(&world);
    terminal.settles(secs(3), secs(90));
    let before = terminal.bytes();
    sleep(secs(5));
    assert_eq!(terminal.bytes(), before, "{}", terminal.screen());
}
