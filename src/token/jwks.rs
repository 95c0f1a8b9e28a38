//! The document of public keys (RFC 7517 5) by which others verify our tokens.

use serde::Serialize;

use super::key::PublicKey;

/// A JWK set.
#[derive(Debug, Clone, Serialize)]
pub struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Debug, Clone, Serialize)]
struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
    kid: String,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
}

impl Jwks {
    /// The document of these keys, in their order.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a PublicKey>) -> Self {
        let jwk = |key: &PublicKey| Jwk {
            kty: "EC",
            crv: "P-256",
            x: key.x(),
            y: key.y(),
            kid: key.kid().to_owned(),
            usage: "sig",
            alg: "ES256",
        };
        Self { keys: keys.into_iter().map(jwk).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::token::key::KeyPair;

    #[test]
    fn it_holds_the_public_halves_and_nothing_else() {
        let pair = KeyPair::draw(&Rng::seeded(1)).unwrap();
        let document = serde_json::to_value(Jwks::new([pair.public()])).unwrap();
        let (x, y, kid) = (pair.public().x(), pair.public().y(), pair.kid());
        let wanted = serde_json::json!({
            "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig", "alg": "ES256" }],
        });
        assert_eq!(document, wanted, "no d, whatever else is added some day");
    }
}
