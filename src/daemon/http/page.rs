//! What is rendered for one request: a site's iPXE script, a site file's template.

use std::sync::Arc;

use hyper::Response;

use super::answer::{BINARY, Case, Desk};
use super::body::Reply;
use super::disk;
use crate::boot::http::Plan;
use crate::boot::ipxe;
use crate::boot::ipxe::site::{Script, Wanted, runs};
use crate::daemon::scripts;
use crate::fleet::{Event, Part, What, Who};
use crate::model::{Level, Node, View};
use crate::overlay::Page;

impl Desk {
    /// What a script of the site makes of the plan; nothing where muster's own stands.
    pub(super) async fn script(&self, view: &Arc<View>, wanted: Wanted) -> Option<Plan> {
        let found = match scripts::find(&view.settings.paths.conf, &wanted.name) {
            Ok(None) => return None,
            Ok(Some(source)) => source
                .read(wanted.words())
                .map_err(|faults| faults.first().map_or_else(String::new, ToString::to_string)),
            Err(why) => Err(why),
        };
        let said = match found {
            Ok(Script::Plain(text)) => Ok(text),
            Ok(Script::Template(page)) => self.rendered(view, &wanted.node, page).await,
            Err(why) => Err(why),
        };
        match said {
            Ok(text) => Some(Plan::Text(text)),
            Err(why) if ipxe::NAMES.contains(&&*wanted.name) => {
                let text = format!("{why}; muster's own script {} is sent", wanted.name);
                self.shared.events.send(Event {
                    at: self.clock().now(),
                    who: Who::Node(wanted.node.id),
                    boot: None,
                    what: What::Service {
                        name: "http".into(),
                        level: Level::Warning,
                        text: text.into(),
                    },
                });
                None
            }
            Err(why) => {
                let held = ipxe::held(wanted.base, wanted.mac, &why);
                Some(Plan::Held(held, Part::Script, why))
            }
        }
    }

    async fn rendered(
        &self,
        view: &Arc<View>,
        node: &Arc<Node>,
        page: Page,
    ) -> Result<String, String> {
        let name = page.path.clone();
        let text = self.shared.archives.page(view, node, page).await?;
        let text = text.ok_or_else(|| format!("{name} makes nothing for {}", node.name))?;
        let text = String::from_utf8_lossy(&text).into_owned();
        runs(&text).map_err(|what| format!("{name} {what}"))?;
        Ok(text)
    }

    /// A site file's template for a node.
    pub(super) async fn page(
        &self,
        case: Case,
        view: &Arc<View>,
        node: &Arc<Node>,
        segments: &[String],
    ) -> Response<Reply> {
        let page = match disk::page(&view.settings, segments) {
            Ok(page) => page,
            Err((status, why)) => return self.refuse(case, status, &why),
        };
        match self.shared.archives.page(view, node, page).await {
            Ok(Some(text)) => self.bytes(case, text, BINARY),
            Ok(None) => {
                let why = format!("the template makes nothing for {}", node.name);
                self.refuse(case, 404, &why)
            }
            Err(why) => self.refuse(case, 500, &why),
        }
    }
}
