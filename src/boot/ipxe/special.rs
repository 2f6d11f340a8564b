//! Scripts that start no kernel, and the end that every script shares: say what failed, wait, try again, menu on a key.

use std::net::SocketAddr;

use super::args::sentence;
use crate::kit::Mac;

/// For a machine that the registry does not know: says so with what identifies it, and asks again every 5 seconds, so that it
/// boots by itself once it is adopted.
#[must_use]
pub fn unconfigured(base: SocketAddr, mac: Mac) -> String {
    format!(
        "#!ipxe\n\
         echo\n\
         echo muster: this machine is not in the registry yet.\n\
         echo MAC  {mac}\n\
         echo UUID ${{uuid}}  ${{manufacturer}} ${{product}} ${{serial}}\n\
         echo It is listed as discovered and boots as soon as it is adopted. Asking again every 5 s.\n\
         prompt --timeout 5000 Press any key for a menu && goto menu ||\n\
         goto retry\n{}",
        tail(base, mac)
    )
}

/// Asks again with the chassis asset tag, which only the machine itself can tell.
#[must_use]
pub fn with_asset(base: SocketAddr, mac: Mac) -> String {
    format!(
        "#!ipxe\n\
         set failed asset key\n\
         chain --replace --autofree http://{base}/ipxe/{}?assetkey=${{asset:uristring}}&uuid=${{uuid}} || goto failed\n{}",
        mac.hyphenated(),
        tail(base, mac)
    )
}

/// Says why nothing can be booted now, and tries again.
#[must_use]
pub fn held(base: SocketAddr, mac: Mac, what: &str) -> String {
    format!(
        "#!ipxe\n\
         set failed boot\n\
         echo\n\
         echo muster: {}\n\
         goto failed\n{}",
        sentence(what),
        tail(base, mac)
    )
}

/// Asks DHCP again first: the address at hand is not bound to a boot, as after an adoption or a restart of the server.
pub(super) fn renew(base: SocketAddr, mac: Mac) -> String {
    format!(
        "#!ipxe\n\
         set failed address\n\
         echo muster: no boot is open for this address, asking DHCP for one\n\
         prompt --timeout 2000 Press any key for a menu && goto menu ||\n\
         dhcp || goto failed\n\
         goto retry\n{}",
        tail(base, mac)
    )
}

/// Leaves the machine to its local disk.
pub(super) fn localdisk(base: SocketAddr, mac: Mac) -> String {
    format!(
        "#!ipxe\n\
         echo muster: booting from the local disk\n\
         prompt --timeout 2000 Press any key for a menu && goto menu ||\n\
         goto disk\n{}",
        tail(base, mac)
    )
}

/// What every script ends with. Labels: `failed` (says `${failed}`, waits 5, 10, 20, 40, 80 seconds, then tries again), `retry`,
/// `menu`, `shell`, `disk`. `inc backoff ${backoff}` doubles, as iPXE cannot multiply.
pub(super) fn tail(base: SocketAddr, mac: Mac) -> String {
    format!(
        "goto retry\n\
         :failed\n\
         imgfree\n\
         isset ${{failed}} || set failed boot\n\
         isset ${{backoff}} || set backoff:int32 5\n\
         echo\n\
         echo muster: ${{failed}} failed, see the line above. Trying again in ${{backoff}} s.\n\
         prompt --timeout ${{backoff}}000 Press any key for a menu: try again, iPXE shell, local disk && goto menu ||\n\
         iseq ${{backoff}} 80 && set backoff:int32 40 ||\n\
         inc backoff ${{backoff}}\n\
         :retry\n\
         chain --replace --autofree http://{base}/ipxe/{} || goto failed\n\
         :menu\n\
         menu muster: {mac} at {base}\n\
         item --key r retry r  try again now\n\
         item --key s shell s  iPXE shell, exit comes back here\n\
         item --key d disk  d  boot from the local disk\n\
         choose --default retry --timeout 60000 picked && goto ${{picked}} || goto retry\n\
         :shell\n\
         shell\n\
         goto menu\n\
         :disk\n\
         set failed local disk\n\
         iseq ${{platform}} efi && exit 1 ||\n\
         sanboot --no-describe --drive 0x80 || sanboot --no-describe --drive 0x81 || sanboot --no-describe --drive 0x82 || goto failed\n\
         goto failed\n",
        mac.hyphenated()
    )
}
