//! What an agent's request means: its report, its orders, and who may speak for a node.

use muster::boot::agent::orders;
use muster::boot::beacon;
use muster::boot::http::Target;
use muster::fleet::Beacon;
use muster::kit::Stamp;
use muster::model::Access;

use super::http_world::World;

fn heard(query: &str) -> Result<Beacon, &'static str> {
    let target = Target::parse(&format!("/beacon/52:54:00:00:00:01?{query}")).unwrap();
    beacon::read(&target, Stamp(5_000_000)).map(|heard| heard.beacon)
}

#[test]
fn a_beacon_of_an_agent_is_a_report() {
    let digest = "0a".repeat(32);
    let query = format!(
        "name=refreshed&agent=0.1.0&uptime=90061&load=150&memory=5-10&digest={digest}&changed=2&removed=1"
    );
    let Ok(Beacon::Refresh(word)) = heard(&query) else {
        panic!("it was not understood");
    };
    assert_eq!(word.digest.as_deref(), Some(digest.as_str()));
    assert_eq!(
        (word.uptime, word.load, word.memory),
        (90_061, 150, Some((5, 10)))
    );
    assert_eq!((word.changed, word.removed, word.again), (2, 1, false));
    assert!(word.fault.is_none());
    assert!(
        heard("name=refreshed&uptime=1").is_err(),
        "who speaks says its version"
    );
}

#[test]
fn what_an_agent_complains_of_cannot_hurt_a_terminal() {
    let Ok(Beacon::Refresh(word)) = heard("name=refreshed&agent=1&fault=a%1b%5b31m%0ab%E2%80%AEc")
    else {
        panic!("it was not understood");
    };
    assert_eq!(word.fault.as_deref(), Some("a [31m b c"));
}

#[test]
fn only_the_node_itself_speaks_with_its_request() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    let target =
        "/runtime/52:54:00:00:00:01?compress=gz&agent=0.1.0&ear=4000&token=0123456789abcdef";
    let own = world.get(target, "10.0.0.1:987").agent.unwrap();
    assert_eq!(own.ear, Some((4000, "0123456789abcdef".into())));
    // Another node, and an address that is nobody's, are refused, and so is what they say.
    for peer in ["10.0.0.2:987", "10.9.9.9:987"] {
        assert_eq!(world.get(target, peer).agent, None, "{peer}");
    }
    // wwclient says nothing, and no other route listens.
    let silent = "/runtime/52:54:00:00:00:01?assetkey=&uuid=&compress=gz";
    assert_eq!(world.get(silent, "10.0.0.1:987").agent, None);
    let system = target.replace("runtime", "system");
    assert_eq!(world.get(&system, "10.0.0.1:987").agent, None);
}

#[test]
fn a_tag_says_what_the_setting_does_not() {
    let mut settings = super::http_world::settings(Access::Boot, std::path::Path::new("/nowhere"));
    let mut node = super::http_world::node(1);
    settings.server.update_interval = std::time::Duration::from_secs(90);
    assert_eq!(orders(&settings, &node).value(), "interval=90 remove=yes");
    settings.agent.remove = false;
    assert!(!orders(&settings, &node).remove);
    node.tags.insert("agent-remove".into(), "Yes".into());
    assert!(orders(&settings, &node).remove);
    settings.agent.remove = true;
    node.tags.insert("agent-remove".into(), "no".into());
    assert!(!orders(&settings, &node).remove);
    settings.server.update_interval = std::time::Duration::ZERO;
    assert_eq!(orders(&settings, &node).interval, 300);
}
