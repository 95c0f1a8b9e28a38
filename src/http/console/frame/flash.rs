//! What can be said once, on the next page. It travels by its name, in a cookie that `frame` sets and takes away.
//!
//! # Invariants
//!
//! * Only what is listed here is ever said: a name that is none of these says nothing.

use crate::words::Message;

/// What can be said once, on the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flash {
    /// Something was made.
    Made,
    /// Something was changed.
    Changed,
    /// What a form asked for was kept.
    Saved,
    /// Something goes on by itself.
    Begun,
    /// Something was taken back.
    Revoked,
    /// Something was removed.
    Removed,
    /// A domain was claimed.
    Claimed,
    /// A domain was vouched for.
    Vouched,
    /// A domain was given up.
    GivenUp,
    /// A single address was let in.
    GuestLetIn,
    /// A single address is let in no longer.
    GuestRemoved,
    /// A person was added.
    PersonAdded,
    /// Everybody's sessions were ended.
    SessionsEnded,
    /// A passkey was registered.
    PasskeyRegistered,
    /// It works from now on.
    SwitchedOn,
    /// It works no longer.
    SwitchedOff,
}

impl Flash {
    pub(super) const ALL: [Self; 16] = [
        Self::Made,
        Self::Changed,
        Self::Saved,
        Self::Begun,
        Self::Revoked,
        Self::Removed,
        Self::Claimed,
        Self::Vouched,
        Self::GivenUp,
        Self::GuestLetIn,
        Self::GuestRemoved,
        Self::PersonAdded,
        Self::SessionsEnded,
        Self::PasskeyRegistered,
        Self::SwitchedOn,
        Self::SwitchedOff,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Saved => "saved",
            Self::Begun => "begun",
            Self::Revoked => "revoked",
            Self::Removed => "removed",
            Self::Claimed => "claimed",
            Self::Vouched => "vouched",
            Self::GivenUp => "given_up",
            Self::GuestLetIn => "guest_let_in",
            Self::GuestRemoved => "guest_removed",
            Self::PersonAdded => "person_added",
            Self::SessionsEnded => "sessions_ended",
            Self::PasskeyRegistered => "passkey_registered",
            Self::SwitchedOn => "switched_on",
            Self::SwitchedOff => "switched_off",
        }
    }

    pub(super) fn text(self, text: &crate::words::ConsoleText) -> Message {
        match self {
            Self::Made => text.flash_made,
            Self::Changed => text.flash_changed,
            Self::Saved => text.flash_saved,
            Self::Begun => text.flash_begun,
            Self::Revoked => text.flash_revoked,
            Self::Removed => text.flash_removed,
            Self::Claimed => text.flash_claimed,
            Self::Vouched => text.flash_vouched,
            Self::GivenUp => text.flash_given_up,
            Self::GuestLetIn => text.flash_guest_let_in,
            Self::GuestRemoved => text.flash_guest_removed,
            Self::PersonAdded => text.flash_person_added,
            Self::SessionsEnded => text.flash_sessions_ended,
            Self::PasskeyRegistered => text.flash_passkey_registered,
            Self::SwitchedOn => text.flash_switched_on,
            Self::SwitchedOff => text.flash_switched_off,
        }
    }
}
