//! The overlays of services and names: users, keys, time, GPUs, the BMC.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use muster::daemon::archives::Archives;
use muster::overlay::Context;

use super::nodes::{Site, files, read, said, tool};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Writes an executable script.
fn script(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn users_of_the_image_come_first_and_every_name_once() {
    let site = Site::new(
        "nodes:\n  n1:\n    image name: rocky\n    system overlay: [syncuser]\n    tags: {PasswordlessRoot: \"true\"}\n    \
         resources:\n      localusers:\n        - {name: svc, uid: 900, gecos: A service, shell: /bin/sh}\n        \
         - {name: img, uid: 5}\n      localgroups:\n        extra: {gid: 901, members: [svc, root]}\n        img: {gid: 5}\n  \
         n2:\n    image name: none\n    system overlay: [syncuser]\n",
    );
    // A link from the root of the image stays in the image.
    site.write(
        "images/rocky/rootfs/usr/etc/passwd",
        "root:x:0:0:root:/root:/bin/bash\nimg:x:77:77::/:/bin/sh\n",
    );
    site.write("images/rocky/rootfs/etc/group", "root:x:0:\nimg:x:77:\n");
    let link = site.state().join("images/rocky/rootfs/etc/passwd");
    std::os::unix::fs::symlink("/usr/etc/passwd", link).unwrap();
    let root = site.unpack("n1");
    let passwd = read(&root, "etc/passwd");
    let lines: Vec<&str> = passwd.lines().collect();
    assert_eq!(
        lines[..2],
        ["root::0:0:root:/root:/bin/sh", "img:x:77:77::/:/bin/sh"]
    );
    assert_eq!(
        lines.last(),
        Some(&"svc:x:900:900:A service:/home/svc:/bin/sh")
    );
    // This machine's own are between.
    assert!(
        lines.iter().any(|line| line.starts_with("nobody:")),
        "{passwd}"
    );
    let group = read(&root, "etc/group");
    assert!(group.ends_with("\nextra:x:901:svc,root\n"), "{group}");
    for text in [&passwd, &group] {
        let mut names: Vec<&str> = text
            .lines()
            .map(|line| line.split(':').next().unwrap())
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{text}");
        assert!(!text.contains("\n\n"), "{text}");
    }
    // Shadows stay where they are, and an image that is not there is not made of the server's users alone.
    assert!(files(&root, "shadow").is_empty());
    assert!(files(&site.unpack("n2"), "passwd").is_empty());
}

#[test]
fn an_image_file_is_looked_for_in_the_image_alone() {
    let site = Site::new("nodes:\n  n1: {image name: rocky, system overlay: [syncuser]}\n");
    let etc = site.state().join("images/rocky/rootfs/etc");
    std::fs::create_dir_all(&etc).unwrap();
    std::os::unix::fs::symlink("../../../../../../../../etc/hostname", etc.join("passwd")).unwrap();
    std::os::unix::fs::symlink("group", etc.join("group")).unwrap();
    assert!(files(&site.unpack("n1"), "passwd").is_empty());
}

#[test]
fn a_zone_is_the_tag_or_the_servers() {
    let site = Site::new(
        "nodes:\n  n1: {system overlay: [localtime], tags: {localtime: Europe/Berlin}}\n  n2: {system overlay: [localtime]}\n  \
         n3: {system overlay: [localtime], tags: {localtime: ../../root/secret}}\n",
    );
    let target = |name| std::fs::read_link(site.unpack(name).join("etc/localtime"));
    assert_eq!(
        target("n1").unwrap(),
        Path::new("../usr/share/zoneinfo/Europe/Berlin")
    );
    // This machine's, if it has one.
    match std::fs::read_link("/etc/localtime") {
        Ok(own) if own.starts_with("/usr/share/zoneinfo") => {
            let end = own.strip_prefix("/").unwrap();
            assert_eq!(target("n2").unwrap(), Path::new("..").join(end));
        }
        _ => {}
    }
    assert!(site.faults("n3")[0].contains("write one as Europe/Berlin"));
}

#[test]
fn chrony_takes_its_servers() {
    let site = Site::new(
        "nodes:\n  n1: {system overlay: [chrony], tags: {ntp_server: a.example, ntp_servers: \"b.example, c.example\"}}\n  \
         n2: {system overlay: [chrony]}\n",
    );
    let (first, second) = (site.unpack("n1"), site.unpack("n2"));
    for (root, servers) in [
        (&first, vec!["a.example", "b.example", "c.example"]),
        (&second, vec!["10.0.0.1"]),
    ] {
        let text = read(root, "etc/chrony.conf");
        let told: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("server "))
            .collect();
        let wanted: Vec<String> = servers
            .iter()
            .map(|name| format!("{name} iburst"))
            .collect();
        assert_eq!(told, wanted);
        assert_eq!(read(root, "etc/chrony/chrony.conf"), text);
        let mut command = Command::new("chronyd");
        let Some(output) = tool(
            command
                .arg("-p")
                .arg("-f")
                .arg(root.join("etc/chrony.conf")),
        ) else {
            return;
        };
        assert!(output.status.success(), "{}", said(&output));
    }
}

#[test]
fn host_keys_are_made_once_and_sshd_takes_them() {
    if tool(Command::new("ssh-keygen").arg("-?")).is_none() {
        return;
    }
    let site = Site::new(
        "nodes:\n  n1: {system overlay: [ssh.host_keys]}\n  n2: {system overlay: [hostname]}\n",
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let get = |archives: &Arc<Archives>, name: &str| {
        let node = site.view().by_name(name).unwrap();
        runtime
            .block_on(archives.get(site.view(), node, Context::System))
            .unwrap()
    };
    let archives = Arc::new(Archives::new(site.state(), []));
    let keys = site.state().join("keys");
    get(&archives, "n2");
    assert!(!keys.exists(), "no node wanted keys yet");
    let first = get(&archives, "n1");
    assert!(archives.faults().is_empty(), "{:?}", archives.faults());
    // For muster alone, and nothing left over.
    assert_eq!(mode(&keys), 0o700);
    let made: Vec<PathBuf> = files(&keys, "");
    assert_eq!(made.len(), 6, "{made:?}");
    assert!(made.iter().all(|path| mode(path) == 0o600), "{made:?}");
    // The next run, and a public half that somebody lost, change nothing.
    std::fs::remove_file(keys.join("ssh_host_ecdsa_key.pub")).unwrap();
    let again = get(&Arc::new(Archives::new(site.state(), [])), "n1");
    let root = site.unpack("n1");
    let ssh = root.join("etc/ssh");
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let key = ssh.join(format!("ssh_host_{kind}_key"));
        let public = ssh.join(format!("ssh_host_{kind}_key.pub"));
        assert_eq!((mode(&key), mode(&public)), (0o600, 0o644), "{kind}");
        assert_eq!(
            std::fs::read(&key).unwrap(),
            std::fs::read(keys.join(key.file_name().unwrap())).unwrap()
        );
    }
    assert_eq!(files(&ssh, "").len(), 6);
    let (first, again) = (first.plain.joined(), again.plain.joined());
    let text = String::from_utf8_lossy(&again);
    let private = read(&root, "etc/ssh/ssh_host_ed25519_key");
    assert!(text.contains(&private) && String::from_utf8_lossy(&first).contains(&private));
    let conf = root.join("sshd_config");
    let lines: Vec<String> = ["ed25519", "ecdsa", "rsa"]
        .iter()
        .map(|kind| format!("HostKey {}/ssh_host_{kind}_key\n", ssh.display()))
        .collect();
    std::fs::write(&conf, lines.concat()).unwrap();
    // sshd wants to be called by its whole path, and the folder that its package's service makes.
    let mut command = Command::new("/usr/sbin/sshd");
    if let Some(output) = tool(command.arg("-t").arg("-f").arg(&conf)) {
        let told = said(&output);
        let lacks = told.contains("Missing privilege separation directory");
        assert!(output.status.success() || lacks, "{told}");
    }
}

#[test]
fn a_type_that_is_none_and_a_folder_that_is_none_are_told() {
    let site = Site::new("nodes:\n  n1: {system overlay: [ssh.host_keys, hostname]}\n");
    site.write("keys", "in the way");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let archives = Arc::new(Archives::new(site.state(), []));
    let node = site.view().by_name("n1").unwrap();
    let archive = runtime.block_on(archives.get(site.view(), node, Context::System));
    // The node boots, with keys of its own.
    assert!(archive.is_ok(), "{archive:?}");
    let told: Vec<String> = archives.faults().iter().map(ToString::to_string).collect();
    assert!(
        told.iter()
            .any(|fault| fault.contains("no SSH host key of type rsa can be made")),
        "{told:#?}"
    );
}

const NVIDIA: &str = r#"#!/bin/sh
echo "$*" >> "$CALLS"
case $* in
    --query-gpu*) printf '0\n1\n2\n' ;;
    -L) printf 'GPU 0: NVIDIA A100 (UUID: GPU-1)\n  MIG 2g.20gb Device 0: (UUID: M1)\n  MIG 1g.10gb Device 1: (UUID: M2)\nGPU 1: NVIDIA A100 (UUID: GPU-2)\n' ;;
esac
"#;

#[test]
fn gpus_are_cut_as_the_tag_says() {
    let site = Site::new(
        "nodes:\n  n1: {system overlay: [mig], tags: {gpuMigProfiles: \"14,14:0\"}}\n  n2: {system overlay: [mig]}\n",
    );
    let root = site.unpack("n1");
    let tools = root.join("tools");
    script(&tools.join("nvidia-smi"), NVIDIA);
    let path = format!("{}:/usr/bin:/bin", tools.display());
    let calls = root.join("calls");
    let run = |script: &str| {
        let mut command = Command::new("sh");
        command
            .arg(root.join(script))
            .env("PATH", &path)
            .env("CALLS", &calls);
        let output = command
            .env("MUSTER_PROC", root.join("proc"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    run("warewulf/mig");
    let calls = std::fs::read_to_string(&calls).unwrap();
    let made: Vec<&str> = calls
        .lines()
        .filter(|line| line.contains("-cgi") || line.contains("-mig"))
        .collect();
    assert_eq!(
        made,
        [
            "-i 0 -mig 1",
            "mig -i 0 -cgi 14,14 -C",
            "-i 1 -mig 0",
            "-i 2 -mig 0"
        ]
    );
    for (instance, minor) in [("gi3", 30), ("gi4", 39)] {
        let folder = root.join(format!(
            "proc/driver/nvidia/capabilities/gpu0/mig/{instance}"
        ));
        std::fs::create_dir_all(folder.join("ci0")).unwrap();
        std::fs::write(
            folder.join("access"),
            format!("DeviceFileMinor: {minor}\nDeviceFileMode: 292\n"),
        )
        .unwrap();
        std::fs::write(
            folder.join("ci0/access"),
            format!("DeviceFileMinor: {}\n", minor + 1),
        )
        .unwrap();
    }
    let gres = "Name=gpu Type=2g.20gb MultipleFiles=/dev/nvidia0,/dev/nvidia-caps/nvidia-cap30,/dev/nvidia-caps/nvidia-cap31\n\
                Name=gpu Type=1g.10gb MultipleFiles=/dev/nvidia0,/dev/nvidia-caps/nvidia-cap39,/dev/nvidia-caps/nvidia-cap40\n";
    assert_eq!(run("usr/local/sbin/mig2gres"), gres);
    let wants = root.join("etc/systemd/system/multi-user.target.wants/ww-nvidia-mig.service");
    assert!(wants.is_symlink() && wants.exists());
    assert!(read(&site.unpack("n2"), "warewulf/mig").contains("profiles='2,2'\n"));
}

const IPMITOOL: &str = r#"#!/bin/sh
echo "$*" >> "$CALLS"
case $* in
    'lan print 1') printf 'IP Address Source       : DHCP Address\nIP Address              : 10.1.0.9\nSubnet Mask             : 255.255.0.0\n802.1q VLAN ID          : Disabled\n' ;;
    'user list 1') printf 'ID  Name\n1\n2   root  true\n' ;;
    'user test'*) exit 1 ;;
    'sol info 1') printf 'Enabled                         : true\nVolatile Bit Rate (kbps)        : 38.4\n' ;;
esac
"#;

#[test]
fn the_bmc_gets_what_differs_and_nobody_sees_the_password() {
    let site = Site::new(
        "nodes:\n  n1:\n    system overlay: [wwinit]\n    ipmi: {write: \"true\", username: admin, password: \"it's $ecret\", ipaddr: 10.1.1.1, \
         netmask: 255.255.0.0, gateway: 10.1.0.254, tags: {vlan: \"12\", bit-rate: \"115.2\"}}\n  n2:\n    system overlay: [wwinit]\n    \
         ipmi: {username: admin, password: x, ipaddr: 10.1.1.2}\n",
    );
    let ask = |name: &str| {
        let root = site.unpack(name);
        let tools = root.join("tools");
        script(&tools.join("ipmitool"), IPMITOOL);
        std::fs::create_dir(root.join("dev")).unwrap();
        std::fs::write(root.join("dev/ipmi0"), "").unwrap();
        let mut command = Command::new("sh");
        command
            .arg(root.join("warewulf/init.d/50-ipmi"))
            .env("PREFIX", &root);
        command.env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
        let output = command.env("CALLS", root.join("calls")).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let calls = std::fs::read_to_string(root.join("calls")).unwrap_or_default();
        (said(&output), calls)
    };
    let (told, calls) = ask("n1");
    assert!(!told.contains("ecret"), "{told}");
    for wanted in [
        "lan set 1 vlan id 12",
        "lan set 1 ipsrc static",
        "lan set 1 ipaddr 10.1.1.1",
        "lan set 1 defgw ipaddr 10.1.0.254",
        "user set name 2 admin",
        "user set password 2 it's $ecret 16",
        "sol set volatile-bit-rate 115.2 1",
        "sol payload enable 1 2",
    ] {
        assert!(
            calls.lines().any(|line| line == wanted),
            "{wanted}:\n{calls}"
        );
    }
    for same in ["netmask", "sol set enabled"] {
        assert!(!calls.contains(same), "{same}:\n{calls}");
    }
    assert_eq!(ask("n2").1, "", "without `write` nothing is touched");
}

#[test]
fn pam_takes_users_without_a_shadow() {
    let site = Site::new("nodes:\n  n1: {system overlay: [wwinit]}\n");
    let root = site.unpack("n1");
    let pam = root.join("etc/pam.d");
    std::fs::create_dir_all(&pam).unwrap();
    let text = "auth required pam_unix.so\naccount required pam_unix.so nullok\n";
    std::fs::write(pam.join("system-auth"), text).unwrap();
    std::os::unix::fs::symlink("system-auth", pam.join("linked")).unwrap();
    let fix = || {
        let mut command = Command::new("sh");
        command.arg(root.join("warewulf/init.d/75-vnfs_fixes"));
        let output = command.env("PREFIX", &root).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        read(&root, "etc/pam.d/system-auth")
    };
    // An image whose users all have a shadow stays as it is.
    std::fs::write(
        root.join("etc/passwd"),
        "root:x:0:0::/:/bin/sh\nopen::1:1::/:/bin/sh\n",
    )
    .unwrap();
    std::fs::write(
        root.join("etc/shadow"),
        "root:*:1::::::\ndaemon:*:1::::::\n",
    )
    .unwrap();
    assert_eq!(fix(), text);
    std::fs::write(
        root.join("etc/passwd"),
        "root:x:0:0::/:/bin/sh\nann:x:5:5::/:/bin/sh\n",
    )
    .unwrap();
    let expected = "auth required pam_unix.so\naccount required pam_unix.so broken_shadow nullok\n";
    assert_eq!(fix(), expected);
    assert_eq!(fix(), expected, "once is enough");
    assert!(pam.join("linked").is_symlink());
}

#[test]
fn a_wwclient_of_the_image_is_told_where_to_ask() {
    let site = Site::new("nodes:\n  n1: {system overlay: [wwinit, wwclient.x86_64]}\n");
    let root = site.unpack("n1");
    let conf: serde_yaml::Value =
        serde_yaml::from_str(&read(&root, "etc/warewulf/warewulf.conf")).unwrap();
    assert_eq!(conf["ipaddr"], "10.0.0.1");
    assert_eq!(conf["warewulf"]["port"], 9873);
    assert_eq!(conf["warewulf"]["secure"], true);
    assert_eq!(conf["warewulf"]["update interval"], 60);
    let wants = root.join("etc/systemd/system/multi-user.target.wants/wwclient.service");
    assert!(wants.is_symlink() && wants.exists());
}

/// What root alone may read, in every archive.
#[test]
fn no_secret_is_for_everybody() {
    let site = Site::new(
        "nodes:\n  n1:\n    system overlay: [wwinit, debug, NetworkManager, netplan]\n    ipmi: {password: hunter2}\n    network devices: {default: {device: eth0, ipaddr: 10.0.0.5, netmask: 255.255.0.0}}\n",
    );
    let root = site.unpack("n1");
    let mut secret = 0;
    for file in files(&root, "") {
        let text = std::fs::read(&file).unwrap_or_default();
        if String::from_utf8_lossy(&text).contains("hunter2") {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
            secret += 1;
        }
    }
    assert_eq!(
        secret, 2,
        "the configuration of the first steps, and the page for template authors"
    );
    assert_eq!(mode(&root.join("etc/netplan/muster.yaml")), 0o600);
}
