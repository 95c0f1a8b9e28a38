//! Encrypts an element to a service provider (xmlenc 4.1, saml-core 2.3.4).
//!
//! Content keys and IVs come from the random source; OAEP's own randomness from OpenSSL, so that ciphertexts differ
//! between runs with one seed.

use openssl::encrypt::Encrypter;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Padding;
use openssl::symm::{Crypter, Mode, encrypt_aead};

use super::MintError;
use super::method::{Encryption, KeyPlacement};
use super::random::{self, Random};
use super::tree::Element;
use super::uri;
use crate::algorithms::{self, ContentCipher, Digest, KeyTransport};
use crate::encoding::{hex, to_base64};

/// IV, ciphertext and tag in one, as `CipherValue` holds them (xmlenc 5.2).
fn encrypt_content(
    plain: &[u8],
    key: &[u8],
    cipher: ContentCipher,
    random: &mut dyn Random,
) -> Result<Vec<u8>, MintError> {
    let is_authenticated = cipher.is_authenticated();
    let cipher = cipher.cipher();
    let mut iv = vec![0; cipher.iv_len().unwrap_or(0)];
    random.fill(&mut iv);
    let mut out = iv.clone();
    if is_authenticated {
        let mut tag = [0; 16];
        out.extend(encrypt_aead(cipher, key, Some(&iv), &[], plain, &mut tag)?);
        out.extend(tag);
        return Ok(out);
    }
    // The padding of XML Encryption is not PKCS#7: only the last byte counts, the others are arbitrary (xmlenc 5.2.1).
    let block = cipher.block_size();
    let pad = block - plain.len() % block;
    let mut padded = plain.to_vec();
    padded.resize(plain.len() + pad, 0);
    if let (Some(last), Ok(pad)) = (padded.last_mut(), u8::try_from(pad)) {
        *last = pad;
    }
    let mut crypter = Crypter::new(cipher, Mode::Encrypt, key, Some(&iv))?;
    crypter.pad(false);
    let mut buffer = vec![0; padded.len() + block];
    let written = crypter.update(&padded, &mut buffer)?;
    buffer.truncate(written);
    out.extend(buffer);
    Ok(out)
}

fn wrap_key(key: &[u8], encryption: Encryption, to: &PKey<Public>) -> Result<Vec<u8>, MintError> {
    let mut encrypter = Encrypter::new(to)?;
    if encryption.transport == KeyTransport::Rsa15 {
        encrypter.set_rsa_padding(Padding::PKCS1)?;
    } else {
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
        encrypter.set_rsa_oaep_md(encryption.digest.message_digest())?;
        encrypter.set_rsa_mgf1_md(mask(encryption).message_digest())?;
    }
    let mut out = vec![0; encrypter.encrypt_len(key)?];
    let written = encrypter.encrypt(key, &mut out)?;
    out.truncate(written);
    Ok(out)
}

/// XML Encryption 1.0 cannot name the mask: it is MGF1 with SHA-1 (xmlenc 5.5.2).
fn mask(encryption: Encryption) -> Digest {
    if encryption.transport == KeyTransport::RsaOaep { encryption.mask } else { Digest::Sha1 }
}

fn cipher_data(bytes: &[u8]) -> Element {
    Element::new("xenc:CipherData").child(Element::new("xenc:CipherValue").text(to_base64(bytes)))
}

fn encrypted_key(wrapped: &[u8], encryption: Encryption) -> Element {
    let mut method = Element::new("xenc:EncryptionMethod").attribute("Algorithm", encryption.transport.uri());
    if encryption.transport != KeyTransport::Rsa15 {
        method.push(
            Element::new("ds:DigestMethod")
                .attribute("xmlns:ds", uri::DSIG)
                .attribute("Algorithm", encryption.digest.uri()),
        );
    }
    if encryption.transport == KeyTransport::RsaOaep {
        method.push(
            Element::new("xenc11:MGF")
                .attribute("xmlns:xenc11", uri::XENC11)
                .attribute("Algorithm", algorithms::mask_uri(encryption.mask)),
        );
    }
    Element::new("xenc:EncryptedKey")
        .attribute("xmlns:xenc", uri::XENC)
        .child(method)
        .child(cipher_data(wrapped))
}

/// `plain` (the bytes of one element) encrypted to `to`, inside an element named `wrapper` (such as
/// `saml:EncryptedAssertion`).
///
/// # Errors
/// When OpenSSL refuses the key.
pub fn encrypt(
    plain: &[u8],
    wrapper: Element,
    encryption: Encryption,
    to: &PKey<Public>,
    random: &mut dyn Random,
) -> Result<Element, MintError> {
    let mut key = vec![0; encryption.cipher.key_length()];
    random.fill(&mut key);
    let content = encrypt_content(plain, &key, encryption.cipher, random)?;
    let sealed_key = encrypted_key(&wrap_key(&key, encryption, to)?, encryption);
    let key_info = Element::new("ds:KeyInfo").attribute("xmlns:ds", uri::DSIG);
    let data = |key_info: Element| {
        Element::new("xenc:EncryptedData")
            .attribute("xmlns:xenc", uri::XENC)
            .attribute("Type", "http://www.w3.org/2001/04/xmlenc#Element")
            .child(Element::new("xenc:EncryptionMethod").attribute("Algorithm", encryption.cipher.uri()))
            .child(key_info)
            .child(cipher_data(&content))
    };
    Ok(match encryption.placement {
        KeyPlacement::Inside => wrapper.child(data(key_info.child(sealed_key))),
        KeyPlacement::Beside => {
            let id = format!("_{}", hex(&random::bytes::<16>(random)));
            let pointer = Element::new("ds:RetrievalMethod")
                .attribute("Type", "http://www.w3.org/2001/04/xmlenc#EncryptedKey")
                .attribute("URI", &format!("#{id}"));
            wrapper.child(data(key_info.child(pointer))).child(sealed_key.attribute("Id", &id))
        }
    })
}

#[cfg(test)]
mod tests {
    use openssl::encrypt::Decrypter;

    use super::*;
    use crate::mint::keys::SP_RSA;
    use crate::mint::random::Seeded;

    fn unwrap_key(wrapped: &[u8], encryption: Encryption) -> Vec<u8> {
        let key = SP_RSA.private_key().unwrap();
        let mut decrypter = Decrypter::new(&key).unwrap();
        if encryption.transport == KeyTransport::Rsa15 {
            decrypter.set_rsa_padding(Padding::PKCS1).unwrap();
        } else {
            decrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
            decrypter.set_rsa_oaep_md(encryption.digest.message_digest()).unwrap();
            decrypter.set_rsa_mgf1_md(mask(encryption).message_digest()).unwrap();
        }
        let mut out = vec![0; decrypter.decrypt_len(wrapped).unwrap()];
        let written = decrypter.decrypt(wrapped, &mut out).unwrap();
        out.truncate(written);
        out
    }

    fn value(element: &Element) -> Vec<u8> {
        let crate::mint::tree::Node::Text(text) = &element.find("CipherValue").unwrap().children[0] else {
            panic!()
        };
        crate::encoding::base64(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_key_opens_what_was_encrypted_to_it() {
        let to = SP_RSA.public_key().unwrap();
        for transport in [KeyTransport::Rsa15, KeyTransport::RsaOaepMgf1p, KeyTransport::RsaOaep] {
            for cipher in [ContentCipher::Aes192Gcm, ContentCipher::Aes256Cbc, ContentCipher::TripleDesCbc] {
                let encryption = Encryption {
                    cipher,
                    transport,
                    digest: Digest::Sha256,
                    mask: Digest::Sha512,
                    placement: KeyPlacement::Beside,
                };
                let element =
                    encrypt(b"<a/>", Element::new("w"), encryption, &to, &mut Seeded::new(1)).unwrap();
                let content_key = unwrap_key(&value(element.find("EncryptedKey").unwrap()), encryption);
                let bytes = value(element.find("EncryptedData").unwrap());
                let (iv, rest) = bytes.split_at(cipher.cipher().iv_len().unwrap());
                let plain = if cipher.is_authenticated() {
                    let (text, tag) = rest.split_at(rest.len() - 16);
                    openssl::symm::decrypt_aead(cipher.cipher(), &content_key, Some(iv), &[], text, tag)
                        .unwrap()
                } else {
                    let mut crypter =
                        Crypter::new(cipher.cipher(), Mode::Decrypt, &content_key, Some(iv)).unwrap();
                    crypter.pad(false);
                    let mut out = vec![0; rest.len() + 16];
                    let written = crypter.update(rest, &mut out).unwrap();
                    out.truncate(written - usize::from(out[written - 1]));
                    out
                };
                assert_eq!(plain, b"<a/>");
            }
        }
    }
}
