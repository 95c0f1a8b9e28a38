//! A server that publishes an identity provider's metadata, well or badly.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use gatepost::base::Instant;
use gatepost_saml::encoding::to_base64;
use gatepost_saml::mint::keys::{IDP_RSA, TestKey};
use gatepost_saml::mint::{MetadataFacts, Personality, mint_aggregate, mint_metadata};

/// What it answers.
#[derive(Clone)]
pub enum Answer {
    /// This document.
    Document(Vec<u8>),
    /// This status, with a body that is none.
    Status(u16),
    /// On to another place.
    Redirect,
    /// Without an end.
    Endless,
    /// Half of it.
    Broken(Vec<u8>),
    /// Nothing until there is another answer, and then that.
    Held,
}

pub struct Publisher {
    port: u16,
    hits: Arc<AtomicUsize>,
    answer: Arc<(Mutex<Answer>, Condvar)>,
}

impl Publisher {
    pub fn new(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let publisher = Self {
            port,
            hits: Arc::new(AtomicUsize::new(0)),
            answer: Arc::new((Mutex::new(answer), Condvar::new())),
        };
        let (hits, answer) = (Arc::clone(&publisher.hits), Arc::clone(&publisher.answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                hits.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                thread::spawn(move || reply(&mut stream.unwrap(), &answer_now(&answer)));
            }
        });
        publisher
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/metadata", self.port)
    }

    pub fn set(&self, answer: Answer) {
        *self.answer.0.lock().unwrap() = answer;
        self.answer.1.notify_all();
    }

    pub fn publish(&self, document: &Document<'_>) {
        self.set(Answer::Document(document.xml().into_bytes()));
    }

    /// How often it was asked.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

fn answer_now((answer, is_set): &(Mutex<Answer>, Condvar)) -> Answer {
    let held = |answer: &mut Answer| matches!(answer, Answer::Held);
    is_set.wait_while(answer.lock().unwrap(), held).unwrap().clone()
}

fn reply(stream: &mut TcpStream, answer: &Answer) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let send = |stream: &mut TcpStream, status: &str, length: usize, body: &[u8]| {
        let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(body);
    };
    match answer {
        Answer::Document(body) => send(stream, "200 OK", body.len(), body),
        Answer::Status(status) => send(stream, &format!("{status} X"), 4, b"none"),
        Answer::Redirect => send(stream, "302 Found\r\nLocation: http://127.0.0.1:1/", 4, b"gone"),
        Answer::Broken(body) => send(stream, "200 OK", body.len() + 100, body),
        Answer::Held => unreachable!("it waits for another"),
        Answer::Endless => {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while stream.write_all(&vec![b' '; 65_536]).is_ok() {}
        }
    }
}

/// Metadata of one identity provider, as it is to be.
#[derive(Clone)]
pub struct Document<'a> {
    pub entity_id: &'a str,
    pub sso_url: &'a str,
    pub keys: &'a [TestKey],
    /// Attributes of the `EntityDescriptor`.
    pub attributes: String,
}

impl<'a> Document<'a> {
    pub fn of(personality: &'a Personality, keys: &'a [TestKey]) -> Self {
        let addresses = &personality.addresses;
        let (entity_id, sso_url) = (addresses.entity_id, addresses.sso_url);
        Self { entity_id, sso_url, keys, attributes: String::new() }
    }

    pub fn valid_until(self, end: Instant) -> Self {
        Self { attributes: format!("{} validUntil=\"{end}\"", self.attributes), ..self }
    }

    pub fn xml(&self) -> String {
        let key = |key: &TestKey| {
            format!(
                "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
                 </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
                to_base64(&key.certificate_der().unwrap())
            )
        };
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" ID=\"_m\" entityID=\"{}\"{}>\
             <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{}\
             <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{}\"/>\
             </md:IDPSSODescriptor></md:EntityDescriptor>",
            self.entity_id,
            self.attributes,
            self.keys.iter().map(key).collect::<String>(),
            self.sso_url,
        )
    }
}

/// A signed document that lists the usual key, as the minter makes it; valid until `end`, or without an end.
pub fn signed(personality: &Personality, by: &TestKey, end: Option<Instant>) -> Vec<u8> {
    let now = end.map_or(Instant::from_seconds(0), |end| end.plus_seconds(-14 * 86_400));
    let facts = MetadataFacts {
        is_signed: Some(true),
        signed_by: Some(by),
        keys: &[IDP_RSA],
        ..MetadataFacts::new(now)
    };
    let mut random = |_: &mut [u8]| {};
    let minted = match end {
        Some(_) => mint_aggregate(&[personality], &facts, &mut random),
        None => mint_metadata(personality, &facts, &mut random),
    };
    minted.unwrap()
}
