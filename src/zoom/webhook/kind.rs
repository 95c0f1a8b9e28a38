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
    /// What it is called where an owner ticks it, since Zoom's list shows words and no names; empty where that is not known.
    pub label: &'static str,
    /// Whether the guide has the owner tick it: what a platform needs to follow meetings and recordings.
    pub is_asked_for: bool,
    /// Of those: whether single meetings and recordings can be followed without it.
    pub is_optional: bool,
}

const fn asked(name: &'static str, kind: Kind, label: &'static str) -> EventType {
    EventType { name, kind, label, is_asked_for: true, is_optional: false }
}

/// Without it, what is deleted in bulk is never heard of.
const fn useful(name: &'static str, kind: Kind) -> EventType {
    EventType { name, kind, label: "", is_asked_for: true, is_optional: true }
}

const fn known(name: &'static str, kind: Kind) -> EventType {
    EventType { name, kind, label: "", is_asked_for: false, is_optional: false }
}

/// The table.
pub const TYPES: &[EventType] = &[
    asked("meeting.started", Kind::Meeting, "Start Meeting"),
    asked("meeting.ended", Kind::Meeting, "End Meeting"),
    asked("meeting.participant_jbh_joined", Kind::Participant, "Participant joined before host"),
    asked("meeting.participant_jbh_waiting", Kind::Participant, "Participant waiting for host"),
    asked("meeting.participant_joined", Kind::Participant, "Participant joined"),
    asked("meeting.participant_left", Kind::Participant, "Participant left"),
    asked("meeting.created", Kind::Meeting, "Meeting created"),
    asked("meeting.updated", Kind::Meeting, "Meeting updated"),
    asked("meeting.deleted", Kind::Meeting, "Meeting deleted"),
    asked("meeting.registration_created", Kind::Registration, "Registration created"),
    asked("meeting.registration_cancelled", Kind::Registration, "Registration cancelled"),
    asked("recording.completed", Kind::Recording, "Recording completed"),
    asked("recording.transcript_completed", Kind::Recording, "Transcript completed"),
    asked("recording.started", Kind::Recording, "Recording started"),
    asked("recording.stopped", Kind::Recording, "Recording stopped"),
    asked("recording.paused", Kind::Recording, "Recording paused"),
    asked("recording.resumed", Kind::Recording, "Recording resumed"),
    asked("recording.trashed", Kind::Recording, "Recording moved to trash"),
    asked("recording.deleted", Kind::Recording, "Recording deleted"),
    useful("meeting.permanently_deleted", Kind::Meeting),
    known("meeting.recovered", Kind::Meeting),
    useful("recording.batch_trashed", Kind::Recording),
    useful("recording.batch_deleted", Kind::Recording),
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
