//! Rows and details as clients show them, read from the view and the fleet.

use std::sync::Arc;

use super::drift_rows;
use super::engine::Engine;
use super::timeline::Wanted;
use crate::api::{FieldRow, ImageRow, NodeDetail, NodeRow};
use crate::fleet::Status;
use crate::image::Image;
use crate::model::{Level, Node, NodeId, Settings, Value, field};

/// How many boots and events a detail shows.
const DETAIL: usize = 50;

impl Engine {
    /// Every node's row, in listing order.
    pub(super) fn rows(&self) -> Vec<NodeRow> {
        let row = |node: &Arc<Node>| row(node, &self.view.settings);
        self.view.nodes.iter().map(row).collect()
    }

    /// The status of every node that was ever heard of.
    pub(super) fn statuses(&self) -> Vec<(NodeId, Status)> {
        let idle = Status::default();
        let ids = self.view.nodes.iter().map(|node| node.id);
        ids.map(|id| (id, self.fleet.status(id)))
            .filter(|(_, status)| **status != idle)
            .map(|(id, status)| (id, status.clone()))
            .collect()
    }

    /// A node in full.
    pub(super) fn detail(&self, node: &Arc<Node>) -> NodeDetail {
        let about = format!("node {}", node.name);
        // Every packet would push out what happened.
        let news = Wanted {
            name: Some(&node.name),
            level: Some(Level::Info),
            ..Wanted::default()
        };
        NodeDetail {
            row: row(node, &self.view.settings),
            status: self.fleet.status(node.id).clone(),
            agent: self.fleet.agent(node.id).cloned(),
            fields: self.fields(node),
            boots: self.boots.newest(Some(&node.name), DETAIL),
            events: self.timeline.newest(&news, DETAIL),
            faults: self
                .all_faults()
                .into_iter()
                .filter(|f| f.about.as_deref() == Some(&about))
                .collect(),
            drift: drift_rows::row(self, node),
        }
    }

    fn fields(&self, node: &Node) -> Vec<FieldRow> {
        let row = |key: &crate::model::Key| -> Option<FieldRow> {
            let given = self.registry.given(&node.name, key)?;
            let field = field::of_node(key.field)?;
            let show = |value: &Value| -> Arc<str> {
                if field.secret {
                    field::MASK.into()
                } else {
                    value.to_string().into()
                }
            };
            Some(FieldRow {
                key: key.to_string().into(),
                label: field.label.into(),
                doc: field.doc.into(),
                value: show(&given.value),
                source: given.source.to_string().into(),
                shadows: given
                    .shadows
                    .iter()
                    .map(|(from, v)| (from.to_string().into(), show(v)))
                    .collect(),
                effect: field.effect.word().into(),
            })
        };
        let order = |id: &str| {
            field::NODE
                .iter()
                .position(|field| field.id == id)
                .unwrap_or(usize::MAX)
        };
        let mut rows: Vec<(usize, FieldRow)> = node
            .values
            .keys()
            .iter()
            .filter_map(|key| Some((order(key.field), row(key)?)))
            .collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.key.cmp(&b.1.key)));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The images, by name.
    pub(super) fn image_rows(&self) -> Vec<ImageRow> {
        let users = |name: &str| {
            self.view
                .nodes
                .iter()
                .filter(|node| node.image.as_deref() == Some(name))
                .count()
        };
        let row = |image: &Arc<Image>| {
            let archive = image.archive.as_ref();
            ImageRow {
                name: image.name.clone(),
                kernels: image
                    .kernels
                    .iter()
                    .map(|kernel| kernel.version.clone())
                    .collect(),
                size: archive.map(|archive| archive.size),
                unpacked: archive.map(|archive| archive.unpacked),
                digest: archive.map(|archive| archive.digest.clone()),
                built: archive.map(|archive| archive.built),
                nodes: u32::try_from(users(&image.name)).unwrap_or(u32::MAX),
                faults: image.faults.clone(),
            }
        };
        self.images.images.values().map(row).collect()
    }
}

/// A node as lists show it.
pub(super) fn row(node: &Node, settings: &Settings) -> NodeRow {
    let ip = node.ipaddr();
    NodeRow {
        id: node.id,
        name: node.name.clone(),
        cluster: node.cluster.clone(),
        rack: node.rack.clone(),
        profiles: node.profiles.clone(),
        image: node.image.clone(),
        kernel: node.kernel_version.clone(),
        ip,
        mac: node.mac(),
        network: ip
            .and_then(|ip| settings.network_of(ip))
            .map(|network| network.name.clone()),
        tags: node
            .tags
            .iter()
            .map(|(key, value)| format!("{key}={value}").into())
            .collect(),
        comment: node.comment.clone(),
        discoverable: node.discoverable,
    }
}
