//! What a booting client is told to load.

use super::Case;
use crate::fleet::Form;

/// Architectures that run each other's loaders, in the order in which they are tried. HTTP boot has numbers of its own for the
/// same machines (IANA "Processor Architecture Types").
const KIN: [(u16, &[u16]); 9] = [
    (0, &[0]),
    (6, &[6]),
    (7, &[7, 9]),
    (9, &[9, 7]),
    (11, &[11]),
    (15, &[15, 6]),
    (16, &[16, 7, 9]),
    (19, &[19, 11]),
    (20, &[20, 0]),
];

/// What a client is told to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BootFile {
    /// A file name (TFTP) or a URL.
    Load(String),
    /// It boots nothing.
    Nothing,
    /// There is none; why.
    Missing(String),
}

impl Case<'_> {
    pub(super) fn boot_file(&self) -> BootFile {
        let authority = self.view.settings.authority(self.place.server.into());
        match self.client.form {
            Form::Os => BootFile::Nothing,
            // iPXE itself fills in `${…}`.
            Form::Ipxe => BootFile::Load(format!(
                "http://{authority}/ipxe/{}?assetkey=${{asset}}&uuid=${{uuid}}",
                self.client.mac.hyphenated()
            )),
            Form::Pxe => self.loader(|file| file.to_owned()),
            Form::HttpBoot => self.loader(|file| format!("http://{authority}/efiboot/{file}")),
        }
    }

    fn loader(&self, path: impl Fn(&str) -> String) -> BootFile {
        let table = &self.view.settings.tftp.ipxe;
        // A PXE client that does not say what it is, is a BIOS (RFC 4578 made option 93 a duty later).
        let archs: &[u16] = if self.ask.archs.is_empty() {
            &[0]
        } else {
            &self.ask.archs
        };
        for arch in archs {
            let alone = [*arch];
            let kin = KIN
                .iter()
                .find(|(of, _)| of == arch)
                .map_or(alone.as_slice(), |(_, kin)| kin);
            if let Some(file) = kin.iter().find_map(|kin| table.get(kin)) {
                // A name inside the tree keeps its folder: programs of two architectures may share a name. A path of the server's
                // own, as in Warewulf's settings, means the file.
                let name = match file.strip_prefix('/') {
                    Some(absolute) => absolute.rsplit('/').next().unwrap_or(absolute),
                    None => file,
                };
                return BootFile::Load(path(name));
            }
        }
        let word = crate::fleet::Arch(archs[0]).word();
        BootFile::Missing(format!(
            "no loader for {word} ({:02x}:{:02x}); name one under `tftp: ipxe` in muster.conf",
            archs[0] >> 8,
            archs[0] & 0xff
        ))
    }
}
