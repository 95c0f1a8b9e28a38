//! With what and from where somebody signed in, roughly: enough to tell one's own computer from a stranger's, too little
//! to follow anybody about.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A browser as a list of sessions shows it. Kept sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The browser, if it is one that we know by name.
    pub browser: Option<String>,
    /// What it runs on.
    pub system: Option<String>,
    /// The network that it came from: the first three of an address's four numbers, or the first 48 bits.
    pub network: Option<String>,
}

/// Marks of browsers. The first that is found counts: every browser names those that it wants to be taken for.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Marks of systems; the first that is found counts.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];

impl Client {
    /// From what the browser says of itself, and its address if that is known. Nothing of the text itself is kept.
    #[must_use]
    pub fn describe(user_agent: Option<&str>, address: Option<IpAddr>) -> Self {
        let named = |marks: &[(&str, &str)]| {
            let text = user_agent?;
            let (_, name) = marks.iter().find(|(mark, _)| text.contains(mark))?;
            Some((*name).to_owned())
        };
        Self { browser: named(BROWSERS), system: named(SYSTEMS), network: address.and_then(network) }
    }
}

fn network(address: IpAddr) -> Option<String> {
    match address.to_canonical() {
        address if address.is_loopback() || address.is_unspecified() => None,
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            Some(format!("{a}.{b}.{c}.x"))
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Some(format!("{a:x}:{b:x}:{c:x}::x"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(user_agent: &str) -> (Option<String>, Option<String>) {
        let client = Client::describe(Some(user_agent), None);
        (client.browser, client.system)
    }

    #[test]
    fn browsers_are_told_apart() {
        for (user_agent, browser, system) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                 Safari/537.36 Edg/142.0.0.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                 Safari/537.36",
                "Chrome",
                "ChromeOS",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 \
                 Mobile/15E148 Safari/604.1",
                "Safari",
                "iPad",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537",
                "Chrome",
                "Android",
            ),
        ] {
            assert_eq!(told(user_agent), (Some(browser.to_owned()), Some(system.to_owned())), "{user_agent}");
        }
        for unknown in ["", "curl/8.0", "<script>alert(1)</script>"] {
            assert_eq!(told(unknown), (None, None), "{unknown}");
        }
        assert_eq!(Client::describe(None, None), Client::default());
    }

    #[test]
    fn an_address_is_known_by_its_network() {
        let network = |text: &str| Client::describe(None, Some(text.parse().unwrap())).network;
        assert_eq!(network("203.0.113.77").as_deref(), Some("203.0.113.x"));
        assert_eq!(network("::ffff:203.0.113.77").as_deref(), Some("203.0.113.x"));
        assert_eq!(network("2001:db8:77:1234::9").as_deref(), Some("2001:db8:77::x"));
        assert_eq!(network("127.0.0.1"), None);
        assert_eq!(network("::1"), None);
    }
}
