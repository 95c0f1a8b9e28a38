//! How many bytes of requests are in memory at the same time, in all and from one address.
//!
//! # Design
//!
//! Every byte of a body is counted when it arrives and given back when the request is answered; what was only announced
//! costs nobody anything. Until half of the room is taken, whoever comes may have it: a school of thousands sits behind
//! one address, and its sign-ins together weigh far less than that. From then on an address that has a quarter of the
//! room gets no more, so that one sender of large bodies cannot keep the others out. Addresses count as they do for
//! [`super::limits`].

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, HttpBody};

use super::address::Address;
use super::limits::{Key, key};

/// The room that there is.
#[derive(Debug)]
pub struct Bodies {
    room: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<Option<Key>, usize>,
}

/// Part of the room, free again when it is dropped.
#[derive(Debug)]
pub struct Held {
    bodies: Arc<Bodies>,
    key: Option<Key>,
    bytes: usize,
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is longer than any may be, or was broken off.
    TooLarge,
    /// There is no room for it now.
    NoRoom,
}

impl Bodies {
    /// A room of so many bytes.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self { room, taken: Mutex::default() }
    }

    /// Nothing yet.
    #[must_use]
    pub fn hold(self: &Arc<Self>, address: Address) -> Held {
        Held { bodies: Arc::clone(self), key: key(address), bytes: 0 }
    }

    /// How many bytes are held.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Held {
    /// Takes so much more; whether there was room for it.
    pub fn grow(&mut self, bytes: usize) -> bool {
        if bytes == 0 {
            return true;
        }
        let room = self.bodies.room;
        let mut taken = self.bodies.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all = taken.all.saturating_add(bytes);
        let own = taken.by.get(&self.key).copied().unwrap_or_default().saturating_add(bytes);
        if all > room || all > room / 2 && own > room / 4 {
            return false;
        }
        taken.all = all;
        taken.by.insert(self.key, own);
        self.bytes += bytes;
        true
    }

    /// Reads a body of at most `limit` bytes.
    ///
    /// # Errors
    /// [`Unread`].
    pub async fn read(&mut self, mut body: Body, limit: usize) -> Result<Vec<u8>, Unread> {
        let mut read = Vec::new();
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let Ok(data) = frame.map_err(|_| Unread::TooLarge)?.into_data() else { continue };
            if read.len() + data.len() > limit {
                return Err(Unread::TooLarge);
            }
            if !self.grow(data.len()) {
                return Err(Unread::NoRoom);
            }
            read.extend_from_slice(&data);
        }
        Ok(read)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut taken = self.bodies.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= self.bytes;
        let own = taken.by.get(&self.key).copied().unwrap_or_default() - self.bytes;
        if own == 0 {
            taken.by.remove(&self.key);
        } else {
            taken.by.insert(self.key, own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Address {
        Address(Some(text.parse().unwrap()))
    }

    #[test]
    fn one_address_has_half_of_the_room_and_leaves_the_rest_to_others() {
        let bodies = Arc::new(Bodies::new(1000));
        let (mut school, mut other) = (bodies.hold(at("192.0.2.1")), bodies.hold(at("192.0.2.2")));
        assert!(school.grow(500), "nobody else is there");
        assert!(!school.grow(1));
        assert!(!bodies.hold(at("192.0.2.1")).grow(1), "another request of the same address");
        assert!(other.grow(250));
        assert!(!other.grow(1));
        assert!(bodies.hold(at("192.0.2.3")).grow(250));
        let mut last = bodies.hold(at("2001:db8::1"));
        assert!(last.grow(249) && last.grow(1) && !last.grow(1));
        assert_eq!(bodies.taken(), 1000, "what was taken for a moment is free again");
        assert!(!bodies.hold(at("192.0.2.4")).grow(1), "no room at all");
        drop(school);
        assert!(bodies.hold(at("192.0.2.4")).grow(250));
        drop((other, last));
        assert_eq!(bodies.taken(), 0);
        assert!(bodies.taken.lock().unwrap().by.is_empty(), "nobody is remembered");
    }

    #[tokio::test]
    async fn bodies_are_counted_as_they_come() {
        let bodies = Arc::new(Bodies::new(1000));
        let mut held = bodies.hold(Address(None));
        assert_eq!(held.read(Body::from("x".repeat(300)), 300).await.unwrap().len(), 300);
        assert_eq!(bodies.taken(), 300);
        let mut second = bodies.hold(Address(None));
        assert_eq!(second.read(Body::from("x".repeat(301)), 300).await, Err(Unread::TooLarge));
        assert_eq!(second.read(Body::from("x".repeat(300)), 300).await, Err(Unread::NoRoom));
        assert_eq!(second.read(Body::empty(), 300).await, Ok(Vec::new()));
        assert_eq!(bodies.taken(), 300);
        drop(held);
        assert!(second.read(Body::from("x".repeat(300)), 300).await.is_ok());
    }
}
