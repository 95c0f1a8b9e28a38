//! Sealing: AES-256-GCM under an account's own key, which the master key wraps.
//!
//! # Design
//!
//! * Every account has keys of its own ([`AccountKeys`]), so that deleting them makes its personal data unreadable in
//!   every copy of the database.
//! * A sealed value is bound to its table, column and row: moved elsewhere it does not open.
//! * It names the generation of its key, so that keys can be changed without touching old rows.
//! * What browsers carry for us ([`Carried`]) has keys of its own, derived from those. Strangers have such values made as
//!   often as they like, and each uses up a nonce of 96 random bits, of which a key has 2³² at the most (NIST SP 800-38D,
//!   8.3): those of what is stored are not theirs to spend. Nor is either ever taken for the other.
//! * Look-ups go through keyed hashes (HMAC-SHA256) under a key that stays the same across generations.
//! * Wrapping stands behind [`Wrap`]: a key service or a hardware module can take the place of [`MasterKey`].

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use secrecy::{ExposeSecret, SecretBox};
use zeroize::Zeroizing;

use crate::base::Rng;

const VERSION: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
const KEY: usize = 32;

/// A value could not be sealed or opened: a wrong key, a changed value, or one from another place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open: it was changed, or belongs to another key or place")]
pub struct SealError;

/// Where a sealed value stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's primary key.
    pub row: &'a str,
}

impl Place<'_> {
    fn aad(&self) -> Vec<u8> {
        [self.table, self.column, self.row].join("\0").into_bytes()
    }
}

/// What a sealed value is that a browser carries for us.
#[derive(Debug, Clone, Copy)]
pub struct Carried<'a> {
    /// What.
    pub what: &'static str,
    /// Of which request, connection, ….
    pub of: &'a str,
}

impl Carried<'_> {
    fn aad(&self) -> Vec<u8> {
        [self.what, self.of].join("\0").into_bytes()
    }
}

/// Wraps and unwraps the keys of accounts.
pub trait Wrap: Send + Sync + fmt::Debug {
    /// Wraps `key` so that it opens for `context` only.
    ///
    /// # Errors
    /// [`SealError`] when the key service fails.
    fn wrap(&self, key: &[u8], context: &str, rng: &Rng) -> Result<Vec<u8>, SealError>;

    /// Unwraps what [`Self::wrap`] made.
    ///
    /// # Errors
    /// [`SealError`] when it was made by another key or for another context.
    fn unwrap(&self, wrapped: &[u8], context: &str) -> Result<Zeroizing<Vec<u8>>, SealError>;

    /// A value that tells this key from others and gives nothing away.
    ///
    /// # Errors
    /// [`SealError`] when the key service fails.
    fn check_value(&self) -> Result<Vec<u8>, SealError>;
}

/// The master key of an installation.
#[derive(Debug)]
pub struct MasterKey(SecretBox<[u8; KEY]>);

impl MasterKey {
    /// From its bytes.
    #[must_use]
    pub fn new(bytes: [u8; KEY]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }
}

impl Wrap for MasterKey {
    fn wrap(&self, key: &[u8], context: &str, rng: &Rng) -> Result<Vec<u8>, SealError> {
        seal(self.0.expose_secret(), 0, context.as_bytes(), key, rng)
    }

    fn unwrap(&self, wrapped: &[u8], context: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let sealed = Sealed::split(wrapped)?;
        open(self.0.expose_secret(), context.as_bytes(), &sealed)
    }

    fn check_value(&self) -> Result<Vec<u8>, SealError> {
        hmac(self.0.expose_secret(), &[b"gatepost master key check 1"])
    }
}

/// The opened keys of one account.
#[derive(Debug)]
pub struct AccountKeys {
    lookup: SecretBox<[u8; KEY]>,
    /// Oldest first.
    generations: Vec<Generation>,
    /// The generation that new values are sealed under.
    sealing: u32,
}

#[derive(Debug)]
struct Generation {
    number: u32,
    /// For what is stored.
    stored: SecretBox<[u8; KEY]>,
    /// For what browsers carry.
    carried: SecretBox<[u8; KEY]>,
}

impl Generation {
    fn new(number: u32, stored: [u8; KEY]) -> Result<Self, SealError> {
        // One block of HKDF-Expand (RFC 5869, 2.3); the key is random already (3.3).
        let carried = Zeroizing::new(hmac(&stored, &[b"gatepost carried values 1\x01"])?);
        let carried: [u8; KEY] = carried.as_slice().try_into().map_err(|_| SealError)?;
        let secret = |key| SecretBox::new(Box::new(key));
        Ok(Self { number, stored: secret(stored), carried: secret(carried) })
    }
}

/// How [`AccountKeys`] stand in the `data_keys` table: one generation, before it is wrapped.
pub type KeyMaterial = Zeroizing<Vec<u8>>;

impl AccountKeys {
    /// The material of a first generation.
    #[must_use]
    pub fn draw(rng: &Rng) -> KeyMaterial {
        let mut material = Zeroizing::new(vec![0; 2 * KEY]);
        rng.fill(&mut material);
        material
    }

    /// From the material of every generation, oldest first. Under `sealing` new values are sealed: a newer generation
    /// may be there that is only to open what others seal.
    ///
    /// # Errors
    /// [`SealError`] when there is none, or one has not the right length.
    pub fn from_generations(materials: &[(u32, KeyMaterial)], sealing: u32) -> Result<Self, SealError> {
        let halves = |material: &KeyMaterial| -> Result<([u8; KEY], [u8; KEY]), SealError> {
            let (sealing, lookup) = material.split_at_checked(KEY).ok_or(SealError)?;
            Ok((sealing.try_into().map_err(|_| SealError)?, lookup.try_into().map_err(|_| SealError)?))
        };
        let mut lookup = None;
        let mut generations = Vec::new();
        for (generation, material) in materials {
            let (sealing, finding) = halves(material)?;
            generations.push(Generation::new(*generation, sealing)?);
            lookup.get_or_insert(finding);
        }
        let lookup = SecretBox::new(Box::new(lookup.ok_or(SealError)?));
        Ok(Self { lookup, generations, sealing })
    }

    /// Seals `plain` for its place.
    ///
    /// # Errors
    /// [`SealError`] when OpenSSL fails.
    pub fn seal(&self, place: Place<'_>, plain: &[u8], rng: &Rng) -> Result<Vec<u8>, SealError> {
        seal(self.generation(self.sealing)?.stored.expose_secret(), self.sealing, &place.aad(), plain, rng)
    }

    /// Seals `plain` for a browser to carry.
    ///
    /// # Errors
    /// [`SealError`] when OpenSSL fails.
    pub fn seal_carried(&self, carried: Carried<'_>, plain: &[u8], rng: &Rng) -> Result<Vec<u8>, SealError> {
        seal(self.generation(self.sealing)?.carried.expose_secret(), self.sealing, &carried.aad(), plain, rng)
    }

    /// Opens what a browser carried for us as that.
    ///
    /// # Errors
    /// [`SealError`] when it was not sealed as that, or was changed since.
    pub fn open_carried(&self, carried: Carried<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let sealed = Sealed::split(sealed)?;
        open(self.generation(sealed.generation)?.carried.expose_secret(), &carried.aad(), &sealed)
    }

    /// Opens what was sealed for that place.
    ///
    /// # Errors
    /// [`SealError`] when it was not, or was changed since.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let sealed = Sealed::split(sealed)?;
        open(self.generation(sealed.generation)?.stored.expose_secret(), &place.aad(), &sealed)
    }

    fn generation(&self, wanted: u32) -> Result<&Generation, SealError> {
        self.generations.iter().find(|generation| generation.number == wanted).ok_or(SealError)
    }

    /// The keyed hash under which `value` can be found again; `kind` keeps hashes of different things apart.
    ///
    /// # Errors
    /// [`SealError`], which a key of ours never causes.
    pub fn lookup(&self, kind: &str, value: &[u8]) -> Result<Vec<u8>, SealError> {
        hmac(self.lookup.expose_secret(), &[kind.as_bytes(), b"\0", value])
    }
}

struct Sealed<'a> {
    generation: u32,
    nonce: &'a [u8],
    body: &'a [u8],
    tag: &'a [u8],
}

impl<'a> Sealed<'a> {
    fn split(bytes: &'a [u8]) -> Result<Self, SealError> {
        let ([VERSION, generation @ ..], rest) = bytes.split_first_chunk::<5>().ok_or(SealError)? else {
            return Err(SealError);
        };
        let (nonce, rest) = rest.split_at_checked(NONCE).ok_or(SealError)?;
        let (body, tag) =
            rest.split_at_checked(rest.len().checked_sub(TAG).ok_or(SealError)?).ok_or(SealError)?;
        Ok(Self { generation: u32::from_be_bytes(*generation), nonce, body, tag })
    }
}

fn seal(key: &[u8], generation: u32, aad: &[u8], plain: &[u8], rng: &Rng) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE] = rng.bytes();
    let mut tag = [0; TAG];
    let body = encrypt_aead(Cipher::aes_256_gcm(), key, Some(&nonce), aad, plain, &mut tag)
        .map_err(|_| SealError)?;
    let mut sealed = Vec::with_capacity(1 + 4 + NONCE + body.len() + TAG);
    sealed.push(VERSION);
    sealed.extend(generation.to_be_bytes());
    sealed.extend(nonce);
    sealed.extend(body);
    sealed.extend(tag);
    Ok(sealed)
}

fn open(key: &[u8], aad: &[u8], sealed: &Sealed<'_>) -> Result<Zeroizing<Vec<u8>>, SealError> {
    decrypt_aead(Cipher::aes_256_gcm(), key, Some(sealed.nonce), aad, sealed.body, sealed.tag)
        .map(Zeroizing::new)
        .map_err(|_| SealError)
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>, SealError> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).map_err(|_| SealError)?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place { table: "users", column: "profile_sealed", row: "user_1" };

    fn keys(seed: u64) -> AccountKeys {
        AccountKeys::from_generations(&[(1, AccountKeys::draw(&Rng::seeded(seed)))], 1).unwrap()
    }

    #[test]
    fn a_value_opens_in_its_place_only() {
        let keys = keys(1);
        let sealed = keys.seal(PLACE, b"maya@example.org", &Rng::system()).unwrap();
        assert_eq!(keys.open(PLACE, &sealed).unwrap().as_slice(), b"maya@example.org");
        for place in [
            Place { row: "user_2", ..PLACE },
            Place { column: "x", ..PLACE },
            Place { table: "sessions", ..PLACE },
        ] {
            assert_eq!(keys.open(place, &sealed), Err(SealError));
        }
        assert_eq!(super::tests::keys(2).open(PLACE, &sealed), Err(SealError), "another account's key");
        assert!(!sealed.windows(4).any(|window| window == b"maya"));
    }

    #[test]
    fn what_browsers_carry_has_keys_of_its_own() {
        let (keys, rng) = (keys(1), Rng::system());
        // The same words on both sides: it is the keys that keep them apart.
        let (place, carried) =
            (Place { table: "a", column: "b", row: "c" }, Carried { what: "a\0b", of: "c" });
        assert_eq!(place.aad(), carried.aad());
        let (kept, given) =
            (keys.seal(place, b"x", &rng).unwrap(), keys.seal_carried(carried, b"x", &rng).unwrap());
        assert_eq!(keys.open_carried(carried, &given).unwrap().as_slice(), b"x");
        assert_eq!(keys.open(place, &given), Err(SealError));
        assert_eq!(keys.open_carried(carried, &kept), Err(SealError));
        let [generation] = keys.generations.as_slice() else { panic!("one generation") };
        assert_ne!(generation.carried.expose_secret(), generation.stored.expose_secret());
        assert_ne!(generation.carried.expose_secret(), keys.lookup.expose_secret());
        for other in [Carried { what: "b", ..carried }, Carried { of: "d", ..carried }] {
            assert_eq!(keys.open_carried(other, &given), Err(SealError));
        }
        assert_eq!(
            super::tests::keys(2).open_carried(carried, &given),
            Err(SealError),
            "another account's key"
        );
    }

    #[test]
    fn every_bit_counts() {
        let keys = keys(1);
        let sealed = keys.seal(PLACE, b"x", &Rng::system()).unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(keys.open(PLACE, &changed), Err(SealError), "byte {index}");
            assert_eq!(keys.open(PLACE, &sealed[..index]), Err(SealError), "cut at {index}");
        }
    }

    #[test]
    fn new_generations_seal_and_old_ones_still_open_and_find() {
        let rng = Rng::system();
        let first = AccountKeys::draw(&rng);
        let old = AccountKeys::from_generations(&[(1, first.clone())], 1).unwrap();
        let second = AccountKeys::draw(&rng);
        let waiting = AccountKeys::from_generations(&[(1, first.clone()), (2, second.clone())], 1).unwrap();
        let both = AccountKeys::from_generations(&[(1, first), (2, second)], 2).unwrap();
        let sealed = old.seal(PLACE, b"x", &rng).unwrap();
        assert!(both.open(PLACE, &sealed).is_ok());
        let newer = both.seal(PLACE, b"x", &rng).unwrap();
        assert!(old.open(PLACE, &newer).is_err());
        assert!(waiting.open(PLACE, &newer).is_ok(), "who knows the next one reads what others seal");
        assert!(
            old.open(PLACE, &waiting.seal(PLACE, b"x", &rng).unwrap()).is_ok(),
            "and does not seal under it"
        );
        assert_eq!(old.lookup("email", b"m").unwrap(), both.lookup("email", b"m").unwrap());
        assert_ne!(old.lookup("email", b"m").unwrap(), old.lookup("subject", b"m").unwrap());
        assert_eq!(AccountKeys::from_generations(&[], 1).map(|_| ()), Err(SealError));
    }

    #[test]
    fn wrapped_keys_open_with_their_master_key_and_account() {
        let (rng, key) = (Rng::system(), [7; 32]);
        let master = MasterKey::new(key);
        let wrapped = master.wrap(b"material", "acct_1", &rng).unwrap();
        assert_eq!(master.unwrap(&wrapped, "acct_1").unwrap().as_slice(), b"material");
        assert_eq!(master.unwrap(&wrapped, "acct_2"), Err(SealError));
        assert_eq!(MasterKey::new([8; 32]).unwrap(&wrapped, "acct_1"), Err(SealError));
        assert_ne!(master.check_value().unwrap(), MasterKey::new([8; 32]).check_value().unwrap());
        assert!(!format!("{master:?}").contains('7'));
    }
}
