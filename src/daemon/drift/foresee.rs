//! What a node would be given if it booted now: the same decisions as at a boot, on nobody's behalf.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::book::Kept;
use super::prints::{Prints, mark};
use crate::boot::grub;
use crate::boot::http::Shelf;
use crate::boot::ipxe;
use crate::boot::ipxe::site::{Script, Wanted, is_name, runs};
use crate::boot::load::{Load, Piece, arguments_of};
use crate::daemon::scripts;
use crate::daemon::shared::Shared;
use crate::fleet::Part;
use crate::image::Catalog;
use crate::model::{Node, View};
use tokio::runtime::Handle;

/// Where it is found out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Oracle<'a> {
    pub(super) shared: &'a Shared,
    pub(super) view: &'a Arc<View>,
    pub(super) images: &'a Catalog,
    pub(super) handle: &'a Handle,
}

impl Oracle<'_> {
    /// Everything but the files of overlays, which the node gets only where `true` comes with it.
    ///
    /// # Errors
    /// Why the node would not come up.
    pub(super) fn load(
        self,
        node: &Arc<Node>,
        kept: &Kept,
        prints: &mut Prints,
    ) -> Result<(Load, bool), Arc<str>> {
        let script = self.script(node, kept)?;
        let Some(args) = arguments_of(&script) else {
            // From its own disk, or to a shell.
            return Ok((Load::default(), false));
        };
        let mut piece = |part| self.piece(node, part, prints).map(Some);
        let initramfs = if script.contains("/initramfs/") {
            piece(Part::Initramfs)?
        } else {
            None
        };
        let load = Load {
            kernel: piece(Part::Kernel)?,
            initramfs,
            image: piece(Part::Image)?,
            args: Some(args),
            system: None,
        };
        Ok((load, true))
    }

    /// The files of its kernel and its initramfs, and which content they have.
    pub(super) fn boot_files(
        self,
        node: &Node,
    ) -> impl Iterator<Item = (PathBuf, Option<super::prints::Mark>)> {
        let parts = [Part::Kernel, Part::Initramfs].into_iter();
        let stocks = parts.filter_map(move |part| self.images.find(node, part).ok());
        stocks.map(|stock| {
            let meta = std::fs::metadata(&stock.path).ok();
            (stock.path, meta.as_ref().map(mark))
        })
    }

    fn piece(self, node: &Node, part: Part, prints: &mut Prints) -> Result<Piece, Arc<str>> {
        let stock = self.images.find(node, part)?;
        let digest = match stock.digest {
            Some(digest) => Some(digest),
            None => prints.of(&stock.path, None),
        };
        let name = name_of(self.images, part, &stock.path);
        Ok(Piece { name, digest })
    }

    /// The script that it would be sent.
    fn script(self, node: &Arc<Node>, kept: &Kept) -> Result<String, Arc<str>> {
        let mac = kept.mac.filter(|mac| {
            let of = self.view.by_mac(mac);
            of.is_some_and(|of| of.id == node.id)
        });
        let Some(mac) = mac.or_else(|| node.mac()) else {
            return Err(format!("{} has no hardware address any more", node.name).into());
        };
        let port = self.view.settings.server.port;
        let base = match kept.base {
            Some(base) => SocketAddr::new(base.ip(), port),
            None => SocketAddr::from(([0, 0, 0, 0], port)),
        };
        let has = |part| self.images.find(node, part).map(|_| ());
        let facts = ipxe::Facts {
            node,
            mac,
            base,
            image: has(Part::Image),
            kernel: has(Part::Kernel),
            open: true,
        };
        if !kept.ipxe {
            if let Some((_, why)) = grub::lacks(&facts) {
                return Err(why.into());
            }
            let way = grub::Way {
                base,
                tftp: None,
                again: true,
            };
            return Ok(grub::config(&facts, way, true));
        }
        if let Some(text) = self.site_script(node, mac, base)? {
            return Ok(text);
        }
        match ipxe::lacks(&facts) {
            Some((_, why)) => Err(why.into()),
            None => Ok(ipxe::script(&facts)),
        }
    }

    /// A script that the site wrote, where one takes the place of muster's.
    fn site_script(
        self,
        node: &Arc<Node>,
        mac: crate::kit::Mac,
        base: SocketAddr,
    ) -> Result<Option<String>, Arc<str>> {
        let name = script_name(node);
        if !is_name(&name) {
            return Ok(None);
        }
        let wanted = Wanted {
            node: node.clone(),
            name: name.clone(),
            mac,
            base,
        };
        let said = match scripts::find(&self.view.settings.paths.conf, &name) {
            Ok(None) => return Ok(None),
            Err(why) => Err(why),
            Ok(Some(source)) => match source.read(wanted.words()) {
                Err(faults) => Err(faults.first().map_or_else(String::new, ToString::to_string)),
                Ok(Script::Plain(text)) => Ok(text),
                Ok(Script::Template(page)) => {
                    let page = self.shared.archives.page(self.view, node, page);
                    let made = self.handle.block_on(page);
                    made.and_then(|text| {
                        let text =
                            text.ok_or_else(|| format!("{name} makes nothing for {}", node.name))?;
                        let text = String::from_utf8_lossy(&text).into_owned();
                        runs(&text).map(|()| text)
                    })
                }
            },
        };
        match said {
            Ok(text) => Ok(Some(text)),
            // Muster's own of that name is sent then.
            Err(_) if ipxe::NAMES.contains(&&*name) => Ok(None),
            Err(why) => Err(why.into()),
        }
    }
}

/// The name of the iPXE script of a node.
fn script_name(node: &Node) -> Arc<str> {
    node.ipxe.clone().unwrap_or_else(|| "default".into())
}

/// The files that a site may have written the script of this node in; what is there decides what the node is sent.
pub(super) fn script_files(
    view: &View,
    node: &Node,
) -> Vec<(PathBuf, Option<super::prints::Mark>)> {
    let name = script_name(node);
    let folder = view.settings.paths.conf.join(scripts::FOLDER);
    let seen = |suffix: &&str| {
        let path = folder.join(format!("{name}{suffix}"));
        let meta = std::fs::metadata(&path).ok();
        (path, meta.as_ref().map(mark))
    };
    ipxe::site::SUFFIXES.iter().map(seen).collect()
}

/// What people call the file at `path`: the version of a kernel, the name of an image.
pub(super) fn name_of(images: &Catalog, part: Part, path: &std::path::Path) -> Arc<str> {
    for image in images.images.values() {
        let files = match part {
            Part::Image => {
                if image
                    .archive
                    .as_ref()
                    .is_some_and(|archive| archive.path == path)
                {
                    return image.name.clone();
                }
                continue;
            }
            Part::Initramfs => &image.initramfs,
            _ => &image.kernels,
        };
        if let Some(file) = files.iter().find(|file| file.path == path) {
            return file.version.clone();
        }
    }
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().as_ref().into()
}
