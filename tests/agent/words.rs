//! What the agent reads of its node and of the server, and what it says.

use muster::agent::{Config, Head};
use muster::boot::http::Target;
use muster::wire::report::{Orders, Report, escape};

const CONFIG: &str = "# Made by muster\nWWIMAGE='rocky'\nMUSTER_SERVER='http://10.0.0.1:9873'\nMUSTER_MAC='52:54:00:00:00:01'\nMUSTER_INTERVAL='90'\n";

fn read(config: &str, cmdline: &str) -> Result<Config, String> {
    Config::read(config, cmdline, |name| {
        (name == "eno1").then(|| "52:54:00:00:00:0e".to_owned())
    })
}

#[test]
fn the_server_is_found_where_the_boot_put_it() {
    let config = read(CONFIG, "quiet").unwrap();
    assert_eq!(config.server.to_string(), "10.0.0.1:9873");
    assert_eq!(
        (config.wwid.as_str(), config.interval),
        ("52:54:00:00:00:01", Some(90))
    );
    // The command line wins, with muster's own word before Warewulf's.
    let config = read(
        CONFIG,
        "muster.server=http://10.0.0.2 wwid=52-54-00-00-00-02",
    )
    .unwrap();
    assert_eq!(config.server.to_string(), "10.0.0.2:9873");
    assert_eq!(config.wwid, "52-54-00-00-00-02");
    // As the boot scripts write it there.
    let config = read("", "muster.server=10.0.0.4:9873 wwid=1").unwrap();
    assert_eq!(config.server.to_string(), "10.0.0.4:9873");
    let config = read(CONFIG, "wwinit.server=http://10.0.0.3:1 wwid=[eno1]").unwrap();
    assert_eq!(config.server.to_string(), "10.0.0.1:9873");
    assert_eq!(config.wwid, "52:54:00:00:00:0e");
    let config = read("", "wwinit.server=http://[fd00::1]:80/ wwid=1").unwrap();
    assert_eq!(config.server.to_string(), "[fd00::1]:80");
    for (config, cmdline, why) in [
        ("", "wwid=1", "names the server"),
        ("MUSTER_SERVER=''\n", "wwid=1", "names the server"),
        ("MUSTER_SERVER=http://10.0.0.1\n", "", "names this node"),
        (
            "MUSTER_SERVER=https://10.0.0.1\n",
            "wwid=1",
            "not named as http://",
        ),
        (
            "MUSTER_SERVER=http://head:9873\n",
            "wwid=1",
            "looks names up",
        ),
        (
            "MUSTER_SERVER=http://10.0.0.1\n",
            "wwid=../../x",
            "no hardware address",
        ),
    ] {
        let error = read(config, cmdline).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_report_arrives_as_it_was_sent() {
    let report = Report {
        version: "0.1.0".into(),
        digest: Some("ab".repeat(32)),
        uptime: 86_400,
        load: 1234,
        memory: Some((1000, 2000)),
        changed: 3,
        removed: 1,
        fault: Some("/etc/x cannot be written: No space left on device (os error 28) & ü".into()),
        again: true,
        ear: Some((40_000, "0123456789abcdef".into())),
    };
    let heard = |query: &str| {
        let target = Target::parse(&format!("/runtime/x?compress=gz{query}")).unwrap();
        Report::read(|name| target.get(name))
    };
    assert_eq!(heard(&report.query()), Some(report));
    let bare = Report {
        version: "1".into(),
        ..Report::default()
    };
    assert_eq!(heard(&bare.query()), Some(bare));
    assert_eq!(heard(""), None);
    assert_eq!(heard("&agent="), None);
    assert_eq!(heard(&format!("&agent={}", escape("a b"))), None);
}

#[test]
fn nonsense_in_a_report_is_left_out() {
    let query = "&agent=1&digest=XY&uptime=-1&load=99999999999&memory=9-1&changed=x&ear=0&token=short&fault=%20";
    let target = Target::parse(&format!("/x/y?{query}")).unwrap();
    let heard = Report::read(|name| target.get(name)).unwrap();
    let wanted = Report {
        version: "1".into(),
        load: u32::MAX,
        ..Report::default()
    };
    assert_eq!(heard, wanted);
    let long = format!("/x/y?agent=1&fault={}", "e".repeat(3000));
    let target = Target::parse(&long).unwrap();
    let heard = Report::read(|name| target.get(name)).unwrap();
    assert_eq!(heard.fault.unwrap().chars().count(), 240);
}

#[test]
fn orders_are_taken_as_far_as_they_make_sense() {
    let before = Orders::default();
    let orders = Orders {
        interval: 300,
        remove: false,
    };
    assert_eq!(Orders::read(&orders.value(), before), orders);
    for value in [
        "",
        "interval=0",
        "interval=99999999",
        "remove=perhaps",
        "interval",
        "x=y",
        "interval=-3",
    ] {
        assert_eq!(Orders::read(value, orders), orders, "{value}");
    }
}

#[test]
fn heads_of_answers() {
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\netag: \"ab-gz\"\r\nMuster-Agent: interval=9 remove=no\r\n\r\nhello";
    let (head, begin) = Head::read(whole.as_bytes()).unwrap().unwrap();
    assert_eq!(
        (head.status, head.length, begin),
        (200, Some(5), whole.len() - 5)
    );
    assert_eq!(head.etag.as_deref(), Some("\"ab-gz\""));
    assert_eq!(head.orders.as_deref(), Some("interval=9 remove=no"));
    for cut in 0..begin {
        assert_eq!(Head::read(&whole.as_bytes()[..cut]), Ok(None), "{cut}");
    }
    let interim = format!("HTTP/1.1 100 Continue\r\n\r\n{whole}");
    assert_eq!(Head::read(interim.as_bytes()).unwrap().unwrap().0, head);
    for bad in [
        "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    ] {
        assert!(Head::read(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(Head::read(&vec![b'a'; muster::agent::HEAD + 1]).is_err());
}
