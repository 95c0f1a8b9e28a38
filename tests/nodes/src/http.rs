//! HTTP/1.1 over one kept connection. Answers have a length; what has none is an error.

use std::io::{Error, ErrorKind, Result};
use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// Name and value of each cookie that it sets.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head
            .lines()
            .filter_map(|line| {
                line.get(..11).filter(|name| name.eq_ignore_ascii_case("set-cookie:")).map(|_| &line[11..])
            })
            .filter_map(|cookie| cookie.trim().split(';').next()?.split_once('='))
    }

    /// The session's cookie, as a browser sends it.
    pub fn session(&self) -> Option<String> {
        let (name, value) =
            self.cookies().find(|(name, value)| name.ends_with("gatepost-session") && !value.is_empty())?;
        Some(format!("{name}={value}"))
    }

    /// The reference on a refused page.
    pub fn reference(&self) -> Option<&str> {
        let at = self.body.find("att_")?;
        self.body.get(at..at + 30)
    }

    /// The code that a refused page shows.
    pub fn code(&self) -> Option<&str> {
        let after = &self.body[self.body.find("att_")?..];
        let code = after.split("<code>").nth(1)?;
        code.split('<').next()
    }
}

/// A connection that is made anew when it has gone.
pub struct Connection {
    address: String,
    host: String,
    stream: Option<TcpStream>,
}

impl Connection {
    pub fn new(address: &str, host: &str) -> Self {
        Self { address: address.to_owned(), host: host.to_owned(), stream: None }
    }

    /// Sends a request and reads the answer. Nothing is sent twice: whoever asks decides that.
    pub async fn ask(
        &mut self,
        method: &str,
        path: &str,
        cookies: &str,
        body: Option<&str>,
    ) -> Result<Answer> {
        self.ask_from(None, method, path, cookies, body).await
    }

    /// The same from that address, which counts when the gateway trusts this machine as a proxy.
    pub async fn ask_from(
        &mut self,
        address: Option<Ipv4Addr>,
        method: &str,
        path: &str,
        cookies: &str,
        body: Option<&str>,
    ) -> Result<Answer> {
        let request = request(method, path, &self.host, cookies, address, body);
        let mut stream = match self.stream.take() {
            Some(stream) if is_quiet(&stream) => stream,
            _ => {
                let stream = TcpStream::connect(&self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request.as_bytes()).await?;
        let answer = read(&mut stream).await?;
        if !answer.head.to_ascii_lowercase().contains("connection: close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

/// Whether the other side has neither closed it nor said anything that nobody asked for.
fn is_quiet(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0; 1]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

/// An address for each of many strangers: the gateway makes one that it refused too often wait.
pub fn address_of(number: u64) -> Ipv4Addr {
    let number = u32::try_from(number).expect("not so many");
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 1).to_bits() + number)
}

/// The bytes of a request; `address` is where it comes from, as a proxy would say it.
pub fn request(
    method: &str,
    path: &str,
    host: &str,
    cookies: &str,
    address: Option<Ipv4Addr>,
    body: Option<&str>,
) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    if let Some(address) = address {
        text.push_str(&format!("X-Forwarded-For: {address}\r\n"));
    }
    if !cookies.is_empty() {
        text.push_str(&format!("Cookie: {cookies}\r\n"));
    }
    if let Some(body) = body {
        let length = body.len();
        text.push_str(&format!(
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
    } else {
        text.push_str("\r\n");
    }
    text
}

async fn read(stream: &mut TcpStream) -> Result<Answer> {
    let mut bytes = Vec::with_capacity(4096);
    loop {
        if let Some(answer) = parse(&bytes)? {
            return Ok(answer);
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "closed before the answer"));
        }
    }
}

/// The answer, once all of it is there.
pub fn parse(bytes: &[u8]) -> Result<Option<Answer>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse::<usize>().ok());
    let (Some(status), Some(length)) = (status, length) else {
        return Err(Error::new(ErrorKind::InvalidData, format!("an answer without a length: {head}")));
    };
    let body = &bytes[end + 4..];
    if body.len() < length {
        return Ok(None);
    }
    Ok(Some(Answer { status, head, body: String::from_utf8_lossy(&body[..length]).into_owned() }))
}
