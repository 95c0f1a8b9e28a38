//! Lists, a page at a time: `limit` and `cursor` in, `data` and `next_cursor` out.
//!
//! A cursor is where the next page begins: the key of the last thing on this one. Programs give back what they were given;
//! nothing is promised about what is in it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::call::{Given, Gives};
use super::document::Draft;
use super::problem::Problem;
use crate::base::encoding::{base64url, from_base64url};

/// As many as are given without a `limit`.
const USUAL: u32 = 50;
/// As many as are given at the most.
pub const MOST: u32 = 200;

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// What is on it.
    data: Vec<T>,
    /// Where the next one begins; without it, this was the last.
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of what was looked for, where whoever looked says where to go on.
    #[must_use]
    pub fn going_on(data: Vec<T>, next: Option<impl ToString>) -> Self {
        Self { data, next_cursor: next.map(|next| base64url(next.to_string().as_bytes())) }
    }
}

impl<T: Serialize + JsonSchema> Gives for Page<T> {
    fn document(draft: &mut Draft<'_>) {
        draft.gives::<Self>(200, "A page of the list.");
    }

    fn given(self) -> Given {
        super::call::Found(self).given()
    }
}

/// What a list takes: `limit` and `cursor`, and filters of its own.
macro_rules! filters {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// So many at the most; 50 without it.
            #[serde(default, deserialize_with = "crate::http::api::paging::limit")]
            #[schemars(with = "Option<u32>", range(min = 1, max = 200))]
            pub limit: Option<u32>,
            /// The `next_cursor` of the page before.
            pub cursor: Option<String>,
            $($(#[$field_doc])* pub $field: Option<$type>,)*
        }

        impl $name {
            /// Which page.
            ///
            /// # Errors
            /// A cursor that was not given out.
            pub fn window(&self) -> Result<crate::http::api::paging::Window, crate::http::api::problem::Problem> {
                crate::http::api::paging::Window::read(self.limit, self.cursor.as_deref())
            }
        }
    )*};
}
pub(crate) use filters;

filters! {
    /// A list without filters.
    Plain {}
}

/// A number in an address is a text.
pub(super) fn limit<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(input)?;
    let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
    number.map(Some).ok_or_else(|| de::Error::custom(format_args!("a whole number from 1 to {MOST}")))
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    limit: u32,
    after: Option<String>,
}

impl Window {
    /// Reads the parameters.
    ///
    /// # Errors
    /// A cursor that was not given out.
    pub fn read(limit: Option<u32>, cursor: Option<&str>) -> Result<Self, Problem> {
        let after = match cursor {
            None => None,
            Some(cursor) => {
                let text = from_base64url(cursor).and_then(|bytes| String::from_utf8(bytes).ok());
                Some(text.ok_or_else(|| Problem::parameter("cursor", NOT_OURS))?)
            }
        };
        Ok(Self { limit: limit.unwrap_or(USUAL), after })
    }

    /// What the page before ended with, in the form that the list is sorted by.
    ///
    /// # Errors
    /// A cursor of another list.
    pub fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let read = self.after.as_deref().map(str::parse).transpose();
        read.map_err(|_| Problem::parameter("cursor", NOT_OURS))
    }

    /// To be asked for: one more than is shown, so that one knows whether there is a next page.
    #[must_use]
    pub const fn limit(&self) -> u32 {
        self.limit + 1
    }

    /// As many as are shown at the most.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.limit
    }

    /// The page, of what begins after the cursor; `key` is what the list is sorted by.
    #[must_use]
    pub fn page<V, T>(&self, found: Vec<V>, key: impl Fn(&V) -> String, show: impl Fn(V) -> T) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let last = found.get(limit.saturating_sub(1)).filter(|_| found.len() > limit);
        let next_cursor = last.map(|last| base64url(key(last).as_bytes()));
        Page { data: found.into_iter().take(limit).map(show).collect(), next_cursor }
    }

    /// The page of a list that is there as a whole.
    #[must_use]
    pub fn page_of_all<V, T>(
        &self,
        all: Vec<V>,
        key: impl Fn(&V) -> String,
        show: impl Fn(V) -> T,
    ) -> Page<T> {
        let rises = all.first().zip(all.last()).is_none_or(|(first, last)| key(first) <= key(last));
        // What the page before ended with may be gone.
        let is_past = |one: &V, after: &String| if rises { key(one) > *after } else { key(one) < *after };
        let begin = match &self.after {
            None => 0,
            Some(after) => match all.iter().position(|one| key(one) == *after) {
                Some(place) => place + 1,
                None => all.iter().position(|one| is_past(one, after)).unwrap_or(all.len()),
            },
        };
        self.page(all.into_iter().skip(begin).collect(), key, show)
    }
}

const NOT_OURS: &str = "not the next_cursor of a page of this list";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let all: Vec<u32> = (0..7).collect();
        let (mut seen, mut cursor) = (Vec::new(), None);
        for pages in 1.. {
            let window = Window::read(Some(3), cursor.as_deref()).unwrap();
            let page = window.page_of_all(all.clone(), ToString::to_string, |one| one);
            seen.extend(page.data);
            cursor = page.next_cursor;
            if cursor.is_none() {
                assert_eq!(pages, 3);
                break;
            }
        }
        assert_eq!(seen, all);
        let full = Window::read(Some(7), None).unwrap().page_of_all(all, ToString::to_string, |one| one);
        assert_eq!((full.data.len(), full.next_cursor), (7, None));
        for (all, seen) in [(vec![1, 2, 4], vec![4]), (vec![4, 2, 1], vec![2, 1])] {
            let gone = Window::read(None, Some(&base64url(b"3"))).unwrap();
            assert_eq!(gone.page_of_all(all, ToString::to_string, |one| one).data, seen, "3 is gone");
        }
        assert!(Window::read(None, Some("!")).is_err());
        let strange = Window::read(None, Some(&base64url(b"x"))).unwrap();
        assert!(strange.after::<i64>().is_err());
    }
}
