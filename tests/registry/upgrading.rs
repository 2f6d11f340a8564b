//! Files of older releases made today's: what changes, what stays to the byte, and what is refused.

use std::path::Path;

use muster::model::{Key, Value};
use muster::registry::upgrade::{self, Change, Registered, Split};
use proptest::prelude::*;

use crate::support::registry;

fn nodes(text: &str) -> Registered {
    split(text, &[])
}

fn split(text: &str, splits: &[Split]) -> Registered {
    let file = Path::new("/old/etc/warewulf/nodes.conf");
    match upgrade::nodes(text, file, splits) {
        Ok(done) => done,
        Err(faults) => panic!("{faults:?}"),
    }
}

fn refused(text: &str) -> String {
    let file = Path::new("/old/etc/warewulf/nodes.conf");
    let faults = upgrade::nodes(text, file, &[]).unwrap_err();
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("\n")
}

fn told(changes: &[Change]) -> Vec<String> {
    let one = |c: &Change| format!("{}: {} -> {} ({})", c.line, c.old, c.new, c.why);
    changes.iter().map(one).collect()
}

/// What muster warns of in a text.
fn warnings(text: &str) -> Vec<String> {
    let view = registry().load(None, Some(text)).view;
    view.faults.iter().map(ToString::to_string).collect()
}

const FOUR_TWO: &str = "\
WW_INTERNAL: 43
# The site's profiles.
nodeprofiles:
  default:
    comment: This profile is automatically included for each node
    # the image of everybody
    container name: rocky-8   # changed in spring
    kernel override: 4.18.0-477
    # quiet, and no crash kernel
    kernel args: quiet crashkernel=no vga=791
    init: /sbin/init
    ipmi username: admin
    ipmi netmask: 255.255.255.0
    # do not tell
    ipmi password: \"s3cret: #x\"
    system overlay: wwinit
    runtime overlay: generic,site
    network devices:
      default:
        device: eth0
        default: \"true\"
        netmask: 255.255.252.0
    keys:
      rack: r1

nodes:
  # the first one
  n01:
    profiles:
    - default
    network devices:
      default:
        hwaddr: 00:00:00:00:00:01
        ipcidr: 10.0.2.1/22

  n02:
    discoverable: \"true\"
    ipmi ipaddr: 10.1.0.2
    network devices:
      default: {hwaddr: \"00:00:00:00:00:02\", ipaddr: 10.0.2.2, primary: \"false\"}
  n03:
";

#[test]
fn a_file_of_4_2_reads_without_a_word_of_old_and_keeps_its_comments() {
    let done = nodes(FOUR_TWO);
    let wanted = "\
# The site's profiles.
nodeprofiles:
  default:
    comment: This profile is automatically included for each node
    # the image of everybody
    image name: rocky-8   # changed in spring
    kernel:
      version: 4.18.0-477
      # quiet, and no crash kernel
      args:
        - quiet
        - crashkernel=no
        - vga=791
    init: /sbin/init
    ipmi:
      username: admin
      netmask: 255.255.255.0
      # do not tell
      password: \"s3cret: #x\"
    system overlay:
      - wwinit
    runtime overlay:
      - generic
      - site
    network devices:
      default:
        device: eth0
        netmask: 255.255.252.0
    primary network: default
    tags:
      rack: r1

nodes:
  # the first one
  n01:
    profiles:
    - default
    network devices:
      default:
        hwaddr: 00:00:00:00:00:01
        ipaddr: 10.0.2.1
        netmask: 255.255.252.0

  n02:
    discoverable: \"true\"
    ipmi:
      ipaddr: 10.1.0.2
    network devices:
      default: {hwaddr: \"00:00:00:00:00:02\", ipaddr: 10.0.2.2}
  n03: {}
";
    assert!(
        wanted == done.text,
        "wanted:\n{wanted}\nfound:\n{}",
        done.text
    );
    let old: Vec<String> = warnings(&done.text)
        .into_iter()
        .filter(|w| w.contains("older") || w.contains("no value"))
        .collect();
    assert!(old.is_empty(), "{old:?}");
    let changes = told(&done.changes).join("\n");
    for line in [
        "1: WW_INTERNAL: 43 ->  (the file counts its format no longer)",
        "7: container name: rocky-8 -> image name: rocky-8 (`container name` is now `image name`)",
        "10: kernel args: quiet crashkernel=no vga=791 -> kernel: args: [quiet, crashkernel=no, vga=791]",
        "15: ipmi password: •••• -> ipmi: password: ••••",
        "34: ipcidr: 10.0.2.1/22 -> ipaddr: 10.0.2.1, netmask: 255.255.252.0",
        "40: primary: false ->  (a device that is not the primary one says nothing of it)",
        "41: n03: -> n03: {}",
    ] {
        assert!(changes.contains(line), "{line}\nis not in\n{changes}");
    }
    assert!(!changes.contains("s3cret"), "{changes}");
}

#[test]
fn what_was_made_today_s_is_left_alone() {
    let once = nodes(FOUR_TWO);
    let twice = nodes(&once.text);
    assert_eq!(twice.text, once.text);
    assert_eq!(told(&twice.changes), Vec::<String>::new());
    let modern =
        "# hand-made\nnodeprofiles: {}\nnodes:\n    n1:\n        tags: {a: b}   # kept\n\n\n";
    assert_eq!(nodes(modern).text, modern);
    assert_eq!(nodes("").text, "");
    assert_eq!(nodes("WW_INTERNAL: 45\nnodes: {}\n").text, "nodes: {}\n");
}

#[test]
fn an_overlay_that_was_divided_becomes_its_parts_wherever_it_is_listed() {
    let text = "nodeprofiles:\n  default:\n    system overlay: wwinit\nnodes:\n  n1:\n    profiles: [default]\n    \
                system overlay: [site]\n  n2:\n    profiles: [default]\n    system overlay: [~wwinit]\n";
    let parts = Split {
        field: "system_overlay",
        from: "wwinit".into(),
        to: vec!["wwinit".into(), "hostname".into()],
    };
    let done = split(text, &[parts]);
    let list = |node: &str| {
        let node = done.view.by_name(node).unwrap();
        node.values
            .get(&Key::plain("system_overlay"))
            .map(|v| (**v).clone())
    };
    let texts = |items: &[&str]| Some(Value::List(items.iter().map(|i| (*i).into()).collect()));
    assert_eq!(list("n1"), texts(&["wwinit", "hostname", "site"]));
    assert_eq!(
        list("n2").unwrap_or(Value::List(Vec::new())),
        Value::List(Vec::new())
    );
    assert!(
        done.text.contains("[\"~wwinit\", \"~hostname\"]"),
        "{}",
        done.text
    );
}

#[test]
fn two_spellings_of_one_thing_become_the_one_that_was_read() {
    let text = "nodes:\n  n1:\n    container name: old\n    image name: new\n    kernel override: 5.1\n    kernel:\n      \
                version: 6.1\n      args: a b\n";
    let done = nodes(text);
    let node = done.view.by_name("n1").unwrap();
    assert_eq!(
        node.image.as_deref(),
        Some("old"),
        "the loader takes the first"
    );
    assert_eq!(warnings(&done.text), Vec::<String>::new(), "{}", done.text);
    assert_eq!(done.text.matches("version").count(), 1, "{}", done.text);
    let told = done
        .changes
        .iter()
        .filter(|change| change.loses && change.why.contains("there too"));
    assert_eq!(told.map(|change| change.line).collect::<Vec<_>>(), [3, 5]);
}

#[test]
fn a_slip_becomes_a_comment_and_is_told_with_its_place() {
    let text = "nodes:\n  n1:\n    ipxe tempalte: x\n    network devices:\n      default:\n        ipadr: 10.0.0.1\n        \
                hwaddr: 00:00:00:00:00:01\n  n2:\n    clustr name: y\n";
    let done = nodes(text);
    let changes = told(&done.changes).join("\n");
    assert!(
        changes.contains(
            "6: ipadr: •••• -> # ipadr: •••• (unknown key `ipadr`; did you mean `ipaddr`?)"
        ),
        "{changes}"
    );
    assert!(
        done.text.contains("        # ipadr: 10.0.0.1\n"),
        "{}",
        done.text
    );
    assert!(
        done.text.contains("  n2: {}\n    # clustr name: y\n"),
        "{}",
        done.text
    );
    assert!(done.changes.iter().all(|change| change.loses));
    assert_eq!(warnings(&done.text), Vec::<String>::new(), "{}", done.text);
}

#[test]
fn what_cannot_be_understood_is_refused_with_its_place() {
    let tab = refused("nodes:\n  n1:\n\t comment: x\n");
    assert!(tab.contains("/old/etc/warewulf/nodes.conf:3"), "{tab}");
    assert!(tab.contains("tab"), "{tab}");
    let broken = refused("nodes:\n  n1: {a: [b\n  n2: {}\n");
    assert!(broken.contains("nodes.conf:"), "{broken}");
    let twice = refused("nodes:\n  n1: {}\n  n1: {}\n");
    assert!(
        twice.contains("nodes.conf:3") && twice.contains("occurs twice"),
        "{twice}"
    );
    let key = refused("nodes:\n  n1:\n    comment: a\n    comment: b\n");
    assert!(
        key.contains("nodes.conf:4") && key.contains("occurs twice"),
        "{key}"
    );
}

#[test]
fn a_node_that_cannot_be_taken_is_carried_and_told() {
    let done = nodes(
        "nodes:\n  ../../etc: {comment: x}\n  n1:\n    network devices: {default: {hwaddr: nonsense}}\n  n2: {}\n",
    );
    let faults: Vec<String> = done.faults.iter().map(ToString::to_string).collect();
    assert!(
        faults
            .iter()
            .any(|f| f.contains("nodes.conf:2") && f.contains("left out")),
        "{faults:?}"
    );
    assert!(
        faults
            .iter()
            .any(|f| f.contains("nodes.conf:4") && f.contains("n1")),
        "{faults:?}"
    );
    assert_eq!(done.view.nodes.len(), 1);
}

#[test]
fn an_entry_with_an_anchor_stays_as_it_is_and_is_told() {
    let text =
        "nodes:\n  n1: &base\n    container name: x\n  n2: *base\n  n3:\n    container name: y\n";
    let done = nodes(text);
    assert!(
        done.text.contains("n1: &base\n    container name: x"),
        "{}",
        done.text
    );
    assert!(
        done.text.contains("n3:\n    image name: y"),
        "{}",
        done.text
    );
    assert!(
        done.faults
            .iter()
            .any(|f| f.what.contains("older spellings stay here")),
        "{:?}",
        done.faults
    );
    assert_eq!(done.view.by_name("n2").unwrap().image.as_deref(), Some("x"));
}

const CONF: &str = "\
WW_INTERNAL: 45
# where the nodes reach us
ipaddr: 10.0.0.1
netmask: 255.255.252.0
network: 10.0.0.0
warewulf:
  port: 9873
  secure: false   # old clients
  update interval: 60
  autobuild overlays: true
  host overlay: true
  syslog: false
dhcp:
  enabled: true
  range start: 10.0.1.1
  range end: 10.0.1.255
  template: default
  systemd name: dhcpd
tftp:
  enabled: true
  systemd name: tftp
nfs:
  enabled: true
  exports:
  - /home
  systemd name: nfsd
container mounts:
- source: /etc/resolv.conf
  dest: /etc/resolv.conf
";

#[test]
fn settings_keep_what_means_the_same_and_comment_out_the_rest() {
    let file = Path::new("/etc/warewulf/warewulf.conf");
    let done = upgrade::settings(CONF, file).unwrap();
    assert_eq!(done.settings.networks.len(), 1);
    assert_eq!(done.settings.server.port, 9873);
    assert!(!done.settings.server.secure);
    let view = registry().load(Some(&done.text), None).view;
    let faults: Vec<String> = view.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, Vec::<String>::new(), "{}", done.text);
    for line in [
        "# where the nodes reach us\nipaddr: 10.0.0.1\n",
        "  secure: false   # old clients\n",
        "  # syslog: false\n",
        "  # systemd name: dhcpd\n",
    ] {
        assert!(done.text.contains(line), "{line} is not in\n{}", done.text);
    }
    let again = upgrade::settings(&done.text, file).unwrap();
    assert_eq!(again.text, done.text);
    assert!(again.changes.is_empty());
    let lines = done.text.lines().count();
    assert_eq!(lines, CONF.lines().count(), "nothing is lost");
}

#[test]
fn settings_that_are_no_yaml_or_say_a_thing_twice_are_refused() {
    let file = Path::new("/etc/warewulf/warewulf.conf");
    let why = |text: &str| {
        let faults = upgrade::settings(text, file).unwrap_err();
        faults.iter().map(ToString::to_string).collect::<String>()
    };
    assert!(why("dhcp:\n\tenabled: true\n").contains("warewulf.conf:2"));
    assert!(why("ipaddr: 1.1.1.1\nipaddr: 2.2.2.2\n").contains("warewulf.conf:2"));
    assert!(why("- a\n- b\n").contains("warewulf.conf"));
}

/// Lines of an entry in the ways in which five releases and as many people wrote them; `@` stands for the indent below its name.
const PARTS: [&str; 27] = [
    "@container name: rocky\n",
    "@image name: alma   # the new one\n",
    "@# about the kernel\n@kernel override: 5.14.0\n",
    "@kernel version: 4.18.0\n",
    "@kernel args: quiet  splash # two\n",
    "@kernel args: \"\"\n",
    "@kernel:\n@  override: 5.10\n\n@  args: quiet a=\"b\"\n",
    "@kernel:\n@    args: [quiet, x]\n@    # why\n@    version: 6.1\n",
    "@kernel: {override: 5.1, args: a b}\n",
    "@kernel:\n",
    "@ipmi username: admin\n",
    "@# two\n@# lines\n@ipmi password: 'se''cret'\n",
    "@ipmi netmask: 255.255.0.0\n",
    "@ipmi:\n@  username: root\n@  write: \"true\"\n",
    "@ipmi: {port: \"623\"}\n",
    "@keys:\n@  a: b   # c\n@  d: \"1\"\n",
    "@keys: {}\n",
    "@tags: {a: z, e: f}\n",
    "@tags:\n@    a: y\n@    g: h\n",
    "@runtime overlay: generic, site\n",
    "@system overlay: [wwinit, 'x']   # flow\n",
    "@network devices:\n@  eth0:\n@    ipcidr: 10.0.0.1/24\n@    default: \"true\"\n@  ib0: {ip6addr: \"fd00::1/64\", primary: no}\n",
    "@network devices:\n@    default:\n@        # mine\n@        ip6addr: fd00::2\n@        netmask: 255.0.0.0\n@        ipcidr: 10.0.0.1/24\n\
     @        tagsdel: [x]\n",
    "@network devices: {default: {ipaddr: 10.0.0.2, ipcidr: 10.0.0.3/8, default: yes}}\n",
    "@primary network: ib0\n",
    "@disks:\n@  /dev/sda:\n@    wipe_table: yes\n@    partitions:\n@      root: {should_exist: \"true\"}\n",
    "@comment: |\n@  kernel args: none\n@  # keys: x\n",
];

/// The first words of a part: two parts with the same ones make an entry that says something twice.
fn word(part: &str) -> &str {
    let line = part.lines().find(|line| !line.starts_with("@#")).unwrap();
    line.split(':').next().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_was_written_means_the_same_afterwards_and_is_written_as_today(
        order in Just((0..PARTS.len()).collect::<Vec<_>>()).prop_shuffle(),
        many in 0..9usize,
        indent in 1..5usize,
        windows in any::<bool>(),
        profile in any::<bool>(),
    ) {
        let mut parts: Vec<&str> = Vec::new();
        for at in order.into_iter().take(many) {
            if parts.iter().all(|part| word(part) != word(PARTS[at])) {
                parts.push(PARTS[at]);
            }
        }
        let pad = " ".repeat(indent);
        let body = parts.concat().replace('@', &format!("{pad}{pad}"));
        let body = if body.is_empty() { " {}\n".into() } else { format!("\n{body}") };
        let (section, rest) = if profile { ("nodeprofiles", "nodes:\n  n1: {profiles: [x]}\n") } else { ("nodes", "") };
        let mut text = format!("# top\n{section}:\n{pad}x:{body}# end\n{rest}");
        if windows {
            text = text.replace('\n', "\r\n");
        }
        let file = Path::new("nodes.conf");
        let done = upgrade::nodes(&text, file, &[]);
        let done = done.map_err(|faults| TestCaseError::fail(format!("{faults:?}\n{text}")))?;
        let stay: Vec<String> = done.faults.iter().map(|f| f.what.clone()).filter(|w| w.contains("stay")).collect();
        prop_assert!(stay.is_empty(), "{stay:?}\n{text}");
        for warning in warnings(&done.text) {
            let old = ["older", "no longer", "plain `true`", "no value"];
            prop_assert!(old.iter().all(|word| !warning.contains(word)), "{warning}\n{text}\n{}", done.text);
        }
        let again = upgrade::nodes(&done.text, file, &[]).unwrap();
        prop_assert_eq!(&again.text, &done.text);
        prop_assert!(done.text.starts_with("# top") && done.text.contains("# end"));
        let comments = |text: &str| ["# about the kernel", "# lines", "# c", "# mine", "# why", "# the new one"]
            .iter().filter(|c| text.contains(**c)).count();
        prop_assert!(both(&text) || comments(&done.text) == comments(&text), "{text}\n{}", done.text);
        prop_assert_eq!(done.text.contains("\r\n"), windows);
        prop_assert_eq!(done.text.matches('\n').count(), done.text.lines().count());
    }
}

/// Whether two spellings of one thing are in a text, of which one goes with its comment.
fn both(text: &str) -> bool {
    let has = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
    has("container name") && has("image name")
        || has("keys") && has("tags")
        || text.matches("override").count() + text.matches("version").count() > 1
        || has("ipmi username") && has("username")
}
