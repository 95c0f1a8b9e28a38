//! Pictures that accounts give us: which kinds, how large. Only the head is read; what a browser makes of the rest is the
//! browser's, which is told the kind and not to guess. SVG is not among them: it can carry scripts.

use crate::base::sentence::{Sentence, Told, sentence, told_errors};

/// The most that a picture may weigh.
pub const MAX_BYTES: usize = 128 << 10;
const MAX_WIDTH: u32 = 2000;
const MAX_HEIGHT: u32 = 1000;

/// A kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    WebP,
}

impl Kind {
    /// For the `Content-Type` header, and in the database.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }
}

/// What its head says of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Its kind.
    pub kind: Kind,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Why a picture is not taken; a plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureError {
    /// Another kind of file, or a broken one.
    Kind,
    /// Too heavy.
    Bytes,
    /// Too large.
    Pixels,
}

impl Told for PictureError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Kind => {
                sentence!(
                    "the logo must be a PNG, JPEG or WebP picture (SVG is not taken: it can carry scripts)"
                )
            }
            Self::Bytes => sentence!("the logo weighs more than 128 KiB; save it smaller"),
            Self::Pixels => sentence!("the logo has more than 2000 × 1000 pixels; save it smaller"),
        }
    }
}

told_errors!(PictureError);

/// Reads the head of a picture.
///
/// # Errors
/// [`PictureError`].
pub fn read(bytes: &[u8]) -> Result<Picture, PictureError> {
    if bytes.len() > MAX_BYTES {
        return Err(PictureError::Bytes);
    }
    let (kind, (width, height)) = png(bytes)
        .map(|size| (Kind::Png, size))
        .or_else(|| jpeg(bytes).map(|size| (Kind::Jpeg, size)))
        .or_else(|| webp(bytes).map(|size| (Kind::WebP, size)))
        .ok_or(PictureError::Kind)?;
    if width == 0 || height == 0 {
        return Err(PictureError::Kind);
    }
    if width > MAX_WIDTH || height > MAX_HEIGHT {
        return Err(PictureError::Pixels);
    }
    Ok(Picture { kind, width, height })
}

/// PNG, 5.2 and 11.2.1: the signature, then IHDR with the size.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let (width, rest) = rest.split_first_chunk::<4>()?;
    let (height, _) = rest.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

/// JPEG (ITU T.81), B.1 and B.2.2: segments until the frame's header, which has the size.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let (marker, after) = rest.split_first_chunk::<2>()?;
        if marker[0] != 0xff {
            return None;
        }
        match marker[1] {
            // Fill bytes.
            0xff => rest = rest.get(1..)?,
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker[1]) => {
                let sizes = after.get(3..7)?;
                let (height, width) = sizes.split_first_chunk::<2>()?;
                let width = width.first_chunk::<2>()?;
                return Some((u16::from_be_bytes(*width).into(), u16::from_be_bytes(*height).into()));
            }
            // The picture itself begins, and there was no frame.
            0xd8..=0xda => return None,
            _ => {
                let (length, _) = after.split_first_chunk::<2>()?;
                rest = after.get(usize::from(u16::from_be_bytes(*length)).max(2)..)?;
            }
        }
    }
}

/// WebP (RFC 9649), 2.4 to 2.7: lossy, lossless, extended.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let body = rest.get(4..)?;
    match kind {
        b"VP8 " => {
            let sizes = body.get(3..)?.strip_prefix(b"\x9d\x01\x2a")?.first_chunk::<4>()?;
            let [a, b, c, d] = *sizes;
            let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            Some((size(a, b), size(c, d)))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(*body.strip_prefix(b"\x2f")?.first_chunk::<4>()?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => {
            let (width, rest) = body.get(4..)?.split_first_chunk::<3>()?;
            let size = |[low, middle, high]: [u8; 3]| u32::from_le_bytes([low, middle, high, 0]) + 1;
            Some((size(*width), size(*rest.first_chunk::<3>()?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(),
            &width.to_be_bytes(),
            &height.to_be_bytes(),
            &[8, 6, 0, 0, 0],
        ]
        .concat()
    }

    #[test]
    fn heads_tell_kind_and_size() {
        let jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xdb\x00\x03\x00\xff\xff\xc2\x00\x11\x08\x00\x40\x01\x00\x03";
        let lossy = b"RIFF\x20\0\0\0WEBPVP8 \x10\0\0\0\x30\x01\0\x9d\x01\x2a\x80\x00\x40\x00";
        let lossless = b"RIFF\x20\0\0\0WEBPVP8L\x10\0\0\0\x2f\x7f\xc0\x0f\x00";
        let extended = b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x7f\0\0\x3f\0\0";
        for (bytes, kind, size) in [
            (png_of(640, 200).as_slice(), Kind::Png, (640, 200)),
            (jpeg.as_slice(), Kind::Jpeg, (256, 64)),
            (lossy, Kind::WebP, (128, 64)),
            (lossless, Kind::WebP, (128, 64)),
            (extended, Kind::WebP, (128, 64)),
        ] {
            let picture = read(bytes).unwrap();
            assert_eq!((picture.kind, (picture.width, picture.height)), (kind, size));
            for length in 0..bytes.len() {
                // Cut anywhere, it is read or refused.
                let _ = read(&bytes[..length]);
            }
        }
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        for bad in [
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"x()\"/>".as_slice(),
            b"GIF89a\x01\0\x01\0",
            b"",
            b"\xff\xd8\xff\xda\x00\x08",
            b"\xff\xd8\xff\xe0\x00\x00\xff",
            b"<!doctype html><script>",
        ] {
            assert_eq!(read(bad), Err(PictureError::Kind));
        }
        assert_eq!(read(&png_of(0, 5)), Err(PictureError::Kind));
        assert_eq!(read(&png_of(2001, 5)), Err(PictureError::Pixels));
        assert_eq!(read(&png_of(5, u32::MAX)), Err(PictureError::Pixels));
        let heavy = [png_of(5, 5), vec![0; MAX_BYTES]].concat();
        assert_eq!(read(&heavy), Err(PictureError::Bytes));
    }
}
