//! Setting a connection up at the other end.

use crate::words::Message as M;
use crate::words::setup::{Say, SetupText};

pub const SETUP: SetupText = SetupText {
    say,
    place: M("In {console}: {place}"),
    acs_url: M("Our ACS URL"),
    entity_id: M("Our Entity ID"),
    metadata_url: M("The address of our metadata"),
    acs_url_pattern: M("Our ACS URL as a pattern"),
    login_url: M("The address at which people sign in"),
    name_id: M("What names a person"),
    choose: M("Choose or enter"),
    attribute: M("Attribute, made of"),
    bring_metadata_url: M(
        "The address of its metadata (best: new certificates are then found by themselves)",
    ),
    bring_metadata_file: M("Its metadata, as a file or as text"),
    bring_fields: M("These three fields"),
    bring_sso_url: M("Its single sign-on URL"),
    bring_entity_id: M("Its Entity ID"),
    bring_certificate: M("Its signing certificate"),
};

fn say(say: Say) -> M {
    M(match say {
        Say::Create => "Make a new application for this site.",
        Say::CreateNamed => "Make a new application for this site, and give it a name that people will know.",
        Say::OpenSignOn => "Choose SAML as the way in.",
        Say::EnterValues => "Enter these values of ours, exactly as they stand.",
        Say::LoadMetadata => "Give it the address of our metadata: it reads our values from there.",
        Say::CheckValues => "See that it has read these values of ours; if not, enter them.",
        Say::NameId => "Choose what names a person.",
        Say::Attributes => "Have these attributes sent, under exactly these names.",
        Say::DefaultClaims => {
            "These are sent by themselves. See that they are there, and made of what your people have."
        }
        Say::Groups => "If groups are to count here, have them sent too. This step can be left out.",
        Say::Sign => "Choose how it signs.",
        Say::RequestsUnsigned => {
            "Our requests are signed: import our key from our metadata, or switch this off."
        }
        Say::Assign => "Say which people or groups may sign in here.",
        Say::AssignMayTake => {
            "Switch it on for everybody who may sign in here. It can take up to a day until it works."
        }
        Say::SwitchOn => "Switch it on.",
        Say::Finish => "Finish.",
        Say::AccessPolicy => "Say who may sign in here.",
        Say::ClaimRule => "Add a rule that sends these attributes of Active Directory.",
        Say::NameIdRule => {
            "Add a second rule, which makes the NameID of the email address. Without it none is sent."
        }
        Say::AskClever => {
            "Ask Clever's partner engineering for a SAML connector for this site (it needs a contract with Clever), and give them these values."
        }
        Say::ShareWithSchools => "Say which schools, teachers and students are shared with it.",
        Say::PerDistrict => "If it asks for values by district, enter these for yours.",
        Say::FindBehindCanvas => {
            "Canvas does not sign people in itself. See here by which identity provider it does: the connection is with that one."
        }
        Say::DoItThere => {
            "At that identity provider, make a new application for this site, with these values of ours."
        }
        Say::AddTile => "Make a LaunchPad app of this address, so that people have a tile.",
        Say::ReleaseAttributes => {
            "Add a policy that releases these attributes to us. Without it none is sent."
        }
        Say::WithoutEncryption => {
            "Our metadata may have no encryption certificate. Let assertions to us go without encryption then."
        }
        Say::ReloadServices => "Reload the metadata, attribute filter and relying party services.",
        Say::NeedsSource => "See that there is a source by which people sign in, such as Active Directory.",
        Say::StandardNames => {
            "Set these two, or sign-ins from its own tiles fail and attributes arrive under other names."
        }
        Say::AnyConsole => "Make a new application for SAML 2.0 at your identity provider.",
    })
}
