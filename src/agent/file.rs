//! Writing one path: made whole under another name in the same folder, then renamed, so that whoever looks finds the old or the new.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;

use rustix::fs::{self, AtFlags, FileType, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::archive::{Body, Item};
use super::label;
use super::seen::{self, digest_of, hex};

/// Makes `name` in `folder` what `item` says. A folder that is there keeps what is in it.
///
/// # Errors
/// What the file system yields; what was there is then as it was.
pub fn put(folder: BorrowedFd<'_>, name: &[u8], item: &Item, selinux: bool) -> io::Result<()> {
    let label = selinux.then(|| label::inherited(folder, name)).flatten();
    if item.body == Body::Folder {
        return make_folder(folder, name, item, label.as_deref());
    }
    // The same for the same path: what a crash left behind is found and replaced.
    let mut hash = digest_of(&Body::Link(name.to_vec()));
    hash.truncate(16);
    let draft = format!(".muster-{hash}").into_bytes();
    match fs::unlinkat(folder, draft.as_slice(), AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let made = draw(folder, &draft, item, label.as_deref())
        .and_then(|()| Ok(fs::renameat(folder, draft.as_slice(), folder, name)?));
    if made.is_err() {
        // Nothing more can be done about a draft that stays.
        let _ = fs::unlinkat(folder, draft.as_slice(), AtFlags::empty());
    }
    made
}

fn draw(folder: BorrowedFd<'_>, name: &[u8], item: &Item, label: Option<&[u8]>) -> io::Result<()> {
    let private = Mode::from_raw_mode(0o600);
    let owner = (Some(Uid::from_raw(item.uid)), Some(Gid::from_raw(item.gid)));
    let special = |kind: FileType, rdev| {
        fs::mknodat(folder, name, kind, private, rdev)?;
        let node = open_path(folder, name)?;
        fs::chownat(&node, c"", owner.0, owner.1, AtFlags::EMPTY_PATH)?;
        chmod(node.as_fd(), item.mode)?;
        label::set(folder, name, item, label)
    };
    match &item.body {
        Body::File(data) => {
            let flags =
                OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let mut file: File = fs::openat(folder, name, flags, private)?.into();
            file.write_all(data)?;
            fs::fchown(&file, owner.0, owner.1)?;
            // Attributes before the mode: who may not write any more may not set them either.
            label::set(folder, name, item, label)?;
            // The owner before the mode: a change of owner takes set-id bits away.
            fs::fchmod(&file, Mode::from_raw_mode(item.mode))?;
            file.sync_data()
        }
        Body::Link(target) => {
            fs::symlinkat(target.as_slice(), folder, name)?;
            fs::chownat(folder, name, owner.0, owner.1, AtFlags::SYMLINK_NOFOLLOW)?;
            label::set(folder, name, item, label)
        }
        Body::Fifo => special(FileType::Fifo, 0),
        Body::Char(major, minor) => special(FileType::CharacterDevice, fs::makedev(*major, *minor)),
        Body::Block(major, minor) => special(FileType::BlockDevice, fs::makedev(*major, *minor)),
        Body::Folder => Ok(()),
    }
}

/// A folder, or its mode and owner.
fn make_folder(
    above: BorrowedFd<'_>,
    name: &[u8],
    item: &Item,
    label: Option<&[u8]>,
) -> io::Result<()> {
    let fresh = match fs::mkdirat(above, name, Mode::from_raw_mode(0o700)) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(error) => return Err(error.into()),
    };
    let folder = open_path(above, name)?;
    let seen = seen::look(above, name)?.ok_or(Errno::NOENT)?;
    if (seen.uid, seen.gid) != (item.uid, item.gid) {
        let owner = (Some(Uid::from_raw(item.uid)), Some(Gid::from_raw(item.gid)));
        fs::chownat(&folder, c"", owner.0, owner.1, AtFlags::EMPTY_PATH)?;
    }
    chmod(folder.as_fd(), item.mode)?;
    label::set(above, name, item, label.filter(|_| fresh))
}

fn open_path(folder: BorrowedFd<'_>, name: &[u8]) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = fs::openat(folder, name, flags, Mode::empty())?;
    if FileType::from_raw_mode(fs::fstat(&opened)?.st_mode) == FileType::Symlink {
        // Somebody put one in the place of what was just made.
        return Err(Errno::LOOP.into());
    }
    Ok(opened)
}

/// The mode of what a descriptor only names; the link in /proc leads to just that.
fn chmod(of: BorrowedFd<'_>, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(label::by_descriptor(of, b""), Permissions::from_mode(mode))
}

/// Sixteen random hex digits.
///
/// # Errors
/// What the system yields.
pub fn token() -> io::Result<String> {
    let mut bytes = [0; 8];
    io::Read::read_exact(&mut File::open("/dev/urandom")?, &mut bytes)?;
    Ok(hex(&bytes))
}
