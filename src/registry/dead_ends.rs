//! What may be written and leads nowhere: empty devices, and boot methods that muster does not have.

use super::schema::Walk;
use super::steps::Step;
use super::tree::Mark;
use crate::model::field::{self, Field};

impl Walk<'_> {
    /// A section without anything in it. A device would be missed.
    pub(super) fn hollow(&mut self, at: Mark, step: &'static Step) {
        if let Some(name) = self.names.last().filter(|_| step.word("hwaddr").is_some()) {
            let what = format!("the device `{name}` says nothing and is left out");
            let spot = self.spot(at);
            self.findings.remark(spot, what);
        }
    }

    /// Looks at what names an iPXE script or a boot method: a method that muster does not have is told, as the script that became a
    /// method is. Whether the value was taken that way. Scripts may be the site's own, which are not looked for here.
    pub(super) fn script(&mut self, field: &'static Field, at: Mark, text: &str) -> bool {
        let spot = self.spot(at);
        match field.id {
            "ipxe" if text == "dracut" => {
                let what = "`ipxe template: dracut` is an older spelling of the tag `IPXEMenuEntry: dracut`";
                self.findings.remark(spot, what.into());
                if let Some(tags) = field::of_node("tags") {
                    self.names.push(self.interner.name("IPXEMenuEntry"));
                    let text = self.interner.text(text);
                    self.push(tags, text, at);
                    self.names.pop();
                }
                return true;
            }
            "tags"
                if self
                    .names
                    .last()
                    .is_some_and(|name| **name == *"IPXEMenuEntry")
                    && !field::METHODS.contains(&text) =>
            {
                let known = field::METHODS.join(", ");
                let what =
                    format!("there is no boot method `{text}`, `initrd` is used; known: {known}");
                self.findings.remark(spot, what);
            }
            _ => {}
        }
        false
    }
}
