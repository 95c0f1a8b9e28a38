//! The program `xmlsec1`, for a sample: a process each.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gatepost_saml::mint::keys::TestKey;

const IDS: [&str; 3] = [
    "urn:oasis:names:tc:SAML:2.0:protocol:Response",
    "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
    "urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest",
];

/// Which Signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    Response,
    Assertion,
}

impl Own {
    const fn path(self) -> &'static str {
        match self {
            Self::Response => "/*[local-name()='Response']/*[local-name()='Signature']",
            Self::Assertion => {
                "/*[local-name()='Response']/*[local-name()='Assertion']/*[local-name()='Signature']"
            }
        }
    }
}

/// The program, and a folder for what it reads.
pub(crate) struct Xmlsec1 {
    folder: PathBuf,
    count: usize,
}

impl Xmlsec1 {
    /// `None` where it is not installed.
    pub(crate) fn new(folder: &Path) -> Option<Self> {
        let found = Command::new("xmlsec1").arg("--version").stdout(Stdio::null()).status();
        std::fs::create_dir_all(folder).ok()?;
        found.is_ok().then(|| Self { folder: folder.to_owned(), count: 0 })
    }

    fn file(&mut self, bytes: &[u8], extension: &str) -> PathBuf {
        self.count += 1;
        let path = self.folder.join(format!("xmlsec1-{}.{extension}", self.count % 64));
        let written = std::fs::File::create(&path).and_then(|mut file| file.write_all(bytes));
        written.expect("the scratch folder can be written");
        path
    }

    /// Whether the Signature at `own` verifies under one of `certificates` (DER).
    pub(crate) fn verifies(&mut self, xml: &[u8], own: Own, certificates: &[Vec<u8>]) -> bool {
        let message = self.file(xml, "xml");
        certificates.iter().any(|der| {
            let certificate = self.file(der, "der");
            let mut command = Command::new("xmlsec1");
            command.args(["--verify", "--enabled-key-data", "key-name,rsa,ecdsa"]);
            command
                .args(["--enabled-reference-uris", "empty,same-doc", "--pubkey-cert-der"])
                .arg(certificate);
            for id in IDS {
                command.args(["--id-attr:ID", id]);
            }
            command.args(["--node-xpath", own.path()]).arg(&message);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })
    }

    /// `template` with its first Signature filled, signed with `key`.
    pub(crate) fn sign(&mut self, template: &str, key: &TestKey) -> Result<String, String> {
        let message = self.file(template.as_bytes(), "xml");
        let key = self.file(key.private_pem.as_bytes(), "pem");
        let mut command = Command::new("xmlsec1");
        command.args(["--sign", "--privkey-pem"]).arg(key);
        for id in IDS {
            command.args(["--id-attr:ID", id]);
        }
        let output = command.arg(&message).output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    }
}
