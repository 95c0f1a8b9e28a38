//! The states that things are in, with their names in the database.

use std::fmt;
use std::str::FromStr;

/// The text is not one of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known state")]
pub struct StateError;

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// In this order they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the database.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl FromStr for $name {
            type Err = StateError;

            fn from_str(text: &str) -> Result<Self, StateError> {
                match text { $($text => Ok(Self::$variant),)* _ => Err(StateError) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.name())
            }
        }
    )*};
}

states! {
    /// Of an account.
    AccountState {
        /// People sign in.
        Active "active",
        /// Nobody signs in.
        Disabled "disabled",
        /// Its keys are destroyed: nothing of it can be read any more.
        Deleted "deleted",
    }
    /// Of a connection.
    ConnectionState {
        /// Being set up.
        Draft "draft",
        /// Set up, for test sign-ins only.
        Testing "testing",
        /// People sign in.
        Active "active",
        /// Nobody signs in.
        Disabled "disabled",
        /// Given up for good: kept for what refers to it, and never changed any more.
        Retired "retired",
    }
    /// Of an email domain.
    DomainState {
        /// Claimed; it counts for nothing.
        Pending "pending",
        /// The account's alone.
        Proved "proved",
    }
    /// What DNS says of a claim.
    DomainSight {
        /// The proof is there.
        Proof "proof",
        /// Other TXT records are where it should be.
        OtherValues "other_values",
        /// The proof is at another name.
        Misplaced "misplaced",
        /// Nothing is where it should be.
        NoRecord "no_record",
        /// The domain itself is not in DNS.
        NoName "no_name",
        /// Whoever should know does not answer.
        NoAnswer "no_answer",
    }
    /// What will end.
    DeadlineKind {
        /// A certificate of an identity provider that a connection trusts.
        IdpCertificate "idp_certificate",
        /// What the metadata of an identity provider says about itself.
        Metadata "metadata",
        /// A certificate of ours that an identity provider has.
        SpCertificate "sp_certificate",
        /// A key of the REST API.
        ApiKey "api_key",
        /// A setup link.
        SetupLink "setup_link",
        /// An owner's invitation.
        OwnerInvitation "owner_invite",
        /// The proof of a domain that is not in DNS any more.
        DomainProof "domain_proof",
        /// The secret of an account's Zoom app has been in use for a year.
        ZoomSecret "zoom_secret",
        /// Zoom has not asked again whether we hold the secret of an app's events.
        ZoomValidation "zoom_validation",
        /// Something that a connection allows beyond the strict profile.
        Relaxation "relaxation",
    }
    /// Of a user.
    UserState {
        /// May sign in.
        Active "active",
        /// Is shut out.
        Disabled "disabled",
    }
    /// How a try to sign in ended.
    Outcome {
        /// Signed in.
        Accepted "accepted",
        /// Not.
        Refused "refused",
        /// Nobody had asked for it: a request of our own was sent instead.
        Restarted "restarted",
        /// The answer of a sign-in that had already succeeded, once more.
        Repeated "repeated",
        /// It would have signed somebody in, and was a test.
        Tested "tested",
    }
    /// What a request is for.
    Purpose {
        /// To sign in.
        Login "login",
        /// To see whether signing in would go well.
        Test "test",
    }
    /// What a link is for.
    LinkKind {
        /// Makes an operator.
        Operator "operator",
        /// Lets somebody in as an owner for the first time.
        OwnerInvitation "owner_invite",
        /// Lets an owner in, while there is no other way.
        Email "email",
        /// Lets an owner in although there is another way, by the word of an operator.
        BreakGlass "break_glass",
        /// Sets something up.
        Setup "setup",
    }
    /// How somebody got in without an identity provider.
    Method {
        /// By a link.
        Link "link",
        /// By a passkey.
        Passkey "passkey",
    }
    /// Of somebody who runs the installation.
    OperatorState {
        /// May come in.
        Active "active",
        /// Is shut out.
        Removed "removed",
    }
    /// Of a webhook.
    WebhookState {
        /// It is told what happens.
        Active "active",
        /// It is told nothing.
        Disabled "disabled",
    }
    /// Of a message for a webhook.
    DeliveryState {
        /// To be delivered.
        Waiting "waiting",
        /// It was heard.
        Delivered "delivered",
        /// Given up; it can be sent again by hand.
        Dead "dead",
    }
    /// Of a job.
    JobState {
        /// To be done, or being done.
        Waiting "waiting",
        /// Done; kept for a while, so that asking again is known to be asking again.
        Done "done",
        /// Given up; waits for somebody to look at it.
        Dead "dead",
    }
    /// What a job does.
    JobKind {
        /// Fetches the metadata of a connection.
        MetadataRefresh "metadata_refresh",
        /// Sends a mail that waits.
        Mail "mail",
        /// Finishes the erasure of a user.
        UserErasure "user_erasure",
        /// Looks whether the proof of a domain still stands in DNS.
        DomainCheck "domain_check",
        /// Deletes what Zoom told, when the app was removed there.
        ZoomForgetting "zoom_forgetting",
    }
    /// How an account is linked to Zoom.
    ZoomKind {
        /// By a Server-to-Server app in its own Zoom account.
        ServerToServer "server_to_server",
        /// By a General app of its own, which somebody authorises.
        General "general",
        /// By the platform's General app, which somebody authorises.
        Platform "platform",
    }
    /// Of a link to Zoom.
    ZoomLinkState {
        /// Nobody has authorised the app yet.
        Waiting "waiting",
        /// It can be used.
        Active "active",
        /// The app was removed in Zoom.
        Ended "ended",
    }
    /// Which Zoom.
    ZoomCloud {
        /// Zoom's own.
        Commercial "commercial",
        /// Zoom for Government.
        Government "government",
        /// At addresses that an operator has chosen.
        Custom "custom",
    }
    /// How a link to Zoom stood when it was tested.
    ZoomCheckState {
        /// It was not tested yet.
        Untested "untested",
        /// All that is asked of it works.
        Good "good",
        /// Something does not.
        Failing "failing",
    }
    /// Of something that Zoom told.
    ZoomEventState {
        /// It was stored; nobody was told of it yet.
        Waiting "waiting",
        /// It was counted and handed on.
        Done "done",
    }
    /// What a run of provisioning into Zoom was asked for.
    ZoomRunKind {
        /// To see what would be done.
        Plan "plan",
        /// To do it, for everybody.
        Apply "apply",
        /// The same, because it was time.
        Schedule "schedule",
        /// For some people: they changed, or are tried again.
        Change "change",
    }
    /// Of a run of provisioning into Zoom.
    ZoomRunState {
        /// What has to be done is being found out.
        Planning "planning",
        /// It was found out, and is there to be looked at.
        Planned "planned",
        /// It would take so much away that an owner has to say yes.
        Held "held",
        /// It is being done.
        Applying "applying",
        /// It was done, as far as it could be.
        Done "done",
        /// It could not be planned, or not be gone on with.
        Failed "failed",
        /// Somebody does not want it.
        Cancelled "cancelled",
    }
    /// Of a step of such a run.
    ZoomStepState {
        /// To be done.
        Waiting "waiting",
        /// Done.
        Done "done",
        /// Refused by Zoom.
        Failed "failed",
        /// No longer right when its turn came.
        Skipped "skipped",
        /// No step: something to know.
        Note "note",
    }
    /// Of an inventory of Zoom's users.
    ZoomInventoryState {
        /// Under way.
        Reading "reading",
        /// Whole.
        Done "done",
        /// It could not be made.
        Failed "failed",
    }
    /// Of a key of ours.
    KeyState {
        /// Published; in use later.
        Next "next",
        /// In use.
        Active "active",
        /// Only for what was made before.
        Retired "retired",
    }
    /// What a key of ours is for.
    KeyPurpose {
        /// Signing requests.
        Signing "signing",
        /// Reading what is encrypted for us.
        Encryption "encryption",
    }
}

impl ConnectionState {
    /// Whether it is still being set up: nobody has signed in by it as it is.
    #[must_use]
    pub const fn is_being_set_up(self) -> bool {
        matches!(self, Self::Draft | Self::Testing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        assert_eq!(ConnectionState::Testing.name().parse(), Ok(ConnectionState::Testing));
        assert_eq!("Active".parse::<UserState>(), Err(StateError));
    }
}
