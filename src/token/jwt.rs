//! Signing and verifying tokens.
//!
//! # Design
//!
//! The library's checks of times are off: it would read the system's clock. Times, issuer and audience are checked here
//! with the `now` that is given, all of them always; none is skipped when a claim is absent, since [`Claims`] has them
//! all.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};

use super::claims::Claims;
use super::crypto;
use super::key::{KeyError, KeyPair, PublicKey};
use crate::base::Instant;

/// How far the clock of whoever made a token may be ahead of ours.
const SKEW_SECONDS: i64 = 60;
/// No token of ours is longer.
const MAX_BYTES: usize = 16 * 1024;

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a token in form, or with claims that are not ours.
    #[error("this is not one of our tokens")]
    Malformed,
    /// Another algorithm than ES256.
    #[error("it is signed by another algorithm than ES256")]
    Algorithm,
    /// The key that it names is not published, or it names none.
    #[error("the key that it names is not published")]
    UnknownKey,
    /// The signature is not that of the key.
    #[error("its signature does not verify")]
    Signature,
    /// Somebody else made it.
    #[error("it was made by somebody else (iss)")]
    Issuer,
    /// It is for somebody else.
    #[error("it is for somebody else (aud)")]
    Audience,
    /// It has ended.
    #[error("it has ended (exp)")]
    Expired,
    /// It was made in the future.
    #[error("it was made in the future (iat)")]
    NotYet,
}

/// What a token must say to be accepted.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// By whom it is made.
    pub issuer: &'a str,
    /// For whom.
    pub audience: &'a str,
}

/// The token that says `claims`, signed by `key`.
///
/// # Errors
/// [`KeyError`] when the key cannot sign.
pub fn sign(claims: &Claims, key: &KeyPair) -> Result<String, KeyError> {
    crypto::install().map_err(|_| KeyError)?;
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(key.kid().to_owned());
    encode(&header, claims, key.encoding()).map_err(|_| KeyError)
}

/// What `token` says, if it was signed by one of `keys` and is good at `now`.
///
/// # Errors
/// [`Refused`] says why not.
pub fn verify<'a>(
    token: &str,
    keys: impl IntoIterator<Item = &'a PublicKey>,
    expected: Expected<'_>,
    now: Instant,
) -> Result<Claims, Refused> {
    crypto::install().map_err(|_| Refused::Malformed)?;
    if token.len() > MAX_BYTES {
        return Err(Refused::Malformed);
    }
    let header = decode_header(token).map_err(|error| match error.kind() {
        // The names of algorithms that the library does not know, "none" among them.
        ErrorKind::Json(_) => Refused::Algorithm,
        _ => Refused::Malformed,
    })?;
    if header.alg != Algorithm::ES256 {
        return Err(Refused::Algorithm);
    }
    let kid = header.kid.ok_or(Refused::UnknownKey)?;
    let key = keys.into_iter().find(|key| key.kid() == kid).ok_or(Refused::UnknownKey)?;

    let mut validation = Validation::new(Algorithm::ES256);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    let read = decode::<Claims>(token, &key.decoding(), &validation).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => Refused::Signature,
        _ => Refused::Malformed,
    })?;
    let claims = read.claims;
    if claims.iss != expected.issuer {
        return Err(Refused::Issuer);
    }
    if claims.aud != expected.audience {
        return Err(Refused::Audience);
    }
    if now >= Instant::from_seconds(claims.exp) {
        return Err(Refused::Expired);
    }
    if now.plus_seconds(SKEW_SECONDS) < Instant::from_seconds(claims.iat) {
        return Err(Refused::NotYet);
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::super::claims::{LIFE_SECONDS, example};
    use super::*;
    use crate::base::Rng;
    use crate::base::encoding::{base64url, from_base64url};

    const EXPECTED: Expected<'_> =
        Expected { issuer: "https://sso.example.test", audience: "https://app.example.test" };

    fn pair(seed: u64) -> KeyPair {
        KeyPair::draw(&Rng::seeded(seed)).unwrap()
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(example().iat + seconds)
    }

    fn check(token: &str, seed: u64, now: Instant) -> Result<(), Refused> {
        verify(token, [pair(seed).public()], EXPECTED, now).map(drop)
    }

    /// The token with another header.
    fn with_header(token: &str, header: &str) -> String {
        format!("{}.{}", base64url(header.as_bytes()), token.split_once('.').unwrap().1)
    }

    #[test]
    fn what_is_signed_is_read() {
        let token = sign(&example(), &pair(1)).unwrap();
        let read = verify(&token, [pair(2).public(), pair(1).public()], EXPECTED, at(0)).unwrap();
        assert!(read == example());
        let header = from_base64url(token.split('.').next().unwrap()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, serde_json::json!({ "typ": "JWT", "alg": "ES256", "kid": pair(1).kid() }));
    }

    /// The library would ask the system's clock, for which all of this is long past or far ahead.
    #[test]
    fn times_are_checked_with_the_moment_that_is_given() {
        let token = sign(&example(), &pair(1)).unwrap();
        for (seconds, wanted) in [
            (-61, Err(Refused::NotYet)),
            (-60, Ok(())),
            (0, Ok(())),
            (LIFE_SECONDS - 1, Ok(())),
            (LIFE_SECONDS, Err(Refused::Expired)),
            (86_400 * 365, Err(Refused::Expired)),
        ] {
            assert_eq!(check(&token, 1, at(seconds)), wanted, "{seconds}");
        }
        let year = 365 * 86_400;
        for years in [-40, 40] {
            let (iat, exp) = (example().iat + years * year, example().exp + years * year);
            let token = sign(&Claims { iat, exp, ..example() }, &pair(1)).unwrap();
            assert_eq!(check(&token, 1, at(years * year)), Ok(()), "{years} years from now");
        }
    }

    #[test]
    fn somebody_elses_tokens_are_refused() {
        let signed = |change: fn(&mut Claims)| {
            let mut claims = example();
            change(&mut claims);
            sign(&claims, &pair(1)).unwrap()
        };
        let token = signed(|_| {});
        assert_eq!(check(&token, 2, at(0)), Err(Refused::UnknownKey));
        assert_eq!(verify(&token, [], EXPECTED, at(0)).map(drop), Err(Refused::UnknownKey));
        let other = signed(|claims| "https://sso.example.test/".clone_into(&mut claims.iss));
        assert_eq!(check(&other, 1, at(0)), Err(Refused::Issuer));
        let other = signed(|claims| "https://app.example.test.evil".clone_into(&mut claims.aud));
        assert_eq!(check(&other, 1, at(0)), Err(Refused::Audience));
    }

    #[test]
    fn every_part_is_under_the_signature() {
        let token = sign(&example(), &pair(1)).unwrap();
        let parts: Vec<_> = token.split('.').collect();
        let owner = String::from_utf8(from_base64url(parts[1]).unwrap()).unwrap().replace("member", "owner");
        let changed = format!("{}.{}.{}", parts[0], base64url(owner.as_bytes()), parts[2]);
        assert_eq!(check(&changed, 1, at(0)), Err(Refused::Signature));
        let renamed = with_header(&token, &format!(r#"{{"alg":"ES256","kid":"{}"}}"#, pair(1).kid()));
        assert_eq!(check(&renamed, 1, at(0)), Err(Refused::Signature));
        let unsigned = format!("{}.{}.", parts[0], parts[1]);
        assert_eq!(check(&unsigned, 1, at(0)), Err(Refused::Signature));
    }

    #[test]
    fn the_header_chooses_no_algorithm() {
        let token = sign(&example(), &pair(1)).unwrap();
        let kid = pair(1).kid().to_owned();
        for algorithm in ["none", "HS256", "RS256", "ES384", "es256", ""] {
            let header = format!(r#"{{"typ":"JWT","alg":"{algorithm}","kid":"{kid}"}}"#);
            assert_eq!(
                check(&with_header(&token, &header), 1, at(0)),
                Err(Refused::Algorithm),
                "{algorithm}"
            );
        }
        assert_eq!(check(&with_header(&token, r#"{"alg":"ES256"}"#), 1, at(0)), Err(Refused::UnknownKey));
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let token = sign(&example(), &pair(1)).unwrap();
        for bad in ["", ".", "..", "a.b.c", &token[1..], &format!("{token}.x"), &"a".repeat(20_000)] {
            assert!(check(bad, 1, at(0)).is_err(), "{bad}");
        }
        assert!(check(&token[..token.len() - 1], 1, at(0)).is_err());
    }
}
