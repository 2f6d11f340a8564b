//! What to try, as commands made from the case's own values.

use super::super::event::Arch;
use super::case::Case;

impl Case<'_> {
    /// Another loader that drives the card another way; none for a ROM that is iPXE, which has only itself.
    pub(super) fn other_loader(&self) -> Option<String> {
        self.boot.filter(|boot| !boot.plan.rom)?;
        let pair = match self.arch() {
            Some(Arch(0)) => "undionly.kpxe (the card's own driver) instead of ipxe.pxe",
            _ => "snponly.efi (the firmware's own driver) instead of ipxe.efi",
        };
        Some(format!(
            "try the other loader: {pair}, or the reverse (`tftp: ipxe:` in muster.conf)"
        ))
    }

    /// How to see whether this server's card loses packets.
    pub(super) fn counters(&self) -> String {
        match self.interface().as_str() {
            "any" => "ip -s link    # errors and drops on this server".into(),
            name => format!("ethtool -S {name} | grep -i -e drop -e err    # on this server"),
        }
    }

    /// A command that fetches what the node would fetch.
    pub(super) fn curl(&self, route: &str) -> String {
        format!(
            "curl -sI http://{}:{}/{route}/{}",
            self.server(),
            self.view.settings.server.port,
            self.mac()
        )
    }

    /// A command that shows the node's packets of these ports.
    pub(super) fn capture(&self, ports: &str) -> String {
        format!(
            "tcpdump -eni {} 'ether host {} and ({ports})'",
            self.interface(),
            self.mac()
        )
    }

    /// The start of an ipmitool command for its BMC, if it has one. The password is asked for, so none shows in a process list.
    fn bmc(&self) -> Option<String> {
        let ipmi = &self.node.ipmi;
        let ip = ipmi.ipaddr?;
        let user = ipmi.username.as_deref().unwrap_or("admin");
        let plain = user
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        let user = if plain { user } else { "USER" };
        Some(format!("ipmitool -I lanplus -H {ip} -U {user} -a"))
    }

    /// How to see its screen.
    pub(super) fn console(&self) -> String {
        self.bmc().map_or_else(
            || {
                format!(
                    "look at the screen of {} (monitor or BMC console)",
                    self.node.name
                )
            },
            |bmc| format!("{bmc} sol activate"),
        )
    }

    /// How to start it over.
    pub(super) fn cycle(&self) -> String {
        self.bmc().map_or_else(
            || format!("switch {} off and on again", self.node.name),
            |bmc| format!("{bmc} chassis power cycle"),
        )
    }

    /// How to switch it on.
    pub(super) fn power_on(&self) -> Vec<String> {
        self.bmc().map_or_else(
            || vec![format!("switch {} on", self.node.name)],
            |bmc| {
                vec![
                    format!("{bmc} chassis power status"),
                    format!("{bmc} chassis bootdev pxe && {bmc} chassis power on"),
                ]
            },
        )
    }
}
