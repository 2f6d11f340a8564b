//! What a person likes, kept between sessions: a small YAML file of theirs. Whatever is missing or unknown in it counts as not
//! said: a file from another version never keeps the console from starting.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::app::App;
use super::column::Column;
use super::filter::Filter;
use super::index::By;
use super::look::{Look, Theme};
use super::screens::board::Zoom;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    /// Theme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Zoom of the Board: `groups`, `tiles` or `rows`; none = by the number of nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoom: Option<String>,
    /// What the Board groups by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Columns of the list of nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Column that it is sorted by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Whether that order is reversed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reverse: bool,
    /// Whether the list of nodes is shown without the detail below it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bare: bool,
    /// The filter.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filter: String,
}

fn column(word: &str) -> Option<Column> {
    let mut all = Column::ALL.into_iter();
    all.find(|column| column.word().eq_ignore_ascii_case(word))
}

fn word(column: Column) -> String {
    column.word().to_lowercase()
}

impl Prefs {
    /// Reads them; a file that is not there or makes no sense says nothing.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        serde_yaml::from_str(&text).unwrap_or_default()
    }

    /// Writes them whole or not at all.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = serde_yaml::to_string(self).map_err(std::io::Error::other)?;
        let beside = path.with_extension(format!("yaml.{}", std::process::id()));
        std::fs::write(&beside, text)?;
        std::fs::rename(&beside, path)
    }

    /// As a console is now.
    #[must_use]
    pub fn of(app: &App) -> Self {
        Self {
            theme: Some(app.start.look.theme.name.clone()),
            zoom: app.board.chosen_zoom().map(|zoom| zoom.word().to_owned()),
            group: Some(app.order.by.word().to_owned()),
            columns: app.nodes.columns.iter().copied().map(word).collect(),
            sort: app.order.sort.map(word),
            reverse: app.order.reverse,
            bare: app.nodes.bare,
            filter: app.filter().to_string(),
        }
    }

    /// Makes a console so. The theme stays the one it began with if that was asked for, which the caller decides.
    pub fn apply(&self, app: &mut App) {
        if let Some(zoom) = self.zoom.as_deref().and_then(Zoom::named) {
            app.board.choose_zoom(zoom);
        }
        if let Some(by) = self.group.as_deref().and_then(By::named) {
            app.order.by = by;
        }
        let columns: Vec<Column> = self
            .columns
            .iter()
            .filter_map(|word| column(word))
            .collect();
        if columns.contains(&Column::Node) {
            app.nodes.columns = columns;
        }
        app.order.sort = self.sort.as_deref().and_then(column);
        app.order.reverse = self.reverse;
        app.nodes.bare = self.bare;
        app.order.filter = Filter::parse(&self.filter).unwrap_or_default();
    }

    /// The theme of these, over what a console began with.
    pub fn apply_theme(&self, app: &mut App) {
        let look = &app.start.look;
        let theme = self
            .theme
            .as_deref()
            .map(|name| Theme::named(name, &app.start.themes));
        if let Some(Ok(theme)) = theme {
            app.start.look = Look::new(theme, look.depth, look.ascii);
        }
    }
}
