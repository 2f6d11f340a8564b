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
                let kernel = kernel(image, node)?;
                let found = image.initramfs_for(kernel).ok_or_else(|| {
                    let version = &kernel.version;
                    format!("image {name} has no initramfs for kernel {version}")
                })?;
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

/// The node's kernel, or why there is none.
fn kernel<'a>(image: &'a Image, node: &Node) -> Result<&'a Kernel, String> {
    let (name, wanted) = (&image.name, node.kernel_version.as_deref());
    image.kernel_for(wanted).ok_or_else(|| {
        let have: Vec<&str> = image.kernels.iter().map(|k| k.version.as_ref()).collect();
        match wanted {
            Some(wanted) if !have.is_empty() => {
                let have = have.join(", ");
                format!("image {name} has no kernel {wanted}; it has {have}")
            }
            _ => format!("image {name} has no kernel (none under /boot or /lib/modules)"),
        }
    })
}
