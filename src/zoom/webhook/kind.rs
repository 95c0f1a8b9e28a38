//! The event types that are known by name, with what they are about.
//!
//! An event of another name is kept all the same: Zoom adds types, and whoever subscribed to one wants it.

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A meeting as a whole.
    Meeting,
    /// Somebody in a meeting, or waiting for it.
    Participant,
    /// Somebody who registered for a meeting.
    Registration,
    /// A recording or its transcript.
    Recording,
    /// A user of the Zoom account.
    User,
    /// Whatever is not in the table.
    Other,
}

impl Kind {
    /// All of them, in the order to show.
    pub const ALL: [Self; 6] =
        [Self::Meeting, Self::Participant, Self::Registration, Self::Recording, Self::User, Self::Other];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Participant => "participant",
            Self::Registration => "registration",
            Self::Recording => "recording",
            Self::User => "user",
            Self::Other => "other",
        }
    }
}

/// A type of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// As it stands in `event`.
    pub name: &'static str,
    /// What it is about.
    pub kind: Kind,
    /// Whether the guide has the owner tick it: what a platform needs to follow meetings and recordings.
    pub is_asked_for: bool,
}

const fn asked(name: &'static str, kind: Kind) -> EventType {
    EventType { name, kind, is_asked_for: true }
}

const fn known(name: &'static str, kind: Kind) -> EventType {
    EventType { name, kind, is_asked_for: false }
}

/// The table.
pub const TYPES: &[EventType] = &[
    asked("meeting.started", Kind::Meeting),
    asked("meeting.ended", Kind::Meeting),
    asked("meeting.participant_jbh_joined", Kind::Participant),
    asked("meeting.participant_jbh_waiting", Kind::Participant),
    asked("meeting.participant_joined", Kind::Participant),
    asked("meeting.participant_left", Kind::Participant),
    asked("meeting.created", Kind::Meeting),
    asked("meeting.updated", Kind::Meeting),
    asked("meeting.deleted", Kind::Meeting),
    asked("meeting.registration_created", Kind::Registration),
    asked("meeting.registration_cancelled", Kind::Registration),
    asked("recording.completed", Kind::Recording),
    asked("recording.transcript_completed", Kind::Recording),
    asked("recording.started", Kind::Recording),
    asked("recording.stopped", Kind::Recording),
    asked("recording.paused", Kind::Recording),
    asked("recording.resumed", Kind::Recording),
    asked("recording.trashed", Kind::Recording),
    asked("recording.deleted", Kind::Recording),
    known("meeting.permanently_deleted", Kind::Meeting),
    known("meeting.recovered", Kind::Meeting),
    known("recording.batch_trashed", Kind::Recording),
    known("recording.batch_deleted", Kind::Recording),
    known("recording.batch_recovered", Kind::Recording),
    known("recording.recovered", Kind::Recording),
    known("user.created", Kind::User),
    known("user.updated", Kind::User),
    known("user.deleted", Kind::User),
    known("user.activated", Kind::User),
    known("user.deactivated", Kind::User),
    known("user.disassociated", Kind::User),
    known("user.signed_in", Kind::User),
    known("user.signed_out", Kind::User),
    known("user.invitation_accepted", Kind::User),
];

/// The type of that name, if it is in the table.
#[must_use]
pub fn find(name: &str) -> Option<&'static EventType> {
    TYPES.iter().find(|known| known.name == name)
}

/// What an event of that name is about.
#[must_use]
pub fn kind_of(name: &str) -> Kind {
    find(name).map_or(Kind::Other, |known| known.kind)
}
