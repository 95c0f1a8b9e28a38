//! The reference of the REST API.

use askama::Template;

use super::Frame;

/// Every operation, and every kind of problem.
#[derive(Debug, Template)]
#[template(path = "reference.html")]
pub struct ReferencePage {
    /// Around the page.
    pub frame: Frame,
    /// The operations, by what they are about.
    pub groups: Vec<Group>,
    /// What may be told instead of an answer.
    pub problems: Vec<ProblemView>,
}

/// Operations about one thing.
#[derive(Debug)]
pub struct Group {
    /// What they are about.
    pub name: String,
    /// They.
    pub operations: Vec<OperationView>,
}

/// An operation.
#[derive(Debug)]
pub struct OperationView {
    /// Its name.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// The address.
    pub path: String,
    /// What it does.
    pub summary: String,
    /// The scope that it asks for.
    pub scope: Option<String>,
    /// What it takes beside a body.
    pub parameters: Vec<Parameter>,
    /// The body that it takes.
    pub body: Option<Body>,
    /// The body that it gives.
    pub answer: Option<Body>,
    /// Every status that it may answer with.
    pub statuses: String,
}

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// Whether it must be there.
    pub is_required: bool,
    /// What it is.
    pub about: String,
}

/// A JSON object.
#[derive(Debug)]
pub struct Body {
    /// What it is.
    pub about: String,
    /// What is in it.
    pub fields: Vec<Field>,
}

/// A field of it.
#[derive(Debug)]
pub struct Field {
    /// Where: `identities[].value`.
    pub name: String,
    /// What kind of value.
    pub kind: String,
    /// Whether it is always there.
    pub is_required: bool,
    /// What it is.
    pub about: String,
}

/// A kind of problem.
#[derive(Debug)]
pub struct ProblemView {
    /// Its name in addresses.
    pub slug: String,
    /// Its status.
    pub status: u16,
    /// What it is called.
    pub title: &'static str,
    /// What it means and what to do.
    pub about: &'static str,
}
