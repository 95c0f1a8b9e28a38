//! Which command or option helps, said beside what a flow says. Flows do not know through which skin somebody came: what they
//! say stands on pages too, where there are no commands.

use crate::base::sentence::Sentence;

/// What is said, by its template, and what helps here.
const HINTS: &[(&str, &str)] = &[
    (
        "the connection was not tested as it is now. Make a test sign-in first; an operator may go without one, and say why",
        "gatepost connection test gives the link; --without-test gives the reason",
    ),
    (
        "the connection is switched off, and was not tested as it is now. Enable it again: that takes no test",
        "gatepost connection enable",
    ),
    ("the connection has to be tested first, and activated then", "gatepost connection activate"),
    (
        "nobody signs in by the connection yet, so there is nothing to switch off. If it is not wanted, give it up",
        "gatepost connection retire",
    ),
    (
        "the metadata is about \"{found}\" and not about \"{wanted}\". If the identity provider has changed its Entity ID, \
         look at the change and approve it",
        "gatepost connection drift list",
    ),
    (
        "what waits is not what was shown: the metadata has changed again since. Look once more, and approve what you see \
         then",
        "gatepost connection drift list names it",
    ),
    ("the file cannot be told by its shape; say what it is", "--from"),
    ("the metadata has several identity providers; say which, by its entity ID ({names})", "--idp-entity-id"),
    (
        "a new key is published already and will sign from {active_from} on; wait until then, or say that the present key \
         is in wrong hands",
        "--leaked",
    ),
    (
        "the new keys are published since {since}; identity providers that fetch our metadata know them by {ripe_at}. Go on \
         then, or at once if the identity provider knows them already.",
        "--now",
    ),
];

/// What names settings that are off.
const SWITCHED_OFF: &str = "the settings here forbid calling the Zoom of this link, so nothing was sent to it, and the link \
                            stays as it was; off here: {settings}";

/// Those settings, and how they are switched on in the environment.
const SWITCHES: &[(&str, &str)] = &[
    ("outbound.allow_http", "GATEPOST__OUTBOUND__ALLOW_HTTP=true"),
    ("outbound.allow_private", "GATEPOST__OUTBOUND__ALLOW_PRIVATE=true"),
];

/// A sentence in English, with what helps here.
#[must_use]
pub fn hinted(sentence: &Sentence) -> String {
    let mut said = sentence.english();
    for template in sentence.templates() {
        if let Some((_, hint)) = HINTS.iter().find(|(known, _)| *known == template) {
            said.push_str(&format!(" ({hint})"));
        }
        if template == SWITCHED_OFF {
            let off = SWITCHES.iter().filter(|(setting, _)| said.contains(*setting));
            let on: Vec<_> = off.map(|(_, on)| *on).collect();
            said.push_str(&format!(" (switched on in the environment: {})", on.join(" ")));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sentence::sentence;
    use crate::words::ES;

    #[test]
    fn a_hint_is_about_something_that_is_said() {
        for template in HINTS.iter().map(|(template, _)| *template).chain([SWITCHED_OFF]) {
            assert!((ES.sentence)(template).is_some(), "{template}");
        }
    }

    #[test]
    fn of_settings_those_that_are_off_are_named() {
        let off = |settings: &'static str| {
            hinted(&sentence!(
                "the settings here forbid calling the Zoom of this link, so nothing was sent to it, and the link \
                 stays as it was; off here: {settings}",
                settings
            ))
        };
        let one = off("outbound.allow_private");
        assert!(one.ends_with("environment: GATEPOST__OUTBOUND__ALLOW_PRIVATE=true)"), "{one}");
        let both = off("outbound.allow_http, outbound.allow_private");
        assert!(both.contains("ALLOW_HTTP=true GATEPOST__OUTBOUND__ALLOW_PRIVATE=true)"), "{both}");
    }
}
