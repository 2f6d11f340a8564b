//! The catalogue of images, as the plans look into it.

use crate::boot::http::{Shelf, Stock};
use crate::fleet::Part;
use crate::image::{Catalog, Image, Kernel};
use crate::model::Node;

impl Shelf for Catalog {
    fn find(&self, node: &Node, part: Part) -> Result<Stock, String> {
        let Some(name) = &node.image else {
            return Err(format!("node {} has no image", node.name));
        };
        let Some(image) = self.images.get(name) else {
            return Err(format!(
                "node {} wants image {name}, which does not exist (see: muster image list)",
                node.name
            ));
        };
        match part {
            Part::Image => {
                let archive = image.archive.as_ref().ok_or_else(|| {
                    format!("image {name} is not built (run: muster image build {name})")
                })?;
                Ok(Stock {
                    path: archive.path.clone(),
                    digest: Some(archive.digest.clone()),
                })
            }
            Part::Initramfs => {
                let version = &kernel(image, node)?.version;
                let found = image
                    .initramfs
                    .iter()
                    .find(|initramfs| initramfs.version.starts_with(version.as_ref()));
                let found = found
                    .ok_or_else(|| format!("image {name} has no initramfs for kernel {version}"))?;
                Ok(stock(found))
            }
            _ => Ok(stock(kernel(image, node)?)),
        }
    }
}

fn stock(kernel: &Kernel) -> Stock {
    Stock {
        path: kernel.path.clone(),
        digest: None,
    }
}

/// The node's kernel: a path inside the image, else the best whose version begins with the wanted text, else the best.
fn kernel<'a>(image: &'a Image, node: &Node) -> Result<&'a Kernel, String> {
    let Some(wanted) = &node.kernel_version else {
        return image.kernels.first().ok_or_else(|| {
            format!(
                "image {} has no kernel (none under /boot or /lib/modules)",
                image.name
            )
        });
    };
    let inside = image.root.join(wanted.trim_start_matches('/'));
    image
        .kernels
        .iter()
        .find(|kernel| kernel.path == inside)
        .or_else(|| {
            image
                .kernels
                .iter()
                .find(|kernel| kernel.version.starts_with(wanted.as_ref()))
        })
        .ok_or_else(|| {
            let have: Vec<&str> = image.kernels.iter().map(|k| k.version.as_ref()).collect();
            format!(
                "image {} has no kernel {wanted}; it has {}",
                image.name,
                if have.is_empty() {
                    "none".into()
                } else {
                    have.join(", ")
                }
            )
        })
}
