//! Themes: YAML files of styles by role, with a parent for what they leave out.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::Role;

/// The themes that come with muster: name and text.
const SHIPPED: [(&str, &str); 6] = [
    ("default", include_str!("../../../themes/default.yaml")),
    ("light", include_str!("../../../themes/light.yaml")),
    ("mono", include_str!("../../../themes/mono.yaml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.yaml"),
    ),
    (
        "deuteranopia",
        include_str!("../../../themes/deuteranopia.yaml"),
    ),
    (
        "tritanopia",
        include_str!("../../../themes/tritanopia.yaml"),
    ),
];

/// Every role's style.
#[derive(Debug, Clone)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// Styles, index as in [`Role::ALL`].
    pub styles: [Style; Role::COUNT],
}

/// Why a theme cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// There is none of that name.
    #[error("there is no theme `{0}`; there are: {1}")]
    Unknown(String, String),
    /// Its text is wrong.
    #[error("theme `{0}`: {1}")]
    Text(String, String),
    /// Its parents go round in a circle.
    #[error("theme `{0}` is its own ancestor; give one of its parents another parent")]
    Circle(String),
    /// Neither it nor its ancestors style a role.
    #[error("theme `{0}` leaves out `{1}`; add that role, or `parent: default`")]
    Missing(String, &'static str),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeText {
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    colours: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, RoleText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleText {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reverse: bool,
}

/// Names of the themes that come with muster.
pub fn shipped() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

impl Theme {
    /// A theme by name: one of `site` (name and text) hides a shipped one of that name.
    ///
    /// # Errors
    /// When it or an ancestor is missing, malformed or incomplete.
    pub fn named(name: &str, site: &[(String, String)]) -> Result<Self, ThemeError> {
        let mut line: Vec<(String, ThemeText)> = Vec::new();
        let mut next = Some(name.to_owned());
        while let Some(name) = next {
            if line.iter().any(|(seen, _)| *seen == name) {
                return Err(ThemeError::Circle(name));
            }
            let text = find(&name, site)?;
            let theme: ThemeText = serde_yaml::from_str(text)
                .map_err(|error| ThemeError::Text(name.clone(), error.to_string()))?;
            next = theme.parent.clone();
            line.push((name, theme));
        }
        let mut styles = [None; Role::COUNT];
        for (name, theme) in line.iter().rev() {
            lay(name, theme, &mut styles)?;
        }
        let mut whole = [Style::new(); Role::COUNT];
        for (role, (style, slot)) in Role::ALL.iter().zip(styles.iter().zip(&mut whole)) {
            *slot = style.ok_or_else(|| ThemeError::Missing(name.into(), role.word()))?;
        }
        Ok(Self {
            name: name.to_owned(),
            styles: whole,
        })
    }
}

fn find<'a>(name: &str, site: &'a [(String, String)]) -> Result<&'a str, ThemeError> {
    if let Some((_, text)) = site.iter().find(|(known, _)| known == name) {
        return Ok(text);
    }
    if let Some((_, text)) = SHIPPED.iter().find(|(known, _)| *known == name) {
        return Ok(text);
    }
    let own = site.iter().map(|(known, _)| known.as_str());
    let all: Vec<&str> = own.chain(SHIPPED.iter().map(|(known, _)| *known)).collect();
    Err(ThemeError::Unknown(name.to_owned(), all.join(", ")))
}

fn lay(
    name: &str,
    theme: &ThemeText,
    styles: &mut [Option<Style>; Role::COUNT],
) -> Result<(), ThemeError> {
    let wrong = |what: String| ThemeError::Text(name.to_owned(), what);
    let colour = |text: &str| {
        let text = theme.colours.get(text).map_or(text, String::as_str);
        text.parse::<Color>().map_err(|_| {
            wrong(format!(
                "`{text}` is no colour: use `#rrggbb`, one of its `colours`, or a name such as `blue`"
            ))
        })
    };
    for (word, text) in &theme.roles {
        let role = Role::ALL
            .iter()
            .find(|role| role.word() == word)
            .ok_or_else(|| wrong(format!("there is no role `{word}`")))?;
        let mut style = Style::new();
        style.fg = text.fg.as_deref().map(colour).transpose()?;
        style.bg = text.bg.as_deref().map(colour).transpose()?;
        for (wanted, modifier) in [
            (text.bold, Modifier::BOLD),
            (text.dim, Modifier::DIM),
            (text.italic, Modifier::ITALIC),
            (text.underline, Modifier::UNDERLINED),
            (text.reverse, Modifier::REVERSED),
        ] {
            if wanted {
                style = style.add_modifier(modifier);
            }
        }
        styles[*role as usize] = Some(style);
    }
    Ok(())
}
