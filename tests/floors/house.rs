//! The tables that the rules are checked against.

/// Folders by floor, and what each may name besides itself.
pub const SIGHTS: &[(&str, &[&str])] = &[
    ("kit", &[]),
    ("model", &["kit"]),
    ("wire", &["kit"]),
    ("fleet", &["kit", "model"]),
    ("registry", &["kit", "model"]),
    ("overlay", &["kit", "wire", "model"]),
    ("boot", BELOW_3),
    ("image", BELOW_3),
    ("power", BELOW_3),
    ("api", BELOW_4),
    ("migrate", BELOW_5),
    ("engine", BELOW_5),
    ("daemon", BELOW_6),
    ("link", &["api"]),
    ("console", CLIENT),
    ("cli", CLIENT),
    ("rehearse", &["kit", "model", "wire"]),
    ("agent", &["kit", "wire"]),
];

const BELOW_3: &[&str] = &["kit", "model", "wire", "fleet", "registry", "overlay"];
const BELOW_4: &[&str] = &[
    "kit", "model", "wire", "fleet", "registry", "overlay", "boot", "image", "power",
];
const BELOW_5: &[&str] = &[
    "kit", "model", "wire", "fleet", "registry", "overlay", "boot", "image", "power", "api",
];
const BELOW_6: &[&str] = &[
    "kit", "model", "wire", "fleet", "registry", "overlay", "boot", "image", "power", "api",
    "migrate", "engine",
];
const CLIENT: &[&str] = &["kit", "model", "fleet", "api", "link"];

/// Folders whose code decides: bytes, time and randomness come in as arguments.
pub const DECIDING: &[&str] = &[
    "kit", "model", "wire", "fleet", "registry", "overlay", "boot", "image", "power", "api",
    "migrate", "engine",
];

/// Deciding folders that may read files through paths given to them: their matter is trees of files.
pub const READS_FILES: &[&str] = &["overlay", "image"];

/// Files of `daemon` and `link` that may read a clock, and why.
pub const CLOCKS: &[(&str, &str)] = &[("src/daemon/clock.rs", "it is the clock")];

/// Files longer than the limit because they are one table of data.
pub const LONG_TABLES: &[&str] = &["src/model/field.rs", "src/console/keys/action.rs"];

/// Functions longer than the limit, as `file: name`, because they are one table of data.
pub const LONG_FUNCTIONS: &[&str] = &[];

/// Lines of code in a file: no blank lines, no comments, no tests.
pub const FILE_LIMIT: usize = 400;
/// Lines of code in a function, from its name to its brace.
pub const FUNCTION_LIMIT: usize = 60;
/// Lines of inline tests in a file.
pub const INLINE_LIMIT: usize = 40;

/// Words that make a name say nothing.
pub const GRAB_BAGS: &[&str] = &[
    "util", "utils", "utility", "manager", "helper", "helpers", "handler", "handlers", "common",
    "misc",
];

/// What may lie at the top of the repository.
pub const TOP: &[&str] = &[
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "overlays",
    "packaging",
    "screenshots",
    "src",
    "tests",
    "themes",
];

/// Rows of the table that break its own order: a folder that sees one listed after it, or itself, or nobody knows.
pub fn table_breaches() -> Vec<String> {
    let order = |name: &str| SIGHTS.iter().position(|(folder, _)| *folder == name);
    let mut out = Vec::new();
    for (at, (folder, sees)) in SIGHTS.iter().enumerate() {
        for seen in *sees {
            match order(seen) {
                None => out.push(format!("{folder} may see `{seen}`, which is no folder")),
                Some(there) if there >= at => {
                    out.push(format!("{folder} may see {seen}, which is not below it"));
                }
                Some(_) => {}
            }
        }
    }
    out
}
