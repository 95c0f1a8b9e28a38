//! Encrypts an element to a service provider (xmlenc 4.1, saml-core 2.3.4).
//!
//! Content keys and IVs come from the random source; OAEP's own randomness from OpenSSL, so that ciphertexts differ
//! between runs with one seed.

use openssl::encrypt::Encrypter;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Padding;
use openssl::symm::{Cipher, Crypter, Mode, encrypt_aead};

use super::MintError;
use super::method::{DataCipher, DigestMethod, Encryption, KeyPlacement, KeyTransport};
use super::random::{self, Random};
use super::tree::Element;
use super::uri;

/// What a content cipher needs.
struct Shape {
    cipher: Cipher,
    is_aead: bool,
}

fn shape(cipher: DataCipher) -> Shape {
    let (cipher, is_aead) = match cipher {
        DataCipher::Aes128Gcm => (Cipher::aes_128_gcm(), true),
        DataCipher::Aes192Gcm => (Cipher::aes_192_gcm(), true),
        DataCipher::Aes256Gcm => (Cipher::aes_256_gcm(), true),
        DataCipher::Aes128Cbc => (Cipher::aes_128_cbc(), false),
        DataCipher::Aes192Cbc => (Cipher::aes_192_cbc(), false),
        DataCipher::Aes256Cbc => (Cipher::aes_256_cbc(), false),
        DataCipher::TripleDesCbc => (Cipher::des_ede3_cbc(), false),
    };
    Shape { cipher, is_aead }
}

/// IV, ciphertext and tag in one, as `CipherValue` holds them (xmlenc 5.2).
fn encrypt_content(
    plain: &[u8],
    key: &[u8],
    shape: &Shape,
    random: &mut dyn Random,
) -> Result<Vec<u8>, MintError> {
    let mut iv = vec![0; shape.cipher.iv_len().unwrap_or(0)];
    random.fill(&mut iv);
    let mut out = iv.clone();
    if shape.is_aead {
        let mut tag = [0; 16];
        out.extend(encrypt_aead(shape.cipher, key, Some(&iv), &[], plain, &mut tag)?);
        out.extend(tag);
        return Ok(out);
    }
    // The padding of XML Encryption is not PKCS#7: only the last byte counts, the others are arbitrary (xmlenc 5.2.1).
    let block = shape.cipher.block_size();
    let pad = block - plain.len() % block;
    let mut padded = plain.to_vec();
    padded.resize(plain.len() + pad, 0);
    if let (Some(last), Ok(pad)) = (padded.last_mut(), u8::try_from(pad)) {
        *last = pad;
    }
    let mut crypter = Crypter::new(shape.cipher, Mode::Encrypt, key, Some(&iv))?;
    crypter.pad(false);
    let mut buffer = vec![0; padded.len() + block];
    let written = crypter.update(&padded, &mut buffer)?;
    buffer.truncate(written);
    out.extend(buffer);
    Ok(out)
}

fn wrap_key(key: &[u8], transport: KeyTransport, to: &PKey<Public>) -> Result<Vec<u8>, MintError> {
    let mut encrypter = Encrypter::new(to)?;
    match transport {
        KeyTransport::Rsa15 => encrypter.set_rsa_padding(Padding::PKCS1)?,
        KeyTransport::OaepMgf1p { digest } => {
            encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
            encrypter.set_rsa_oaep_md(digest.openssl())?;
            encrypter.set_rsa_mgf1_md(DigestMethod::Sha1.openssl())?;
        }
        KeyTransport::Oaep { digest, mgf } => {
            encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
            encrypter.set_rsa_oaep_md(digest.openssl())?;
            encrypter.set_rsa_mgf1_md(mgf.openssl())?;
        }
    }
    let mut out = vec![0; encrypter.encrypt_len(key)?];
    let written = encrypter.encrypt(key, &mut out)?;
    out.truncate(written);
    Ok(out)
}

const fn mgf_uri(mgf: DigestMethod) -> &'static str {
    match mgf {
        DigestMethod::Sha1 | DigestMethod::Md5 => "http://www.w3.org/2009/xmlenc11#mgf1sha1",
        DigestMethod::Sha256 => "http://www.w3.org/2009/xmlenc11#mgf1sha256",
        DigestMethod::Sha384 => "http://www.w3.org/2009/xmlenc11#mgf1sha384",
        DigestMethod::Sha512 => "http://www.w3.org/2009/xmlenc11#mgf1sha512",
    }
}

fn cipher_data(bytes: &[u8]) -> Element {
    Element::new("xenc:CipherData")
        .child(Element::new("xenc:CipherValue").text(base64_simd::STANDARD.encode_to_string(bytes)))
}

fn encrypted_key(wrapped: &[u8], transport: KeyTransport) -> Element {
    let mut method = Element::new("xenc:EncryptionMethod").attribute("Algorithm", transport.uri());
    let digest_method = |digest: DigestMethod| {
        Element::new("ds:DigestMethod").attribute("xmlns:ds", uri::DSIG).attribute("Algorithm", digest.uri())
    };
    match transport {
        KeyTransport::Rsa15 => {}
        KeyTransport::OaepMgf1p { digest } => method.push(digest_method(digest)),
        KeyTransport::Oaep { digest, mgf } => {
            method.push(digest_method(digest));
            method.push(
                Element::new("xenc11:MGF")
                    .attribute("xmlns:xenc11", uri::XENC11)
                    .attribute("Algorithm", mgf_uri(mgf)),
            );
        }
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
    let shape = shape(encryption.data);
    let mut key = vec![0; shape.cipher.key_len()];
    random.fill(&mut key);
    let content = encrypt_content(plain, &key, &shape, random)?;
    let sealed_key = encrypted_key(&wrap_key(&key, encryption.key, to)?, encryption.key);
    let key_info = Element::new("ds:KeyInfo").attribute("xmlns:ds", uri::DSIG);
    let data = |key_info: Element| {
        Element::new("xenc:EncryptedData")
            .attribute("xmlns:xenc", uri::XENC)
            .attribute("Type", "http://www.w3.org/2001/04/xmlenc#Element")
            .child(Element::new("xenc:EncryptionMethod").attribute("Algorithm", encryption.data.uri()))
            .child(key_info)
            .child(cipher_data(&content))
    };
    Ok(match encryption.placement {
        KeyPlacement::Inside => wrapper.child(data(key_info.child(sealed_key))),
        KeyPlacement::Beside => {
            let id = format!("_{}", random::hex(&random::bytes::<16>(random)));
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

    fn unwrap_key(wrapped: &[u8], transport: KeyTransport) -> Vec<u8> {
        let key = SP_RSA.private_key().unwrap();
        let mut decrypter = Decrypter::new(&key).unwrap();
        match transport {
            KeyTransport::Rsa15 => decrypter.set_rsa_padding(Padding::PKCS1).unwrap(),
            KeyTransport::OaepMgf1p { digest } => {
                decrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
                decrypter.set_rsa_oaep_md(digest.openssl()).unwrap();
                decrypter.set_rsa_mgf1_md(DigestMethod::Sha1.openssl()).unwrap();
            }
            KeyTransport::Oaep { digest, mgf } => {
                decrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
                decrypter.set_rsa_oaep_md(digest.openssl()).unwrap();
                decrypter.set_rsa_mgf1_md(mgf.openssl()).unwrap();
            }
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
        base64_simd::STANDARD.decode_to_vec(text).unwrap()
    }

    #[test]
    fn the_key_opens_what_was_encrypted_to_it() {
        let to = SP_RSA.public_key().unwrap();
        for key in [
            KeyTransport::Rsa15,
            KeyTransport::OaepMgf1p { digest: DigestMethod::Sha256 },
            KeyTransport::Oaep { digest: DigestMethod::Sha256, mgf: DigestMethod::Sha1 },
        ] {
            for data in [DataCipher::Aes192Gcm, DataCipher::Aes256Cbc, DataCipher::TripleDesCbc] {
                let encryption = Encryption { data, key, placement: KeyPlacement::Beside };
                let element =
                    encrypt(b"<a/>", Element::new("w"), encryption, &to, &mut Seeded::new(1)).unwrap();
                let content_key = unwrap_key(&value(element.find("EncryptedKey").unwrap()), key);
                let shape = shape(data);
                let bytes = value(element.find("EncryptedData").unwrap());
                let (iv, rest) = bytes.split_at(shape.cipher.iv_len().unwrap());
                let plain = if shape.is_aead {
                    let (text, tag) = rest.split_at(rest.len() - 16);
                    openssl::symm::decrypt_aead(shape.cipher, &content_key, Some(iv), &[], text, tag).unwrap()
                } else {
                    let mut crypter =
                        Crypter::new(shape.cipher, Mode::Decrypt, &content_key, Some(iv)).unwrap();
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
