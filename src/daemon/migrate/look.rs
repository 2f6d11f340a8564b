//! A look at an installation: what is there, what becomes of it, and what of muster's is in the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::Refused;
use super::read::{self, inside, is_folder, names};
use crate::api::{Fate, WriteRow};
use crate::daemon::files::Disk;
use crate::daemon::images::{self, Tell};
use crate::daemon::{disk, migrate::stage};
use crate::engine::Text;
use crate::migrate::{self, HostKey, Listed, Made, Script, Shelf, Site, Texts, Tree, Wishes};
use crate::model::{Fault, Paths};
use crate::overlay::{Files, KEYS};

/// The files of Warewulf that matter most.
const FILES: [&str; 2] = ["warewulf.conf", "nodes.conf"];
/// A boot script or a key is read up to this size.
const SCRIPT: u64 = 256 << 10;
/// Mode of a new file without secrets.
const PLAIN: u32 = 0o644;
/// Mode of one with secrets, where nobody says otherwise.
const SECRET: u32 = 0o640;

/// What is done where muster has something already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing is done at all.
    #[default]
    Refuse,
    /// That stays; the rest is written.
    Merge,
    /// That is moved aside.
    Force,
}

/// What a person asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The tree.
    pub dir: PathBuf,
    /// Where overlays are, if not where the settings say.
    pub overlays: Option<PathBuf>,
    /// The same of images.
    pub chroots: Option<PathBuf>,
    /// `copy`, `link` or `none`.
    pub images: &'static str,
    /// Overlays that are copied whatever they are.
    pub taken: Vec<String>,
    /// What is done where muster has something already.
    pub mode: Mode,
}

/// What is going to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What was decided.
    pub made: Made,
    /// What is written where, in order, and what happens there.
    pub(super) steps: Vec<Step>,
}

/// One thing that is put among muster's files.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub what: What,
    pub to: PathBuf,
    pub fate: Fate,
}

/// What it is.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A file, its mode, and its user and group where they are kept.
    File(Bytes, u32, Option<(u32, u32)>),
    /// A folder that is copied from there.
    Overlay(PathBuf),
    /// An image: name and root; whether its tree stays where it is.
    Image(String, PathBuf, bool),
}

/// Looks at the installation and decides. Nothing is written.
///
/// # Errors
/// Everything that speaks against it.
pub fn look(asked: &Asked, paths: &Paths, tell: &mut Tell<'_>) -> Result<Plan, Refused> {
    let site = site(&asked.dir)?;
    let wishes = Wishes {
        given: asked.dir.display().to_string(),
        images: asked.images,
        taken: asked
            .taken
            .iter()
            .map(|name| Arc::from(name.as_str()))
            .collect(),
        paths: paths.clone(),
    };
    let [conf, nodes] = FILES.map(|name| text(&site.conf.join(name), site.fence()));
    let (conf, nodes) = both(conf, nodes)?;
    let texts = Texts::read(lent(&conf), lent(&nodes), &wishes).map_err(Refused)?;
    let shelf = shelf(&site, &texts, asked, paths, tell)?;
    let there = |name: &&String| {
        let mut trees = shelf.site.iter().chain(&shelf.stock);
        trees.any(|tree| tree.name == **name)
    };
    if let Some(name) = asked.taken.iter().find(|name| !there(name)) {
        let what = format!("--take {name}: there is no such overlay");
        return Err(Refused::because(what));
    }
    let mut made = migrate::make(&texts, &shelf, &wishes);
    // Their file holds secrets: it is for those here for whom it was there.
    let owner = nodes.and_then(|(path, _)| stage::owner(&path));
    let steps = steps(&made, asked, paths, owner);
    made.report.writes = steps
        .iter()
        .map(|step| WriteRow {
            path: step.to.display().to_string(),
            fate: step.fate,
        })
        .collect();
    Ok(Plan { made, steps })
}

/// A file and its text.
type Found = Option<(PathBuf, String)>;

fn lent(found: &Found) -> migrate::Source<'_> {
    let (path, text) = found.as_ref()?;
    Some((path, text))
}

/// The installation in a folder.
fn site(dir: &Path) -> Result<Site, Refused> {
    let cannot = |e| Refused::because(format!("{} cannot be read: {e}", dir.display()));
    let real = fs::canonicalize(dir).map_err(cannot)?;
    let has = |folder: &Path, file: &str| fs::symlink_metadata(folder.join(file)).is_ok();
    let holds = |folder: &Path| FILES.iter().any(|file| has(folder, file));
    Site::find(&real, &holds).ok_or_else(|| {
        let what = format!(
            "{} holds neither warewulf.conf nor nodes.conf",
            real.display()
        );
        let hint = "give /etc/warewulf, or the root that holds etc/warewulf and var/lib/warewulf";
        Refused(vec![Fault::error(what).hint(hint)])
    })
}

/// Both texts, or why not, of both.
fn both(
    conf: Result<Found, Fault>,
    nodes: Result<Found, Fault>,
) -> Result<(Found, Found), Refused> {
    match (conf, nodes) {
        (Ok(conf), Ok(nodes)) => Ok((conf, nodes)),
        (conf, nodes) => Err(Refused(conf.err().into_iter().chain(nodes.err()).collect())),
    }
}

/// A file of the configuration; none if it is not there.
fn text(path: &Path, fence: &Path) -> Result<Found, Fault> {
    if fs::symlink_metadata(path).is_err_and(|e| e.kind() == std::io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let wrong = |why: &str| Fault::error(format!("{} {why}", path.display()));
    let real = inside(path, fence).map_err(|why| wrong(&why))?;
    match disk::read(&real) {
        Text::Content(text) => Ok(Some((path.to_owned(), text.to_string()))),
        Text::Absent => Ok(None),
        Text::Unreadable(why) => Err(wrong(&format!("cannot be read: {why}"))),
    }
}

/// What lies in the folders.
fn shelf(
    site: &Site,
    texts: &Texts,
    asked: &Asked,
    paths: &Paths,
    tell: &mut Tell<'_>,
) -> Result<Shelf, Refused> {
    let places = site.places(texts.conf.as_ref().map(|(_, done)| done));
    let mut shelf = Shelf::default();
    let overlays = place(&asked.overlays, &places.overlays, "overlays")?;
    let images = place(&asked.chroots, &places.images, "images")?;
    for (folder, word, flag) in [
        (&overlays, "overlays", "--overlays"),
        (&images, "images", "--chroots"),
    ] {
        if folder.is_none() {
            let fault = Fault::warning(format!("the folder of {word} was not found"));
            shelf
                .troubles
                .push(fault.hint(format!("give it with {flag} DIR")));
        }
    }
    let fence = |given: &Option<PathBuf>, folder: &Path| match given {
        Some(_) => fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()),
        None => site.fence().to_owned(),
    };
    if let Some(folder) = &overlays {
        shelf.site = trees(folder, &fence(&asked.overlays, folder), &mut shelf.troubles);
    }
    if let Some(folder) = places.stock.iter().find(|folder| is_folder(folder)) {
        shelf.stock = trees(folder, site.fence(), &mut shelf.troubles);
    }
    if let Some(folder) = &images {
        shelf.images = listed(folder, &fence(&asked.chroots, folder), paths, tell)?;
    }
    rest(site, &mut shelf);
    Ok(shelf)
}

/// The folder that was given, which must be there; else the first of the likely ones that is.
fn place(
    given: &Option<PathBuf>,
    likely: &[PathBuf],
    word: &str,
) -> Result<Option<PathBuf>, Refused> {
    match given {
        Some(folder) if is_folder(folder) => Ok(Some(folder.clone())),
        Some(folder) => Err(Refused::because(format!(
            "{} is no folder of {word}",
            folder.display()
        ))),
        None => Ok(likely.iter().find(|folder| is_folder(folder)).cloned()),
    }
}

/// The overlays in a folder.
fn trees(folder: &Path, fence: &Path, troubles: &mut Vec<Fault>) -> Vec<Tree> {
    let found = names(folder).unwrap_or_else(|error| {
        troubles.push(Fault::error(format!(
            "{} cannot be listed: {error}",
            folder.display()
        )));
        Vec::new()
    });
    let mut trees = Vec::new();
    for name in found.iter().filter(|name| !name.starts_with('.')) {
        let path = folder.join(name);
        if !is_folder(&path) {
            continue;
        }
        if !crate::overlay::is_name(name) {
            let what = format!("`{}` cannot be the name of an overlay", name.escape_debug());
            troubles.push(Fault::error(what).hint("it is not copied"));
            continue;
        }
        trees.push(read::overlay(name, &path, fence));
    }
    trees
}

/// The images in a folder.
fn listed(
    folder: &Path,
    fence: &Path,
    paths: &Paths,
    tell: &mut Tell<'_>,
) -> Result<Vec<Listed>, Refused> {
    let cannot =
        |e: std::io::Error| Refused::because(format!("{} cannot be listed: {e}", folder.display()));
    let mut images = Vec::new();
    for name in names(folder)
        .map_err(cannot)?
        .into_iter()
        .filter(|name| !name.starts_with('.'))
    {
        let path = folder.join(&name);
        if !is_folder(&path) {
            continue;
        }
        let below = path.join("rootfs");
        let root = if is_folder(&below) { below } else { path };
        let mut image = Listed {
            known: images::folder(&paths.state, &name).exists(),
            name,
            root: root.clone(),
            ..Listed::default()
        };
        match inside(&root, fence) {
            Ok(real) => image.root = real,
            Err(why) => image.trouble = Some(why),
        }
        if image.trouble.is_none() {
            image.kernels = images::kernels(&image.root);
            match images::size(&image.root, tell) {
                Ok(size) => image.size = size,
                Err(error) if error.is_cancelled() => {
                    return Err(Refused::because(error.to_string()));
                }
                Err(error) => image.trouble = Some(error.to_string()),
            }
        }
        images.push(image);
    }
    Ok(images)
}

/// Boot scripts, and what else is in the folder of the configuration.
fn rest(site: &Site, shelf: &mut Shelf) {
    for name in ["auth.conf", "tls", "grub"] {
        let path = site.conf.join(name);
        if is_folder(&path) {
            let below = names(&path).unwrap_or_default();
            shelf
                .others
                .extend(below.iter().map(|file| format!("{name}/{file}")));
        } else if path.is_file() {
            shelf.others.push(name.to_owned());
        }
    }
    keys(site, shelf);
    let folder = site.conf.join("ipxe");
    let shown: Arc<str> = folder.to_string_lossy().into();
    for file in names(&folder)
        .unwrap_or_default()
        .into_iter()
        .filter(|file| file.ends_with(".ipxe"))
    {
        let path = folder.join(&file);
        let text = inside(&path, site.fence())
            .and_then(|real| Disk.read(&real, SCRIPT).map_err(|e| e.to_string()));
        match text {
            Ok(text) => shelf.scripts.push(Script {
                file,
                folder: shown.clone(),
                text: text.into(),
            }),
            Err(why) => shelf
                .troubles
                .push(Fault::error(format!("{} {why}", path.display()))),
        }
    }
}

/// SSH host keys.
fn keys(site: &Site, shelf: &mut Shelf) {
    let folder = site.conf.join(KEYS);
    let files = names(&folder).unwrap_or_default();
    for file in files
        .into_iter()
        .filter(|file| file.starts_with("ssh_host_"))
    {
        let path = folder.join(&file);
        let read = inside(&path, site.fence())
            .and_then(|real| Disk.read(&real, SCRIPT).map_err(|e| e.to_string()));
        match (read, stage::owner(&path)) {
            (Ok(text), Some(owner)) => shelf.keys.push(HostKey {
                file,
                text: text.into(),
                owner,
            }),
            (Err(why), _) => {
                let what = format!("{} {why}", path.display());
                shelf.troubles.push(Fault::warning(what));
            }
            (Ok(_), None) => {}
        }
    }
}

/// What is written where, and what happens there.
fn steps(made: &Made, asked: &Asked, paths: &Paths, owner: Option<(u32, u32, u32)>) -> Vec<Step> {
    let mut steps: Vec<(What, PathBuf)> = Vec::new();
    for (name, root) in &made.images {
        let linked = asked.images == "link";
        steps.push((
            What::Image(name.clone(), root.clone(), linked),
            images::folder(&paths.state, name),
        ));
    }
    for (name, root) in &made.overlays {
        steps.push((
            What::Overlay(root.clone()),
            paths.state.join("overlays").join(name),
        ));
    }
    for (name, text) in &made.scripts {
        steps.push((
            What::File(text.clone(), PLAIN, None),
            paths.conf.join("ipxe").join(name),
        ));
    }
    for key in &made.keys {
        let (mode, user, group) = key.owner;
        let what = What::File(key.text.clone(), mode & 0o644, Some((user, group)));
        steps.push((what, paths.state.join(KEYS).join(&key.file)));
    }
    if let Some(text) = &made.conf {
        let what = What::File(text.clone().into(), PLAIN, None);
        steps.push((what, paths.muster_conf()));
    }
    if let Some(text) = &made.nodes {
        // Nobody reads what only its owner and group could read before, nor what everybody could by mistake.
        let (mode, owner) = match owner {
            Some((mode, user, group)) => (mode & 0o660, Some((user, group))),
            None => (SECRET, None),
        };
        let what = What::File(text.clone().into(), mode, owner);
        steps.push((what, paths.nodes_conf()));
    }
    steps
        .into_iter()
        .map(|(what, to)| {
            let fate = match (there(&what, &to), asked.mode) {
                (There::Nothing, _) => Fate::New,
                (There::Same, _) => Fate::Same,
                (There::Example, _) => Fate::Replaced,
                (There::Other, Mode::Refuse) => Fate::InTheWay,
                (There::Other, Mode::Merge) => Fate::Kept,
                (There::Other, Mode::Force) => Fate::Replaced,
            };
            Step { what, to, fate }
        })
        .collect()
}

/// What is at a place already.
enum There {
    Nothing,
    Same,
    /// What muster's package brings.
    Example,
    Other,
}

/// The files that muster's package brings, which nobody has written a word in.
const EXAMPLES: [&[u8]; 2] = [
    include_bytes!("../../../packaging/muster.conf"),
    include_bytes!("../../../packaging/nodes.conf"),
];

fn there(what: &What, to: &Path) -> There {
    if fs::symlink_metadata(to).is_err() {
        return There::Nothing;
    }
    if fs::read(to).is_ok_and(|now| EXAMPLES.contains(&now.as_slice())) {
        return There::Example;
    }
    let same = match what {
        What::File(text, ..) => fs::read(to).is_ok_and(|now| now == *text),
        What::Overlay(root) => {
            let mine = read::overlay("", to, Path::new("/"));
            let theirs = read::overlay("", root, Path::new("/"));
            mine.trouble.is_none() && mine.differing(&theirs).is_empty()
        }
        What::Image(..) => true,
    };
    if same { There::Same } else { There::Other }
}
