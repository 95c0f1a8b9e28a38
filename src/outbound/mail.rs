//! Mail, by SMTP or, in a demo, printed.
//!
//! Where it goes is the settings' word, so the guard of the other requests is not needed. The password travels under TLS
//! only, but to a server on this machine.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::base::Instant;
use crate::base::sentence::{Sentence, Told, sentence, told_errors};

/// How long a server may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// What makes it one of its kind, for the `Message-ID`.
    pub id: &'a str,
    /// To whom: an address.
    pub to: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The text.
    pub text: &'a str,
    /// When it was written.
    pub at: Instant,
}

/// What sends mail. Copies share it.
#[derive(Clone, Default)]
pub enum Mailer {
    /// There is none.
    #[default]
    None,
    /// It is printed, for whoever tries things out.
    Print,
    /// It is sent.
    Smtp(Arc<Smtp>),
}

/// A mail server, and in whose name.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::None => "None",
            Self::Print => "Print",
            Self::Smtp(_) => "Smtp",
        })
    }
}

/// Why a mail was not sent, or the server cannot be used. It names no address.
#[derive(Debug)]
pub enum MailError {
    /// The settings.
    Settings(Sentence),
    /// An address that is none.
    Address,
    /// The server.
    Server(String),
}

impl Told for MailError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Settings(why) => why.clone(),
            Self::Address => sentence!("the address that the mail goes to is none"),
            Self::Server(cause) => sentence!("the mail server did not take it: {cause}", cause),
        }
    }
}

told_errors!(MailError);

impl Mailer {
    /// By the server at `url` (`smtps://user:password@host`, `smtp://host:587?tls=required`), in the name of `from`.
    ///
    /// # Errors
    /// In a plain sentence when one of them cannot be used.
    pub fn smtp(url: &str, from: &str) -> Result<Self, MailError> {
        let wrong = MailError::Settings;
        let from = from.parse::<Mailbox>();
        let from = from.map_err(|_| {
            wrong(sentence!("mail.from is no address such as Gatepost <gatepost@example.org>"))
        })?;
        let rest = url.strip_prefix("smtp://");
        let host = rest.map(|rest| rest.rsplit_once('@').map_or(rest, |(_, host)| host)).unwrap_or_default();
        let host = host.split(['/', '?']).next().unwrap_or_default();
        let name =
            if host.ends_with(']') { host } else { host.rsplit_once(':').map_or(host, |(name, _)| name) };
        let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
        if !(url.starts_with("smtps://") || (rest.is_some() && (is_here || url.contains("tls=required")))) {
            return Err(wrong(sentence!(
                "mail.smtp_url must begin with smtps://, or be smtp://…?tls=required (without TLS on this machine only)"
            )));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        let transport =
            transport.map_err(|_| wrong(sentence!("mail.smtp_url cannot be read")))?.timeout(Some(PATIENCE));
        Ok(Self::Smtp(Arc::new(Smtp { transport: transport.build(), from })))
    }

    /// Whether a mail would reach anybody.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Sends a mail; does nothing without a server.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send(&self, letter: Letter<'_>) -> Result<(), MailError> {
        match self {
            Self::None => Ok(()),
            Self::Print => {
                let Letter { to, subject, text, .. } = letter;
                println!("--- mail to {to}: {subject}\n{text}\n---");
                Ok(())
            }
            Self::Smtp(smtp) => {
                let host = smtp.from.email.domain();
                let micros = u64::try_from(letter.at.micros()).unwrap_or(0);
                let message = Message::builder()
                    .from(smtp.from.clone())
                    .to(letter.to.parse().map_err(|_| MailError::Address)?)
                    .subject(letter.subject)
                    .date(UNIX_EPOCH + Duration::from_micros(micros))
                    .message_id(Some(format!("<{}@{host}>", letter.id)))
                    .body(letter.text.to_owned());
                let message = message.map_err(|error| MailError::Server(error.to_string()))?;
                let sent = smtp.transport.send(message).await;
                // The server's words may repeat the address.
                sent.map(drop).map_err(|error| {
                    let status = error.status().map(|code| code.to_string());
                    MailError::Server(status.unwrap_or_else(|| "it cannot be reached".to_owned()))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_travel_under_tls() {
        const FROM: &str = "Gatepost <gatepost@example.org>";
        for good in [
            "smtps://user:pw@mail.example.org",
            "smtp://mail.example.org:587?tls=required",
            "smtp://localhost:2525",
            "smtp://u:p@127.0.0.1:2525",
        ] {
            assert!(Mailer::smtp(good, FROM).is_ok(), "{good}");
        }
        for bad in
            ["smtp://mail.example.org", "smtp://localhost@mail.example.org", "http://x", "", "smtps://"]
        {
            assert!(Mailer::smtp(bad, FROM).is_err(), "{bad}");
        }
        assert!(Mailer::smtp("smtps://mail.example.org", "nobody").is_err());
        assert!(!Mailer::default().is_there());
    }
}
