//! Causes of silence before the boot script: addresses and loaders.

use super::super::event::{Form, Part};
use super::super::sign::Sign;
use super::super::stage::Condition;
use super::case::{Case, Row, Words};

pub(super) const ROWS: &[Row] = &[
    Row {
        when: |c| c.stuck_at(Sign::Asked) || c.stuck_at(Sign::IpxeAsked),
        say: no_offer,
    },
    Row {
        when: |c| offered(c) && c.rival().is_some(),
        say: rival,
    },
    Row {
        when: |c| offered(c) && c.relayed(),
        say: relay_eats,
    },
    Row {
        when: offered,
        say: no_request,
    },
    Row {
        when: |c| c.stuck_at(Sign::Requested) || c.stuck_at(Sign::IpxeRequested),
        say: no_ack,
    },
    Row {
        when: |c| c.hangs_at(Sign::Leased) && !c.was_given_a_file(),
        say: no_file,
    },
    Row {
        when: |c| c.stuck_at(Sign::Leased) && http_boot(c),
        say: no_http_loader,
    },
    Row {
        when: |c| c.stuck_at(Sign::Leased),
        say: no_tftp,
    },
    Row {
        when: |c| c.stuck_at(Sign::LoaderBegun) && c.starts(Part::Loader) > 2,
        say: restarts,
    },
    Row {
        when: |c| c.stuck_at(Sign::LoaderBegun),
        say: loader_stuck,
    },
    Row {
        when: |c| c.stuck_at(Sign::LoaderDone) && returned(c),
        say: loader_rejected,
    },
    Row {
        when: |c| c.stuck_at(Sign::LoaderDone),
        say: loader_silent,
    },
    Row {
        when: |c| c.stuck_at(Sign::IpxeLeased),
        say: no_script,
    },
];

fn offered(c: &Case<'_>) -> bool {
    c.stuck_at(Sign::Offered) || c.stuck_at(Sign::IpxeOffered)
}

fn returned(c: &Case<'_>) -> bool {
    c.boot.is_some_and(|boot| boot.counts.returns > 0)
}

fn http_boot(c: &Case<'_>) -> bool {
    c.boot.is_some_and(|boot| boot.form == Some(Form::HttpBoot))
}

fn uefi(c: &Case<'_>) -> bool {
    c.arch().is_some_and(|arch| arch.0 != 0)
}

fn offers(c: &Case<'_>) -> String {
    let who = if c.best() == Some(Sign::IpxeOffered) {
        " to iPXE"
    } else {
        ""
    };
    match c.offers() {
        0 | 1 => format!("offered an address{who}, no DHCPREQUEST for {}", c.quiet()),
        n => format!("{n} offers{who}, no DHCPREQUEST for {}", c.quiet()),
    }
}

fn no_offer(c: &Case<'_>) -> Words {
    debug_assert_eq!(c.status.condition, Condition::Stalled);
    Words::new(format!(
        "it asks for an address and got no offer from us for {}",
        c.quiet()
    ))
    .missing("our own DHCPOFFER")
    .means("our DHCP server is down or was restarted just now; look at `dhcp` in the header")
    .means("another server gives the addresses here and we are to stay silent")
    .attempt("muster status")
    .attempt(c.capture("port 67 or port 68"))
}

fn rival(c: &Case<'_>) -> Words {
    let (server, what) = c.rival().map_or_else(Default::default, |rival| {
        (rival.server.to_string(), rival.what.to_string())
    });
    Words::new(format!(
        "{}; another DHCP server is at work: {server}",
        offers(c)
    ))
    .missing("a DHCPREQUEST that chooses our offer")
    .means(format!(
        "{server} answers here too ({what}); a machine that takes its offer asks us for nothing"
    ))
    .means("the switch port is still blocked by spanning tree (30 s), or our broadcasts do not reach the machine")
    .attempt(format!("ip neigh show {server}    # whose MAC is that?"))
    .attempt(c.capture("port 67 or port 68"))
    .attempt(format!(
        "switch DHCP off on {server}, or set `proxy: true` on this network in muster.conf"
    ))
}

fn relay_eats(c: &Case<'_>) -> Words {
    let relay = c.via().unwrap_or("the relay").to_owned();
    Words::new(format!("{} ({relay})", offers(c)))
        .missing("a DHCPREQUEST; our offer probably never reached the machine")
        .means("the relay does not pass our answers back: a filter on the router, or it listens on another address than it names")
        .means("no route from this server back to the relay's address")
        .means("the relay also asks another DHCP server, and that one won")
        .attempt(format!("ip route get {}", relay.trim_start_matches("relay ").trim()))
        .attempt(format!("tcpdump -ni any 'udp port 67 and host {}'", relay.trim_start_matches("relay ").trim()))
        .attempt("on the router: look for the helper or relay address, and for filters on UDP 67 and 68")
}

fn no_request(c: &Case<'_>) -> Words {
    Words::new(offers(c))
        .missing("its answer to our offer; it hears nothing, or does not like what it hears")
        .means("the switch port is still blocked by spanning tree (30 s): set it to edge/portfast")
        .means("our broadcasts do not reach it: wrong VLAN on the port, DHCP snooping with this port untrusted, MLD/IGMP snooping")
        .means("another DHCP server was faster and we did not hear it")
        .means("firmware that wants a file name it knows: the loader for its architecture is missing from the offer")
        .attempt(c.capture("port 67 or port 68"))
        .attempt("on the switch: show spanning-tree interface … ; show mac address-table address …")
        .attempt(c.cycle())
}

fn no_ack(c: &Case<'_>) -> Words {
    Words::new(format!(
        "it asked for its address and got no DHCPACK for {}",
        c.quiet()
    ))
    .missing("our own DHCPACK")
    .means("its request was meant for another server")
    .means("our DHCP server was restarted between offer and request")
    .attempt(c.capture("port 67 or port 68"))
    .attempt(c.cycle())
}

pub(super) fn no_file(c: &Case<'_>) -> Words {
    let arch = c
        .arch()
        .map_or_else(|| "its architecture".into(), |arch| arch.word());
    Words::new(format!(
        "there is no loader for {arch}, so it has nothing to boot"
    ))
    .missing(format!("a loader for {arch}"))
    .means(format!(
        "`tftp: ipxe:` in muster.conf names no file for {arch}, or the file is on no search path"
    ))
    .means("the firmware is set to another boot mode than its neighbours (legacy, UEFI, HTTP)")
    .attempt("apt install ipxe    (or: dnf install ipxe-bootimgs)")
    .attempt("add the architecture under `tftp: ipxe:` in muster.conf, as `00:07: snponly.efi`")
    .attempt(c.cycle())
}

fn no_tftp(c: &Case<'_>) -> Words {
    let ip = c
        .ip()
        .map_or_else(|| "its address".into(), |ip| ip.to_string());
    Words::new(format!("it has its address ({ip}) and asks for no loader since {}", c.quiet()))
        .missing(format!("a TFTP request for {}", c.loader()))
        .means("a firewall on this server or on the way drops UDP 69")
        .means("its netmask or gateway is wrong, so it cannot reach this server")
        .means("the firmware did not accept the boot file: another architecture, or Secure Boot wants a signed one")
        .attempt(format!("ping -c3 {ip}"))
        .attempt(format!("tcpdump -ni {} 'host {ip} and udp'", c.interface()))
        .attempt("nft list ruleset | grep -n -e 'dport 69' -e tftp    # or: firewall-cmd --list-services")
        .attempt("firewall-cmd --add-service=tftp --add-service=dhcp --permanent && firewall-cmd --reload")
}

fn no_http_loader(c: &Case<'_>) -> Words {
    let port = c.view.settings.server.port;
    Words::new(format!(
        "UEFI HTTP boot has its address and asks for no file since {}",
        c.quiet()
    ))
    .missing(format!("an HTTP request for {}", c.loader()))
    .means(format!("a firewall drops TCP {port}"))
    .means("the firmware allows only https:// (a setting named like \"Allow HTTP boot\")")
    .means("Secure Boot is on and the file is not signed")
    .attempt(format!("curl -sI http://{}:{port}/status", c.server()))
    .attempt(format!(
        "firewall-cmd --add-port={port}/tcp --permanent && firewall-cmd --reload"
    ))
    .attempt(c.console())
}

fn restarts(c: &Case<'_>) -> Words {
    Words::new(format!("the loader was begun {} times and never came through", c.starts(Part::Loader)))
        .missing(format!("the rest of {}", c.loader()))
        .means("big packets are lost: an MTU on the way is below 1500 and fragments are dropped (tunnel, VLAN stacking, jumbo mix)")
        .means("a firewall lets UDP 69 in but not the transfer's own ports; it needs the TFTP helper (nf_conntrack_tftp)")
        .means("packet loss: cable, duplex, transceiver")
        .attempt(c.ip().map_or_else(
            || "ping -M do -s 1472 ADDRESS".to_owned(),
            |ip| format!("ping -c3 -M do -s 1472 {ip}    # must not say 'message too long'"),
        ))
        .attempt("modprobe nf_conntrack_tftp")
        .attempt(c.break_reason(Part::Loader).map_or_else(
            || c.capture("udp"),
            |why| format!("the client's own words: {why}"),
        ))
}

fn loader_stuck(c: &Case<'_>) -> Words {
    Words::new(format!(
        "the loader stands at {} for {}",
        c.share(),
        c.quiet()
    ))
    .missing("acknowledgements from the machine")
    .means("it was switched off or reset in the middle")
    .means("packets are lost: MTU below 1500 on the way, cable, duplex")
    .attempt(c.console())
    .attempt(c.capture("udp"))
}

fn loader_rejected(c: &Case<'_>) -> Words {
    let words = Words::new(format!(
        "{} was sent in full, then the firmware started over",
        c.loader()
    ))
    .missing("iPXE asking DHCP; the firmware did not run it");
    let words = if uefi(c) {
        words
            .means(
                "Secure Boot is on: the firmware rejects an unsigned loader, often without a word",
            )
            .means("the loader is for another architecture than the firmware")
            .attempt("switch Secure Boot off in the firmware setup, or boot by shim and GRUB (in muster.conf: `warewulf: {grubboot: true}`)")
    } else {
        words
            .means("the loader is for UEFI, this firmware is BIOS: it needs undionly.kpxe")
            .means("the firmware has too little low memory for it")
            .attempt(
                "set the loader of architecture 0 to undionly.kpxe (`tftp: ipxe:` in muster.conf)",
            )
    };
    words.attempt(c.console())
}

fn loader_silent(c: &Case<'_>) -> Words {
    let words = Words::new(format!(
        "{} was sent in full, then silence for {}",
        c.loader(),
        c.quiet()
    ))
    .missing("iPXE asking DHCP for an address");
    let words = if uefi(c) {
        words
            .means("iPXE has no driver for this network card: snponly.efi uses the firmware's own")
            .means("Secure Boot rejects the unsigned loader and the firmware waits at an error message")
            .means("iPXE hangs while it opens the card (old iPXE, new hardware): take a newer build")
    } else {
        words
            .means("iPXE has no driver for this network card: undionly.kpxe uses the firmware's own")
            .means("the card's PXE ROM misbehaves after iPXE took over (UNDI): ipxe.pxe brings its own driver")
    };
    words
        .attempts(c.other_loader())
        .attempt(c.console())
        .attempt(c.cycle())
}

fn no_script(c: &Case<'_>) -> Words {
    let port = c.view.settings.server.port;
    Words::new(format!(
        "iPXE has its address and asks for no script since {}",
        c.quiet()
    ))
    .missing(format!("an HTTP request for /ipxe/{}", c.mac()))
    .means(format!("a firewall drops TCP {port}"))
    .means("no gateway, and this server is in another subnet")
    .means("an iPXE with a script built in, which goes its own way")
    .attempt(c.curl("ipxe"))
    .attempt(format!("nft list ruleset | grep -n -e {port} -e drop"))
    .attempt(format!(
        "firewall-cmd --add-port={port}/tcp --permanent && firewall-cmd --reload"
    ))
    .attempt(c.console())
}
