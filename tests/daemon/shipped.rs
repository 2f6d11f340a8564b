//! The files that are shipped beside the program work as they are.

use std::fs;
use std::path::Path;

use super::world::World;

#[test]
fn the_shipped_configuration_loads_without_a_fault() {
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging");
    let world = World::new(0);
    for name in ["muster.conf", "nodes.conf"] {
        fs::copy(packaging.join(name), world.conf(name)).unwrap();
    }
    let out = world.run(&["check"]);
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(text.contains("0 errors, 0 warnings"), "{text}");
}
