//! Base64 and DEFLATE, read strictly and within bounds.

use flate2::{Decompress, FlushDecompress, Status};

/// Why bytes could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodingError {
    /// Not base64 (RFC 4648 §4): another alphabet, wrong padding, or characters besides white space.
    Base64,
    /// Not a DEFLATE stream (RFC 1951), or bytes behind its end.
    Deflate,
    /// More than the allowed number of bytes would come out.
    TooLarge,
}

/// Decodes base64; white space anywhere in it is skipped (RFC 2045 line folding, xs:base64Binary).
///
/// # Errors
/// [`EncodingError::Base64`].
pub fn base64(input: &[u8]) -> Result<Vec<u8>, EncodingError> {
    // One pass over what is usually all there is; folded input is unfolded first, line by line.
    if let Ok(bytes) = base64_simd::STANDARD.decode_to_vec(input) {
        return Ok(bytes);
    }
    let mut unfolded = Vec::with_capacity(input.len());
    let mut rest = input;
    while let Some(at) = memchr::memchr3(b'\n', b'\r', b' ', rest) {
        let (line, tail) = rest.split_at(at);
        unfolded.extend_from_slice(line);
        rest = tail.get(1..).unwrap_or(&[]);
    }
    unfolded.extend_from_slice(rest);
    if memchr::memchr(b'\t', &unfolded).is_some() {
        unfolded.retain(|byte| *byte != b'\t');
    }
    let length =
        base64_simd::STANDARD.decode_inplace(&mut unfolded).map_err(|_| EncodingError::Base64)?.len();
    unfolded.truncate(length);
    Ok(unfolded)
}

/// Encodes base64 without line breaks.
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

/// Inflates raw DEFLATE into at most `max` bytes. Memory grows with what comes out, never beyond `max`.
///
/// # Errors
/// [`EncodingError::TooLarge`] as soon as more would come out, [`EncodingError::Deflate`] for anything but one whole
/// stream.
pub fn inflate(input: &[u8], max: usize) -> Result<Vec<u8>, EncodingError> {
    let mut stream = Decompress::new(false);
    let mut out = Vec::with_capacity(input.len().saturating_mul(4).min(max).min(64 * 1024) + 1);
    loop {
        let consumed = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
        let rest = input.get(consumed..).unwrap_or(&[]);
        let before = (stream.total_in(), out.len());
        let status = stream
            .decompress_vec(rest, &mut out, FlushDecompress::None)
            .map_err(|_| EncodingError::Deflate)?;
        if out.len() > max {
            return Err(EncodingError::TooLarge);
        }
        match status {
            Status::StreamEnd => break,
            _ if out.len() == out.capacity() => {
                let room = max.saturating_add(1).saturating_sub(out.len());
                out.reserve(out.len().min(room).max(1));
            }
            _ if (stream.total_in(), out.len()) == before => return Err(EncodingError::Deflate),
            _ => {}
        }
    }
    if stream.total_in() == input.len() as u64 { Ok(out) } else { Err(EncodingError::Deflate) }
}

/// Deflates into a raw DEFLATE stream (saml-bindings 3.4.4.1).
#[must_use]
pub fn deflate(input: &[u8]) -> Vec<u8> {
    let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
    let mut out = Vec::with_capacity(input.len() / 2 + 64);
    loop {
        let consumed = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
        let rest = input.get(consumed..).unwrap_or(&[]);
        match stream.compress_vec(rest, &mut out, flate2::FlushCompress::Finish) {
            Ok(Status::StreamEnd) | Err(_) => return out,
            Ok(_) => out.reserve(256),
        }
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64_is_strict_but_for_white_space() {
        assert_eq!(base64(b"QUJD\r\n RA==\n").unwrap(), b"ABCD");
        assert_eq!(base64(b"").unwrap(), b"");
        for bad in
            ["QUJDRA", "QUJDRA=", "QUJD-_==", "QU!JDRA==", "QUJDRA==QUJDRA==", "====", "Q", "data:,QUJD"]
        {
            assert_eq!(base64(bad.as_bytes()), Err(EncodingError::Base64), "{bad}");
        }
    }

    #[test]
    fn inflating_stops_at_the_bound() {
        let bomb = deflate(&vec![b' '; 10 << 20]);
        assert!(bomb.len() < 64 * 1024);
        assert_eq!(inflate(&bomb, 256 * 1024), Err(EncodingError::TooLarge));
        assert_eq!(inflate(&deflate(b"abc"), 3).unwrap(), b"abc");
        assert_eq!(inflate(&deflate(b"abcd"), 3), Err(EncodingError::TooLarge));
    }

    #[test]
    fn inflating_wants_one_whole_stream() {
        let mut stream =
            deflate(b"some text that is long enough to be compressed, long enough to be compressed");
        assert_eq!(inflate(stream.get(..stream.len() - 3).unwrap(), 1000), Err(EncodingError::Deflate));
        stream.push(0);
        assert_eq!(inflate(&stream, 1000), Err(EncodingError::Deflate));
        assert_eq!(inflate(b"<xml/>", 1000), Err(EncodingError::Deflate));
        assert_eq!(inflate(b"", 1000), Err(EncodingError::Deflate));
    }

    proptest! {
        #[test]
        fn round_trips(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            prop_assert_eq!(base64(to_base64(&bytes).as_bytes()).unwrap(), bytes.clone());
            prop_assert_eq!(inflate(&deflate(&bytes), 2000).unwrap(), bytes);
        }
    }
}
