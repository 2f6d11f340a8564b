//! The throw-away cluster.

use std::collections::HashSet;
use std::fs;

use muster::rehearse::{Behaviour, DemoError, Firmware, demo};

#[test]
fn a_demo_is_a_cluster_with_every_kind_of_trouble() {
    let root = tempfile::tempdir().unwrap();
    let made = demo(root.path(), 96, 1).unwrap();
    let actors = &made.rehearsal.actors;
    assert_eq!(actors.len(), 96 + 3);
    let macs: HashSet<_> = actors.iter().map(|actor| actor.mac).collect();
    assert_eq!(macs.len(), actors.len());
    for behaviour in [
        Behaviour::Off,
        Behaviour::NoRequest,
        Behaviour::NoLoader,
        Behaviour::Freezes,
        Behaviour::Aborts,
        Behaviour::Silent,
        Behaviour::NeverUp,
        Behaviour::InitFails,
    ] {
        assert!(
            actors.iter().any(|actor| actor.behaviour == behaviour),
            "{behaviour:?}"
        );
    }
    let good = actors
        .iter()
        .filter(|actor| actor.comes_up() && actor.firmware != Firmware::Pxe(11));
    assert!(good.count() > 76);

    let nodes: serde_yaml::Value = serde_yaml::from_str(
        &fs::read_to_string(root.path().join("etc/muster/nodes.conf")).unwrap(),
    )
    .unwrap();
    assert_eq!(nodes["nodes"].as_mapping().unwrap().len(), 96);
    assert_eq!(
        nodes["nodes"]["r01n01"]["tags"]["rack"].as_str(),
        Some("r01")
    );
    let conf: serde_yaml::Value = serde_yaml::from_str(
        &fs::read_to_string(root.path().join("etc/muster/muster.conf")).unwrap(),
    )
    .unwrap();
    assert_eq!(
        conf["dhcp"]["port"].as_u64(),
        Some(u64::from(made.ports.dhcp))
    );
    assert_eq!(made.images.len(), 2);
    for (_, tree) in &made.images {
        let kernel = fs::metadata(tree.join("boot/vmlinuz-6.1.0-demo")).unwrap();
        assert_eq!(kernel.len(), 4_000_000);
    }
    assert!(root.path().join("var/lib/muster/tftp/snponly.efi").exists());
}

#[test]
fn a_small_demo_comes_up_for_the_most_part_and_a_foolish_one_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let made = demo(root.path(), 4, 1).unwrap();
    let good = made
        .rehearsal
        .actors
        .iter()
        .filter(|actor| actor.comes_up());
    assert!(good.count() >= 2);
    assert!(matches!(demo(root.path(), 0, 1), Err(DemoError::Nodes(0))));
    assert!(matches!(
        demo(root.path(), 10_001, 1),
        Err(DemoError::Nodes(_))
    ));
}
