//! The attributes of a user that can be provisioned, and a user as values of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An attribute. In the order in which people expect them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomAttribute")]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// `userName`: at Zoom the primary email address.
    UserName,
    /// `name.givenName`.
    GivenName,
    /// `name.familyName`.
    FamilyName,
    /// `displayName`.
    DisplayName,
    /// The primary address of `emails`.
    Email,
    /// The first of `phoneNumbers`: `+1 2015550123`.
    Phone,
    /// `active`.
    Active,
    /// `userType`: Basic, Licensed, On-Prem.
    UserType,
    /// `roles`: at Zoom the one role in the account (Owner, Admin, Member or one of its own), not a job.
    Roles,
    /// `title`.
    Title,
    /// `department` of the enterprise extension.
    Department,
    /// `organization` of the enterprise extension.
    Organization,
    /// `costCenter` of the enterprise extension.
    CostCenter,
    /// `locale`.
    Locale,
    /// `loginType` of Zoom's extension: `sso` or `work_email`.
    LoginType,
}

/// When an attribute reaches the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Whenever it is sent.
    Always,
    /// When the user is created; a change of it is answered with success and ignored.
    AtCreation,
}

impl Attribute {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::UserName,
        Self::GivenName,
        Self::FamilyName,
        Self::DisplayName,
        Self::Email,
        Self::Phone,
        Self::Active,
        Self::UserType,
        Self::Roles,
        Self::Title,
        Self::Department,
        Self::Organization,
        Self::CostCenter,
        Self::Locale,
        Self::LoginType,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserName => "user_name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::DisplayName => "display_name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Active => "active",
            Self::UserType => "user_type",
            Self::Roles => "roles",
            Self::Title => "title",
            Self::Department => "department",
            Self::Organization => "organization",
            Self::CostCenter => "cost_center",
            Self::Locale => "locale",
            Self::LoginType => "login_type",
        }
    }

    /// The attribute of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.name() == name)
    }

    /// Without these Zoom makes nobody.
    #[must_use]
    pub const fn is_required(self) -> bool {
        matches!(self, Self::UserName | Self::GivenName | Self::FamilyName)
    }

    /// When Zoom takes it.
    #[must_use]
    pub const fn takes(self) -> Takes {
        match self {
            Self::UserName | Self::Email | Self::DisplayName | Self::LoginType => Takes::AtCreation,
            _ => Takes::Always,
        }
    }

    /// Whether it has a form that says "none". Whoever has a value of the others keeps it, or gets another.
    #[must_use]
    pub const fn can_be_emptied(self) -> bool {
        matches!(self, Self::Title | Self::Department | Self::Organization | Self::CostCenter | Self::Locale)
    }

    /// Whether Zoom tells it in lists; the others are told of single users only.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        !matches!(
            self,
            Self::Phone | Self::Roles | Self::Title | Self::Organization | Self::CostCenter | Self::Locale
        )
    }
}

/// A user as values of attributes: in order, each once, none of them empty but by [`Values::set_empty`]. Small, since there
/// are many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values(Vec<(Attribute, Box<str>)>);

impl Values {
    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, attribute: Attribute) -> Option<&str> {
        let place = self.0.binary_search_by_key(&attribute, |(held, _)| *held).ok()?;
        self.0.get(place).map(|(_, value)| &**value)
    }

    /// Sets a value; an empty one takes the attribute away.
    pub fn set(&mut self, attribute: Attribute, value: &str) {
        match self.0.binary_search_by_key(&attribute, |(held, _)| *held) {
            Ok(place) if value.is_empty() => drop(self.0.remove(place)),
            Err(_) if value.is_empty() => {}
            place => self.put(place, attribute, value),
        }
    }

    /// Says of an attribute that it is to have no value, where that is what is to be told.
    pub fn set_empty(&mut self, attribute: Attribute) {
        let place = self.0.binary_search_by_key(&attribute, |(held, _)| *held);
        self.put(place, attribute, "");
    }

    fn put(&mut self, place: Result<usize, usize>, attribute: Attribute, value: &str) {
        match place {
            Ok(place) => {
                if let Some((_, held)) = self.0.get_mut(place) {
                    *held = value.into();
                }
            }
            Err(place) => self.0.insert(place, (attribute, value.into())),
        }
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = (Attribute, &str)> {
        self.0.iter().map(|(attribute, value)| (*attribute, &**value))
    }

    /// Lets go of what is not `needed`.
    pub fn keep(&mut self, needed: impl Fn(Attribute) -> bool) {
        self.0.retain(|(attribute, _)| needed(*attribute));
        self.0.shrink_to_fit();
    }

    /// Lets go of what was kept ready for growing.
    pub fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}

impl<'a> FromIterator<(Attribute, &'a str)> for Values {
    fn from_iter<I: IntoIterator<Item = (Attribute, &'a str)>>(values: I) -> Self {
        let mut all = Self::default();
        for (attribute, value) in values {
            all.set(attribute, value);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_ordered_and_never_empty() {
        let mut values: Values =
            [(Attribute::Title, "Head"), (Attribute::UserName, "a@b"), (Attribute::Phone, "")]
                .into_iter()
                .collect();
        values.set(Attribute::Title, "Principal");
        values.set(Attribute::Locale, "en");
        values.set(Attribute::Locale, "");
        let all: Vec<_> = values.iter().collect();
        assert_eq!(all, [(Attribute::UserName, "a@b"), (Attribute::Title, "Principal")]);
        assert_eq!(values.get(Attribute::Phone), None);
        values.set_empty(Attribute::Title);
        assert_eq!(values.get(Attribute::Title), Some(""));
        values.set(Attribute::Title, "");
        assert_eq!(values.get(Attribute::Title), None);
        for attribute in Attribute::ALL {
            assert_eq!(Attribute::from_name(attribute.name()), Some(attribute));
        }
        assert!(Attribute::ALL.is_sorted());
    }
}
