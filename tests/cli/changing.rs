//! Changes by verb: shown, asked about, done, told and taken back.

use super::world::World;

const NODES: &str = "\
# kept by hand
nodeprofiles:
  default:
    image name: small   # for all
    network devices:
      eno1: {netmask: 255.255.0.0}
  gpu:
    profiles: [default]
    kernel:
      args: [quiet]
nodes:
  n1:
    profiles: [default]
    tags: {rack: r07}
    network devices:
      eno1: {hwaddr: \"52:54:00:00:00:01\", ipaddr: 10.7.0.11}
  n2:
    profiles: [gpu]
    tags: {rack: r07}
  n3: {}
";

#[test]
fn a_rack_is_changed_told_and_taken_back() {
    let mut world = World::new(NODES);
    let plan = world
        .types("node set rack:r07 --image rocky9 --dry-run")
        .good();
    assert!(plan.contains("n[1-2]  2 nodes"), "{plan}");
    assert!(plan.contains("image  (none) → rocky9"), "{plan}");
    assert_eq!(world.file(), NODES, "nothing is changed by looking");

    let done = world
        .types("node set rack:r07 --image rocky9 --note later")
        .good();
    assert!(
        done.starts_with('r')
            && done.contains("image")
            && done.contains("muster undo takes it back"),
        "{done}"
    );
    assert!(done.contains("n[1-2]"), "{done}");
    assert_eq!(world.file().matches("image name: rocky9").count(), 2);
    assert!(world.file().contains("# for all"));

    let list = world.types("node list --fields image").good();
    assert!(
        list.contains("n1    rocky9") && list.contains("n3    -"),
        "{list}"
    );
    let log = world.types("log").good();
    assert!(log.contains("ana") && log.contains("later"), "{log}");

    let again = world.types("node set rack:r07 --image rocky9").good();
    assert_eq!(again, "nothing differs\n");

    let back = world.types("undo").good();
    assert!(back.starts_with('r'), "{back}");
    assert_eq!(world.file(), NODES);
    world.types("redo").good();
    assert_eq!(world.file().matches("image name: rocky9").count(), 2);
    let log = world.types("log --json").good();
    let rows: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 3, "{log}");
    let first = rows[2]["revision"].as_u64().unwrap();
    let diff = world.types(&format!("diff r{} r{first}", first - 1)).good();
    assert!(diff.contains("image  (none) → rocky9"), "{diff}");
}

#[test]
fn who_sits_there_is_asked_about_more_than_one() {
    let mut world = World::new(NODES);
    world.someone.there = true;
    world.types("node set n1 --comment one").good();
    assert!(world.someone.questions.is_empty(), "one is changed at once");

    world.someone.answers.extend([false]);
    let before = world.file();
    let said = world.types("node set n[1-2] --image b");
    assert!(
        said.out.contains("2 nodes"),
        "what it would be is shown: {}",
        said.out
    );
    assert!(said.bad().contains("nothing was changed"));
    assert_eq!(world.file(), before);

    world.someone.answers.extend([true]);
    world.types("node set n[1-2] --image b").good();
    assert!(world.file().contains("image name: b"));
    world.types("node set n[1-2] --image c -y").good();
    assert_eq!(world.someone.questions.len(), 2, "-y asks nothing");
}

#[test]
fn many_are_not_removed_without_a_word() {
    let mut world = World::new(NODES);
    let said = world.types("node rm n[1-2]").bad();
    assert!(said.contains("say --yes"), "{said}");
    assert_eq!(world.file(), NODES);
    world.types("node rm n3").good();
    world.types("node rm rack:r07 -y").good();
    assert!(world.types("node list --json").good().starts_with("[]"));
    for _ in 0..2 {
        world.types("undo").good();
    }
    assert_eq!(world.file(), NODES);
}

#[test]
fn new_nodes_count_up_and_take_the_device_of_their_profile() {
    let mut world = World::new(NODES);
    world
        .types("node add n[08-10] -I 10.7.0.253 --tagadd rack=r08")
        .good();
    let list = world
        .types("node list rack:r08 --fields profiles,net.ipaddr,net.*.netmask")
        .good();
    assert_eq!(
        list,
        "NODE  PROFILES  NET.ENO1.IPADDR  NET.ENO1.NETMASK\n\
         n08   default   10.7.0.253       255.255.0.0\n\
         n09   default   10.7.0.254       255.255.0.0\n\
         n10   default   10.7.0.255       255.255.0.0\n"
    );
    world.types("node set n3 -I 10.7.0.3").good();
    let own = world.types("node list n3 --own").good();
    assert!(
        own.contains("net.default.ipaddr"),
        "nothing else is known of it: {own}"
    );
    world.types("node set n1 -G 10.7.0.1").good();
    assert!(
        world
            .types("node list n1 --own")
            .good()
            .contains("net.eno1.gateway")
    );

    let twice = world.types("node add n1").bad();
    assert!(twice.contains("n1"), "{twice}");
    let clash = world.types("node add n11 -I 10.7.0.11 --netname eno1");
    assert!(
        clash.out.contains("10.7.0.11") || clash.err.contains("10.7.0.11"),
        "{clash:?}"
    );
    let odd = world.types("node add ../x").bad();
    assert!(odd.contains("`../x`"), "{odd}");
}

#[test]
fn entries_are_copied_renamed_and_taken_apart() {
    let mut world = World::new(NODES);
    world.types("node copy n1 n[20-21]").good();
    let own = world.types("node list n20 --own").good();
    assert!(
        own.contains("tags.rack") && !own.contains("hwaddr") && !own.contains("ipaddr"),
        "{own}"
    );
    world.types("profile rename gpu a100").good();
    assert!(
        world
            .types("node list n2 --fields profiles")
            .good()
            .contains("a100")
    );
    let used = world.types("profile rm a100").bad();
    assert!(used.contains("n2"), "{used}");
    world.types("node unset n1 --netname eno1").good();
    assert!(!world.types("node list n1 --own").good().contains("eno1"));
    let said = world.types("node unset n1 --netname eno1").bad();
    assert!(said.contains("net.eno1"), "{said}");
    let said = world.types("node set n4 --image x").bad();
    assert!(said.contains("n4"), "{said}");
    let said = world.types("profile set a* --image x").good();
    assert!(said.contains("nothing") || said.contains("image"), "{said}");
}

#[test]
fn profiles_are_listed_shown_and_changed() {
    let mut world = World::new(NODES);
    let list = world.types("profile list").good();
    assert!(list.contains("gpu      default   1      small"), "{list}");
    let show = world.types("profile show gpu").good();
    assert!(
        show.contains("image        small  profile default") || show.contains("small"),
        "{show}"
    );
    assert!(show.contains("listed by n2"), "{show}");
    world
        .types("profile set gpu --kernelargs quiet,console=ttyS0,115200")
        .good();
    let args = world.types("node list n2 --fields kernelargs").good();
    assert!(args.contains("quiet console=ttyS0,115200"), "{args}");
    world
        .types("profile add login -P default --image rocky9")
        .good();
    world.types("profile unset gpu -A").good();
    let missing = world.types("profile set pgu --image x").bad();
    assert!(missing.contains("did you mean `gpu`"), "{missing}");
}

#[test]
fn help_says_where_a_field_is_set() {
    let mut world = World::new(NODES);
    let said = world.types("help field image").good();
    for part in [
        "image  Image",
        "--image, -C",
        "next boot",
        "small  (profile default)  on n[1-2]",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = world.types("help fields").good();
    assert!(
        said.contains("net.NAME.hwaddr") && said.contains("dhcp.lease"),
        "{said}"
    );
    let said = world.types("help field imgae").bad();
    assert!(said.contains("did you mean `image`"), "{said}");
    assert!(world.types("help node set").good().contains("--kernelargs"));
}

#[test]
fn what_was_taken_back_is_no_obstacle_to_what_came_before() {
    let mut world = World::new(NODES);
    world.types("node set n3 --comment first").good();
    world.types("node add n4 -I 10.7.0.4").good();
    world.types("node set n4 -I 10.7.0.5").good();
    for _ in 0..3 {
        world.types("undo").good();
    }
    assert_eq!(world.file(), NODES);
    assert!(world.types("undo").bad().contains("nothing to undo"));
    for _ in 0..3 {
        world.types("redo").good();
    }
    assert!(
        world.file().contains("10.7.0.5") && world.file().contains("first"),
        "{}",
        world.file()
    );
}

#[test]
fn addresses_that_count_up_are_told_in_one_line() {
    let mut world = World::new(NODES);
    let plan = world
        .types("node add m[01-40] -I 10.7.1.1 --dry-run")
        .good();
    assert!(
        plan.contains("net.eno1.ipaddr  (none) → 10.7.1.1 … 10.7.1.40"),
        "{plan}"
    );
    assert!(plan.lines().count() < 12, "{plan}");
}
