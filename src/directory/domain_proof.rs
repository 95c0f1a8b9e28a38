//! What DNS has to say for a domain to be an account's, and what is made of what it says.
//!
//! Pure: whoever asks DNS hands over the answers. The names of people's mistakes are told apart, so that they can be told
//! what to do: the record was set at the domain itself, or the name was completed once more by the form that took it.

use super::domain::DomainName;
use super::state::DomainSight;

const LABEL: &str = "_gatepost-challenge";
const PREFIX: &str = "gatepost-domain=";
/// Values that are shown; a domain may have dozens.
const SHOWN: usize = 5;
const SHOWN_LENGTH: usize = 120;

/// What DNS answers to a question for TXT records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Txt {
    /// These.
    Values(Vec<String>),
    /// The name is there and has none.
    NoRecord,
    /// There is no such name.
    NoName,
    /// Nothing that could be used.
    NoAnswer,
}

/// The DNS name that the proof stands under.
#[must_use]
pub fn record_name(domain: &DomainName) -> String {
    format!("{LABEL}.{domain}")
}

/// The TXT record that stands there.
#[must_use]
pub fn record_value(challenge: &str) -> String {
    format!("{PREFIX}{challenge}")
}

/// A look at DNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// What was seen.
    pub is: DomainSight,
    /// Where: for a proof that is at another name.
    pub at: Option<String>,
    /// The values that are there instead, the first few.
    pub values: Vec<String>,
}

/// A look that asks one question after the other; most end with the first.
#[derive(Debug, Clone)]
pub struct Looking<'a> {
    domain: &'a DomainName,
    value: String,
    others: Vec<String>,
    asked: usize,
    has_name: bool,
}

/// What is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Ask for the TXT records of this name.
    Ask(String),
    /// That was all.
    Seen(Sight),
}

impl<'a> Looking<'a> {
    /// For the proof that `challenge` stands for.
    #[must_use]
    pub fn new(domain: &'a DomainName, challenge: &str) -> Self {
        Self { domain, value: record_value(challenge), others: Vec::new(), asked: 0, has_name: false }
    }

    /// The first question.
    #[must_use]
    pub fn first(&self) -> String {
        record_name(self.domain)
    }

    /// What is next after `answer` to the question before.
    pub fn heard(&mut self, answer: Txt) -> Next {
        let asked = self.asked;
        self.asked += 1;
        let values = match answer {
            // Without the first there is nothing to say; the others only tell mistakes apart.
            Txt::NoAnswer if asked == 0 => return Next::Seen(self.sight(DomainSight::NoAnswer)),
            Txt::NoName => Vec::new(),
            Txt::NoAnswer | Txt::NoRecord => {
                self.has_name = true;
                Vec::new()
            }
            Txt::Values(values) => {
                self.has_name = true;
                values
            }
        };
        let is_there = values.iter().any(|value| is_it(value, &self.value));
        let name = self.name(asked);
        match asked {
            0 if is_there => return Next::Seen(self.sight(DomainSight::Proof)),
            0 => self.others = shown(values),
            _ if is_there => {
                let sight = self.sight(DomainSight::Misplaced);
                return Next::Seen(Sight { at: Some(name), ..sight });
            }
            _ => {}
        }
        if asked < 2 {
            return Next::Ask(self.name(asked + 1));
        }
        Next::Seen(self.sight(match (self.has_name, self.others.is_empty()) {
            (_, false) => DomainSight::OtherValues,
            (true, true) => DomainSight::NoRecord,
            (false, true) => DomainSight::NoName,
        }))
    }

    fn name(&self, number: usize) -> String {
        match number {
            0 => record_name(self.domain),
            1 => self.domain.to_string(),
            _ => format!("{}.{}", record_name(self.domain), self.domain),
        }
    }

    fn sight(&self, is: DomainSight) -> Sight {
        Sight { is, at: None, values: self.others.clone() }
    }
}

/// Forms that take a value may keep the quotation marks around it.
fn is_it(found: &str, wanted: &str) -> bool {
    found.trim().trim_matches('"').trim() == wanted
}

fn shown(values: Vec<String>) -> Vec<String> {
    let short = |value: String| value.chars().take(SHOWN_LENGTH).collect();
    values.into_iter().take(SHOWN).map(short).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(answers: &[(&str, Txt)]) -> Sight {
        let domain = DomainName::parse("school.example").unwrap();
        let mut looking = Looking::new(&domain, "abc");
        let mut name = looking.first();
        for _ in 0..10 {
            let known = answers.iter().rev().find(|(known, _)| *known == name);
            match looking.heard(known.map_or(Txt::NoName, |(_, answer)| answer.clone())) {
                Next::Ask(next) => name = next,
                Next::Seen(sight) => return sight,
            }
        }
        panic!("it never ends")
    }

    fn values(values: &[&str]) -> Txt {
        Txt::Values(values.iter().map(|value| (*value).to_owned()).collect())
    }

    const HERE: &str = "_gatepost-challenge.school.example";
    const GOOD: &str = "gatepost-domain=abc";

    #[test]
    fn the_proof_counts_at_its_own_name_alone() {
        for found in
            [&[GOOD][..], &["v=spf1", GOOD], &["\"gatepost-domain=abc\""], &[" gatepost-domain=abc "]]
        {
            assert_eq!(look(&[(HERE, values(found))]).is, DomainSight::Proof, "{found:?}");
        }
        for (name, found) in
            [("school.example", GOOD), ("_gatepost-challenge.school.example.school.example", GOOD)]
        {
            let sight = look(&[("school.example", Txt::NoRecord), (name, values(&[found]))]);
            assert_eq!((sight.is, sight.at.as_deref()), (DomainSight::Misplaced, Some(name)));
        }
        for other in
            ["gatepost-domain=abd", "gatepost-domain=abcd", "gatepost-domain=", "abc", "GATEPOST-DOMAIN=ABC"]
        {
            let sight = look(&[("school.example", Txt::NoRecord), (HERE, values(&[other]))]);
            assert_eq!((sight.is, sight.values), (DomainSight::OtherValues, vec![other.to_owned()]));
        }
    }

    #[test]
    fn what_is_not_there_is_told_apart() {
        assert_eq!(look(&[]).is, DomainSight::NoName);
        assert_eq!(look(&[("school.example", values(&["v=spf1"]))]).is, DomainSight::NoRecord);
        assert_eq!(look(&[("school.example", Txt::NoRecord)]).is, DomainSight::NoRecord);
        assert_eq!(look(&[(HERE, Txt::NoRecord)]).is, DomainSight::NoRecord);
        assert_eq!(look(&[(HERE, Txt::NoAnswer)]).is, DomainSight::NoAnswer);
        // What was only asked to tell mistakes apart takes nothing back.
        assert_eq!(
            look(&[(HERE, Txt::NoRecord), ("school.example", Txt::NoAnswer)]).is,
            DomainSight::NoRecord
        );
        assert_eq!(look(&[("school.example", Txt::NoAnswer)]).is, DomainSight::NoRecord);
    }

    #[test]
    fn what_others_put_there_is_shown_in_part() {
        let many: Vec<_> = (0..50).map(|number| format!("{number}{}", "x".repeat(5000))).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let sight = look(&[("school.example", Txt::NoRecord), (HERE, values(&many))]);
        assert_eq!(sight.values.len(), 5);
        assert!(sight.values.iter().all(|value| value.len() == 120));
    }
}
