//! What is asked of overlays, as requests: reading has paths of its own for `curl`, everything else is posted as it is.

use super::command::OverlayCommand;
use crate::api::command::{Command, Refusal};
use crate::api::query::{escape, unescape, with};
use crate::api::route::{Route, body, get, post};

/// What can be posted.
const FORM: &str = r#"what is asked, as {"check": {"names": ["slurm"]}}"#;

impl OverlayCommand {
    /// This as a request.
    pub(in crate::api) fn route(&self) -> Route {
        match self {
            Self::List => get("/v1/overlays".into()),
            // An empty part would be none in a path, and another question.
            Self::Show { name } if !name.is_empty() => {
                get(format!("/v1/overlays/{}", escape(name)))
            }
            Self::File { name, path }
                if !name.is_empty() && path.split('/').all(|part| !part.is_empty()) =>
            {
                let path: Vec<String> = path.split('/').map(escape).collect();
                get(format!(
                    "/v1/overlays/{}/files/{}",
                    escape(name),
                    path.join("/")
                ))
            }
            Self::Render {
                name,
                node,
                file,
                draft: None,
            } if !name.is_empty() && !node.is_empty() => get(with(
                &format!("/v1/overlays/{}/render/{}", escape(name), escape(node)),
                [("file", file.as_deref().map(escape))],
            )),
            posted => post("/v1/overlay", serde_json::to_string(posted).ok()),
        }
    }

    /// The same, asked by `by`.
    fn asked_by(mut self, who: &str) -> Self {
        if let Self::Change { by, .. } | Self::Undo { by, .. } = &mut self {
            *by = who.into();
        }
        self
    }
}

impl Command {
    /// The command that a request below `/v1/overlay` or `/v1/overlays` asks for; `rest` is the path behind that. None when there
    /// is no such route.
    pub(in crate::api) fn from_overlay(
        method: &str,
        rest: &[&str],
        (query, bytes): (&str, &[u8]),
        by: &str,
    ) -> Result<Option<Self>, Refusal> {
        let file = query.split('&').find_map(|pair| pair.strip_prefix("file="));
        let command = match (method, rest) {
            ("GET", []) => OverlayCommand::List,
            ("GET", [name]) => OverlayCommand::Show {
                name: (*name).into(),
            },
            ("GET", [name, "files", path @ ..]) if !path.is_empty() => OverlayCommand::File {
                name: (*name).into(),
                path: path.join("/").into(),
            },
            ("GET", [name, "render", node]) => OverlayCommand::Render {
                name: (*name).into(),
                node: (*node).into(),
                file: file.map(|file| unescape(file).into()),
                draft: None,
            },
            ("POST", []) => {
                let asked: OverlayCommand = body(bytes, FORM)?;
                asked.asked_by(by)
            }
            _ => return Ok(None),
        };
        Ok(Some(Self::Overlay(Box::new(command))))
    }
}
