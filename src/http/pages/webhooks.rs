//! Webhooks of an account. No Debug: a form's token or a new secret is inside.

use askama::Template;

use super::Frame;
use super::console::Around;
use super::typed::Typed;
use crate::directory::state::{DeliveryState, WebhookState};
use crate::flow::webhook::{DeliveryDetail, DeliveryView, WebhookView};
use crate::words::{Message, WebhooksText, moment};

/// What can be chosen: all of a topic.
pub const TOPICS: &[Topic] = &[
    Topic { name: "user.*", called: |text| text.topic_user },
    Topic { name: "session.*", called: |text| text.topic_session },
    Topic { name: "connection.*", called: |text| text.topic_connection },
    Topic { name: "certificate.*", called: |text| text.topic_certificate },
    Topic { name: "zoom.*", called: |text| text.topic_zoom },
];

/// All kinds of events of one noun.
#[derive(Debug)]
pub struct Topic {
    /// As it stands among the kinds of a webhook.
    pub name: &'static str,
    called: fn(&WebhooksText) -> Message,
}

impl Topic {
    fn called(&self, text: &WebhooksText) -> Message {
        (self.called)(text)
    }
}

/// All of an account.
#[derive(Template)]
#[template(path = "console_webhooks.html")]
pub struct WebhooksPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// They.
    pub webhooks: &'a [WebhookView],
    /// What a new one can be told of.
    pub topics: &'a [Topic],
    /// What was typed before, when that was refused.
    pub typed: &'a Typed,
    /// The secret of the one that was just made.
    pub secret: Option<&'a str>,
}

/// One of them.
#[derive(Template)]
#[template(path = "console_webhook.html")]
pub struct WebhookPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// It.
    pub webhook: &'a WebhookView,
    /// What it can be told of.
    pub topics: &'a [Topic],
    /// What was typed to change it, when that was refused.
    pub typed: &'a Typed,
    /// What was delivered or is to be.
    pub deliveries: &'a [DeliveryView],
    /// Where there is more.
    pub older: Option<String>,
    /// Its new secret.
    pub secret: Option<&'a str>,
}

impl WebhookPage<'_> {
    /// Which version of it the form is about: the one that was looked at.
    fn version(&self) -> String {
        if self.typed.is_first() {
            self.webhook.version.to_string()
        } else {
            self.typed.value("version", "").to_owned()
        }
    }

    /// Whether it is told of that, or is to be.
    fn is_chosen(&self, name: &str) -> bool {
        if self.typed.is_first() {
            self.webhook.types.iter().any(|known| known == name)
        } else {
            self.typed.has("type", name)
        }
    }

    /// Single kinds that it is told of; programs choose them.
    fn single_kinds(&self) -> Vec<&str> {
        let is_topic = |name: &&str| self.topics.iter().any(|topic| topic.name == *name);
        self.webhook.types.iter().filter(|name| !is_topic(name)).collect()
    }
}

/// One delivery.
#[derive(Template)]
#[template(path = "console_delivery.html")]
pub struct DeliveryPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The webhook's id.
    pub webhook: String,
    /// It.
    pub detail: &'a DeliveryDetail,
}

const fn delivery_state(state: DeliveryState, text: &WebhooksText) -> Message {
    match state {
        DeliveryState::Waiting => text.waiting,
        DeliveryState::Delivered => text.delivered,
        DeliveryState::Dead => text.dead,
    }
}

const fn is_on(state: WebhookState) -> bool {
    matches!(state, WebhookState::Active)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::directory::webhook::KINDS;

    #[test]
    fn every_noun_of_the_kinds_is_a_topic_and_no_other() {
        let topics: BTreeSet<_> = TOPICS.iter().map(|topic| topic.name.to_owned()).collect();
        let nouns: BTreeSet<_> =
            KINDS.iter().map(|kind| format!("{}.*", kind.split('.').next().unwrap())).collect();
        assert_eq!(topics, nouns);
    }
}
