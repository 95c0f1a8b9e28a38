//! The HTTP skin.

pub mod pages;
