//! Made-up people for fixtures and the demo.

use serde::{Deserialize, Serialize};

/// A person as an identity provider's directory holds them. Empty texts are values that the directory lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The directory's own id, stable for ever.
    pub id: String,
    /// The user name.
    pub username: String,
    /// The email address; small children often have none.
    pub email: String,
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
    /// `student`, `teacher`, `staff`, …
    pub role: String,
    /// Groups.
    pub groups: Vec<String>,
    /// The tenant or district.
    pub tenant: String,
}

impl Person {
    /// The domain that scoped values end in: that of the email address, else the demo district's.
    #[must_use]
    pub fn scope(&self) -> &str {
        self.email.split_once('@').map_or("district.example", |(_, domain)| domain)
    }

    /// The people of the demo district. One has a name outside ASCII, one has no email address.
    #[must_use]
    pub fn examples() -> Vec<Self> {
        let person =
            |id: &str, username: &str, email: &str, names: (&str, &str), role: &str, groups: &[&str]| Self {
                id: id.to_owned(),
                username: username.to_owned(),
                email: email.to_owned(),
                first_name: names.0.to_owned(),
                last_name: names.1.to_owned(),
                role: role.to_owned(),
                groups: groups.iter().map(|group| (*group).to_owned()).collect(),
                tenant: "5f1c0d3e9a7b4c2d8e6f0a1b".to_owned(),
            };
        vec![
            person(
                "7d9a4a52-3a0c-4c5e-9d55-0b6b1f4f2a01",
                "alice",
                "alice@district.example",
                ("Alice", "Archer"),
                "teacher",
                &["Teachers", "Lincoln School"],
            ),
            person(
                "7d9a4a52-3a0c-4c5e-9d55-0b6b1f4f2a02",
                "bjoern",
                "bjoern@district.example",
                ("Björn", "Müller-Łukasz"),
                "staff",
                &["IT", "R&D <pilot>"],
            ),
            person(
                "7d9a4a52-3a0c-4c5e-9d55-0b6b1f4f2a03",
                "carla",
                "carla@district.example",
                ("Carla", "O'Brien"),
                "district_admin",
                &["Administrators"],
            ),
            person(
                "7d9a4a52-3a0c-4c5e-9d55-0b6b1f4f2a04",
                "dmitri",
                "",
                ("Dmitri", "Dale"),
                "student",
                &["Students"],
            ),
        ]
    }
}
